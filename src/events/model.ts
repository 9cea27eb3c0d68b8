import type { Payment, Refund } from '../payments/model.ts'

/** Facts that happened. An API shows them in its own words, or not at all. */
export type EventType =
  | 'payment.created'
  /** The payer must act: redirect, second factor, form. */
  | 'payment.pending'
  /** The provider has it and will know later. */
  | 'payment.processing'
  | 'payment.authorized'
  /** A part of the authorized amount was captured, or released. */
  | 'payment.captured'
  | 'payment.released'
  | 'payment.succeeded'
  /** One attempt was declined; the payer may try again. */
  | 'payment.declined'
  | 'payment.failed'
  | 'payment.rejected'
  | 'payment.canceled'
  | 'payment.expired'
  | 'refund.created'
  | 'refund.processing'
  | 'refund.succeeded'
  | 'refund.failed'
  | 'refund.canceled'
  /** More has gone back than had come in: a provider paid a refund that it had declined. For the operator. */
  | 'refund.exceeded'
  /** Paid out twice: a provider paid what it had declined. For the operator. */
  | 'payout.exceeded'

/** What can change about a payment, as it was at the event: enough to render a notification later, exactly. */
export type PaymentSnapshot = Pick<
  Payment,
  'state' | 'reason' | 'version' | 'authorized' | 'captured' | 'released' | 'refunded' | 'refunding' | 'fee' | 'refunded_fee' | 'tries' | 'result' | 'updated_at' | 'finished_at'
>

export interface Event {
  readonly merchant_id: string
  readonly id: string
  readonly api: string
  readonly mode: 'test' | 'live'
  readonly payment_id: string | null
  readonly refund_id: string | null
  readonly type: EventType
  readonly version: number
  readonly snapshot: { readonly payment: PaymentSnapshot; readonly refund: Refund | null }
  readonly created_at: Date
}

/** A fact that is neither a payment's nor a refund's: an API's own object ended, a sample was asked for. Only its API can read `data`. */
export interface OwnEvent {
  readonly merchant_id: string
  readonly id: string
  readonly api: string
  readonly mode: 'test' | 'live'
  /** The API's own name for it. */
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
  readonly created_at: Date
}

/** The payment as it was at the event. */
export function asOf(payment: Payment, snapshot: PaymentSnapshot): Payment {
  return { ...payment, ...snapshot }
}
