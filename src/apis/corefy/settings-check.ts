/** Whether settings can be those of an account: they are written by operators, and every request relies on them. */
import { isIP } from 'node:net'
import { fromDecimal, isCurrency } from '../../core/money.ts'
import { isObject } from '../common/body.ts'
import { flag, isUrl, oneOf, orNull, origins, problemOf, whole, type Check } from '../common/settings-check.ts'
import type { CorefySettings, Service } from './settings.ts'

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isDecimal = (value: unknown): value is string => typeof value === 'string' && /^\d{1,15}(\.\d{1,12})?$/.test(value)
const isRate = (value: unknown): boolean => isDecimal(value) && Number(value) > 0
const isMinor = (value: unknown): boolean => typeof value === 'string' && /^\d{1,15}$/.test(value)
const url: Check = [isUrl, 'an http or https URL']

const CHECKS = {
  services: [(value) => Array.isArray(value) && value.every(isService) && new Set(value.map(({ code, direction }) => `${direction} ${code}`)).size === value.length, 'a list of services, each with its own code: code, method, currency, flow, direction, enabled, amount_min, amount_max, fee, and fields where it has some'],
  exchange_rates: [(value) => isObject(value) && Object.entries(value).every(([pair, rate]) => isPair(pair) && isRate(rate)), 'an object such as {"USD/UAH": "41.5"}'],
  overdraft_limit: orNull([isDecimal, 'a decimal as text, such as "100.00"']),
  callback_url: orNull(url),
  only_final_callbacks: flag,
  callback_interval_s: whole(1, 86_400),
  callback_retries_max: whole(0, 1_000),
  allow_h2h: flag,
  retry_limit: whole(1, 20),
  attempts_limit: orNull(whole(1, 100)),
  bypass_status_page: flag,
  always_save_token: flag,
  remember_me: flag,
  allow_descriptor: flag,
  descriptor: [(value) => isText(value) && value.length <= 255, 'a text, in which {merchant} and {reference_id} stand for these'],
  forbid_public_creation: flag,
  moderate_invoices: flag,
  moderate_payouts: flag,
  send_operation_context_on_return: flag,
  expose_internal_data: flag,
  hide_card_in_callbacks: flag,
  return_fee_on_refund: flag,
  rolling_reserve: orNull([isReserve, 'an object such as {"rate": "0.1", "minutes": 259200}']),
  charge_back_fee: orNull([isRateFee, 'an object such as {"rate": "0", "fixed": "1500", "min": "0", "max": "0"}, with amounts in minor units']),
  three_d_secure: oneOf('auto', 'required', 'off'),
  jwt_algorithm: oneOf('RS512', 'HS256'),
  // One that is mistyped, or a whole network, would let nobody in, and not say why.
  api_ip_white_list: [(value) => Array.isArray(value) && value.every((address) => typeof address === 'string' && isIP(address) !== 0), 'a list of IP addresses, each written out'],
  frame_ancestors: origins,
  invoice_life_s: whole(10, 31_536_000),
  website: orNull(url),
} as const satisfies Record<keyof CorefySettings, Check>

/** What an object in a setting may have. A member that is mistyped would be passed over: `regex` for `regexp` checks nothing. */
interface Shape {
  readonly members: readonly string[]
  readonly inside?: Readonly<Record<string, Shape>>
}

const RATE_FEE = ['rate', 'fixed', 'min', 'max']
const SHAPES: Readonly<Partial<Record<keyof CorefySettings, Shape>>> = {
  services: {
    members: ['code', 'method', 'currency', 'flow', 'direction', 'enabled', 'amount_min', 'amount_max', 'fee', 'fields', 'provider_code'],
    inside: { fee: { members: ['strategy', 'reverse', ...RATE_FEE] }, fields: { members: ['key', 'type', 'label', 'example', 'hint', 'regexp', 'required'] } },
  },
  rolling_reserve: { members: ['rate', 'minutes'] },
  charge_back_fee: { members: RATE_FEE },
}

/** The first member, in an object or in the objects of a list, that nothing reads. */
function strayMember(name: string, value: unknown, { members, inside = {} }: Shape): string | undefined {
  for (const object of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
    if (!isObject(object)) continue
    const stray = Object.keys(object).find((member) => !members.includes(member))
    if (stray !== undefined) return `${name} has no member "${stray}". There are: ${members.join(', ')}.`
    for (const [member, shape] of Object.entries(inside)) {
      const wrong = strayMember(`${name}.${member}`, object[member], shape)
      if (wrong !== undefined) return wrong
    }
  }
  return undefined
}

/** What is wrong with a change of settings, as a sentence; undefined when nothing is. */
export function settingsProblem(patch: Readonly<Record<string, unknown>>): string | undefined {
  return problemOf(patch, {
    checks: CHECKS,
    unknown: (name, names) => `There is no setting "${name}". There are: ${names}.`,
    inside: (name, value) => {
      const shape = (SHAPES as Readonly<Record<string, Shape | undefined>>)[name]
      return shape && strayMember(name, value, shape)
    },
  })
}

const isPair = (text: string): boolean => text.split('/').length === 2 && text.split('/').every(isCurrency)

function isService(value: unknown): value is Service {
  if (!isObject(value)) return false
  const { code, method, currency, flow, direction, enabled, amount_min, amount_max, fee, fields = [], provider_code = 'none' } = value
  const isAmount = (amount: unknown): boolean => typeof amount === 'string' && typeof currency === 'string' && (fromDecimal(amount, currency)?.minor ?? -1n) >= 0n
  return typeof currency === 'string' && isCurrency(currency) && [code, method, flow, provider_code].every(isText) && (direction === 'in' || direction === 'out') && typeof enabled === 'boolean'
    && isAmount(amount_min) && isAmount(amount_max) && isFee(fee) && Array.isArray(fields) && fields.every(isField)
}

function isFee(value: unknown): boolean {
  if (value === null) return true
  if (!isObject(value)) return false
  const { strategy, reverse } = value
  return (strategy === 'internal' || strategy === 'external') && typeof reverse === 'boolean' && isRateFee(value)
}

function isRateFee(value: unknown): boolean {
  if (!isObject(value)) return false
  const { rate, fixed, min, max } = value
  return isDecimal(rate) && Number(rate) < 1 && [fixed, min, max].every(isMinor)
}

/** At most all of it, for at most ten years. */
function isReserve(value: unknown): boolean {
  if (!isObject(value)) return false
  const { rate, minutes } = value
  return isRate(rate) && Number(rate) <= 1 && whole(1, 5_256_000)[0](minutes)
}

function isField(value: unknown): boolean {
  if (!isObject(value)) return false
  const { key, type, label, regexp, required = false } = value
  return isText(key) && isText(type) && isObject(label) && Object.values(label).every(isText) && typeof required === 'boolean' && (regexp === undefined || isRegexp(regexp))
}

function isRegexp(value: unknown): boolean {
  try {
    return typeof value === 'string' && new RegExp(value).source !== ''
  } catch {
    return false
  }
}
