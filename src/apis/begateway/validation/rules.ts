/**
 * The rules that fields are made of, with the phrases of the platform. Public phrases: `is missing`, `can't be blank`, `is invalid`,
 * `must be an integer`, `must be greater than 0`, `is unknown ISO 4217 Alpha-3 code`, `is not a card number` (beGateway reference 6).
 * What has no public phrase uses the words of the validation library that the documented `is missing` comes from: our choice.
 */
import { AMOUNT_MINOR_MAX, isCurrency } from '../../../core/money.ts'
import { amountProblem } from '../amounts.ts'
import { isBody, textAt } from './body.ts'
import type { Rule } from './check.ts'
import { isCountry } from './countries.ts'
import { normalBirthDate } from './dates.ts'

/** Text (a number is taken as its digits). */
export const text: Rule = (value) => (typeof value === 'string' || typeof value === 'number' ? undefined : 'must be a string')

/** At most `limit` characters, counted as the payer sees them (code points). */
export const upTo = (limit: number): Rule => (value) => (Array.from(String(value)).length > limit ? `size cannot be greater than ${limit}` : undefined)

/** Text of at most `limit` characters. */
export const textUpTo = (limit: number): readonly Rule[] => [text, upTo(limit)]

/** One of some words. */
export const oneOf = (...words: readonly string[]): Rule => (value) => (words.includes(String(value)) ? undefined : `must be one of: ${words.join(', ')}`)

export const boolean: Rule = (value) =>
  typeof value === 'boolean' || ['true', 'false', '0', '1', 0, 1].includes(value as string | number) ? undefined : 'must be boolean'

/** A section. Empty arrays pass: the PHP client encodes its empty objects so (beGateway reference 1). */
export const section: Rule = (value) => (isBody(value) || (Array.isArray(value) && value.length === 0) ? undefined : 'must be a hash')

/** A list, with a rule for each entry. */
export const listOf = (...rules: readonly Rule[]): Rule => (value) => {
  if (!Array.isArray(value)) return 'must be an array'
  for (const entry of value) for (const rule of rules) if (rule(entry) !== undefined) return 'is invalid'
  return value.length > 100 ? 'size cannot be greater than 100' : undefined
}

const wholeNumber: Rule = (value) =>
  (typeof value === 'number' && Number.isSafeInteger(value)) || (typeof value === 'string' && /^-?\d{1,18}$/.test(value)) ? undefined : 'must be an integer'

/** Units above zero, in a currency that is not named beside them. The upper bound is ours: beyond any limit of a card or an account, and exact as a JSON number. */
export const amount: readonly Rule[] = [
  wholeNumber,
  (value) => (BigInt(value as string | number) > 0n ? undefined : 'must be greater than 0'),
  (value) => (BigInt(value as string | number) <= AMOUNT_MINOR_MAX ? undefined : `must be less than or equal to ${AMOUNT_MINOR_MAX}`),
]

/** Units of the currency that stands at a path of the same request. An unknown currency is told by its own rule. */
export const amountIn = (currency_path: string): readonly Rule[] => [
  ...amount,
  (value, root = {}) => amountProblem(BigInt(value as string | number), textAt(root, currency_path) ?? ''),
]

/** A whole number between two bounds. */
export const integerBetween = (low: number, high: number): readonly Rule[] => [
  wholeNumber,
  (value) => (Number(value) >= low && Number(value) <= high ? undefined : 'is invalid'),
]

export const currency: Rule = (value) => (typeof value === 'string' && isCurrency(value) ? undefined : 'is unknown ISO 4217 Alpha-3 code')

/**
 * An address as it will be used. Parsers drop control characters and spaces around it, and read `https:a` and backslashes as if they were
 * slashes: one that means something else to them than to its reader is none.
 */
function addressOf(value: unknown): URL | undefined {
  if (typeof value !== 'string' || value.length > 2048 || /[\u0000-\u001f\u007f]|^ | $/.test(value) || !URL.canParse(value)) return undefined
  const url = new URL(value)
  return isWeb(url) && !/^https?:\/\/[^/\\]/i.test(value) ? undefined : url
}

const isWeb = ({ protocol }: URL): boolean => protocol === 'https:' || protocol === 'http:'
const hasCredentials = ({ username, password }: URL): boolean => username !== '' || password !== ''

/** An absolute web address without credentials. */
export const webAddress: Rule = (value) => {
  const url = addressOf(value)
  return url !== undefined && isWeb(url) && !hasCredentials(url) ? undefined : 'is invalid'
}

/** Schemes that are no place to go to: they run code, or look into the browser. */
const NO_PLACES: ReadonlySet<string> = new Set(['javascript:', 'data:', 'vbscript:', 'file:', 'blob:', 'about:', 'filesystem:', 'view-source:'])

/** Where a browser may be sent back: a web address, or the app link of a mobile shop. */
export const returnAddress: Rule = (value) => {
  const url = addressOf(value)
  return url !== undefined && !NO_PLACES.has(url.protocol) && !(isWeb(url) && hasCredentials(url)) ? undefined : 'is invalid'
}

/** ISO 8601 with a time zone, `YYYY-MM-DDThh:mm:ss±hh:mm` (guide, `expired_at`). `Z`, fractions of a second and `±hhmm` are read as well: common libraries write them. */
export const zonedTime: Rule = (value) => (typeof value === 'string' && isZonedTime(value) ? undefined : 'is invalid')

function isZonedTime(value: string): boolean {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-4]):?[0-5]\d)$/.exec(value)
  return match !== null && isDay(match[1] ?? '') && Number(match[2]) < 24 && Number(match[3]) < 60 && Number(match[4]) < 60
}

function isDay(value: string): boolean {
  const date = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value)
}

/** `YYYY-MM-DD`, or one of the spellings that come back normalised (beGateway reference 4, shape rule 2). */
export const birthDate: Rule = (value) => (typeof value === 'string' && normalBirthDate(value) !== undefined ? undefined : 'is invalid')

/** ISO 3166-1 alpha-2. */
export const country: Rule = (value) => (typeof value === 'string' && isCountry(value) ? undefined : 'is unknown ISO 3166-1 Alpha-2 code')

export const email: Rule = (value) => (typeof value === 'string' && value.length <= 254 && /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(value) ? undefined : 'is invalid')

/** `NNNNN` or `NNNNN-NNNN`, when the country is US (guide). */
export const usZip: Rule = (value) => (/^\d{5}(?:-\d{4})?$/.test(String(value)) ? undefined : 'is invalid')
