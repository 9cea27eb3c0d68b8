import type { Event, EventType, PaymentSnapshot } from '../../events/model.ts'
import type { Posting } from '../../ledger/postings.ts'
import type { Attempt, Payment, Refund, Reserve } from '../model.ts'

/** What one decision changes, as values: store.ts turns it into one write set. */
export interface Change {
  /** The payment after it, with the next version. */
  readonly payment: Payment
  readonly attempt?: { readonly row: Attempt; readonly isNew: boolean }
  readonly refund?: { readonly row: Refund; readonly isNew: boolean }
  readonly reserve?: { readonly row: Reserve; readonly isNew: boolean }
  readonly postings?: readonly Posting[]
  readonly events?: readonly EventType[]
  /** What becomes of the instrument that the attempt brought. */
  readonly instrument?: { readonly id: string; readonly usable: boolean }
}

/** The part of a payment that events keep. */
export function snapshotOf(payment: Payment): PaymentSnapshot {
  const { state, reason, version, authorized, captured, released, refunded, refunding, fee, refunded_fee, tries, result, updated_at, finished_at } = payment
  return { state, reason, version, authorized, captured, released, refunded, refunding, fee, refunded_fee, tries, result, updated_at, finished_at }
}

/** The events of a change. Ids are made of the payment and its version, so that an event cannot be stored twice. */
export function eventsOf(change: Change, at: Date, eventId: (payment: Payment, index: number) => string): Event[] {
  const { payment, refund } = change
  return (change.events ?? []).map((type, index) => ({
    merchant_id: payment.merchant_id,
    id: eventId(payment, index),
    api: payment.api,
    mode: payment.mode,
    payment_id: payment.id,
    refund_id: type.startsWith('refund.') ? (refund?.row.id ?? null) : null,
    type,
    version: payment.version,
    snapshot: { payment: snapshotOf(payment), refund: refund?.row ?? null },
    created_at: at,
  }))
}
