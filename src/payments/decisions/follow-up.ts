/** Decisions about what comes after the payment itself: captures, releases, and what a provider says about them and about refunds. */
import { assert } from '../../core/result.ts'
import type { EventType } from '../../events/model.ts'
import { splitFee } from '../../ledger/fees.ts'
import { capture, post, release } from '../../ledger/postings.ts'
import type { Outcome } from '../../providers/contract.ts'
import { capturable, type Attempt, type Payment, type PaymentView } from '../model.ts'
import type { Change } from './change.ts'
import { refunded } from './refund.ts'
import { next } from './state.ts'
import { advance, nextInquiry, resolved, subjectOf } from './steps.ts'

/** A capture or release is about to be sent. */
export function decideFollowUpStart(payment: Payment, attempt: Attempt, now: Date): Change {
  return { payment: advance(payment, {}, now), attempt: { row: attempt, isNew: true } }
}

/** What a provider said about a capture, release or refund. */
export function decideFollowUp(view: PaymentView, attempt: Attempt, outcome: Outcome, now: Date): Change | undefined {
  const { payment } = view
  if (outcome.status === 'processing' || outcome.status === 'action_required') {
    const row: Attempt = { ...attempt, state: 'processing', facts: { ...attempt.facts, ...outcome.facts }, inquire_at: nextInquiry(attempt, now), inquiries: attempt.inquiries + 1 }
    return { payment: advance(payment, {}, now), attempt: { row, isNew: false } }
  }
  const row =
    outcome.status === 'approved'
      ? resolved(attempt, { state: 'approved', reason: null, facts: outcome.facts, amount: outcome.amount.minor }, now)
      : resolved(attempt, { state: 'declined', reason: outcome.reason, facts: outcome.facts }, now)
  if (attempt.kind === 'refund') return refunded(view, row, now)
  if (outcome.status === 'declined') return { payment: advance(payment, {}, now), attempt: { row, isNew: false } }
  return attempt.kind === 'capture' ? captured(payment, row, now) : released(payment, row, now)
}

function captured(payment: Payment, row: Attempt, now: Date): Change {
  const total = payment.captured + row.amount
  // The fixed part of the fee is taken once: the fee of a capture is what the fee on all captured so far adds.
  const fee = splitFee(payment.fee_terms, total).fee - payment.fee
  const kept = fee > row.amount ? row.amount : fee
  const done = capturable(payment) === row.amount
  const state = done ? next(payment.state, 'complete') : payment.state
  assert(state !== undefined, `capture ${row.id} in ${payment.state}`)
  const events: EventType[] = done ? ['payment.captured', 'payment.succeeded'] : ['payment.captured']
  return {
    payment: advance(payment, { state, captured: total, fee: payment.fee + kept }, now),
    attempt: { row, isNew: false },
    postings: [post('capture', subjectOf(payment, row, now), capture(row.provider, row.amount, kept))],
    events,
  }
}

function released(payment: Payment, row: Attempt, now: Date): Change {
  const done = capturable(payment) === row.amount
  const state = !done ? payment.state : next(payment.state, payment.captured > 0n ? 'complete' : 'cancel')
  assert(state !== undefined, `release ${row.id} in ${payment.state}`)
  const ending: EventType[] = !done ? [] : [payment.captured > 0n ? 'payment.succeeded' : 'payment.canceled']
  return {
    payment: advance(payment, { state, released: payment.released + row.amount }, now),
    attempt: { row, isNew: false },
    postings: [post('release', subjectOf(payment, row, now), release(row.amount))],
    events: ['payment.released', ...ending],
  }
}
