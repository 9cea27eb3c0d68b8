/** `/v1/checkout_sessions`, and `/v2/…` with cursors ("Fintoc reference: Checkout sessions and payment links"). */
import { after } from '../../../core/clock.ts'
import { handle } from '../../../core/ids.ts'
import type { Result } from '../../../core/result.ts'
import type { Payment, PaymentView } from '../../../payments/model.ts'
import { listPayments } from '../../../payments/store.ts'
import type { Call, CallAnswer, Route } from '../call.ts'
import { settingsOf } from '../account/settings.ts'
import type { Caller } from '../caller.ts'
import type { FintocSettings } from '../account/settings.ts'
import { checkoutIdOf, checkoutObject, checkoutStatus, isCheckout, paymentIdOf } from './object.ts'
import type { CheckoutRequest } from './object.ts'
import { API } from '../deps.ts'
import type { FintocDeps } from '../deps.ts'
import { answer, missingResource, problem, refusal } from '../errors.ts'
import type { Problem } from '../errors.ts'
import { amount, invalid, keptObject, metadata, optionalEmail, optionalObject, optionalText, present, read } from '../fields.ts'
import type { Fields } from '../fields.ts'
import { businessProfile, readCurrency, readExpiry, readRecipient } from '../intents/input.ts'
import type { IntentInput } from '../intents/input.ts'
import { cursorHeader, linkHeader, readPage } from '../pagination.ts'
import { acceptIntent, findIntent, isExpiredByShop } from '../intents/routes.ts'
import { cursorOf, cursorPage, readCursor } from '../intents/pages.ts'
import type { Wanted } from '../intents/pages.ts'
import { inVersion } from '../versions.ts'

/** How long a session lives: a day, as in the published sample. */
export const CHECKOUT_MS = 24 * 3_600_000

export function checkoutSessionRoutes(deps: FintocDeps): readonly Route[] {
  return ['v1', 'v2'].flatMap((version): Route[] => [
    ['POST', `/${version}/checkout_sessions`, (call) => create(deps, call)],
    ['GET', `/${version}/checkout_sessions`, (call) => (version === 'v1' ? list : listByCursor)(deps, call)],
    ['GET', `/${version}/checkout_sessions/:id`, (call) => retrieve(deps, call)],
    ['POST', `/${version}/checkout_sessions/:id/expire`, (call) => expire(deps, call)],
  ])
}

interface CheckoutInput {
  readonly intent: IntentInput
  readonly checkout: Omit<CheckoutRequest['checkout'], 'expires_at'>
}

export function webAddress(body: Fields, name: string): string | null {
  const check = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
  return optionalText(body, name, { code: 'invalid_params', length_max: 2000, check, hint: `${name} must be a web address` })
}

function readCheckout(body: Fields, settings: FintocSettings, now: Date): Result<CheckoutInput, Problem> {
  return read(() => {
    const minor = amount(body)
    const currency = readCurrency(body)
    const customer = keptObject(body, 'customer')
    return {
      intent: {
        amount: minor, currency, recipient_account: recipientOf(body, currency, settings), sender_account: null,
        customer_email: optionalEmail(body) ?? (customer === null ? null : optionalEmail(customer, 'email')), metadata: metadata(body), business_profile: businessProfile(body),
        payment_type: 'bank_transfer', payment_type_options: {}, expires_at: readExpiry(body, now), reference_number: null,
      },
      checkout: { success_url: webAddress(body, 'success_url'), cancel_url: webAddress(body, 'cancel_url'), payment_methods: methodsOf(body), customer, ui_mode: optionalText(body, 'ui_mode') },
    }
  })
}

/** Inside the options of the transfer, by any of its three names; or at the top, as in a payment intent. */
function recipientOf(body: Fields, currency: IntentInput['currency'], settings: FintocSettings): IntentInput['recipient_account'] {
  const options = optionalObject(body, 'payment_method_options') ?? {}
  const name = ['bank_transfer', 'payment_intent', 'payment_initiation'].find((key) => present(options, key))
  if (name === undefined) return readRecipient(body, currency, settings)
  return readRecipient(optionalObject(options, name, 'payment_method_options') ?? {}, currency, settings, `payment_method_options.${name}`)
}

const METHODS: readonly string[] = ['bank_transfer', 'payment_intent', 'payment_initiation']

function methodsOf(body: Fields): readonly string[] {
  const name = present(body, 'payment_method_types') ? 'payment_method_types' : 'payment_methods'
  if (!present(body, name)) return ['bank_transfer']
  const given = body[name]
  if (!Array.isArray(given)) return invalid('invalid_array', `${name} must be a list`, name)
  const methods = given.filter((method): method is string => typeof method === 'string' && METHODS.includes(method))
  return methods.length > 0 ? methods : invalid('invalid_enum', `${name} must contain bank_transfer`, name)
}

async function create(deps: FintocDeps, call: Call): Promise<CallAnswer> {
  const now = deps.clock.now()
  const input = readCheckout(call.body, settingsOf(call.caller.merchant), now)
  if (!input.ok) return refusal(input.error)
  const { intent, checkout } = input.value
  const until = intent.expires_at ?? after(now, CHECKOUT_MS)
  // All of it random: the id of a checkout opens its page.
  const id = handle(deps.ids, 'pi_', call.caller.merchant.number, 16)
  const token = `${checkoutIdOf(id)}_sec_${deps.ids.alphanumeric(24)}`
  return acceptIntent(deps, call, {
    id, input: intent, token, until, parent: { kind: 'checkout_session', id: checkoutIdOf(id) },
    more: { checkout: { ...checkout, expires_at: until.toISOString() } satisfies CheckoutRequest['checkout'] },
    render: (payment) => inVersion(checkoutObject({ payment, attempts: [] }, deps, token), call.caller.version),
  })
}

async function find(deps: FintocDeps, caller: Pick<Caller, 'merchant' | 'mode'>, id: string): Promise<PaymentView | undefined> {
  if (!id.startsWith('cs_')) return undefined
  const view = await findIntent(deps, caller, paymentIdOf(id))
  return view !== undefined && isCheckout(view.payment) ? view : undefined
}

async function retrieve(deps: FintocDeps, { caller, id }: Call): Promise<CallAnswer> {
  const view = await find(deps, caller, id)
  return view === undefined ? refusal(missingResource('checkout_session', id)) : answer(200, inVersion(checkoutObject(view, deps), caller.version))
}

const wantedBy = ({ merchant, mode }: Caller): Wanted => ({ merchant_id: merchant.id, api: API, kinds: ['charge'], mode, reference: 'checkout_session' })

function showing(deps: FintocDeps, { version }: Caller): (payments: readonly Payment[]) => Promise<Record<string, unknown>[]> {
  return (payments) => Promise.all(payments.map(async (payment) => inVersion(checkoutObject((await deps.payments.find(payment.merchant_id, payment.id)) ?? { payment, attempts: [] }, deps), version)))
}

async function list(deps: FintocDeps, { caller, query, url }: Call): Promise<CallAnswer> {
  const asked = read(() => readPage(query))
  if (!asked.ok) return refusal(asked.error)
  const { page, per_page } = asked.value
  const { payments, total } = await listPayments(deps.db, { ...wantedBy(caller), limit: per_page, offset: (page - 1) * per_page })
  return { ...answer(200, await showing(deps, caller)(payments)), headers: { link: linkHeader(url, asked.value, total), 'x-total-count': String(total) } }
}

async function listByCursor(deps: FintocDeps, { caller, query, url }: Call): Promise<CallAnswer> {
  const asked = read(() => readCursor(query))
  if (!asked.ok) return refusal(asked.error)
  const page = await cursorPage(deps.db, wantedBy(caller), asked.value, (id) => find(deps, caller, id), showing(deps, caller))
  if (page === undefined) return refusal(missingResource('checkout_session', cursorOf(asked.value)))
  return { ...answer(200, page.rows), headers: { link: cursorHeader(url, page.more ? String(page.rows.at(-1)?.['id']) : undefined) } }
}

async function expire(deps: FintocDeps, { caller, id, once }: Call): Promise<CallAnswer> {
  const view = await find(deps, caller, id)
  if (view === undefined) return refusal(missingResource('checkout_session', id))
  const ended = await deps.payments.end(caller.merchant.id, view.payment.id, { state: 'expired', reason: 'canceled_by_merchant' })
  if (!ended.ok && once.again && isExpiredByShop(view.payment)) return answer(201, inVersion(checkoutObject(view, deps), caller.version))
  if (!ended.ok) return refusal(problem('operation_not_allowed', `A checkout session that is ${checkoutStatus(view)} cannot be expired`))
  return answer(201, inVersion(checkoutObject(ended.value, deps), caller.version))
}
