/**
 * The life of a payment.
 *
 * A payment is `created` when it has been accepted and nothing has started, or `pending` from the start where the API's
 * word for that is "the payer must act". An attempt takes it to `processing` in the same commit that stores the attempt as
 * sent, before anything leaves the building. From there the provider's answer decides: the payer must act (`pending`
 * again, with an open attempt), the provider does not know yet (`processing` stays), money is held (`authorized`), money
 * has moved (`succeeded`), or not. A decline goes back to `pending` while the payer may try again, else to `failed`;
 * `rejected` is a decline by the payer's own hand (refused or failed the second factor).
 *
 * A payment that waits can end without an attempt: `expired` by time, `canceled` by the merchant, `failed` or `rejected`
 * by a decision of ours. While an attempt is sent or processing it cannot: the provider is asked first.
 *
 * Captures and releases of an `authorized` payment leave it there until nothing is left to capture. Refunds never change
 * the state: how much has come back is a sum.
 *
 * An operator may say that a payment was paid on another way (correct.ts): that is `approve`, also where nothing had started.
 *
 * Late truths: a provider may say "approved" after we have ended the payment. Money that moved has moved: every ending
 * but `succeeded` gives way to `approve` and `authorize`; unless its API tells how a payment ended once: there what comes
 * late is sent back, and the ending stays (surplus.ts).
 */
import type { PaymentState } from '../model.ts'

export type Step =
  /** an attempt to pay is sent */
  | 'start'
  /** the payer must act */
  | 'require'
  /** the provider will know later */
  | 'wait'
  | 'authorize'
  | 'approve'
  /** declined, and the payer may try again */
  | 'retry'
  | 'fail'
  | 'reject'
  | 'expire'
  | 'cancel'
  /** nothing is left to capture, and something was captured */
  | 'complete'

type Table = Readonly<Record<PaymentState, Readonly<Partial<Record<Step, PaymentState>>>>>

const ENDINGS = { fail: 'failed', reject: 'rejected', expire: 'expired', cancel: 'canceled' } as const
const LATE = { authorize: 'authorized', approve: 'succeeded' } as const

export const TRANSITIONS: Table = {
  created: { start: 'processing', require: 'pending', approve: 'succeeded', ...ENDINGS },
  pending: { start: 'processing', require: 'pending', wait: 'processing', authorize: 'authorized', approve: 'succeeded', retry: 'pending', ...ENDINGS },
  processing: { start: 'processing', require: 'pending', wait: 'processing', authorize: 'authorized', approve: 'succeeded', retry: 'pending', ...ENDINGS },
  authorized: { complete: 'succeeded', cancel: 'canceled' },
  succeeded: {},
  failed: LATE,
  rejected: LATE,
  canceled: LATE,
  expired: LATE,
}

/** The state after a step, or undefined when the step is not possible there. */
export function next(state: PaymentState, step: Step): PaymentState | undefined {
  return TRANSITIONS[state][step]
}

/** Whether the payment is over (late truths aside). */
export function isFinished(state: PaymentState): boolean {
  return state !== 'created' && state !== 'pending' && state !== 'processing' && state !== 'authorized'
}
