/** The public API: what a shop's page calls with the account's public key (Corefy reference: public API and merchant checkout). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { merchantNumberOf } from '../../../core/ids.ts'
import { fromDecimal, isCurrency, money, toDecimalString } from '../../../core/money.ts'
import { fail, ok, type Result } from '../../../core/result.ts'
import type { PaymentView } from '../../../payments/model.ts'
import { BROKEN_JSON, isObject } from '../../common/body.ts'
import { methodOf } from '../account/catalogue.ts'
import type { Account } from '../accounts.ts'
import { badRequest, forbidden, invalid, notFound, sendErrors, unauthorized, unwrapped, type WireError } from '../errors.ts'
import { rateOf } from '../exchange.ts'
import { createInvoice } from '../invoices/create.ts'
import { isInvoice } from '../invoices/routes.ts'
import { idOf, type Parts } from '../parts.ts'
import { isPayout } from '../payouts/routes.ts'
import type { Service } from '../settings.ts'
import { nested } from '../wire/form.ts'
import { readPublicInvoice } from '../wire/invoice.ts'
import { AMOUNT_MAX } from '../wire/service.ts'

export type PublicAccount = Account & { readonly mode: 'test' | 'live' }

/** Prerequests, creates and reads under `/public-api`, and the form that sends the browser on. */
export function publicRoutes(server: FastifyInstance, parts: Parts): void {
  const { deps, accounts, shower } = parts
  for (const kind of ['payment', 'payout'] as const) {
    server.post(`/public-api/${kind}-prerequest`, async (request, reply) => {
      const asked = await readPublic(parts, request)
      if (!asked.ok) return sendErrors(reply, asked.error)
      const answer = prerequest(asked.value, kind)
      return answer.ok ? reply.send(answer.value) : sendErrors(reply, answer.error)
    })
  }

  server.post('/public-api/payment-invoices', async (request, reply) => {
    const created = await createPublic(parts, request)
    return created.ok ? reply.code(201).send(await shower.document(created.value.account, created.value.view, 'public')) : sendErrors(reply, created.error)
  })

  // The form of a shop's page: its browser goes on to the card page.
  server.post('/public-api/payment-invoices/process', async (request, reply) => {
    const created = await createPublic(parts, request)
    return created.ok ? reply.redirect(shower.pageUrl(created.value.view.payment), 303) : sendErrors(reply, created.error)
  })

  const found = async (request: FastifyRequest, prefix: 'cpi_' | 'cpoi_'): Promise<{ account: Account; view: PaymentView } | undefined> => {
    const id = idOf(request)
    const number = merchantNumberOf(id, prefix)
    const account = number === undefined ? undefined : await accounts.byNumber(number)
    const view = account === undefined ? undefined : await deps.payments.find(account.merchant.id, id)
    return account === undefined || view === undefined ? undefined : { account, view }
  }
  const missing = (reply: FastifyReply): FastifyReply => sendErrors(reply, [notFound('There is no such invoice.')])

  // No key on reads: who knows the id may see how it stands, and nothing that only the merchant should know.
  server.get('/public-api/payment-invoices/:id', async (request, reply) => {
    const it = await found(request, 'cpi_')
    return it !== undefined && isInvoice(it.view) ? reply.send(await shower.document(it.account, it.view, 'public')) : missing(reply)
  })
  server.get('/public-api/payout-invoices/:id', async (request, reply) => {
    const it = await found(request, 'cpoi_')
    return it !== undefined && isPayout(it.view) ? reply.send(shower.payout(it.account, it.view, 'public')) : missing(reply)
  })
}

interface PublicRequest {
  readonly account: PublicAccount
  readonly body: Readonly<Record<string, unknown>>
}

/** The body of a public call, JSON or form, and the account of its key. */
async function readPublic({ accounts }: Parts, request: FastifyRequest): Promise<Result<PublicRequest, WireError[]>> {
  if (request.body === BROKEN_JSON || !isObject(request.body)) return fail([badRequest('The body must be a JSON object or a form.')])
  const isForm = (request.headers['content-type'] ?? '').includes('application/x-www-form-urlencoded')
  const body = isForm ? nested(request.body) : request.body
  const key = body['public_key']
  const account = typeof key === 'string' ? await accounts.byPublicKey(key) : undefined
  return account === undefined ? fail([unauthorized('The public key is missing or wrong.')]) : ok({ account, body })
}

async function createPublic(parts: Parts, request: FastifyRequest): Promise<Result<{ account: PublicAccount; view: PaymentView }, WireError[]>> {
  const asked = await readPublic(parts, request)
  return asked.ok ? createByKey(parts, asked.value) : asked
}

/** Creates an invoice on the word of somebody who has the public key only. */
export async function createByKey(parts: Parts, { account, body }: PublicRequest): Promise<Result<{ account: PublicAccount; view: PaymentView }, WireError[]>> {
  const { deps } = parts
  if (account.settings.forbid_public_creation) return fail([forbidden('This account takes no invoices from the public API.')])
  const read = readPublicInvoice(body, account.settings, account.mode === 'test', deps.clock.now(), () => `hpp_${deps.ids.alphanumeric(20)}`)
  if (!read.ok) return read
  const created = await createInvoice(parts, account, read.value, 'platform_public_api')
  return created.ok ? ok({ account, view: created.value }) : fail(unwrapped(created.error))
}

/** The services of an account that take a currency. */
export function servicesFor({ settings }: Account, currency: string, direction: 'in' | 'out'): Service[] {
  return settings.services.filter((service) => service.enabled && service.direction === direction && rateOf(settings.exchange_rates, currency, service.currency) !== undefined)
}

/** Services and methods for a currency: in the form of the SDK, with the flatter form of the documentation beside it. */
function prerequest({ account, body }: PublicRequest, kind: 'payment' | 'payout'): Result<Record<string, unknown>, WireError[]> {
  const currency = typeof body['currency'] === 'string' ? body['currency'].toUpperCase() : ''
  if (!isCurrency(currency)) return fail([invalid('/currency', 'currency must be a code of ISO 4217.')])
  const { amount: given } = body
  const amount = given === undefined || given === null ? null : typeof given === 'number' || typeof given === 'string' ? (fromDecimal(given, currency) ?? undefined) : undefined
  if (amount === undefined || (amount !== null && amount.minor <= 0n)) return fail([invalid('/amount', `amount must be a decimal number greater than 0, with no more decimals than ${currency} has.`)])
  const found = servicesFor(account, currency, kind === 'payment' ? 'in' : 'out')
  const services = Object.fromEntries(found.map((service) => [service.code, { ...serviceOffer(service), ...(kind === 'payout' ? payoutOffer(account, service, currency) : {}) }]))
  const methods = Object.fromEntries(found.map(({ method }) => [method, methodOf(method)]))
  const attributes = { currency, amount: amount === null ? null : Number(given), test_mode: account.mode === 'test', services, methods }
  return ok({ data: { type: `${kind}-prerequest`, attributes, ...attributes } })
}

function serviceOffer({ code, method, flow, currency, fields = [] }: Service): Record<string, unknown> {
  return {
    code, method, flow, currency, status: 'available',
    fields: fields.map((field, index) => ({
      key: field.key, type: field.type, label: field.label, example: field.example ?? null, hint: field.hint ?? null, regexp: field.regexp ?? null, required: field.required ?? false,
      // The SDK calls it weight, the documentation position.
      weight: index + 1, position: index + 1,
    })),
  }
}

/** Bounds as text with eight decimals and the rate as a number, as in the SDK's own samples. Where the service has no bound, that of every amount. */
function payoutOffer({ settings }: Account, { amount_min, amount_max, currency }: Service, base: string): Record<string, unknown> {
  const eight = (text: string): string => `${text.split('.')[0]}.${(text.split('.')[1] ?? '').padEnd(8, '0')}`
  const least = Number(amount_min) === 0 ? toDecimalString(money(1n, currency)) : amount_min
  const most = Number(amount_max) === 0 ? String(AMOUNT_MAX) : amount_max
  return { amount_min: eight(least), amount_max: eight(most), exchange_rate: Number(rateOf(settings.exchange_rates, base, currency) ?? '1') }
}
