/**
 * A rolling reserve: a part of each deposit is kept back for a time, so that there is something to take refunds and charge-backs from. It is kept
 * in the commit that books the money, and becomes the merchant's to spend when its time is over, by the resolver. What goes back to the payer
 * meanwhile takes from its own payment's reserve what the balance does not cover.
 *
 * A refund is promised its share when it is accepted, and takes it when it is booked; until then the reserve is not released. Every change is
 * committed under the payment's version, so that of two processes one is first, and the other looks again.
 */
import { after } from '../../core/clock.ts'
import { reserveOf } from '../../ledger/fees.ts'
import { post, reserveCanceled, reserveKept, reserveReleased } from '../../ledger/postings.ts'
import type { Attempt, Payment, PaymentView, Refund, Reserve } from '../model.ts'
import type { Change } from './change.ts'
import { advance, subjectOf } from './steps.ts'

/** What a change does to the reserve: the row and its posting. */
type ReserveChange = Pick<Change, 'reserve' | 'postings'>

/** In a refund's request: how much of the reserve it takes. */
const SHARE = 'from_reserve'

/** What is kept back of a deposit (minor units) that an attempt has brought; nothing where nothing was agreed on. */
export function keepReserve(payment: Payment, attempt: Attempt, deposit: bigint, now: Date): ReserveChange {
  const terms = payment.fee_terms?.reserve
  const amount = terms === undefined ? 0n : reserveOf(terms, deposit)
  if (terms === undefined || amount === 0n) return {}
  const row: Reserve = {
    merchant_id: payment.merchant_id, payment_id: payment.id, attempt_id: attempt.id, currency: payment.currency, amount, canceled: 0n, canceled_at: null,
    due_at: after(now, terms.minutes * 60_000), released_at: null, created_at: now,
  }
  return { reserve: { row, isNew: true }, postings: [post('reserve', subjectOf(payment, attempt, now), reserveKept(amount))] }
}

/** Minor units that are still kept back. */
export function keptBack({ amount, canceled, released_at }: Reserve): bigint {
  return released_at === null ? amount - canceled : 0n
}

export const withShare = (request: Refund['request'], share: bigint): Refund['request'] => (share === 0n ? request : { ...request, [SHARE]: share.toString() })

/** Minor units of the reserve that a refund takes. */
export function shareOf({ request }: Pick<Refund, 'request'>): bigint {
  const share = request[SHARE]
  return typeof share === 'string' ? BigInt(share) : 0n
}

/** Minor units of the reserve that refunds have been promised which are not booked yet. */
export const promised = (refunds: readonly Refund[]): bigint => refunds.filter(({ state }) => state === 'pending' || state === 'processing').reduce((sum, refund) => sum + shareOf(refund), 0n)

/** A refund or charge-back that is booked takes its share. */
export function cancelReserve({ payment, reserve }: PaymentView, attempt: Attempt, share: bigint, now: Date): ReserveChange {
  if (reserve === undefined) return {}
  const left = keptBack(reserve)
  const taken = share < left ? share : left
  if (taken === 0n) return {}
  return { reserve: { row: { ...reserve, canceled: reserve.canceled + taken, canceled_at: now }, isNew: false }, postings: [post('reserve_canceled', subjectOf(payment, attempt, now), reserveCanceled(taken))] }
}

/** Gives free what has been kept back for long enough; undefined where there is nothing to give, or a refund has been promised some of it. */
export function decideRelease({ payment, reserve, refunds }: PaymentView, now: Date): Change | undefined {
  if (reserve === undefined || reserve.due_at > now || keptBack(reserve) === 0n || promised(refunds) > 0n) return undefined
  const subject = { merchant_id: payment.merchant_id, mode: payment.mode, payment_id: payment.id, refund_id: null, attempt_id: reserve.attempt_id, currency: payment.currency, at: now }
  return {
    payment: advance(payment, {}, now),
    reserve: { row: { ...reserve, released_at: now }, isNew: false },
    postings: [post('reserve_released', subject, reserveReleased(keptBack(reserve)))],
  }
}
