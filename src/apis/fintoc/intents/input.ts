/** Reads the parameters of a payment intent ("Fintoc reference: Create"). */
import { findBank } from '../../../core/banks.ts'
import type { Result } from '../../../core/result.ts'
import { recipientAccount, senderAccount } from '../banks/accounts.ts'
import type { AccountObject, SenderHint } from '../banks/accounts.ts'
import { isRfc, plainHolderId } from '../banks/checks.ts'
import type { FintocSettings } from '../account/settings.ts'
import type { Problem } from '../errors.ts'
import { amount, invalid, isWritable, keptObject, metadata, optionalEmail, optionalObject, optionalText, optionalTime, present, read, required, text } from '../fields.ts'
import type { Fields } from '../fields.ts'
import { COUNTRY_OF, CURRENCIES, isCurrency } from '../banks/institutions.ts'
import type { Currency } from '../banks/institutions.ts'
import { isRut } from '../banks/rut.ts'

export interface IntentInput {
  readonly amount: bigint
  readonly currency: Currency
  readonly recipient_account: AccountObject
  readonly sender_account: SenderHint | null
  readonly customer_email: string | null
  readonly metadata: Fields
  readonly business_profile: Fields | null
  readonly payment_type: string
  readonly payment_type_options: Fields
  readonly expires_at: Date | null
  readonly reference_number: string | null
}

export function readIntent(body: Fields, settings: FintocSettings, now: Date): Result<IntentInput, Problem> {
  return read(() => {
    const minor = amount(body)
    const currency = readCurrency(body)
    return {
      amount: minor,
      currency,
      recipient_account: readRecipient(body, currency, settings),
      sender_account: currency === 'CLP' ? senderAccount(body) : null,
      customer_email: optionalEmail(body),
      metadata: metadata(body),
      business_profile: businessProfile(body),
      payment_type: paymentType(body),
      payment_type_options: keptObject(body, 'payment_type_options') ?? {},
      expires_at: expiry(body, now),
      reference_number: referenceNumber(body, currency),
    }
  })
}

/** Any case in, upper case out. */
export function readCurrency(body: Fields): Currency {
  const value = required(body, 'currency')
  const code = typeof value === 'string' ? value.toUpperCase() : ''
  return isCurrency(code) ? code : invalid('invalid_currency', `currency must be one of ${CURRENCIES.join(', ')}`, 'currency')
}

/** Required, unless the merchant has a stored recipient of that country: money needs somewhere to go. */
export function readRecipient(body: Fields, currency: Currency, settings: FintocSettings, prefix = ''): AccountObject {
  const stored = settings.recipient_account
  if (!present(body, 'recipient_account') && stored !== undefined && findBank(stored.institution_id)?.country === COUNTRY_OF[currency]) return stored
  return recipientAccount(body, currency, 'recipient_account', prefix)
}

/** `{name, category, tax_id}`; the category is a six-digit code. */
export function businessProfile(body: Fields): Fields | null {
  const profile = optionalObject(body, 'business_profile')
  if (profile === null) return null
  const prefix = 'business_profile'
  return {
    name: optionalText(profile, 'name', { prefix, length_max: 100 }),
    category: optionalText(profile, 'category', { prefix, length_max: 20 }),
    tax_id: optionalText(profile, 'tax_id', {
      prefix, code: 'invalid_business_profile_tax_id', length_max: 20, check: (value) => isRut(plainHolderId(value)) || isRfc(plainHolderId(value)),
    }),
  }
}

/** Only transfers are made here; the other known types are products that are not. */
function paymentType(body: Fields): string {
  if (!present(body, 'payment_type')) return 'bank_transfer'
  const value = text(body, 'payment_type', { code: 'invalid_enum' })
  if (value === 'bank_transfer') return value
  const known = ['card', 'installment', 'cash'].includes(value)
  return invalid(known ? 'invalid_product' : 'invalid_enum', known ? `payment_type ${value} is not offered here` : 'payment_type must be bank_transfer', 'payment_type')
}

/** ISO or unix seconds: samples show both. It must lie in the future. */
function expiry(body: Fields, now: Date): Date | null {
  const value = body['expires_at']
  const isUnix = typeof value === 'number' || (typeof value === 'string' && /^\d{9,11}$/.test(value))
  const time = isUnix ? new Date(Number(value) * 1000) : optionalTime(body, 'expires_at', 'end', 'invalid_expires_at')
  if (time === null) return null
  return time > now && isWritable(time) ? time : invalid('invalid_expires_at', 'expires_at must lie in the future', 'expires_at')
}

export { expiry as readExpiry }

/** Mexico only: the numeric reference of a SPEI transfer has up to seven digits. */
function referenceNumber(body: Fields, currency: Currency): string | null {
  if (!present(body, 'reference_number')) return null
  const given = body['reference_number']
  const value = typeof given === 'number' ? String(given) : typeof given === 'string' ? given : ''
  return currency === 'MXN' && /^\d{1,7}$/.test(value) ? value : invalid('invalid_payment_reference_number', 'reference_number has up to 7 digits, and belongs to MXN', 'reference_number')
}
