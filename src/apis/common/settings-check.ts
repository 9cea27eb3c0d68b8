/** Whether settings can be those of an account: operators write them, and every request relies on them. Each API says what its own may be. */

/** What a setting must be, in words that follow "must be". */
export type Check = readonly [isRight: (value: unknown) => boolean, must: string]

export const flag: Check = [(value) => typeof value === 'boolean', 'true or false']
export const whole = (min: number, max: number): Check => [(value) => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max, `a whole number from ${min} to ${max}`]
export const oneOf = (...words: readonly string[]): Check => [(value) => typeof value === 'string' && words.includes(value), words.join(' or ')]
export const orNull = ([isRight, must]: Check): Check => [(value) => value === null || isRight(value), `${must}, or null`]

export const isUrl = (value: unknown): value is string => typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
const isOrigin = (value: unknown): boolean => isUrl(value) && new URL(value).origin === value
/** Of pages on the web, as browsers write them. */
export const origins: Check = [(value) => Array.isArray(value) && value.every(isOrigin), 'a list of origins, such as ["https://shop.example"]']

export interface SettingsRules {
  readonly checks: Readonly<Record<string, Check>>
  /** Says that there is no setting of this name; `names` are all that there are. */
  readonly unknown: (name: string, names: string) => string
  /** A sentence about what is wrong inside of a setting, where that can be told apart. */
  readonly inside?: (name: string, value: unknown) => string | undefined
}

/** What is wrong with a change, as a sentence; undefined when nothing is. */
export function problemOf(patch: Readonly<Record<string, unknown>>, { checks, unknown, inside }: SettingsRules): string | undefined {
  for (const [name, value] of Object.entries(patch)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) return unknown(name, Object.keys(checks).join(', '))
    const wrong = inside?.(name, value)
    if (wrong !== undefined) return wrong
    const [isRight, must] = check
    if (!isRight(value)) return `${name} must be ${must}.`
  }
  return undefined
}
