/**
 * What a payout moves and costs (Corefy reference: payout fee arithmetic).
 *
 * The merchant names an amount in the account's currency (base) or in the service's. Fees are terms of the service, in its
 * currency. Either the amount that arrives is known (external normal, internal reverse) and the fee comes on top, or the
 * amount that leaves is known and the fee comes out of it. Conversions round what arrives down and what leaves up, so that
 * the platform never pays the difference.
 */
import { splitFee, type FeeTerms } from '../../../ledger/fees.ts'
import { toBase, toService, type Rate } from '../exchange.ts'

export interface PayoutQuestion {
  /** Minor units of the currency that `side` says. */
  readonly amount: bigint
  readonly side: 'base' | 'service'
  /** In minor units of the service's currency. */
  readonly terms: FeeTerms | null
  readonly rate: Rate
  readonly base: string
  readonly service: string
}

/** All in minor units; `writeoff` leaves the balance, `amount` arrives, `fee` is what is between. */
export interface PayoutSplit {
  readonly amount: bigint
  readonly writeoff: bigint
  readonly fee: bigint
  readonly service_amount: bigint
  readonly service_writeoff: bigint
  readonly service_fee: bigint
}

/** Splits a payout. The amount is zero or less when the fee eats it: refuse such a request. */
export function splitPayout({ amount, side, terms, rate, base, service }: PayoutQuestion): PayoutSplit {
  const known = terms === null || (terms.strategy === 'external') !== terms.reverse
  const entered = side === 'service' ? amount : toService(amount, rate, base, service, known ? 'down' : 'up')
  const service_fee = splitFee(terms, entered).fee
  const service_amount = known ? entered : entered - service_fee
  const service_writeoff = known ? entered + service_fee : entered
  const arrives = side === 'base' && known ? amount : toBase(service_amount, rate, base, service, 'down')
  const writeoff = side === 'base' && !known ? amount : toBase(service_writeoff, rate, base, service, 'up')
  return { amount: arrives, writeoff, fee: writeoff - arrives, service_amount, service_writeoff, service_fee }
}
