/** What all decisions share. */
import { after } from '../../core/clock.ts'
import type { PostingSubject } from '../../ledger/postings.ts'
import type { Operation } from '../../providers/contract.ts'
import type { Attempt, Payment } from '../model.ts'
import { isFinished } from './state.ts'

/** The next version of a payment, changed. */
export function advance(payment: Payment, patch: Partial<Payment>, now: Date): Payment {
  const state = patch.state ?? payment.state
  // A late truth gives a payment another end, at another time.
  const finished_at = !isFinished(state) ? null : state === payment.state ? (payment.finished_at ?? now) : now
  // Order by `updated_at` must be order by version, also when two changes fall into one millisecond.
  const updated_at = now > payment.updated_at ? now : after(payment.updated_at, 1)
  return { ...payment, ...patch, version: payment.version + 1, updated_at, finished_at }
}

/** A resolved attempt. */
export function resolved(attempt: Attempt, patch: Partial<Attempt>, now: Date): Attempt {
  return { ...attempt, ...patch, action: null, resolved_at: now, inquire_at: null }
}

/** When to ask again: often at first, then ever more rarely, at least every hour. */
export function nextInquiry(attempt: Attempt, now: Date): Date {
  return after(now, Math.min(3_600_000, 2_000 * 2 ** Math.min(attempt.inquiries, 11)))
}

/** Whom and what a posting of this attempt is about. */
export function subjectOf(payment: Payment, attempt: Attempt, at: Date): PostingSubject {
  return { merchant_id: payment.merchant_id, mode: payment.mode, payment_id: payment.id, refund_id: attempt.refund_id, attempt_id: attempt.id, currency: payment.currency, at }
}

/** What a provider is asked to do to an earlier operation. It needs nothing that is not stored, so it can be asked again. */
export function followUpOperation(payment: Payment, attempt: Attempt): Operation {
  return {
    key: attempt.id, kind: attempt.kind, mode: payment.mode, amount: { minor: attempt.amount, currency: attempt.currency }, method: payment.method, parent_key: attempt.parent_id ?? undefined,
    instrument: undefined, initiator: 'merchant', authentication: 'off', return_url: undefined, recipient: undefined, description: payment.description ?? undefined, payer: {}, hints: {},
  }
}
