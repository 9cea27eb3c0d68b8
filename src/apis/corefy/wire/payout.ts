/** A request for a payout invoice, checked field by field (Corefy reference: payouts). */
import { digitsOf, luhn } from '../../../core/card.ts'
import { fail, ok, type Result } from '../../../core/result.ts'
import { isObject } from '../../common/body.ts'
import { badRequest, type WireError } from '../errors.ts'
import type { CorefySettings, Service } from '../settings.ts'
import { readCustomer } from './customer.ts'
import { readExpiry, readMetadata, readOptions, type OperationRequest } from './invoice.ts'
import { attributesOf, createReader, datePart, LONG_TEXT_MAX, type Reader } from './reader.ts'
import { readAmount, readService, readServiceFields, type RequestedAmount } from './service.ts'

/** The card that is paid out to, as typed; lives in memory until it is sealed. */
export interface PayoutCard {
  readonly number: string
  readonly holder: string | null
  readonly exp_month: number
  readonly exp_year: number
}

export interface PayoutRequest extends OperationRequest {
  readonly amount: RequestedAmount
  readonly fields: Readonly<Record<string, unknown>>
  readonly card: PayoutCard | null
  readonly auto_process: boolean
}

/** Clients that name no expiry get one that never is over: it is the recipient's bank that knows. */
const NO_EXPIRY = { exp_month: 12, exp_year: 2099 }

/** Whether the attributes of a create request stand at its top, without their wrapper. */
export const isFlat = (body: unknown): boolean => isObject(body) && !Object.hasOwn(body, 'data')

/** A create request, wrapped (`type` in the singular or plural) or flat, or everything that is wrong with it. */
export function readPayout(body: unknown, settings: CorefySettings, now: Date): Result<PayoutRequest, WireError[]> {
  if (!isObject(body)) return fail([badRequest('The body must be a JSON object.')])
  // An older page of the documentation posts the attributes without their wrapper.
  const flat = isFlat(body)
  const found = flat ? ok({ attributes: body, data: {} }) : attributesOf(body, ['payout-invoice', 'payout-invoices'])
  if (!found.ok) return found
  const fields = createReader(found.value.attributes, flat ? '' : '/data/attributes')
  const beside = createReader(found.value.data, '/data', fields.errors)
  const service = readService(fields, settings, 'out')
  const token = fields.text('token')
  const options = fields.inside('options')
  const request: PayoutRequest = {
    reference_id: fields.required('reference_id'),
    amount: readAmount(fields, settings, service),
    service: service as Service,
    test_mode: fields.flag('test_mode') ?? false,
    description: fields.text('description', LONG_TEXT_MAX),
    fields: readServiceFields(fields, 'fields', service, new Set(token === null ? [] : ['card_number'])),
    card: readCard(fields),
    token,
    customer: readCustomer(fields),
    metadata: readMetadata(fields),
    options: readOptions(fields),
    auto_process: options.flag('auto_process') ?? false,
    callback_url: fields.url('callback_url') ?? beside.url('callback_url'),
    expires_s: readExpiry(fields, now),
  }
  if (token !== null && request.card === null && (request.customer?.reference_id ?? null) === null) fields.inside('customer').refuse('reference_id', 'customer.reference_id is required with a token.')
  return fields.errors.length > 0 ? fail(fields.errors) : ok(request)
}

function readCard(fields: Reader): PayoutCard | null {
  const values = fields.inside('fields')
  if (!values.has('card_number')) return null
  const number = digitsOf(values.text('card_number', 40) ?? '')
  if (number === undefined || !/^\d{12,19}$/.test(number) || !luhn(number)) return values.refuse('card_number', 'card_number is not a card number.') ?? null
  const card = fields.inside('context').inside('card')
  const month = part(card, 'exp_month', 12)
  const year = part(card, 'exp_year', 9_999)
  const expiry = month === undefined || year === undefined ? NO_EXPIRY : { exp_month: month, exp_year: year < 100 ? 2000 + year : year }
  return { number, holder: card.text('card_holder', 100), ...expiry }
}

function part(card: Reader, field: string, max: number): number | undefined {
  const text = card.text(field, 4)
  if (text === null) return undefined
  const value = datePart(text, max)
  if (value >= (field === 'exp_month' ? 1 : 0) && value <= max) return value
  return card.refuse(field, `${field} must be written with two digits.`)
}
