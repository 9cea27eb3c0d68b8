/** Decisions about refunds: accepted, sent, sent again, and what became of them. */
import { assert } from '../../core/result.ts'
import { post, refund as refundLines } from '../../ledger/postings.ts'
import type { Outcome } from '../../providers/contract.ts'
import type { Attempt, Payment, PaymentView, Refund } from '../model.ts'
import type { Change } from './change.ts'
import type { ApiPolicy } from './policy.ts'
import { cancelReserve, shareOf } from './reserve.ts'
import { advance, resolved, subjectOf } from './steps.ts'

/** A refund is accepted: its amount is taken out of what can be refunded until its outcome is known. */
export function decideRefund(payment: Payment, refund: Refund, now: Date): Change {
  return { payment: advance(payment, { refunding: payment.refunding + refund.amount }, now), refund: { row: refund, isNew: true }, events: ['refund.created'] }
}

/** A refund's attempt is about to be sent. */
export function decideRefundStart(payment: Payment, refund: Refund, attempt: Attempt, now: Date): Change {
  return {
    payment: advance(payment, {}, now),
    attempt: { row: attempt, isNew: true },
    refund: { row: { ...refund, state: 'processing', due_at: null, updated_at: now }, isNew: false },
    // Of one that is sent again that has been told.
    events: refund.state === 'processing' ? [] : ['refund.processing'],
  }
}

/** A refund that its provider has declined goes on: it waits to be sent again. Undefined where it has failed. */
export function decideRefundAgain({ payment, attempts, refunds }: PaymentView, attempt: Attempt, declined: Extract<Outcome, { status: 'declined' }>, retry: ApiPolicy['retryRefund'], now: Date): Change | undefined {
  const refund = refunds.find(({ id }) => id === attempt.refund_id)
  if (attempt.resolved_at !== null || refund?.state !== 'processing') return undefined
  const due_at = retry?.({ payment, refund, reason: declined.reason, tries: attempts.filter(({ refund_id }) => refund_id === refund.id).length }, now)
  if (due_at === undefined) return undefined
  return {
    payment: advance(payment, {}, now),
    attempt: { row: resolved(attempt, { state: 'declined', reason: declined.reason, facts: declined.facts }, now), isNew: false },
    refund: { row: { ...refund, due_at, updated_at: now }, isNew: false },
  }
}

/** A refund that has not started ends. */
export function decideRefundEnd(payment: Payment, refund: Refund, state: 'canceled' | 'failed', reason: Refund['reason'], now: Date): Change {
  return {
    payment: advance(payment, { refunding: payment.refunding - refund.amount }, now),
    refund: { row: { ...refund, state, reason, updated_at: now }, isNew: false },
    events: [state === 'canceled' ? 'refund.canceled' : 'refund.failed'],
  }
}

/** The fee that goes back with a refund: all that is left with the last one, else in proportion, rounded down. */
export function refundFee(payment: Payment, amount: bigint): bigint {
  const left = payment.fee - payment.refunded_fee
  return amount === payment.captured - payment.refunded ? left : (payment.fee * amount) / payment.captured
}

/** What a provider said in the end about an attempt of a refund. */
export function refunded(view: PaymentView, row: Attempt, now: Date): Change {
  const { payment } = view
  const refund = view.refunds.find((candidate) => candidate.id === row.refund_id)
  assert(refund !== undefined, `attempt ${row.id} belongs to no refund`)
  if (row.state === 'approved') return refund.state === 'succeeded' ? refundedTwice(payment, refund, row, now) : refundedOnce(view, refund, row, now)
  // An earlier try that had been declined was paid after all while this one was open: the refund has its end.
  if (refund.state !== 'processing') return { payment: advance(payment, {}, now), attempt: { row, isNew: false } }
  return {
    payment: advance(payment, { refunding: payment.refunding - refund.amount }, now),
    attempt: { row, isNew: false },
    refund: { row: { ...refund, state: 'failed', reason: row.reason, updated_at: now }, isNew: false },
    events: ['refund.failed'],
  }
}

function refundedOnce(view: PaymentView, refund: Refund, row: Attempt, now: Date): Change {
  const { payment } = view
  // A late truth: the refund had been given up, and its amount is no longer set aside. It may have gone back in another way meanwhile, with the
  // platform's fee: money that moved is booked all the same, against the merchant's balance, and the fee is given back once.
  const refunding = refund.state === 'processing' ? payment.refunding - refund.amount : payment.refunding
  const { reserve, postings: freed = [] } = cancelReserve(view, row, shareOf(refund), now)
  const fee_left = payment.fee - payment.refunded_fee
  const fee = refund.fee > fee_left ? fee_left : refund.fee
  const changed = advance(payment, { ...refundedSums(payment, refund.amount, refunding), refunded_fee: payment.refunded_fee + fee }, now)
  return {
    payment: changed,
    attempt: { row, isNew: false },
    refund: { row: { ...refund, state: 'succeeded', reason: null, fee, due_at: null, updated_at: now, result: { ...refund.result, facts: row.facts } }, isNew: false },
    postings: [post('refund', subjectOf(payment, row, now), refundLines(row.provider, refund.amount, fee)), ...freed],
    ...(reserve && { reserve }),
    events: changed.refunded > changed.captured ? ['refund.succeeded', 'refund.exceeded'] : ['refund.succeeded'],
  }
}

/** One that was sent again had been paid the first time, and its provider said otherwise: what has moved is booked, and nobody is told twice. */
function refundedTwice(payment: Payment, refund: Refund, row: Attempt, now: Date): Change {
  const exceeded = (exceededBy(refund) + refund.amount).toString()
  return {
    payment: advance(payment, refundedSums(payment, refund.amount, payment.refunding), now),
    attempt: { row, isNew: false },
    refund: { row: { ...refund, updated_at: now, result: { ...refund.result, [EXCEEDED]: exceeded } }, isNew: false },
    postings: [post('refund', subjectOf(payment, row, now), refundLines(row.provider, refund.amount, 0n))],
    events: ['refund.exceeded'],
  }
}

/** In a refund's result: minor units that went back beyond its amount, in decimal digits. */
const EXCEEDED = 'exceeded'

function exceededBy({ result }: Refund): bigint {
  const exceeded = result[EXCEEDED]
  return typeof exceeded === 'string' ? BigInt(exceeded) : 0n
}

/** The sums when `amount` more has gone back. What there was not to go back is marked: no other commit may refund more than was captured. */
export function refundedSums(payment: Payment, amount: bigint, refunding: bigint): Pick<Payment, 'refunded' | 'refunding' | 'result'> {
  const refunded = payment.refunded + amount
  const over = refunded + refunding - payment.captured
  return { refunded, refunding, result: over > 0n ? { ...payment.result, over_refunded: over.toString() } : payment.result }
}
