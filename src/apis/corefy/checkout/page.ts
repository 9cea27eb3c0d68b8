/**
 * The merchant checkout `/hpp` (Corefy reference: checkout page): a page that a shop links to or frames, with the account's
 * public key in the query. It holds no state: the form goes back to the address that it came from. Looking at it writes
 * nothing, unless the query names the service and a reference, and so leaves no question open.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { merchantNumberOf } from '../../../core/ids.ts'
import { fromDecimal, isCurrency, type Money } from '../../../core/money.ts'
import { findClaim } from '../../../idempotency/store.ts'
import { readCheckout, renderCheckoutPage, renderErrorPage, type CheckoutPageView, type CheckoutService, type ErrorKind } from '../../../pages/index.ts'
import type { PaymentView } from '../../../payments/model.ts'
import { isFinished } from '../../../payments/decisions/state.ts'
import { updateSession } from '../../../sessions/store.ts'
import { isObject } from '../../common/body.ts'
import { sendPage } from '../../common/pages.ts'
import { kindOf, methodName } from '../account/catalogue.ts'
import { isInvoice } from '../invoices/routes.ts'
import { languageOf, withLocale } from '../page/language.ts'
import { readLook } from '../page/look.ts'
import type { PageData } from '../page/session.ts'
import { queryOf, type Parts } from '../parts.ts'
import { framesOf, type Service } from '../settings.ts'
import { storedRequest } from '../translate.ts'
import { nested } from '../wire/form.ts'
import { renderClosedPage } from './closed.ts'
import { createByKey, servicesFor, type PublicAccount } from './public.ts'

interface Checkout {
  readonly account: PublicAccount
  readonly query: Readonly<Record<string, unknown>>
  readonly amount: Money
  readonly services: readonly Service[]
  readonly language: string
  /** When the time to pay is over, where the address says so. */
  readonly expires_at: Date | undefined
}

/** `GET /hpp?…`, the form's `POST` to the same address, and the last page of a checkout in a frame. */
export function checkoutRoutes(server: FastifyInstance, parts: Parts): void {
  server.get('/hpp', async (request, reply) => {
    if (queryOf(request, 'cpi') !== undefined) return showInvoice(parts, request, reply)
    const checkout = await openCheckout(parts, request)
    if (typeof checkout === 'string') return sendPage(reply, errorPage(request, checkout))
    const { service, reference_id } = checkout.query
    const settled = typeof service === 'string' && typeof reference_id === 'string' && reference_id !== '' && checkout.services.some(({ code }) => code === service)
    if (settled) {
      const sent = await send(parts, checkout, checkout.query, reply)
      if (sent !== undefined) return sent
    }
    return sendPage(reply, renderCheckoutPage(viewOf(parts, request, checkout)))
  })

  server.post('/hpp', async (request, reply) => {
    const checkout = await openCheckout(parts, request)
    if (typeof checkout === 'string') return sendPage(reply, errorPage(request, checkout))
    const view = viewOf(parts, request, checkout)
    const chosen = readCheckout(isObject(request.body) ? request.body : {}, view)
    if (!chosen.ok) return sendPage(reply, renderCheckoutPage({ ...view, ...chosen.again }))
    const customer = { ...(isObject(checkout.query['customer']) ? checkout.query['customer'] : {}), ...chosen.customer }
    const sent = await send(parts, checkout, { ...checkout.query, service: chosen.service, fields: chosen.fields, service_fields: undefined, ...(Object.keys(customer).length > 0 ? { customer } : {}) }, reply)
    return sent ?? sendPage(reply, errorPage(request, 'not_allowed', 422))
  })

  server.get('/hpp/close', async (request, reply) => sendPage(reply, renderClosedPage(languageOf(request))))
}

async function showInvoice({ deps, accounts, shower }: Parts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const id = queryOf(request, 'cpi') ?? ''
  const number = /^\w{5,64}$/.test(id) ? merchantNumberOf(id, 'cpi_') : undefined
  const account = number === undefined ? undefined : await accounts.byNumber(number)
  const view = account === undefined ? undefined : await deps.payments.find(account.merchant.id, id)
  if (account === undefined || view === undefined || !isInvoice(view)) return sendPage(reply, errorPage(request, 'not_found'))
  // With the account's own key beside it, it is the widget that asks, from inside a frame: the card page must know that later on.
  const asking = await accounts.byPublicKey(queryOf(request, 'public_key') ?? '')
  if (asking?.merchant.id === account.merchant.id) {
    const look = readLook(nested(request.query as Readonly<Record<string, unknown>>))
    await updateSession(deps.db, account.merchant.id, storedRequest(view.payment).sid, { checkout: true, ...(look && { look }) } satisfies PageData)
  }
  return reply.redirect(withLocale(shower.pageUrl(view.payment), request), 303)
}

/** What the query asks for, or which page says why it cannot be shown. */
async function openCheckout({ deps, accounts }: Parts, request: FastifyRequest): Promise<Checkout | ErrorKind> {
  const query = nested(request.query as Readonly<Record<string, unknown>>)
  const { public_key, currency: asked, amount: text } = query
  const account = typeof public_key === 'string' ? await accounts.byPublicKey(public_key) : undefined
  if (account === undefined || typeof asked !== 'string' || typeof text !== 'string') return 'not_found'
  if (account.settings.forbid_public_creation) return 'not_allowed'
  const currency = asked.toUpperCase()
  const amount = isCurrency(currency) ? fromDecimal(text, currency) : undefined
  if (amount === undefined || amount.minor <= 0n) return 'not_found'
  const expires_at = expiryOf(query['expires'])
  if (expires_at !== undefined && expires_at <= deps.clock.now()) return 'expired'
  const all = offered(servicesFor(account, currency, 'in'), currency)
  const services = typeof query['service'] === 'string' ? servicesFor(account, currency, 'in').filter(({ code }) => code === query['service']) : all
  return { account, query, amount, services, expires_at, language: languageOf(request) }
}

/** `expires` in unix seconds, as everywhere. Anything else is refused when the invoice is made. */
const expiryOf = (value: unknown): Date | undefined => (typeof value === 'string' && /^\d{1,10}$/.test(value) ? new Date(Number(value) * 1000) : undefined)

/** One way to pay by each method: the service in the page's own currency where there is one. */
function offered(services: readonly Service[], currency: string): Service[] {
  return services.filter((service) => service.currency === currency || !services.some((other) => other.method === service.method && other.currency === currency))
}

/** Creates the invoice and sends the payer to its card page; to the one that is there when the payer comes back. Undefined when it is refused. */
async function send(parts: Parts, { account, query, amount, language }: Checkout, wanted: Readonly<Record<string, unknown>>, reply: FastifyReply): Promise<FastifyReply | undefined> {
  const created = await createByKey(parts, { account, body: { ...wanted, locale: language } })
  const reference = query['reference_id']
  const view = created.ok ? created.value.view : typeof reference === 'string' ? await sameInvoice(parts, account, reference, amount) : undefined
  return view === undefined ? undefined : reply.redirect(parts.shower.pageUrl(view.payment), 303)
}

/** The invoice that this checkout made before, when the payer goes back and forth. */
async function sameInvoice({ deps }: Parts, account: PublicAccount, reference: string, amount: Money): Promise<PaymentView | undefined> {
  const claim = await findClaim(deps.db, account.merchant.id, 'corefy.payment-invoice', reference)
  const view = claim === undefined ? undefined : await deps.payments.find(account.merchant.id, claim.owner)
  if (view === undefined) return undefined
  const { payment } = view
  const same = storedRequest(payment).source === 'platform_public_api' && payment.mode === account.mode && payment.currency === amount.currency && payment.amount === amount.minor
  return same && (!isFinished(payment.state) || payment.state === 'succeeded') ? view : undefined
}

function viewOf({ deps }: Parts, request: FastifyRequest, { account, query, amount, services, language, expires_at }: Checkout): CheckoutPageView {
  const search = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : ''
  const text = (name: string): string | undefined => (typeof query[name] === 'string' && query[name] !== '' ? query[name].slice(0, 2_048) : undefined)
  const return_url = text('return_url')
  return {
    merchant_name: account.merchant.name, amount, language, session: 'checkout', look: readLook(query), step: 'method', expires_at, now: deps.clock.now(),
    submit_url: `${deps.base_url}/hpp${search}`,
    services: services.map((service) => offerOf(service, amount, language, isObject(query['service_fields']) ? query['service_fields'] : {})),
    chosen: text('service'),
    description: text('description'),
    cancel_url: return_url !== undefined && /^https?:\/\//i.test(return_url) && URL.canParse(return_url) ? return_url : undefined,
    test_mode: account.mode === 'test',
    frame_ancestors: framesOf(account.settings, account.mode, true),
    form_targets: [],
  }
}

/** The payer is charged in the currency of the page, whatever the service's own is: no other amount is shown. */
function offerOf(service: Service, amount: Money, language: string, given: Readonly<Record<string, unknown>>): CheckoutService {
  const say = (texts: Readonly<Record<string, string>> | undefined): string | undefined => texts?.[language.slice(0, 2)] ?? texts?.['en']
  return {
    code: service.code, name: methodName(service.method, language), currency: amount.currency, kind: kindOf(service.method),
    fields: (service.fields ?? []).map((field) => ({ key: field.key, label: say(field.label), hint: say(field.hint), example: field.example, pattern: field.regexp?.replace(/^\^|\$$/g, ''), required: field.required, ...(typeof given[field.key] === 'string' ? { value: String(given[field.key]) } : {}) })),
  }
}

function errorPage(request: FastifyRequest, kind: ErrorKind, status?: number): ReturnType<typeof renderErrorPage> {
  const page = renderErrorPage({ kind, language: languageOf(request) })
  return status === undefined ? page : { ...page, status }
}
