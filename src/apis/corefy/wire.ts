/**
 * What comes over the wire, checked field by field. Every refusal names its field by a JSON pointer; unknown keys are
 * ignored; `[]` is accepted where a map is expected, since the clients' language writes empty maps like that.
 */
import { fromDecimal, isCurrency } from '../../core/money.ts'
import { fail, ok, type Result } from '../../core/result.ts'
import { isObject } from '../shared/body.ts'
import { badRequest, invalid, type WireError } from './errors.ts'
import { serviceOf, type CorefySettings, type Service } from './settings.ts'

export interface CustomerRequest {
  readonly reference_id: string | null
  readonly profile: Readonly<Record<string, unknown>>
}

export interface CardgateOptions {
  readonly tokenize?: boolean
  readonly instant?: boolean
  readonly restrict_saved_cards?: boolean
  readonly bypass_status_page?: boolean
  readonly retry_limit?: number
  readonly theme?: string
  readonly theme_options?: Readonly<Record<string, unknown>>
}

export interface InvoiceRequest {
  readonly reference_id: string
  readonly currency: string
  readonly amount_minor: bigint
  readonly service: Service
  readonly flow: 'charge' | 'verify'
  readonly test_mode: boolean
  readonly description: string | null
  readonly descriptor: string | null
  readonly token: string | null
  readonly customer: CustomerRequest | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly return_url: string | null
  readonly return_urls: Readonly<Record<'success' | 'pending' | 'fail', string | null>> | null
  readonly callback_url: string | null
  readonly expires_s: number | null
  readonly service_fields: Readonly<Record<string, unknown>>
  readonly options: Readonly<Record<string, unknown>>
  readonly cardgate: CardgateOptions
}

/** Card gate: no amount above this (release notes v1.18). */
const AMOUNT_MAX = 1_000_000_000
const METADATA_KEYS_MAX = 20
const THEME_KEYS_MAX = 50
const TEXT_MAX = 255
const LONG_TEXT_MAX = 2_048

/** Reads fields of one object and gathers what is wrong with them. */
export class Reader {
  readonly errors: WireError[]
  readonly #values: Readonly<Record<string, unknown>>
  readonly #pointer: string
  constructor(values: Readonly<Record<string, unknown>>, pointer: string, errors: WireError[] = []) {
    this.#values = values
    this.#pointer = pointer
    this.errors = errors
  }

  refuse(field: string, detail: string): undefined {
    this.errors.push(invalid(`${this.#pointer}/${field}`, detail))
    return undefined
  }

  has(field: string): boolean {
    return this.#values[field] !== undefined && this.#values[field] !== null
  }

  raw(field: string): unknown {
    return this.#values[field]
  }

  text(field: string, max = TEXT_MAX): string | null {
    const value = this.#values[field]
    if (value === undefined || value === null) return null
    // Numbers are taken for text where ids are meant: PHP clients send order numbers both ways.
    const text = typeof value === 'number' ? String(value) : value
    if (typeof text !== 'string') return this.refuse(field, `${field} must be a string.`) ?? null
    if (text.length > max) return this.refuse(field, `${field} may have at most ${max} characters.`) ?? null
    return text === '' ? null : text
  }

  required(field: string, max = TEXT_MAX): string {
    const before = this.errors.length
    const text = this.text(field, max)
    if (text === null && this.errors.length === before) this.refuse(field, `${field} is required.`)
    return text ?? ''
  }

  flag(field: string): boolean | undefined {
    const value = this.#values[field]
    if (value === undefined || value === null) return undefined
    return typeof value === 'boolean' ? value : this.refuse(field, `${field} must be true or false.`)
  }

  whole(field: string, min: number, max: number): number | undefined {
    const value = this.#values[field]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
    return this.refuse(field, `${field} must be a whole number between ${min} and ${max}.`)
  }

  map(field: string, keys_max = Infinity): Readonly<Record<string, unknown>> {
    const value = this.#values[field]
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return {}
    if (!isObject(value)) return this.refuse(field, `${field} must be an object.`) ?? {}
    if (Object.keys(value).length > keys_max) return this.refuse(field, `${field} may have at most ${keys_max} keys.`) ?? {}
    return value
  }

  url(field: string): string | null {
    const text = this.text(field, LONG_TEXT_MAX)
    if (text === null) return null
    if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
    return this.refuse(field, `${field} must be an http or https URL.`) ?? null
  }

  inside(field: string, keys_max?: number): Reader {
    return new Reader(this.map(field, keys_max), `${this.#pointer}/${field}`, this.errors)
  }
}

/** The attributes of a JSON:API request body of one of the types. */
export function attributesOf(body: unknown, types: readonly string[]): Result<{ attributes: Readonly<Record<string, unknown>>; data: Readonly<Record<string, unknown>> }, WireError[]> {
  if (!isObject(body)) return fail([badRequest('The body must be a JSON object.')])
  const data = body['data']
  if (!isObject(data)) return fail([invalid('/data', 'data must be an object.')])
  if (typeof data['type'] !== 'string' || !types.includes(data['type'])) return fail([invalid('/data/type', `type must be ${types[0]}.`)])
  const attributes = data['attributes']
  if (Array.isArray(attributes) && attributes.length === 0) return ok({ attributes: {}, data })
  if (!isObject(attributes)) return fail([invalid('/data/attributes', 'attributes must be an object.')])
  return ok({ attributes, data })
}

/** A create request, or everything that is wrong with it. */
export function readInvoice(body: unknown, settings: CorefySettings, now: Date): Result<InvoiceRequest, WireError[]> {
  const found = attributesOf(body, ['payment-invoices', 'payment-invoice'])
  if (!found.ok) return found
  const fields = new Reader(found.value.attributes, '/data/attributes')
  const service = readService(fields, settings, 'in')
  const { currency, amount_minor } = readAmount(fields, service)
  const flow = fields.text('flow') ?? 'charge'
  if (flow !== 'charge' && flow !== 'verify') fields.refuse('flow', 'flow must be charge or verify.')
  const customer = readCustomer(fields)
  const token = fields.text('token')
  const cardgate = readCardgate(fields)
  if (token !== null && customer?.reference_id == null) fields.inside('customer').refuse('reference_id', 'customer.reference_id is required with a token.')
  else if (cardgate.tokenize === true && customer?.reference_id == null) fields.inside('customer').refuse('reference_id', 'customer.reference_id is required to tokenize.')
  const beside = new Reader(found.value.data, '/data', fields.errors)
  const request: InvoiceRequest = {
    reference_id: fields.required('reference_id'),
    currency, amount_minor, service: service as Service, flow: flow as 'charge' | 'verify',
    test_mode: fields.flag('test_mode') ?? false,
    description: fields.text('description', LONG_TEXT_MAX),
    descriptor: fields.text('descriptor'),
    token, customer,
    metadata: fields.has('metadata') ? fields.map('metadata', METADATA_KEYS_MAX) : fields.map('meta_data', METADATA_KEYS_MAX),
    return_url: fields.url('return_url'),
    return_urls: readReturnUrls(fields),
    callback_url: fields.url('callback_url') ?? beside.url('callback_url'),
    expires_s: readExpiry(fields, now),
    service_fields: fields.map('service_fields'),
    options: fields.map('options'),
    cardgate,
  }
  return fields.errors.length > 0 ? fail(fields.errors) : ok(request)
}

/** The service of the request; its currency and direction are the account's configuration. */
export function readService(fields: Reader, settings: CorefySettings, direction: 'in' | 'out'): Service | undefined {
  const code = fields.required('service')
  if (code === '') return undefined
  return serviceOf(settings, code, direction) ?? fields.refuse('service', `The service ${code} is unknown or disabled.`)
}

/** Currency and amount, exactly, within the service's bounds. */
export function readAmount(fields: Reader, service: Service | undefined, field = 'amount'): { currency: string; amount_minor: bigint } {
  const currency = fields.required('currency').toUpperCase()
  const nothing = { currency, amount_minor: 0n }
  if (currency !== '' && !isCurrency(currency)) fields.refuse('currency', `${currency} is not a currency of ISO 4217.`)
  else if (service !== undefined && currency !== '' && service.currency !== currency) fields.refuse('currency', `The service ${service.code} takes ${service.currency}.`)
  const value = fields.raw(field)
  if (value === undefined || value === null) {
    fields.refuse(field, `${field} is required.`)
    return nothing
  }
  if ((typeof value !== 'number' && typeof value !== 'string') || !isCurrency(currency)) {
    if (typeof value !== 'number' && typeof value !== 'string') fields.refuse(field, `${field} must be a number.`)
    return nothing
  }
  const amount = fromDecimal(value, currency)
  if (amount === undefined) fields.refuse(field, `${field} must be a decimal number with no more decimals than ${currency} has.`)
  else if (amount.minor <= 0n) fields.refuse(field, `${field} must be greater than 0.`)
  else if (Number(value) > AMOUNT_MAX) fields.refuse(field, `${field} must not be greater than ${AMOUNT_MAX}.`)
  else if (service !== undefined && !withinBounds(service, amount.minor)) fields.refuse(field, `${field} must be between ${service.amount_min} and ${service.amount_max}.`)
  return { currency, amount_minor: amount?.minor ?? 0n }
}

function withinBounds(service: Service, minor: bigint): boolean {
  const min = fromDecimal(service.amount_min, service.currency)?.minor ?? 0n
  const max = fromDecimal(service.amount_max, service.currency)?.minor ?? 0n
  return minor >= min && (max === 0n || minor <= max)
}

const PROFILE_TEXTS = ['name', 'first_name', 'surname', 'patronymic', 'email', 'phone', 'date_of_birth', 'individual_tax_id', 'description'] as const
const ADDRESS_TEXTS = ['full_address', 'country', 'region', 'city', 'street', 'post_code'] as const

/** The customer block, or null without one. */
export function readCustomer(fields: Reader): CustomerRequest | null {
  if (!fields.has('customer')) return null
  const customer = fields.inside('customer')
  const profile: Record<string, unknown> = {}
  for (const field of PROFILE_TEXTS) {
    const text = customer.text(field)
    if (text !== null) profile[field] = text
  }
  const birth = profile['date_of_birth']
  if (typeof birth === 'string' && !/^\d{4}-\d{2}-\d{2}$/.test(birth)) customer.refuse('date_of_birth', 'date_of_birth must look like 1990-12-31.')
  if (customer.has('address')) {
    const address = customer.inside('address')
    const texts = Object.fromEntries(ADDRESS_TEXTS.map((field) => [field, address.text(field)]).filter(([, text]) => text !== null)) as Record<string, string>
    if (texts['country'] !== undefined && !/^[A-Za-z]{2}$/.test(texts['country'])) address.refuse('country', 'country must be a code of two letters (ISO 3166-1).')
    profile['address'] = texts
  }
  const metadata = customer.has('metadata') ? customer.map('metadata') : customer.map('meta_data')
  if (Object.keys(metadata).length > 0) profile['metadata'] = metadata
  return { reference_id: customer.text('reference_id'), profile }
}

function readReturnUrls(fields: Reader): InvoiceRequest['return_urls'] {
  if (!fields.has('return_urls')) return null
  const urls = fields.inside('return_urls')
  return { success: urls.url('success'), pending: urls.url('pending'), fail: urls.url('fail') }
}

function readExpiry(fields: Reader, now: Date): number | null {
  const value = fields.raw('expires')
  if (value === undefined || value === null) return null
  const seconds = Number(value)
  if ((typeof value !== 'number' && typeof value !== 'string') || !Number.isInteger(seconds)) return fields.refuse('expires', 'expires must be a time in unix seconds.') ?? null
  if (seconds * 1000 <= now.getTime() || seconds > 4_102_444_800) return fields.refuse('expires', 'expires must be in the future.') ?? null
  return seconds
}

function readCardgate(fields: Reader): CardgateOptions {
  const gate = fields.inside('gateway_options').inside('cardgate')
  const options: Record<string, unknown> = {
    tokenize: gate.flag('tokenize'),
    // `recurrent` is what `instant` was called until November 2020.
    instant: gate.flag('instant') ?? gate.flag('recurrent'),
    restrict_saved_cards: gate.flag('restrict_saved_cards'),
    bypass_status_page: gate.flag('bypass_status_page'),
    retry_limit: gate.whole('retry_limit', 1, 20),
    theme: gate.text('theme') ?? undefined,
    theme_options: gate.has('theme_options') ? gate.map('theme_options', THEME_KEYS_MAX) : undefined,
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as CardgateOptions
}
