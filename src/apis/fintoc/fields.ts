/**
 * Reading a request field by field, with the exact error code for each way of being wrong ("Fintoc reference: Errors", the pairing of
 * field and code is its natural reading). A reader answers the value, or throws `Invalid` with the problem: the only use of exceptions
 * for expected failures here, because the first wrong field ends the reading of a whole request, and `read` turns it into a value.
 */
import { fail, ok } from '../../core/result.ts'
import type { Result } from '../../core/result.ts'
import { problem } from './errors.ts'
import type { ErrorCode, Problem } from './errors.ts'

export type Fields = Readonly<Record<string, unknown>>

class Invalid extends Error {
  readonly problem: Problem
  constructor(what: Problem) {
    super(what.code)
    this.problem = what
  }
}

/** Runs a reader; its first wrong field becomes the error. */
export function read<T>(reader: () => T): Result<T, Problem> {
  try {
    return ok(reader())
  } catch (error) {
    if (error instanceof Invalid) return fail(error.problem)
    throw error
  }
}

/** Ends the reading. */
export function invalid(code: ErrorCode, message: string, param?: string): never {
  throw new Invalid(problem(code, message, param))
}

export const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Absent and null are the same: clients send null for what they do not have. */
export function present(fields: Fields, name: string): boolean {
  return fields[name] !== undefined && fields[name] !== null
}

const pathOf = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`)

export function required(fields: Fields, name: string, prefix = ''): unknown {
  const param = pathOf(prefix, name)
  return present(fields, name) ? fields[name] : invalid('missing_parameter', `Missing required param: ${param}`, param)
}

export interface TextRule {
  /** Code for a value that is text but wrong; `invalid_string` when it is not even text. */
  readonly code?: ErrorCode
  readonly length_max?: number
  readonly check?: (text: string) => boolean
  readonly hint?: string
  readonly prefix?: string
}

/** A text that must be there and not empty. */
export function text(fields: Fields, name: string, rule: TextRule = {}): string {
  const param = pathOf(rule.prefix ?? '', name)
  return checkedText(required(fields, name, rule.prefix), param, rule)
}

/** A text, or null when it is not there. */
export function optionalText(fields: Fields, name: string, rule: TextRule = {}): string | null {
  return present(fields, name) ? text(fields, name, rule) : null
}

function checkedText(value: unknown, param: string, rule: TextRule): string {
  const wrong = rule.code ?? 'invalid_string'
  if (typeof value !== 'string') return invalid(wrong, `${param} must be a string`, param)
  if (value.trim() === '') return invalid(rule.code ?? 'empty_string', `${param} must not be empty`, param)
  if (value.length > (rule.length_max ?? 500)) return invalid(rule.code ?? 'invalid_string_size', `${param} is longer than ${rule.length_max ?? 500} characters`, param)
  // Control characters have no place in any of these fields, and PostgreSQL cannot store NUL.
  if (/\p{Cc}/u.test(value)) return invalid(wrong, `${param} contains control characters`, param)
  if (rule.check && !rule.check(value)) return invalid(wrong, rule.hint ?? `${param} is not valid`, param)
  return value
}

/** An object that must be there. */
export function object(fields: Fields, name: string, prefix = ''): Fields {
  const value = required(fields, name, prefix)
  const param = pathOf(prefix, name)
  return isObject(value) ? value : invalid('invalid_hash', `${param} must be an object`, param)
}

/** NUL in JSON text; the same six characters after a backslash of their own are just text. */
const NUL = /(?:^|[^\\])(?:\\\\)*\\u0000/

/** An object that is kept as it came, whatever is in it. PostgreSQL's jsonb cannot hold NUL. */
export function keptObject(fields: Fields, name: string): Fields | null {
  const value = optionalObject(fields, name)
  return NUL.test(JSON.stringify(value)) ? invalid('invalid_string', `${name} contains control characters`, name) : value
}

export function optionalObject(fields: Fields, name: string, prefix = ''): Fields | null {
  return present(fields, name) ? object(fields, name, prefix) : null
}

/** One of some words. */
export function oneOf<T extends string>(fields: Fields, name: string, words: readonly T[], code: ErrorCode = 'invalid_enum', prefix = ''): T {
  const value = required(fields, name, prefix)
  const param = pathOf(prefix, name)
  return words.find((word) => word === value) ?? invalid(code, `${param} must be one of ${words.join(', ')}`, param)
}

export function optionalBoolean(fields: Fields, name: string): boolean | null {
  if (!present(fields, name)) return null
  const value = fields[name]
  // Form bodies carry words.
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  return invalid('invalid_boolean', `${name} must be a boolean`, name)
}

/** The largest amount in minor units; the reference names none, a JavaScript client must be able to read it back exactly. */
export const AMOUNT_MAX = 1_000_000_000_000

/**
 * A positive integer in minor units. Digits as text are taken too: a form body has no numbers.
 * Not a number or not whole, zero and below, and too much have different codes.
 */
export function amount(fields: Fields, name = 'amount', prefix = ''): bigint {
  const value = required(fields, name, prefix)
  const param = pathOf(prefix, name)
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number)) return invalid('invalid_integer', `${param} must be an integer in the smallest unit of the currency`, param)
  if (number <= 0) return invalid('invalid_positive_integer', `${param} must be greater than zero`, param)
  if (number > AMOUNT_MAX) return invalid('invalid_amount', `${param} must not be greater than ${AMOUNT_MAX}`, param)
  return BigInt(number)
}

/** In characters: one outside of the first plane takes two units in memory. */
const lengthOf = (text: string): number => Array.from(text).length

export const METADATA_LIMITS = { keys_max: 50, key_length_max: 40, value_length_max: 500 } as const

/** At most 50 keys of 40 characters; values are strings (500), booleans or numbers, no nesting ("Fintoc reference: Metadata"). */
export function metadata(fields: Fields, name = 'metadata'): Fields {
  const values = keptObject(fields, name) ?? {}
  const keys = Object.keys(values)
  if (keys.length > METADATA_LIMITS.keys_max) invalid('invalid_hash', `${name} may have at most ${METADATA_LIMITS.keys_max} keys`, name)
  for (const key of keys) {
    const param = `${name}.${key.slice(0, METADATA_LIMITS.key_length_max)}`
    if (lengthOf(key) > METADATA_LIMITS.key_length_max || key === '') invalid('invalid_string_size', `keys of ${name} have 1 to ${METADATA_LIMITS.key_length_max} characters`, param)
    const value = values[key]
    if (typeof value === 'string') {
      if (lengthOf(value) > METADATA_LIMITS.value_length_max) invalid('invalid_string_size', `values of ${name} have at most ${METADATA_LIMITS.value_length_max} characters`, param)
    } else if (typeof value !== 'boolean' && !Number.isFinite(value) && value !== null) {
      invalid('invalid_hash', `values of ${name} are strings, numbers or booleans`, param)
    }
  }
  return values
}

const ISO = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/

/** An ISO 8601 time; a bare date is the start of that day in UTC, or its end for an inclusive upper bound. */
export function optionalTime(fields: Fields, name: string, bound: 'start' | 'end' = 'start', code: ErrorCode = 'invalid_date'): Date | null {
  if (!present(fields, name)) return null
  const given = fields[name]
  // A plus that was not written out in an address arrives as a space.
  const value = typeof given === 'string' ? given.replace(/ (?=\d{2}:?\d{2}$)/, '+') : ''
  const bare = value.length === 10
  const full = bare ? `${value}T${bound === 'start' ? '00:00:00.000' : '23:59:59.999'}Z` : /(?:Z|[+-]\d{2}:?\d{2})$/.test(value) ? value : `${value}Z`
  const time = new Date(full)
  return ISO.test(value) && isDay(value.slice(0, 10)) && isWritable(time) ? time : invalid(code, `${name} must be an ISO 8601 time`, name)
}

/** Whether a calendar has that day: a 30th of February would become some day of March. */
function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return isWritable(day) && day.toISOString().startsWith(text)
}

/** Years of four digits: beyond them neither the database nor a client reads what we would write. */
export function isWritable(time: Date): boolean {
  const year = time.getUTCFullYear()
  return year >= 1 && year <= 9999
}

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,190}\.[^\s@.]{2,}$/

export function optionalEmail(fields: Fields, name = 'customer_email'): string | null {
  return optionalText(fields, name, { length_max: 254, check: (value) => EMAIL.test(value), hint: `${name} is not an e-mail address` })
}
