/**
 * Reads what comes over the wire field by field. Every refusal names its field by a JSON pointer; unknown keys are ignored;
 * `[]` is accepted where a map is expected, since the clients' language writes empty maps like that (Corefy reference: PHP arrays).
 */
import { plainDigits } from '../../../core/card.ts'
import { fail, ok, type Result } from '../../../core/result.ts'
import { isObject } from '../../common/body.ts'
import { badRequest, invalid, type WireError } from '../errors.ts'

/** Longest value of an ordinary text field (ours: no limits are published). */
export const TEXT_MAX = 255
/** Longest description or URL. */
export const LONG_TEXT_MAX = 2_048

/** Fields of one object; what is wrong with them gathers in `errors`. */
export interface Reader {
  readonly errors: WireError[]
  refuse(field: string, detail: string): undefined
  has(field: string): boolean
  raw(field: string): unknown
  /** Text, or null when it is missing or empty. */
  text(field: string, max?: number): string | null
  /** Text that must be there; empty when it is not. */
  required(field: string, max?: number): string
  flag(field: string): boolean | undefined
  whole(field: string, min: number, max: number): number | undefined
  map(field: string, keys_max?: number): Readonly<Record<string, unknown>>
  /** An absolute http or https URL. */
  url(field: string): string | null
  inside(field: string, keys_max?: number): Reader
}

/** A reader of `values`, which stand at `pointer` in the request. */
export function createReader(values: Readonly<Record<string, unknown>>, pointer: string, errors: WireError[] = []): Reader {
  const raw = (field: string): unknown => (Object.hasOwn(values, field) ? (values[field] ?? undefined) : undefined)
  const refuse = (field: string, detail: string): undefined => void errors.push(invalid(`${pointer}/${field}`, detail))

  const text: Reader['text'] = (field, max = TEXT_MAX) => {
    const value = raw(field)
    if (value === undefined) return null
    // Numbers are taken for text where ids are meant: PHP clients send order numbers both ways. Not those that parsing has rounded: two orders would become one.
    if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) return refuse(field, `${field} must be a string: the number is too large to be exact.`) ?? null
    const found = typeof value === 'number' ? String(value) : value
    if (typeof found !== 'string') return refuse(field, `${field} must be a string.`) ?? null
    if (found.length > max) return refuse(field, `${field} may have at most ${max} characters.`) ?? null
    return found === '' ? null : found
  }

  const map: Reader['map'] = (field, keys_max = Infinity) => {
    const value = raw(field)
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return {}
    if (!isObject(value)) return refuse(field, `${field} must be an object.`) ?? {}
    if (Object.keys(value).length > keys_max) return refuse(field, `${field} may have at most ${keys_max} keys.`) ?? {}
    return value
  }

  return {
    errors, refuse, raw, text, map,
    has: (field) => raw(field) !== undefined,
    required: (field, max) => {
      const before = errors.length
      const found = text(field, max)
      if (found === null && errors.length === before) refuse(field, `${field} is required.`)
      return found ?? ''
    },
    flag: (field) => {
      const value = raw(field)
      return value === undefined || typeof value === 'boolean' ? value : refuse(field, `${field} must be true or false.`)
    },
    whole: (field, min, max) => {
      const value = raw(field)
      if (value === undefined || (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max)) return value
      return refuse(field, `${field} must be a whole number between ${min} and ${max}.`)
    },
    url: (field) => {
      const found = text(field, LONG_TEXT_MAX)
      if (found === null || isWebUrl(found)) return found
      return refuse(field, `${field} must be an http or https URL.`) ?? null
    },
    inside: (field, keys_max) => createReader(map(field, keys_max), `${pointer}/${field}`, errors),
  }
}

const isWebUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

/** A month or year of a card as it is written: two digits, one without its zero, or a year written out. Anything else, such as three digits, is a slip and no number. */
export function datePart(text: string, max: number): number {
  const digits = plainDigits(text)
  return /^\d{1,2}$/.test(digits) || (max > 99 && /^\d{4}$/.test(digits)) ? Number(digits) : Number.NaN
}

/** The attributes of a JSON:API request body of one of the types; the first is the one that the error names. */
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
