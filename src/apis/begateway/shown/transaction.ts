/**
 * Payments, captures, voids and refunds as what the platform calls a transaction: one neutral form that the three dialects (APM, card
 * v2, card v3) are written from. The maps are total: a new state does not compile until it is shown.
 */
import type { Facts } from '../../../providers/contract.ts'
import { isChargeBack } from '../../../payments/decisions/charge-back.ts'
import type { Attempt, AttemptState, Payment, PaymentState, Refund, RefundState } from '../../../payments/model.ts'
import { codeOf, codeOfAttempt, codeOfRefund, type Code } from '../codes.ts'
import { laterOf, storedChild, storedPayment, type StoredChild, type StoredPayment, type TransactionType } from '../stored.ts'

/** Where a transaction stands, before a dialect gives it a word. */
export type Standing = 'accepted' | 'waiting' | 'running' | 'successful' | 'failed' | 'expired' | 'deleted'

const OF_PAYMENT = {
  created: 'accepted',
  pending: 'waiting',
  processing: 'running',
  authorized: 'successful',
  succeeded: 'successful',
  failed: 'failed',
  rejected: 'failed',
  canceled: 'deleted',
  expired: 'expired',
} as const satisfies Readonly<Record<PaymentState, Standing>>

const OF_ATTEMPT = { sent: 'accepted', action: 'waiting', processing: 'running', approved: 'successful', declined: 'failed' } as const satisfies Readonly<Record<AttemptState, Standing>>
const OF_REFUND = { pending: 'accepted', processing: 'running', succeeded: 'successful', failed: 'failed', canceled: 'deleted' } as const satisfies Readonly<Record<RefundState, Standing>>

/** APM statuses (beGateway reference 5). A refund that runs is `pending`: `initial` is only for what no provider has answered yet. */
export const APM_STATUS = {
  accepted: 'initial', waiting: 'pending', running: 'pending', successful: 'successful', failed: 'failed', expired: 'expired', deleted: 'deleted',
} as const satisfies Readonly<Record<Standing, string>>

/** Card statuses (reference 5): `incomplete` waits for the customer; what ran out of time is `failed`, for the card API has no `expired`. */
export const CARD_STATUS = {
  accepted: 'pending', waiting: 'incomplete', running: 'pending', successful: 'successful', failed: 'failed', expired: 'failed', deleted: 'failed',
} as const satisfies Readonly<Record<Standing, string>>

export interface Transaction {
  readonly uid: string
  readonly parent_uid: string | undefined
  readonly type: TransactionType
  readonly standing: Standing
  readonly code: Code
  /** In minor units; goes out by `onWire`. */
  readonly amount: bigint
  readonly tracking_id: string | null
  readonly reason: string | undefined
  readonly additional_data: Readonly<Record<string, unknown>>
  readonly facts: Facts
  readonly created_at: Date
  readonly updated_at: Date
  readonly finished_at: Date | null
  /** The payment that it is, or belongs to. */
  readonly payment: Payment
  readonly stored: StoredPayment
  /** Attempts of the payment, oldest first: the newest one that waits carries the way to the payer. */
  readonly attempts: readonly Attempt[]
}

/** A payment, authorization, payout, credit or tokenization. */
export function transactionOf(payment: Payment, attempts: readonly Attempt[]): Transaction {
  const stored = storedPayment(payment)
  const last = attempts.findLast((attempt) => attempt.kind !== 'capture' && attempt.kind !== 'void' && attempt.kind !== 'refund')
  const deleted = laterOf(payment).deleted === true && payment.state === 'expired'
  return {
    uid: payment.id,
    parent_uid: undefined,
    type: stored.type,
    standing: deleted ? 'deleted' : standingOfPayment(payment),
    code: codeOf(payment, stored.additional_data['expected_bank_code']),
    amount: paidAmount(payment),
    tracking_id: stored.tracking_id,
    reason: undefined,
    additional_data: stored.additional_data,
    facts: { ...last?.facts, ...payment.result.facts },
    created_at: payment.created_at,
    updated_at: payment.updated_at,
    finished_at: payment.finished_at,
    payment, stored, attempts,
  }
}

/** What was paid, which after an operator's correction may be another amount than was asked for (reference 5). */
function paidAmount({ state, kind, manual_capture, captured, amount }: Payment): bigint {
  return state === 'succeeded' && kind === 'charge' && !manual_capture ? captured : amount
}

/** A released authorization ends `canceled` in the core, but the authorization itself was and stays successful: the void tells the rest. */
function standingOfPayment(payment: Payment): Standing {
  return payment.state === 'canceled' && payment.authorized > 0n ? 'successful' : OF_PAYMENT[payment.state]
}

/** A capture or a void. */
export function transactionOfAttempt(payment: Payment, attempt: Attempt): Transaction {
  const child = storedChild(attempt.request)
  const type = attempt.kind === 'void' ? 'void' : 'capture'
  return {
    ...childOf(payment, child.type ?? type, child),
    uid: attempt.id,
    standing: OF_ATTEMPT[attempt.state],
    code: codeOfAttempt(attempt.state, attempt.reason),
    amount: attempt.amount,
    facts: attempt.facts,
    created_at: attempt.sent_at,
    updated_at: attempt.resolved_at ?? attempt.sent_at,
    finished_at: attempt.resolved_at,
  }
}

/** A refund. */
export function transactionOfRefund(payment: Payment, refund: Refund, attempts: readonly Attempt[]): Transaction {
  const attempt = attempts.findLast((candidate) => candidate.refund_id === refund.id)
  const done = refund.state === 'succeeded' || refund.state === 'failed' || refund.state === 'canceled'
  return {
    ...(isChargeBack(refund) ? childOf(payment, 'chargeback', chargeBackOf(payment, refund)) : childOf(payment, 'refund', storedChild(refund.request))),
    uid: refund.id,
    standing: OF_REFUND[refund.state],
    code: codeOfRefund(refund.state, refund.reason),
    amount: refund.amount,
    facts: attempt?.facts ?? {},
    created_at: refund.created_at,
    updated_at: refund.updated_at,
    finished_at: done ? refund.updated_at : null,
  }
}

/** What a shop has stated in a test names its parent; an operator's word is about the payment. */
function chargeBackOf(payment: Payment, { request }: Refund): StoredChild {
  const child = storedChild(request)
  return child.type === 'chargeback' ? child : { type: 'chargeback', parent_uid: payment.id, tracking_id: null }
}

function childOf(payment: Payment, type: TransactionType, child: ReturnType<typeof storedChild>): Pick<Transaction, 'type' | 'parent_uid' | 'tracking_id' | 'reason' | 'additional_data' | 'payment' | 'stored' | 'attempts'> {
  return {
    type,
    parent_uid: child.parent_uid,
    tracking_id: child.tracking_id,
    reason: child.reason,
    additional_data: child.additional_data ?? {},
    payment,
    stored: storedPayment(payment),
    attempts: [],
  }
}
