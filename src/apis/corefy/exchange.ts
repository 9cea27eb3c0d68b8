/** Exchange rates of an account, exactly: a rate is decimal text, and amounts are whole minor units. */
import { exponent } from '../../core/money.ts'

/** How many units of the service's currency one unit of the account's currency is: decimal text, or "1". */
export type Rate = string

/** The rate from an account currency to a service currency; undefined when the account has none. `rates` are keyed `USD/UAH`. */
export function rateOf(rates: Readonly<Record<string, Rate>>, base: string, service: string): Rate | undefined {
  if (base === service) return '1'
  const key = `${base}/${service}`
  return Object.hasOwn(rates, key) ? rates[key] : undefined
}

export type Rounding = 'down' | 'up'

/** Minor units of `base` as minor units of `service`. */
export function toService(minor: bigint, rate: Rate, base: string, service: string, rounding: Rounding): bigint {
  const { p, q } = fraction(rate)
  return divide(minor * p * 10n ** BigInt(exponent(service)), q * 10n ** BigInt(exponent(base)), rounding)
}

/** Minor units of `service` as minor units of `base`. */
export function toBase(minor: bigint, rate: Rate, base: string, service: string, rounding: Rounding): bigint {
  const { p, q } = fraction(rate)
  return divide(minor * q * 10n ** BigInt(exponent(base)), p * 10n ** BigInt(exponent(service)), rounding)
}

function divide(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  return rounding === 'down' ? numerator / denominator : (numerator + denominator - 1n) / denominator
}

function fraction(rate: Rate): { p: bigint; q: bigint } {
  const [whole = '0', decimals = ''] = rate.split('.')
  return { p: BigInt(whole + decimals), q: 10n ** BigInt(decimals.length) }
}
