/**
 * Amounts as they go over the wire: whole units, with as many decimals as the platform counts for the currency. For some currencies those are
 * others than ISO 4217 has, by which everything inside counts: 1234 on the wire is 1,234 rupiahs, and 123400 inside. What is echoed as it
 * came (a checkout's order, a product) is left alone; every other amount passes through here.
 */
import { AMOUNT_MINOR_MAX, exponent } from '../../core/money.ts'
import { assert } from '../../core/result.ts'
import { integerAt, type Body } from './validation/body.ts'

/** Decimals that are not 2, as the official PHP client has them (beGateway reference 18). */
const DECIMALS: Readonly<Record<string, number>> = {
  BIF: 0, BYR: 0, CLF: 0, CLP: 0, CVE: 0, DJF: 0, GNF: 0, IDR: 0, IQD: 0, IRR: 0, ISK: 0, JPY: 0, KMF: 0, KPW: 0, KRW: 0, LAK: 0, LBP: 0, MMK: 0,
  PYG: 0, RWF: 0, SLL: 0, STD: 0, UYI: 0, VND: 0, VUV: 0, XAF: 0, XOF: 0, XPF: 0,
  MOP: 1,
  BHD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3,
}

/** How many decimals the platform counts. */
export const decimalsOf = (currency: string): number => DECIMALS[currency] ?? 2

/** What is kept with a payment: nothing where both count alike, as they do nearly everywhere. Payments from before have nothing either, and were counted by ISO. */
export function ownDecimals(currency: string): { readonly decimals?: number } {
  const decimals = decimalsOf(currency)
  return decimals === exponent(currency) ? {} : { decimals }
}

/** In minor units of ISO; undefined for a part of one (UGX has none at all, and two decimals on the wire). */
export function fromWire(wire: bigint, currency: string, decimals: number = decimalsOf(currency)): bigint | undefined {
  const { of_wire, of_minor } = unitsOf(currency, decimals)
  return wire % of_wire === 0n ? (wire / of_wire) * of_minor : undefined
}

/** The amount of a request that has passed validation, in minor units of ISO; 0 where it names none. */
export function amountAt(request: Body, path: string, currency: string, decimals: number = decimalsOf(currency)): bigint {
  const minor = fromWire(integerAt(request, path) ?? 0n, currency, decimals)
  assert(minor !== undefined, `an amount in ${currency} was validated`)
  return minor
}

/** On the wire. A provider may take or pay a part of a unit there (12.34 rupiahs): then it is rounded down, so that nobody reads of more than there is. */
export function toWire(minor: bigint, currency: string, decimals: number = decimalsOf(currency)): number {
  const { of_wire, of_minor } = unitsOf(currency, decimals)
  const units = minor / of_minor
  return Number((units * of_minor > minor ? units - 1n : units) * of_wire)
}

/** What is wrong with a positive amount in this currency, if anything: it must be whole inside, and not too much there or here. */
export function amountProblem(wire: bigint, currency: string, decimals: number = decimalsOf(currency)): string | undefined {
  const { of_wire, of_minor } = unitsOf(currency, decimals)
  const most = AMOUNT_MINOR_MAX / of_minor
  if (wire > most) return `must be less than or equal to ${most}`
  return wire % of_wire === 0n ? undefined : `must be a multiple of ${of_wire} in ${currency}`
}

/** So many on the wire are so many inside. One of both is 1. */
function unitsOf(currency: string, decimals: number): { readonly of_wire: bigint; readonly of_minor: bigint } {
  const more = exponent(currency) - decimals
  return { of_wire: 10n ** BigInt(Math.max(0, -more)), of_minor: 10n ** BigInt(Math.max(0, more)) }
}
