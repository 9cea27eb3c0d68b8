import type { Action, Facts, Method, Mode, OperationKind } from '../providers/contract.ts'
import type { Reason } from '../core/reasons.ts'
import type { FeeTerms } from '../ledger/fees.ts'

/**
 * created: accepted, nothing started. pending: the payer must act. processing: an attempt is under way.
 * authorized: held, not (fully) captured. The rest are endings; what was captured, refunded and is left are sums.
 */
export type PaymentState = 'created' | 'pending' | 'processing' | 'authorized' | 'succeeded' | 'failed' | 'rejected' | 'canceled' | 'expired'

/** charge: money in. verify: authorized and voided, to get a token. payout and credit: money out. */
export type PaymentKind = 'charge' | 'verify' | 'payout' | 'credit'

/** What may be shown of a card. */
export interface CardSummary {
  readonly first6: string
  readonly last4: string
  /** Number of digits. */
  readonly length: number
  readonly brand: string | null
  readonly holder: string | null
  readonly exp_month: number
  readonly exp_year: number
}

/** What came of a payment, as far as it may be shown. */
export interface PaymentResult {
  readonly card?: CardSummary
  /** The bank account that paid. */
  readonly account?: Readonly<Record<string, string>>
  readonly facts?: Facts
  /** Id of the instrument that later charges may name. */
  readonly token?: string
  readonly client_ip?: string
  /** Minor units that were refunded beyond what was captured, in decimal digits: a provider paid what it had declined. Without it the database holds the limit. */
  readonly over_refunded?: string
  /** Words of the last decline. */
  readonly message?: string
  /** What only the payment's own API knows. */
  readonly api?: Readonly<Record<string, unknown>>
}

/** One amount that should move. Amounts are minor units of `currency`. */
export interface Payment {
  readonly merchant_id: string
  readonly id: string
  readonly api: string
  readonly kind: PaymentKind
  readonly mode: Mode
  readonly method: Method
  readonly state: PaymentState
  readonly reason: Reason | null
  readonly version: number
  readonly currency: string
  readonly amount: bigint
  readonly payable: bigint
  readonly fee_terms: FeeTerms | null
  readonly manual_capture: boolean
  readonly authorized: bigint
  readonly captured: bigint
  readonly released: bigint
  readonly refunded: bigint
  readonly refunding: bigint
  readonly fee: bigint
  readonly refunded_fee: bigint
  readonly tries: number
  readonly tries_max: number
  readonly reference: string | null
  readonly description: string | null
  readonly customer_id: string | null
  readonly instrument_id: string | null
  readonly request: Readonly<Record<string, unknown>>
  readonly result: PaymentResult
  readonly created_at: Date
  readonly updated_at: Date
  readonly expires_at: Date | null
  readonly finished_at: Date | null
}

/** sent: outcome unknown. action: the payer must act. processing: the provider will know later. */
export type AttemptState = 'sent' | 'action' | 'processing' | 'approved' | 'declined'

/** One operation sent to one provider for one payment. Its id is the idempotency key there. */
export interface Attempt {
  readonly merchant_id: string
  readonly id: string
  readonly payment_id: string
  readonly refund_id: string | null
  readonly kind: OperationKind
  readonly provider: string
  readonly state: AttemptState
  readonly currency: string
  readonly amount: bigint
  readonly parent_id: string | null
  readonly reason: Reason | null
  readonly action: Action | null
  readonly facts: Facts
  readonly instrument: Readonly<Record<string, unknown>> | null
  readonly instrument_id: string | null
  readonly request: Readonly<Record<string, unknown>>
  readonly sent_at: Date
  readonly resolved_at: Date | null
  readonly inquire_at: Date | null
  readonly inquiries: number
}

export type RefundState = 'pending' | 'processing' | 'succeeded' | 'failed' | 'canceled'

/** Money on its way back to the payer: an object of its own, with its own state. */
export interface Refund {
  readonly merchant_id: string
  readonly id: string
  readonly payment_id: string
  readonly state: RefundState
  readonly reason: Reason | null
  readonly currency: string
  readonly amount: bigint
  /** The part of the platform's fee that goes back with it. */
  readonly fee: bigint
  readonly reference: string | null
  readonly request: Readonly<Record<string, unknown>>
  readonly result: Readonly<Record<string, unknown>>
  /** When it is sent, or sent again; null while its provider has it. */
  readonly due_at: Date | null
  readonly created_at: Date
  readonly updated_at: Date
}

/** Whether a refund waits to be sent: for the first time (`pending`), or again, after its provider could not do it yet (`processing`). */
export function isWaiting({ state, due_at }: Refund): boolean {
  return state === 'pending' || (state === 'processing' && due_at !== null)
}

/** What is kept back of a payment's deposit (decisions/reserve.ts). Amounts are minor units of `currency`. */
export interface Reserve {
  readonly merchant_id: string
  readonly payment_id: string
  readonly attempt_id: string
  readonly currency: string
  readonly amount: bigint
  /** The part of it that refunds and charge-backs have taken. */
  readonly canceled: bigint
  readonly canceled_at: Date | null
  /** When the rest is the merchant's to spend, and when it became so. */
  readonly due_at: Date
  readonly released_at: Date | null
  readonly created_at: Date
}

/** A payment with all that an API may show of it. */
export interface PaymentView {
  readonly payment: Payment
  /** Oldest first. */
  readonly attempts: readonly Attempt[]
  /** Oldest first. */
  readonly refunds: readonly Refund[]
  readonly reserve?: Reserve | undefined
}

/** The attempt whose outcome is still open, if any: the database allows one. */
export function openAttempt(view: PaymentView): Attempt | undefined {
  return view.attempts.find((attempt) => attempt.state === 'sent' || attempt.state === 'action' || attempt.state === 'processing')
}

/** Minor units that can still be refunded. */
export function refundable(payment: Payment): bigint {
  const left = payment.captured - payment.refunded - payment.refunding
  return left > 0n ? left : 0n
}

/** Whether more is on its way back than there is: a refund that had failed was paid after all, when others had been accepted. */
export function isOverdrawn({ captured, refunded, refunding }: Payment): boolean {
  return refunded + refunding > captured
}

/** The same, of a part of the payment that has its own limit. Refunds are read after the payment, so that its version covers them. */
export function refundableWithin(view: PaymentView, within?: (view: PaymentView) => bigint): bigint {
  const whole = refundable(view.payment)
  const part = within?.(view) ?? whole
  return part < whole ? part : whole
}

/** Minor units that can still be captured or released. */
export function capturable(payment: Payment): bigint {
  return payment.authorized - payment.captured - payment.released
}
