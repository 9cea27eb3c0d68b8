/** The part of a request that says how much, in which currency, and over which service. */
import { fromDecimal, isCurrency } from '../../../core/money.ts'
import { rateOf, toService, type Rate } from '../exchange.ts'
import { serviceOf, type CorefySettings, type Service, type ServiceField } from '../settings.ts'
import type { Reader } from './reader.ts'

/** Card gate: no amount above this (release notes v1.18). */
export const AMOUNT_MAX = 1_000_000_000

/** The service of the request; its currency and direction are the account's configuration. */
export function readService(fields: Reader, settings: CorefySettings, direction: 'in' | 'out'): Service | undefined {
  const code = fields.required('service')
  if (code === '') return undefined
  return serviceOf(settings, code, direction) ?? fields.refuse('service', `The service ${code} is unknown or disabled.`)
}

export interface RequestedAmount {
  readonly currency: string
  /** Minor units of the side's currency. */
  readonly minor: bigint
  /** `service`: the merchant named `service_amount`, in the service's currency. */
  readonly side: 'base' | 'service'
  /** From the request's currency to the service's. */
  readonly rate: Rate
}

/** The field in which the amount was named. */
export const amountField = ({ side }: Pick<RequestedAmount, 'side'>): 'amount' | 'service_amount' => (side === 'base' ? 'amount' : 'service_amount')

/** Currency and amount, exactly, within the service's bounds. `amount` counts when `service_amount` is there as well. */
export function readAmount(fields: Reader, settings: CorefySettings, service: Service | undefined): RequestedAmount {
  const currency = fields.required('currency').toUpperCase()
  const side = fields.has('service_amount') && !fields.has('amount') ? 'service' : 'base'
  const nothing: RequestedAmount = { currency, minor: 0n, side, rate: '1' }
  if (!isCurrency(currency)) {
    if (currency !== '') fields.refuse('currency', `${currency} is not a currency of ISO 4217.`)
    return checkedPresence(fields, nothing)
  }
  if (service === undefined) return checkedPresence(fields, nothing)
  const rate = rateOf(settings.exchange_rates, currency, service.currency)
  if (rate === undefined) fields.refuse('currency', `The service ${service.code} takes ${service.currency}, and the account has no rate from ${currency}.`)
  const minor = readMinor(fields, amountField({ side }), side === 'base' ? currency : service.currency, service, rate ?? '1')
  return { currency, minor, side, rate: rate ?? '1' }
}

function checkedPresence(fields: Reader, nothing: RequestedAmount): RequestedAmount {
  if (!fields.has('amount') && !fields.has('service_amount')) fields.refuse('amount', 'amount is required.')
  return nothing
}

function readMinor(fields: Reader, field: 'amount' | 'service_amount', currency: string, service: Service, rate: Rate): bigint {
  const value = fields.raw(field)
  if (value === undefined) fields.refuse(field, `${field} is required.`)
  else if (typeof value !== 'number' && typeof value !== 'string') fields.refuse(field, `${field} must be a number.`)
  else {
    const amount = fromDecimal(value, currency)
    if (amount === undefined) fields.refuse(field, `${field} must be a decimal number with no more decimals than ${currency} has.`)
    else if (amount.minor <= 0n) fields.refuse(field, `${field} must be greater than 0.`)
    else if (Number(value) > AMOUNT_MAX) fields.refuse(field, `${field} must not be greater than ${AMOUNT_MAX}.`)
    else if (!withinBounds(service, currency === service.currency ? amount.minor : toService(amount.minor, rate, currency, service.currency, 'up'))) fields.refuse(field, `${field} must be ${boundsOf(service, currency)}.`)
    else return amount.minor
  }
  return 0n
}

/** The service's bounds, which are in its own currency. */
function withinBounds(service: Service, minor: bigint): boolean {
  const min = fromDecimal(service.amount_min, service.currency)?.minor ?? 0n
  const max = fromDecimal(service.amount_max, service.currency)?.minor ?? 0n
  return minor >= min && (max === 0n || minor <= max)
}

function boundsOf({ amount_min, amount_max, currency }: Service, asked: string): string {
  const unit = currency === asked ? '' : ` ${currency}`
  return Number(amount_max) === 0 ? `at least ${amount_min}${unit}` : `between ${amount_min} and ${amount_max}${unit}`
}

/** The extra fields that the service defines, checked by its definition; keys that it does not define are kept as they are. */
export function readServiceFields(fields: Reader, name: 'fields' | 'service_fields', service: Service | undefined, optional: ReadonlySet<string> = new Set()): Readonly<Record<string, unknown>> {
  const values = fields.map(name)
  const inside = fields.inside(name)
  for (const field of service?.fields ?? []) checkField(inside, optional.has(field.key) ? { ...field, required: false } : field)
  return values
}

function checkField(values: Reader, { key, required, regexp }: ServiceField): void {
  const text = required === true ? values.required(key) : (values.text(key) ?? '')
  if (text !== '' && regexp !== undefined && !new RegExp(regexp).test(text)) values.refuse(key, `${key} does not have the form that the service asks for.`)
}
