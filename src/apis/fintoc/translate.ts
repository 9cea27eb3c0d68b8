/**
 * Domain → wire. Total maps: a new state or reason does not compile until it is decided here how it is shown
 * ("Fintoc reference: Payment Intent", "Refunds").
 */
import type { Reason } from '../../core/reasons.ts'
import { openAttempt } from '../../payments/model.ts'
import type { Attempt, Payment, PaymentState, Refund, RefundState } from '../../payments/model.ts'
import type { AccountObject } from './banks/accounts.ts'
import { errorReason } from './error-reasons.ts'

/** Statuses of a payment intent. */
export type IntentStatus = 'created' | 'in_progress' | 'pending' | 'succeeded' | 'failed' | 'rejected' | 'expired'

/** What this API keeps of the request that made a payment: echoed in every object. Never changes. */
export interface IntentRequest {
  readonly recipient_account: AccountObject
  readonly customer_email: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly business_profile: Readonly<Record<string, unknown>> | null
  readonly payment_type: string
  readonly payment_type_options: Readonly<Record<string, unknown>>
  readonly expires_at: string | null
  readonly reference_number: string | null
  /** The checkout session or payment link that it belongs to. */
  readonly parent?: { readonly kind: 'checkout_session' | 'payment_link'; readonly id: string }
  /** When the widget token stops opening the widget (ISO 8601). */
  readonly token_until: string
}

/** What this API learns later; kept in `result.api`. */
export interface IntentProgress {
  /** When the payer first signed in to a bank: from then on the intent is `in_progress` (choice: the reference says "starts"). */
  readonly started_at?: string
  /** The last refusal of a sign-in: what a payer who leaves then failed of. */
  readonly refused?: Reason | null
}

/** A payment with its attempts. */
export interface Intent {
  readonly payment: Payment
  readonly attempts: readonly Attempt[]
}

export const requestOf = (payment: Payment): IntentRequest => payment.request as unknown as IntentRequest

export const progressOf = (payment: Payment): IntentProgress => (payment.result.api ?? {}) as IntentProgress

type Wording<T> = T | ((intent: Intent) => T)

const STATUS = {
  created: ({ payment }) => (progressOf(payment).started_at === undefined ? 'created' : 'in_progress'),
  pending: 'in_progress',
  // Asked and no answer yet is in progress; the bank's own "I do not know yet" is pending.
  processing: ({ payment, attempts }) => (openAttempt({ payment, attempts, refunds: [] })?.state === 'processing' ? 'pending' : 'in_progress'),
  // A transfer has no such phase; shown if a provider ever invents one.
  authorized: 'in_progress',
  succeeded: 'succeeded',
  failed: 'failed',
  rejected: 'rejected',
  canceled: 'expired',
  expired: 'expired',
} as const satisfies Record<PaymentState, Wording<IntentStatus>>

export function intentStatus(intent: Intent): IntentStatus {
  const wording: Wording<IntentStatus> = STATUS[intent.payment.state]
  return typeof wording === 'function' ? wording(intent) : wording
}

/** The wire object, in the guide's order, then what was added later. The token appears only where it is handed over: in the answer to a create. */
export function intentObject(intent: Intent, widget_token: string | null = null): Record<string, unknown> {
  const { payment } = intent
  const request = requestOf(payment)
  return {
    id: payment.id,
    object: 'payment_intent',
    amount: Number(payment.amount),
    currency: payment.currency,
    widget_token,
    status: intentStatus(intent),
    metadata: request.metadata,
    reference_id: payment.state === 'succeeded' ? (payment.result.facts?.provider_ref ?? null) : null,
    recipient_account: request.recipient_account,
    sender_account: senderAccount(intent),
    created_at: payment.created_at.toISOString(),
    mode: payment.mode,
    customer_email: request.customer_email,
    transaction_date: transactionDate(payment),
    error_reason: isEnded(payment.state) ? errorReason(payment.reason) : null,
    business_profile: request.business_profile,
    expires_at: request.expires_at,
    payment_type: request.payment_type,
    payment_type_options: request.payment_type_options,
    reference_number: request.reference_number,
    customer: null,
    next_action: null,
    payment_method: null,
    subscription: null,
  }
}

const ENDED = { created: false, pending: false, processing: false, authorized: false, succeeded: false, failed: true, rejected: true, canceled: true, expired: true } as const satisfies Record<PaymentState, boolean>

/** True when it ended without the money having moved. */
export const isEnded = (state: PaymentState): boolean => ENDED[state]

function transactionDate(payment: Payment): string | null {
  if (payment.state !== 'succeeded') return null
  const executed = payment.result.facts?.executed_at
  return executed === undefined ? (payment.finished_at?.toISOString() ?? null) : new Date(executed).toISOString()
}

/** The account that the payer chose: what the provider says, or what was asked of it. Null until then. */
function senderAccount({ payment, attempts }: Intent): AccountObject | null {
  const transfer = attempts.findLast((attempt) => attempt.kind === 'transfer' && attempt.instrument !== null)
  const account: Readonly<Record<string, unknown>> | null = payment.result.account ?? transfer?.instrument ?? null
  if (account === null) return null
  const word = (name: string, other = name): string => {
    const value = account[name] ?? account[other]
    return typeof value === 'string' ? value : ''
  }
  return { holder_id: word('holder_id'), number: word('number'), type: word('type'), institution_id: word('institution_id', 'institution') }
}

export type RefundStatus = 'created' | 'in_progress' | 'succeeded' | 'failed' | 'canceled'

/** The guide names the first one `pending`, the object page `created`; the page wins. */
export const REFUND_STATUS = {
  pending: 'created',
  processing: 'in_progress',
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'canceled',
} as const satisfies Record<RefundState, RefundStatus>

/** What this API keeps of a refund's request. */
export interface RefundRequest {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly recipient_account: Readonly<Record<string, unknown>> | null
}

export function refundObject(refund: Refund, mode: Payment['mode']): Record<string, unknown> {
  const request = refund.request as unknown as RefundRequest
  return {
    id: refund.id,
    object: 'refund',
    amount: Number(refund.amount),
    currency: refund.currency,
    status: REFUND_STATUS[refund.state],
    resource_id: refund.payment_id,
    resource_type: 'payment_intent',
    mode,
    metadata: request.metadata,
    failure_code: refund.state === 'failed' ? failureCode(refund.reason) : null,
    recipient_account: request.recipient_account,
    created_at: refund.created_at.toISOString(),
    updated_at: refund.updated_at.toISOString(),
  }
}

/** The reference knows two codes; any other reason is shown as none. */
function failureCode(reason: Reason | null): string | null {
  return reason === 'insufficient_funds' ? 'insufficient_funds' : reason === 'fraud_suspected' ? 'fraud_risk' : null
}
