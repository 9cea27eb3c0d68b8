/** A shop's settings, as switches of its back office would be: the member `begateway` of the merchant's. An operator changes them (`tender merchants settings`). */
import { flag, orNull, problemOf, whole, type Check } from '../../common/settings-check.ts'
import type { Merchant } from '../../../merchants/store.ts'
import { API } from '../deps.ts'
import { flagAt, integerAt, isBody, textAt, type Body } from '../validation/body.ts'

export interface ShopSettings {
  /** Cards go through 3-D Secure when they are enrolled. Off: never asked. */
  readonly three_d_secure: boolean
  /** `gateway_id` of card transactions. */
  readonly gateway_id: number
  readonly billing_descriptor: string | undefined
  /** How long `verification_url` may take to answer. */
  readonly verification_timeout_ms: number
}

/** The settings, with their defaults. */
export function settingsOf(merchant: Merchant): ShopSettings {
  const settings = isBody(merchant.settings[API]) ? (merchant.settings[API] as Body) : {}
  return {
    three_d_secure: flagAt(settings, 'three_d_secure') ?? false,
    gateway_id: Number(integerAt(settings, 'gateway_id') ?? 1n),
    billing_descriptor: textAt(settings, 'billing_descriptor'),
    verification_timeout_ms: Number(integerAt(settings, 'verification_timeout_ms') ?? BigInt(VERIFICATION_MS_MAX)),
  }
}

const GATEWAY_ID_MAX = 2_147_483_647
const DESCRIPTOR_LENGTH_MAX = 255
const VERIFICATION_MS_MIN = 100
/** Nothing public says how long the gateway waits; the whole request must be answered well under the 25 s of the clients (beGateway reference 1). */
const VERIFICATION_MS_MAX = 10_000

const CHECKS: Readonly<Record<keyof ShopSettings, Check>> = {
  three_d_secure: flag,
  gateway_id: whole(1, GATEWAY_ID_MAX),
  billing_descriptor: orNull([(value) => typeof value === 'string' && value.length <= DESCRIPTOR_LENGTH_MAX, `text of at most ${DESCRIPTOR_LENGTH_MAX} characters`]),
  verification_timeout_ms: whole(VERIFICATION_MS_MIN, VERIFICATION_MS_MAX),
}

/** What is wrong with a change, as a sentence; undefined when nothing is. */
export function settingsProblem(patch: Body): string | undefined {
  return problemOf(patch, { checks: CHECKS, unknown: (name, names) => `${name} is no setting of a beGateway shop: there are ${names}.` })
}
