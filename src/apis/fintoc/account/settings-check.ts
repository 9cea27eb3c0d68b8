/** Whether settings can be those of an account: they are written by operators, and every request relies on them. */
import { recipientAccount } from '../banks/accounts.ts'
import { isObject, read } from '../fields.ts'
import { isVersion, VERSIONS } from '../versions.ts'
import type { FintocSettings } from './settings.ts'

type Check = readonly [isRight: (value: unknown) => boolean, must: string]

const DELAY_S_MAX = 86_400

const orNull = ([isRight, must]: Check): Check => [(value) => value === null || isRight(value), `${must}, or null`]

/** Of either country: which currencies a shop asks for is seen in its requests. */
const isAccount = (value: unknown): boolean => isObject(value) && (['CLP', 'MXN'] as const).some((currency) => read(() => recipientAccount({ recipient_account: value }, currency)).ok)

const isOrigin = (value: unknown): boolean => typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && new URL(value).origin === value

const CHECKS = {
  version: [(value) => typeof value === 'string' && isVersion(value), VERSIONS.join(' or ')],
  recipient_account: orNull([isAccount, 'an account with holder_id, number, type and institution_id, as in a request']),
  origins: orNull([(value) => Array.isArray(value) && value.length > 0 && value.every(isOrigin), 'a list of origins, such as ["https://shop.example"]']),
  refund_delay_s: orNull([(value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= DELAY_S_MAX, `a whole number from 0 to ${DELAY_S_MAX}`]),
} as const satisfies Record<keyof FintocSettings, Check>

/** What is wrong with a change, as a sentence; undefined when nothing is. */
export function settingsProblem(patch: Readonly<Record<string, unknown>>): string | undefined {
  for (const [name, value] of Object.entries(patch)) {
    if (!isSetting(name)) return `${name} is no setting of Fintoc's accounts: there are ${Object.keys(CHECKS).join(', ')}.`
    const [isRight, must] = CHECKS[name]
    if (!isRight(value)) return `${name} must be ${must}.`
  }
  return undefined
}

const isSetting = (name: string): name is keyof FintocSettings => Object.hasOwn(CHECKS, name)
