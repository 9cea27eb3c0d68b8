/** `/v1/payment_links` ("Fintoc reference: Checkout sessions and payment links"). A link makes a payment intent each time a payer opens it. */
import { handle } from '../../../core/ids.ts'
import type { Result } from '../../../core/result.ts'
import { cancelLink, findLink, insertLink, listLinks } from '../../../payments/links.ts'
import type { PaymentLink } from '../../../payments/links.ts'
import type { AccountObject } from '../banks/accounts.ts'
import type { Call, CallAnswer, Route } from '../call.ts'
import { settingsOf } from '../account/settings.ts'
import type { FintocSettings } from '../account/settings.ts'
import type { FintocUrls } from './object.ts'
import { API } from '../deps.ts'
import type { FintocDeps } from '../deps.ts'
import { answer, missingResource, problem, refusal } from '../errors.ts'
import type { Problem } from '../errors.ts'
import { amount, metadata, optionalEmail, optionalObject, optionalText, read } from '../fields.ts'
import type { Fields } from '../fields.ts'
import { businessProfile, readCurrency, readExpiry, readRecipient } from '../intents/input.ts'
import type { Currency } from '../banks/institutions.ts'
import { linkHeader, readPage } from '../pagination.ts'

/** What a link keeps of its request. */
export interface LinkRequest {
  readonly recipient_account: AccountObject
  readonly customer_email: string | null
  readonly metadata: Fields
  readonly business_profile: Fields | null
  readonly checkout: { readonly description: string | null } | null
}

export function paymentLinkRoutes(deps: FintocDeps): readonly Route[] {
  return [
    ['POST', '/v1/payment_links', (call) => create(deps, call)],
    ['GET', '/v1/payment_links', (call) => list(deps, call)],
    ['GET', '/v1/payment_links/:id', (call) => retrieve(deps, call)],
    ['PATCH', '/v1/payment_links/:id/cancel', (call) => cancel(deps, call)],
    // The verb of everything else that is canceled.
    ['POST', '/v1/payment_links/:id/cancel', (call) => cancel(deps, call)],
  ]
}

export type LinkStatus = 'active' | 'expired' | 'canceled'

export function linkStatus(link: PaymentLink, now: Date): LinkStatus {
  if (link.canceled_at !== null) return 'canceled'
  return link.expires_at !== null && link.expires_at <= now ? 'expired' : 'active'
}

function linkObject(link: PaymentLink, now: Date, { base_url }: FintocUrls): Record<string, unknown> {
  const request = link.request as unknown as LinkRequest
  return {
    id: link.id, object: 'payment_link', amount: Number(link.amount), currency: link.currency, status: linkStatus(link, now), url: `${base_url}/pay/${link.id}`, mode: link.mode,
    metadata: request.metadata, customer_email: request.customer_email, checkout: request.checkout, recipient_account: request.recipient_account, business_profile: request.business_profile,
    created_at: link.created_at.toISOString(), expires_at: link.expires_at?.toISOString() ?? null,
  }
}

function readLink(body: Fields, settings: FintocSettings, now: Date): Result<{ amount: bigint; currency: Currency; request: LinkRequest; expires_at: Date | null }, Problem> {
  return read(() => {
    const minor = amount(body)
    const currency = readCurrency(body)
    const checkout = optionalObject(body, 'checkout')
    const description = checkout === null ? optionalText(body, 'description') : optionalText(checkout, 'description', { prefix: 'checkout' })
    return {
      amount: minor,
      currency,
      request: {
        recipient_account: readRecipient(body, currency, settings), customer_email: optionalEmail(body), metadata: metadata(body), business_profile: businessProfile(body),
        checkout: description === null ? null : { description },
      },
      expires_at: readExpiry(body, now),
    }
  })
}

async function create(deps: FintocDeps, { caller, body }: Call): Promise<CallAnswer> {
  const now = deps.clock.now()
  const input = readLink(body, settingsOf(caller.merchant), now)
  if (!input.ok) return refusal(input.error)
  const link: PaymentLink = {
    merchant_id: caller.merchant.id, id: handle(deps.ids, 'plink_', caller.merchant.number, 16), api: API, mode: caller.mode, currency: input.value.currency,
    amount: input.value.amount, request: { ...input.value.request }, created_at: now, expires_at: input.value.expires_at, canceled_at: null,
  }
  await insertLink(deps.db, link)
  return answer(201, linkObject(link, now, deps))
}

const scopeOf = ({ caller }: Call): { merchant_id: string; api: string; mode: string } => ({ merchant_id: caller.merchant.id, api: API, mode: caller.mode })

async function list(deps: FintocDeps, call: Call): Promise<CallAnswer> {
  const page = read(() => readPage(call.query))
  if (!page.ok) return refusal(page.error)
  const { links, total } = await listLinks(deps.db, scopeOf(call), page.value.per_page, (page.value.page - 1) * page.value.per_page)
  const now = deps.clock.now()
  return { ...answer(200, links.map((link) => linkObject(link, now, deps))), headers: { link: linkHeader(call.url, page.value, total), 'x-total-count': String(total) } }
}

/** Whether a text can be the id of a link at all: anything else is not worth a question to the database. */
export const isLinkId = (id: string): boolean => /^plink_\w{3,60}$/.test(id)

async function retrieve(deps: FintocDeps, call: Call): Promise<CallAnswer> {
  const link = isLinkId(call.id) ? await findLink(deps.db, scopeOf(call), call.id) : undefined
  return link === undefined ? refusal(missingResource('payment_link', call.id)) : answer(200, linkObject(link, deps.clock.now(), deps))
}

async function cancel(deps: FintocDeps, call: Call): Promise<CallAnswer> {
  const now = deps.clock.now()
  if (!isLinkId(call.id)) return refusal(missingResource('payment_link', call.id))
  const link = await cancelLink(deps.db, scopeOf(call), call.id, now)
  if (link !== undefined) return answer(200, linkObject(link, now, deps))
  const old = await findLink(deps.db, scopeOf(call), call.id)
  if (old === undefined) return refusal(missingResource('payment_link', call.id))
  if (call.once.again && linkStatus(old, now) === 'canceled') return answer(200, linkObject(old, now, deps))
  return refusal(problem('operation_not_allowed', `A payment link that is ${linkStatus(old, now)} cannot be canceled`))
}
