/** A request for a payment invoice, checked field by field (Corefy reference: payment invoice, create). */
import { fail, ok, type Result } from '../../../core/result.ts'
import type { Look } from '../../../pages/index.ts'
import { isObject } from '../../common/body.ts'
import { badRequest, type WireError } from '../errors.ts'
import type { Rate } from '../exchange.ts'
import { readLook } from '../page/look.ts'
import type { CorefySettings, Service } from '../settings.ts'
import { readCardgate, type CardgateOptions } from './cardgate.ts'
import { readCustomer, type CustomerRequest } from './customer.ts'
import { attributesOf, createReader, LONG_TEXT_MAX, type Reader } from './reader.ts'
import { readAmount, readService, readServiceFields } from './service.ts'

/** What every operation is asked with, in or out. */
export interface OperationRequest {
  readonly reference_id: string
  readonly service: Service
  readonly test_mode: boolean
  readonly description: string | null
  readonly token: string | null
  readonly customer: CustomerRequest | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly options: Readonly<Record<string, unknown>>
  readonly callback_url: string | null
  readonly expires_s: number | null
}

export interface InvoiceRequest extends OperationRequest {
  readonly currency: string
  /** Minor units of the currency that `side` says. */
  readonly amount_minor: bigint
  readonly side: 'base' | 'service'
  readonly rate: Rate
  readonly flow: 'charge' | 'verify'
  readonly descriptor: string | null
  readonly return_url: string | null
  readonly return_urls: Readonly<Record<'success' | 'pending' | 'fail', string | null>> | null
  readonly service_fields: Readonly<Record<string, unknown>>
  readonly cardgate: CardgateOptions
  /** The language that the checkout was opened in; private requests name none. */
  readonly locale: string | null
  /** How the checkout is to look; private requests say nothing about it. */
  readonly look: Look | null
}

/** Release notes v1.27. */
const METADATA_KEYS_MAX = 20

/** A create request of the private API, or everything that is wrong with it. */
export function readInvoice(body: unknown, settings: CorefySettings, now: Date): Result<InvoiceRequest, WireError[]> {
  const found = attributesOf(body, ['payment-invoices', 'payment-invoice'])
  if (!found.ok) return found
  const fields = createReader(found.value.attributes, '/data/attributes')
  // The second sample of the guide puts callback_url beside the attributes.
  const beside = createReader(found.value.data, '/data', fields.errors)
  const shared = readShared(fields, settings, now)
  const request: InvoiceRequest = {
    ...shared,
    reference_id: fields.required('reference_id'),
    flow: readFlow(fields),
    test_mode: fields.flag('test_mode') ?? false,
    descriptor: fields.text('descriptor'),
    token: fields.text('token'),
    callback_url: fields.url('callback_url') ?? beside.url('callback_url'),
    service_fields: readServiceFields(fields, 'service_fields', shared.service),
    options: readOptions(fields),
    cardgate: readCardgate(fields),
    locale: null, look: null,
  }
  if (shared.service?.provider_code !== undefined) {
    if (request.token !== null) fields.refuse('token', `The service ${request.service.code} takes no cards.`)
    if (request.flow === 'verify') fields.refuse('flow', `The service ${request.service.code} verifies no cards.`)
  }
  const named = (request.customer?.reference_id ?? null) !== null
  if (!named && request.token !== null) fields.inside('customer').refuse('reference_id', 'customer.reference_id is required with a token.')
  else if (!named && request.cardgate.tokenize === true) fields.inside('customer').refuse('reference_id', 'customer.reference_id is required to tokenize.')
  return fields.errors.length > 0 ? fail(fields.errors) : ok(request)
}

/**
 * A flat create request of the public API: no wrapper, `fields` for service_fields, and nothing that only a merchant may say
 * (callback address, token, card gate options). The mode is that of the public key (Corefy reference: public API).
 */
export function readPublicInvoice(body: unknown, settings: CorefySettings, test_mode: boolean, now: Date, generated: () => string): Result<InvoiceRequest, WireError[]> {
  if (!isObject(body)) return fail([badRequest('The body must be a JSON object.')])
  const fields = createReader(body, '')
  const shared = readShared(fields, settings, now)
  const request: InvoiceRequest = {
    ...shared,
    reference_id: fields.text('reference_id') ?? generated(),
    flow: 'charge', test_mode, descriptor: null, token: null, callback_url: null,
    service_fields: readServiceFields(fields, fields.has('service_fields') ? 'service_fields' : 'fields', shared.service),
    options: {}, cardgate: {},
    locale: fields.text('locale', 20) ?? fields.text('language', 20),
    look: readLook(body) ?? null,
  }
  return fields.errors.length > 0 ? fail(fields.errors) : ok(request)
}

type Shared = Pick<InvoiceRequest, 'currency' | 'amount_minor' | 'side' | 'rate' | 'service' | 'description' | 'customer' | 'metadata' | 'return_url' | 'return_urls' | 'expires_s'>

function readShared(fields: Reader, settings: CorefySettings, now: Date): Shared {
  const service = readService(fields, settings, 'in')
  const { currency, minor, side, rate } = readAmount(fields, settings, service)
  return {
    currency, amount_minor: minor, side, rate, service: service as Service,
    description: fields.text('description', LONG_TEXT_MAX),
    customer: readCustomer(fields),
    metadata: readMetadata(fields),
    return_url: fields.url('return_url'),
    return_urls: readReturnUrls(fields),
    expires_s: readExpiry(fields, now),
  }
}

/** The samples write `metadata`, the prose `meta_data`. */
export function readMetadata(fields: Reader): Readonly<Record<string, unknown>> {
  return fields.map(fields.has('metadata') ? 'metadata' : 'meta_data', METADATA_KEYS_MAX)
}

/**
 * Options of one operation (Corefy reference: payment invoice, create). Those that mean something here are checked: `attempts_limit`,
 * `bypass_hpp`, `send_operation_context_on_return`, `allow_partially`. The others are kept.
 */
export function readOptions(fields: Reader): Readonly<Record<string, unknown>> {
  const options = fields.inside('options')
  options.whole('attempts_limit', 1, 100)
  options.flag('bypass_hpp')
  options.flag('send_operation_context_on_return')
  options.flag('allow_partially')
  return fields.map('options')
}

function readFlow(fields: Reader): 'charge' | 'verify' {
  const flow = fields.text('flow') ?? 'charge'
  if (flow === 'charge' || flow === 'verify') return flow
  fields.refuse('flow', 'flow must be charge or verify.')
  return 'charge'
}

function readReturnUrls(fields: Reader): InvoiceRequest['return_urls'] {
  if (!fields.has('return_urls')) return null
  const urls = fields.inside('return_urls')
  return { success: urls.url('success'), pending: urls.url('pending'), fail: urls.url('fail') }
}

/** A time in the future, in unix seconds; digits as text are taken too, since forms send nothing else. */
export function readExpiry(fields: Reader, now: Date): number | null {
  const value = fields.raw('expires')
  if (value === undefined || value === '') return null
  const seconds = typeof value === 'number' || (typeof value === 'string' && /^\d{1,12}$/.test(value)) ? Number(value) : Number.NaN
  if (!Number.isInteger(seconds)) return fields.refuse('expires', 'expires must be a time in unix seconds.') ?? null
  // Until 2100: further away, and it was meant to be milliseconds.
  if (seconds * 1000 <= now.getTime() || seconds > 4_102_444_800) return fields.refuse('expires', 'expires must be in the future, in unix seconds.') ?? null
  return seconds
}
