import type { FastifyInstance } from 'fastify'
import { after } from '../../core/clock.ts'
import { handle } from '../../core/ids.ts'
import { findCustomerByReference, upsertCustomer, type Customer } from '../../customers/store.ts'
import { findInstrument, type Instrument } from '../../instruments/store.ts'
import { listPayments } from '../../payments/store.ts'
import type { PaymentView } from '../../payments/model.ts'
import { hashOf } from '../../sessions/store.ts'
import { BROKEN_JSON } from '../shared/body.ts'
import type { ApiDeps } from '../shared/deps.ts'
import type { Account, Accounts } from './account.ts'
import { badRequest, invalid, notFound, sendErrors, type WireError } from './errors.ts'
import { descriptorOf } from './settings.ts'
import type { Shower } from './show.ts'
import { storedCustomer } from './translate.ts'
import { readInvoice, type InvoiceRequest } from './wire.ts'
import { fail, ok, type Result } from '../../core/result.ts'

/** Page size of lists, when none is asked for, and at most (ours: the original's is not published). */
const PAGE_SIZE = 20
const PAGE_SIZE_MAX = 100

export interface Parts {
  readonly deps: ApiDeps
  readonly accounts: Accounts
  readonly shower: Shower
}

/** `POST /payment-invoices`, `GET /payment-invoices`, `GET /payment-invoices/{id}`. */
export function invoiceRoutes(server: FastifyInstance, { deps, accounts, shower }: Parts): void {
  server.post('/payment-invoices', async (request, reply) => {
    const account = await accounts.authenticate(request, reply)
    if (account === undefined) return reply
    if (request.body === BROKEN_JSON) return sendErrors(reply, [badRequest('The body is not valid JSON.')])
    const read = readInvoice(request.body, account.settings, deps.clock.now())
    if (!read.ok) return sendErrors(reply, read.error)
    const created = await createInvoice(deps, account, read.value, read.value.test_mode ? 'test' : 'live', 'merchant_api')
    if (!created.ok) return sendErrors(reply, created.error)
    return reply.code(201).send(await shower.document(account, created.value, 'merchant'))
  })

  server.get<{ Params: { id: string } }>('/payment-invoices/:id', async (request, reply) => {
    const account = await accounts.authenticate(request, reply)
    if (account === undefined) return reply
    const view = await deps.payments.find(account.merchant.id, request.params.id)
    if (view === undefined || !isInvoice(view)) return sendErrors(reply, [notFound('There is no such payment invoice.')])
    return reply.send(await shower.document(account, view, 'merchant'))
  })

  server.get<{ Querystring: Record<string, string | undefined> }>('/payment-invoices', async (request, reply) => {
    const account = await accounts.authenticate(request, reply)
    if (account === undefined) return reply
    const page = readPage(request.query)
    if (!page.ok) return sendErrors(reply, page.error)
    const { number, size } = page.value
    const found = await listPayments(deps.db, {
      merchant_id: account.merchant.id, api: 'corefy', kinds: ['charge', 'verify'], reference: request.query['filter[reference_id]'],
      mode: modeFilter(request.query['filter[test_mode]']), states: statesFilter(request.query['filter[status]']), limit: size, offset: (number - 1) * size,
    })
    const views = await Promise.all(found.payments.map(({ id }) => deps.payments.find(account.merchant.id, id)))
    const documents = await Promise.all(views.filter((view) => view !== undefined).map((view) => shower.document(account, view, 'merchant')))
    const pages = Math.max(1, Math.ceil(found.total / size))
    return reply.send({
      data: documents.map(({ data }) => data),
      meta: { total: found.total, page: { number, size, pages } },
      links: { self: '/api/payment-invoices', ...(number < pages ? { next: `/api/payment-invoices?page[number]=${number + 1}&page[size]=${size}` } : {}) },
    })
  })
}

const isInvoice = ({ payment }: PaymentView): boolean => payment.api === 'corefy' && (payment.kind === 'charge' || payment.kind === 'verify')

/** `page[number]` from 1, `page[size]` up to the limit. */
export function readPage(query: Readonly<Record<string, string | undefined>>): Result<{ number: number; size: number }, WireError[]> {
  const whole = (name: string, fallback: number, max: number): number => {
    const text = query[name]
    if (text === undefined) return fallback
    const value = Number(text)
    return Number.isInteger(value) && value >= 1 && value <= max ? value : Number.NaN
  }
  const number = whole('page[number]', 1, 1_000_000)
  const size = whole('page[size]', PAGE_SIZE, PAGE_SIZE_MAX)
  if (Number.isNaN(number) || Number.isNaN(size)) return fail([badRequest(`page[number] must be a whole number from 1, page[size] one from 1 to ${PAGE_SIZE_MAX}.`)])
  return ok({ number, size })
}

const modeFilter = (text: string | undefined): string | undefined => (text === undefined ? undefined : text === 'true' || text === '1' ? 'test' : 'live')

/** Status words that lists can be filtered by, as the states that show them. */
function statesFilter(status: string | undefined): readonly string[] | undefined {
  const states: Readonly<Record<string, readonly string[]>> = {
    created: ['created'], process_pending: ['pending', 'processing', 'authorized'], processing: ['processing'], processed: ['succeeded'], verified: ['succeeded'],
    process_failed: ['failed', 'rejected'], verify_failed: ['failed', 'rejected'], terminated: ['canceled'], expired: ['expired'],
  }
  return status === undefined ? undefined : (states[status] ?? [])
}

/** Accepts an invoice: customer, token, then payment, claim of the reference, session and event in one commit. */
export async function createInvoice(deps: ApiDeps, account: Account, wanted: InvoiceRequest, mode: 'test' | 'live', source: string): Promise<Result<PaymentView, WireError[]>> {
  const { merchant, settings } = account
  const instrument = wanted.token === null ? undefined : await ownedInstrument(deps, merchant.id, wanted)
  if (wanted.token !== null && instrument === undefined) return fail([invalid('/data/attributes/token', 'The token is unknown, or belongs to another customer.')])
  const customer = await customerOf(deps, merchant.id, wanted)
  const now = deps.clock.now()
  const sid = handle(deps.ids, 'cgi_', merchant.number, 16)
  const expires_at = wanted.expires_s === null ? after(now, settings.invoice_life_s * 1000) : new Date(wanted.expires_s * 1000)
  const id = handle(deps.ids, 'cpi_', merchant.number, 16)
  const accepted = await deps.payments.accept(
    {
      merchant_id: merchant.id, id, api: 'corefy', kind: wanted.flow, mode, method: 'card', currency: wanted.currency, amount: wanted.amount_minor,
      ...(wanted.service.fee === null ? {} : { fee_terms: wanted.service.fee }),
      initial: 'pending', tries_max: wanted.cardgate.retry_limit ?? settings.retry_limit, reference: wanted.reference_id, description: wanted.description ?? undefined,
      customer_id: customer?.id, instrument_id: instrument?.id, expires_at,
      request: {
        sid, service: wanted.service.code, method: wanted.service.method, flow: wanted.flow, metadata: wanted.metadata,
        descriptor: descriptorOf(settings, merchant, wanted.reference_id, wanted.descriptor),
        callback_url: wanted.callback_url ?? settings.callback_url, return_url: wanted.return_url, return_urls: wanted.return_urls, token: wanted.token, cardgate: wanted.cardgate,
        options: wanted.options, service_fields: wanted.service_fields, source, customer: customer === undefined ? null : storedCustomer(customer),
      },
    },
    {
      claim: (payment) => ({ merchant_id: merchant.id, scope: 'corefy.payment-invoice', key: wanted.reference_id, owner: payment.id, request_hash: null, status: null, answer: null, created_at: now, expires_at: null }),
      sessions: [{ merchant_id: merchant.id, hash: hashOf(sid), api: 'corefy', kind: 'card_gate', payment_id: id, data: {}, created_at: now, expires_at, used_at: null }],
    },
  )
  if (accepted.ok) return ok(accepted.value)
  return fail([invalid('/data/attributes/reference_id', `The reference_id ${wanted.reference_id} has been used before.`)])
}

async function ownedInstrument(deps: ApiDeps, merchant_id: string, wanted: InvoiceRequest): Promise<Instrument | undefined> {
  const [instrument, customer] = await Promise.all([
    findInstrument(deps.db, merchant_id, wanted.token ?? ''),
    findCustomerByReference(deps.db, merchant_id, wanted.customer?.reference_id ?? ''),
  ])
  return instrument !== undefined && customer !== undefined && instrument.customer_id === customer.id ? instrument : undefined
}

async function customerOf(deps: ApiDeps, merchant_id: string, wanted: InvoiceRequest): Promise<Customer | undefined> {
  if (wanted.customer === null) return undefined
  const { reference_id, profile } = wanted.customer
  if (reference_id === null && Object.keys(profile).length === 0) return undefined
  return upsertCustomer(deps.db, deps.clock, { merchant_id, id: `cus_${deps.ids.alphanumeric(16)}`, reference: reference_id, profile })
}
