/**
 * The platform's fee on a payment.
 *
 * With r the rate and f the fixed part, the fee is one of these, clamped to [min, max] and rounded up to a minor unit:
 *
 * | strategy, reverse | payer pays | fee                      | deposit  |
 * |-------------------|------------|--------------------------|----------|
 * | internal, no      | in         | r·in + f                 | in − fee |
 * | internal, yes     | in + fee   | (in + f)/(1 − r) − in    | in       |
 * | external, no      | in + fee   | r·in + f                 | in       |
 * | external, yes     | in         | in − (in − f)/(1 + r)    | in − fee |
 *
 * With r = p/q all four fees are (p·in + q·f) / d, where d is q, q − p, q, q + p: exact in integers.
 */

/** How the platform's fee is computed. Amounts are minor units of the payment's currency, as decimal text (they live in JSON). */
export interface FeeTerms {
  readonly strategy: 'internal' | 'external'
  readonly reverse: boolean
  /** A decimal fraction as text: "0.03" is three per cent. Below 1. */
  readonly rate: string
  readonly fixed: string
  readonly min: string
  /** "0" is no bound. */
  readonly max: string
  /** What is kept back of each deposit. */
  readonly reserve?: ReserveTerms
  /** What a charge-back costs the merchant. */
  readonly charge_back?: ChargeBackTerms
}

/** A rolling reserve: this part of a deposit is kept back for this long. */
export interface ReserveTerms {
  /** A decimal fraction as text, at most 1. */
  readonly rate: string
  readonly minutes: number
}

/** r·taken + f, clamped and rounded as a fee is. */
export type ChargeBackTerms = Pick<FeeTerms, 'rate' | 'fixed' | 'min' | 'max'>

/** All in minor units; paid = deposit + fee. */
export interface FeeSplit {
  readonly paid: bigint
  readonly fee: bigint
  readonly deposit: bigint
}

/** Splits `amount` (the "in" of the table). Without terms there is no fee. The deposit is negative when the fee exceeds the amount: refuse such an amount. */
export function splitFee(terms: FeeTerms | null, amount: bigint): FeeSplit {
  if (terms === null) return { paid: amount, fee: 0n, deposit: amount }
  const { p, q } = fraction(terms.rate)
  const divisor = !terms.reverse ? q : terms.strategy === 'internal' ? q - p : q + p
  const fee = clampUp(p * amount + q * BigInt(terms.fixed), divisor, BigInt(terms.min), BigInt(terms.max))
  const onTop = (terms.strategy === 'internal') === terms.reverse
  return onTop ? { paid: amount + fee, fee, deposit: amount } : { paid: amount, fee, deposit: amount - fee }
}

/** The split of what was really paid, when it is not what was asked for: the fee is computed again from it. */
export function splitPaid(terms: FeeTerms | null, amount: bigint, paid: bigint): FeeSplit {
  const expected = splitFee(terms, amount)
  if (expected.paid === paid) return expected
  const again = splitFee(terms, paid)
  const fee = again.fee > paid ? paid : again.fee
  return { paid, fee, deposit: paid - fee }
}

/** What is kept back of a deposit: never more than the rate says, so rounded down. */
export function reserveOf({ rate }: ReserveTerms, deposit: bigint): bigint {
  const { p, q } = fraction(rate)
  return deposit <= 0n ? 0n : (p * deposit) / q
}

/** What it costs that the payer's bank takes an amount back. */
export function chargeBackFee({ rate, fixed, min, max }: ChargeBackTerms, taken: bigint): bigint {
  const { p, q } = fraction(rate)
  return clampUp(p * taken + q * BigInt(fixed), q, BigInt(min), BigInt(max))
}

function clampUp(numerator: bigint, divisor: bigint, min: bigint, max: bigint): bigint {
  if (max > 0n && numerator > max * divisor) return max
  if (numerator < min * divisor) return min
  return (numerator + divisor - 1n) / divisor
}

function fraction(rate: string): { p: bigint; q: bigint } {
  const [whole = '0', decimals = ''] = rate.split('.')
  return { p: BigInt(whole + decimals), q: 10n ** BigInt(decimals.length) }
}
