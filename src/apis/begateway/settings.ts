/** A shop's settings, as switches of its back office would be: the member `begateway` of the merchant's. An operator changes them (`tender merchants settings`). */
import type { Merchant } from '../../merchants/store.ts'
import { API } from './deps.ts'
import { flagAt, integerAt, isBody, textAt, type Body } from './validation/body.ts'

export interface ShopSettings {
  /** Cards go through 3-D Secure when they are enrolled. Off: never asked. */
  readonly three_d_secure: boolean
  /** `gateway_id` of card transactions. */
  readonly gateway_id: number
  readonly billing_descriptor: string | undefined
}

/** The settings, with their defaults. */
export function settingsOf(merchant: Merchant): ShopSettings {
  const settings = isBody(merchant.settings[API]) ? (merchant.settings[API] as Body) : {}
  return {
    three_d_secure: flagAt(settings, 'three_d_secure') ?? false,
    gateway_id: Number(integerAt(settings, 'gateway_id') ?? 1n),
    billing_descriptor: textAt(settings, 'billing_descriptor'),
  }
}

interface Check {
  readonly fits: (value: unknown) => boolean
  readonly must: string
}

const GATEWAY_ID_MAX = 2_147_483_647
const DESCRIPTOR_LENGTH_MAX = 255

const CHECKS: Readonly<Record<keyof ShopSettings, Check>> = {
  three_d_secure: { fits: (value) => typeof value === 'boolean', must: 'true or false' },
  gateway_id: { fits: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= GATEWAY_ID_MAX, must: `a whole number from 1 to ${GATEWAY_ID_MAX}` },
  billing_descriptor: { fits: (value) => value === null || (typeof value === 'string' && value.length <= DESCRIPTOR_LENGTH_MAX), must: `text of at most ${DESCRIPTOR_LENGTH_MAX} characters, or null` },
}

/** What is wrong with a change, as a sentence; undefined when nothing is. */
export function settingsProblem(patch: Body): string | undefined {
  for (const [name, value] of Object.entries(patch)) {
    const check = isSetting(name) ? CHECKS[name] : undefined
    if (check === undefined) return `${name} is no setting of a beGateway shop: there are ${Object.keys(CHECKS).join(', ')}.`
    if (!check.fits(value)) return `${name} must be ${check.must}.`
  }
  return undefined
}

const isSetting = (name: string): name is keyof ShopSettings => Object.hasOwn(CHECKS, name)
