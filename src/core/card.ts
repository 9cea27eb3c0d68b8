/**
 * What can be known of a card from its number and expiry alone. The table of brands is card-validator's, kept by people who
 * follow the networks; nothing here does I/O or remembers a number.
 */
import cardValidator from 'card-validator'
import { fail, ok, type Result } from './result.ts'

/** The brands of card-validator's table; a test holds the two lists together. */
export const BRANDS = [
  'visa', 'mastercard', 'american-express', 'diners-club', 'discover', 'jcb', 'unionpay', 'maestro',
  'mir', 'elo', 'hiper', 'hipercard', 'verve', 'troy', 'naranja',
] as const

export type Brand = (typeof BRANDS)[number]

/** A card number that passed every check, and what may be shown of it. */
export interface CardNumber {
  /** ASCII digits only. Never log, store or return this: seal it. */
  readonly number: string
  readonly brand: Brand
  /** How many digits the security code of this brand has. */
  readonly cvv_length: number
  /** First six digits. */
  readonly bin: string
  readonly last4: string
  /** `424242******4242` */
  readonly masked: string
}

/** `characters`: not digits; `length`: the brand has no numbers of this length; `check_digit`: mistyped; `brand`: no known network. */
export type CardNumberProblem = 'missing' | 'characters' | 'length' | 'check_digit' | 'brand'

/** Code points of the digit zero in scripts whose keyboards payers use; nine more digits follow each. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50, 0xff10]
const SEPARATORS = /[\s\p{Pd}\p{Cf}\u2212]+/gu

/** Full-width, Arabic-Indic and other decimal digits as ASCII; everything else stays as it is. */
export function plainDigits(text: string): string {
  return text.replace(/[^\x00-\x7f]/g, (character) => {
    const code = character.charCodeAt(0)
    const zero = ZEROS.find((start) => code >= start && code < start + 10)
    return zero === undefined ? character : String(code - zero)
  })
}

/** A typed or pasted number without its spaces, dashes and invisible marks, in ASCII digits; undefined when anything else is in it. */
export function digitsOf(text: string): string | undefined {
  const digits = plainDigits(text).replace(SEPARATORS, '')
  return /^\d+$/.test(digits) ? digits : undefined
}

/** The check digit of ISO/IEC 7812, for ASCII digits. */
export function luhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const value = digits.charCodeAt(digits.length - 1 - i) - 48
    if (value < 0 || value > 9) return false
    sum += i % 2 === 0 ? value : value > 4 ? value * 2 - 9 : value * 2
  }
  return digits.length > 0 && sum % 10 === 0
}

/** The brand of a number, or of its beginning once that leaves no choice. */
export function brandOf(digits: string): Brand | undefined {
  const type = cardValidator.number(digits).card?.type
  return type !== undefined && isBrand(type) ? type : undefined
}

/** True for a name of the table. */
export function isBrand(text: string): text is Brand {
  return (BRANDS as readonly string[]).includes(text)
}

/** What the network says of a brand: its name, the lengths of its numbers and of its security code, and where the spaces go. */
export function brandInfo(brand: Brand): { name: string; lengths: readonly number[]; cvv_length: number; gaps: readonly number[] } {
  const info = cardValidator.creditCardType.getTypeInfo(brand)
  return { name: info.niceType, lengths: info.lengths, cvv_length: info.code.size, gaps: info.gaps }
}

/**
 * Reads and checks a card number as typed. UnionPay's numbers need not pass the check digit: issuers exist that never used one.
 * `parseCardNumber('４２４２ 4242-4242 4242')` is Visa, `424242******4242`.
 */
export function parseCardNumber(text: string): Result<CardNumber, CardNumberProblem> {
  if (text.trim() === '') return fail('missing')
  const number = digitsOf(text)
  if (number === undefined) return fail('characters')
  if (number.length < 12 || number.length > 19) return fail('length')
  const brand = brandOf(number)
  if (brand === undefined) return fail('brand')
  const info = brandInfo(brand)
  if (!info.lengths.includes(number.length)) return fail('length')
  if (brand !== 'unionpay' && !luhn(number)) return fail('check_digit')
  return ok({ number, brand, cvv_length: info.cvv_length, bin: number.slice(0, 6), last4: last4(number), masked: mask(number) })
}

/** True for a security code of the right length for the brand; without a brand, three or four digits. */
export function isCvv(text: string, brand?: Brand): boolean {
  return brand === undefined ? /^\d{3,4}$/.test(text) : /^\d+$/.test(text) && text.length === brandInfo(brand).cvv_length
}

/** First six digits, stars, last four; a text too short for that becomes stars alone. */
export function mask(digits: string): string {
  if (digits.length < 12) return '*'.repeat(digits.length)
  return digits.slice(0, 6) + '*'.repeat(digits.length - 10) + last4(digits)
}

/** The last four digits, as printed on receipts. */
export function last4(digits: string): string {
  return digits.slice(-4)
}

/** Month 1–12 and four-digit year. */
export interface Expiry {
  readonly month: number
  readonly year: number
}

/** The last time zone in which a month ends is twelve hours behind UTC. */
const LAST_TIME_ZONE_MS = 12 * 3600_000

/** Reads `MM/YY`, `MM/YYYY`, `M/YY`, `MM-YY`, `MMYY`, `MMYYYY` and `YYYY-MM`, spaces allowed; undefined for anything else. */
export function parseExpiry(text: string): Expiry | undefined {
  const clean = plainDigits(text).replace(/[\s\p{Cf}]+/gu, '').replace(/[\p{Pd}\u2212.]/gu, '/')
  const monthFirst = /^(\d{1,2})\/(\d{4}|\d{2})$/.exec(clean) ?? /^(\d{2})(\d{4}|\d{2})$/.exec(clean)
  const yearFirst = monthFirst === null ? /^(\d{4})\/(\d{1,2})$/.exec(clean) : null
  const month = Number(monthFirst?.[1] ?? yearFirst?.[2])
  const year = Number(monthFirst?.[2] ?? yearFirst?.[1])
  return expiryOf(month, year)
}

/** The same from two numbers, with a year of two or four digits. */
export function expiryOf(month: number, year: number): Expiry | undefined {
  if (!Number.isInteger(month) || !Number.isInteger(year) || month < 1 || month > 12 || year < 0 || year > 9999) return undefined
  return { month, year: year < 100 ? 2000 + year : year }
}

/** A card is good through the end of its month anywhere on earth. */
export function isExpired(expiry: Expiry, now: Date): boolean {
  return now.getTime() >= Date.UTC(expiry.year, expiry.month, 1) + LAST_TIME_ZONE_MS
}

/** `{ month: 4, year: 2031 }` is `04/31`. */
export function formatExpiry(expiry: Expiry): string {
  return `${String(expiry.month).padStart(2, '0')}/${String(expiry.year % 100).padStart(2, '0')}`
}
