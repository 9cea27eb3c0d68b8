import { digitsOf, plainDigits } from './digits.ts'

/** Month 1–12 and the whole year. */
export interface Expiry {
  readonly month: number
  readonly year: number
}

/** What is wrong with an expiry date; the word is the end of a text key. */
export type ExpiryProblem = 'missing' | 'invalid' | 'past' | 'far'

const YEARS_AHEAD_MAX = 20
/** The last place on earth where a month ends is twelve hours behind UTC. */
const LAST_TIME_ZONE_MS = 12 * 3600_000

/** Reads `04/31`, `4/31`, `0431`, `04/2031`, `042031`, `04-2031`, `2031-04`, `2031/4`, with any spaces. */
export function parseExpiry(text: string): Expiry | undefined {
  const clean = plainDigits(text).trim()
  const match =
    /^(\d{1,2})\D+(\d{4}|\d{2})$/.exec(clean) ?? /^(\d{2})(\d{4}|\d{2})$/.exec(clean) ?? swapped(/^(\d{4})\D+(\d{1,2})$/.exec(clean))
  if (!match) return undefined
  const month = Number(match[1])
  const year = Number(match[2])
  if (month < 1 || month > 12) return undefined
  return { month, year: year < 100 ? 2000 + year : year }
}

function swapped(match: RegExpExecArray | null): readonly [string, string | undefined, string | undefined] | null {
  return match && ['', match[2], match[1]]
}

/**
 * What is wrong with an expiry date, or undefined. A card is good to the end of its month anywhere on earth.
 * In test mode every real month is good: expiry dates choose outcomes there, and many of them are past.
 */
export function expiryProblem(text: string, now: Date, test: boolean): ExpiryProblem | undefined {
  if (digitsOf(text) === '') return 'missing'
  const expiry = parseExpiry(text)
  if (!expiry) return 'invalid'
  if (test) return undefined
  if (now.getTime() >= Date.UTC(expiry.year, expiry.month, 1) + LAST_TIME_ZONE_MS) return 'past'
  return expiry.year > now.getUTCFullYear() + YEARS_AHEAD_MAX ? 'far' : undefined
}

/** `04/31`, the form on the card. */
export function formatExpiry(expiry: Expiry): string {
  return `${String(expiry.month).padStart(2, '0')}/${String(expiry.year % 100).padStart(2, '0')}`
}

/**
 * The text while it is typed forwards: a month that can only have one digit gets its zero, the slash appears by itself,
 * four digits of a year are left alone until the field is left.
 */
export function typedExpiry(text: string): string {
  const clean = plainDigits(text)
  const digits = digitsOf(clean).slice(0, 6)
  if (digits === '') return ''
  const single = /^([1-9])\D/.test(clean) || /^[2-9]/.test(digits)
  const month = single ? '0' + digits.slice(0, 1) : digits.slice(0, 2)
  const year = digits.slice(single ? 1 : 2).slice(0, 4)
  return month.length === 2 ? `${month}/${year}` : month
}
