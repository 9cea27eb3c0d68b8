/**
 * Reading a JSON body that nobody has promised anything about. Official clients send `null` for every unset optional member, empty
 * arrays where objects could be, and amounts as numeric strings (beGateway reference 1): all of that reads as what was meant.
 */

/** A JSON object. */
export type Body = Readonly<Record<string, unknown>>

/** True for a JSON object (not an array, not null). */
export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a dotted path; `undefined` for anything absent or null on the way. */
export function at(body: Body, path: string): unknown {
  let value: unknown = body
  for (const name of path.split('.')) {
    if (!isBody(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value === null ? undefined : value
}

/** Text at a path; a number counts as its digits; empty text counts as absent. */
export function textAt(body: Body, path: string): string | undefined {
  const value = at(body, path)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A whole number at a path, also when it was sent as digits. */
export function integerAt(body: Body, path: string): bigint | undefined {
  const value = at(body, path)
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  return typeof value === 'string' && /^-?\d{1,18}$/.test(value) ? BigInt(value) : undefined
}

/** A boolean at a path, also spelt as text or 0 and 1. */
export function flagAt(body: Body, path: string): boolean | undefined {
  const value = at(body, path)
  if (value === true || value === 'true' || value === 1 || value === '1') return true
  return value === false || value === 'false' || value === 0 || value === '0' ? false : undefined
}

/** The object at a path; `{}` when there is none. */
export function bodyAt(body: Body, path: string): Body {
  const value = at(body, path)
  return isBody(value) ? value : {}
}

/** The texts of an array at a path. */
export function textsAt(body: Body, path: string): readonly string[] {
  const value = at(body, path)
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : []
}

/** The members of an object that are there: no null, no undefined. */
export function present<T extends Body>(body: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null && value !== undefined)) as { [K in keyof T]: NonNullable<T[K]> }
}
