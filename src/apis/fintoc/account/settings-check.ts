/** What the settings of an account may be. */
import { oneOf, origins, orNull, problemOf, whole, type Check } from '../../common/settings-check.ts'
import { recipientAccount } from '../banks/accounts.ts'
import { isObject, read } from '../fields.ts'
import { VERSIONS } from '../versions.ts'
import type { FintocSettings } from './settings.ts'

const DELAY_S_MAX = 86_400

/** Of either country: which currencies a shop asks for is seen in its requests. */
const isAccount = (value: unknown): boolean => isObject(value) && (['CLP', 'MXN'] as const).some((currency) => read(() => recipientAccount({ recipient_account: value }, currency)).ok)

const CHECKS = {
  version: oneOf(...VERSIONS),
  recipient_account: orNull([isAccount, 'an account with holder_id, number, type and institution_id, as in a request']),
  // An empty list reads like nobody, and would be everybody: null says that.
  origins: orNull([(value) => Array.isArray(value) && value.length > 0 && origins[0](value), origins[1]]),
  refund_delay_s: orNull(whole(0, DELAY_S_MAX)),
} as const satisfies Record<keyof FintocSettings, Check>

/** What is wrong with a change, as a sentence; undefined when nothing is. */
export function settingsProblem(patch: Readonly<Record<string, unknown>>): string | undefined {
  return problemOf(patch, { checks: CHECKS, unknown: (name, names) => `${name} is no setting of Fintoc's accounts: there are ${names}.` })
}
