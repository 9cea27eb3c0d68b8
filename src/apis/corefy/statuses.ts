/** What statuses and outcomes are called here. The maps are total: a new state does not compile until it has its word. */
import { isChargeBack } from '../../payments/decisions/charge-back.ts'
import { REASONS, type Reason } from '../../core/reasons.ts'
import { openAttempt, type AttemptState, type Payment, type PaymentState, type PaymentView, type Refund, type RefundState } from '../../payments/model.ts'
import { surplusOf } from '../../payments/decisions/surplus.ts'
import { payoutResolutionWord, resolutionWord } from './resolutions.ts'

const OPEN_STATES = {
  created: 'created',
  pending: 'process_pending',
  processing: 'process_pending',
  authorized: 'process_pending',
  succeeded: 'processed',
  failed: 'process_failed',
  rejected: 'process_failed',
  canceled: 'terminated',
  expired: 'expired',
} as const satisfies Record<PaymentState, string>

/** What became of an invoice's money: without what came twice and goes back by itself, and with what the payer's bank took back apart. */
export interface OwnSums {
  readonly captured: bigint
  readonly refunding: bigint
  readonly refunded: bigint
  readonly charged_back: bigint
}

export function ownSums(payment: Payment, refunds: readonly Refund[]): OwnSums {
  const sum = (isMeant: (refund: Refund) => boolean): bigint => refunds.filter(isMeant).reduce((total, { amount }) => total + amount, 0n)
  const back = sum((refund) => surplusOf(refund) !== undefined && refund.state === 'succeeded')
  const onItsWay = sum((refund) => surplusOf(refund) !== undefined && (refund.state === 'pending' || refund.state === 'processing'))
  const charged_back = sum(isChargeBack)
  return { captured: payment.captured - back - onItsWay, refunding: payment.refunding - onItsWay, refunded: payment.refunded - back - charged_back, charged_back }
}

/** The status word (Corefy reference: payment invoice statuses). `refund` is the refund that an event is about, or the latest; `refunds` are all of them. */
export function statusOf(payment: Payment, refund: Refund | null, refunds: readonly Refund[]): string {
  if (payment.kind === 'verify') {
    if (payment.state === 'succeeded') return 'verified'
    if (payment.state === 'failed' || payment.state === 'rejected') return 'verify_failed'
  }
  if (payment.state === 'succeeded' && payment.kind === 'charge') return moneyStatus(payment, refund, ownSums(payment, refunds))
  // A card payment stuck pending turns process_failed on expiry, not expired (release notes v1.5.2).
  if (payment.state === 'expired' && payment.tries > 0) return payment.kind === 'verify' ? 'verify_failed' : 'process_failed'
  return OPEN_STATES[payment.state]
}

function moneyStatus(payment: Payment, refund: Refund | null, { captured, refunding, refunded, charged_back }: OwnSums): string {
  if (refunding > 0n) return 'refund_pending'
  if (charged_back > 0n) return charged_back === captured ? 'charged_back' : 'partially_charged_back'
  if (refunded > 0n) return refunded === captured ? 'refunded' : 'partially_refunded'
  if (refund?.state === 'failed') return 'refund_failed'
  return captured === payment.payable ? 'processed' : 'partially_processed'
}

/**
 * Words of the moment, for who reads between two steps. Callbacks, the answers to commands and the return URL keep to `process_pending` and
 * `refund_pending`, as they always have: a step is over before anybody could heed its word.
 */
const PAYING_NOW = { sent: 'processing', action: 'process_pending', processing: 'process_pending', approved: 'process_pending', declined: 'process_pending' } as const satisfies Record<AttemptState, string>
const REFUND_NOW = { pending: 'refunding', processing: 'refund_pending', succeeded: null, failed: null, canceled: null } as const satisfies Record<RefundState, string | null>

/** Reasons that are nobody's fault: the same card may be tried again, or another route. */
export const TECHNICAL: readonly string[] = Object.entries(REASONS).flatMap(([reason, { retry }]) => (retry === 'later' ? [reason] : []))

/** The status word of an invoice as it is read. */
export function statusNow(view: PaymentView): string {
  const status = statusOf(view.payment, view.refunds.at(-1) ?? null, view.refunds)
  return status === 'process_pending' ? processNow(view) : status === 'refund_pending' ? refundNow(view) : status
}

/** `processing`: handed to a provider that has not answered. `process_error`: it could not do it, and the payer may try again. */
function processNow(view: PaymentView): string {
  const { state, reason } = view.payment
  const open = openAttempt(view)
  if (open === undefined) return state === 'pending' && reason !== null && isTechnical(reason) ? 'process_error' : 'process_pending'
  return PAYING_NOW[open.state]
}

const isTechnical = (reason: Reason): boolean => REASONS[reason].retry === 'later'

/** `refunding`: accepted, and not sent. `refund_error`: sent, and its provider cannot be asked or does not know it; it is asked and sent until it does. */
function refundNow({ attempts, refunds }: PaymentView): string {
  const words = refunds.filter((refund) => surplusOf(refund) === undefined && REFUND_NOW[refund.state] !== null)
  if (words.every(({ state }) => REFUND_NOW[state] === 'refunding')) return 'refunding'
  return attempts.some(({ state, inquiries, refund_id }) => state === 'sent' && inquiries > 0 && words.some(({ id }) => id === refund_id)) ? 'refund_error' : 'refund_pending'
}

/** `ok` unless something went wrong; the reason of a refused refund does not touch the payment's. */
export function resolutionOf(payment: Payment): string {
  if (payment.reason !== null) return payment.state === 'expired' && payment.tries === 0 ? 'ok' : resolutionWord(payment.reason)
  // Waiting for the issuer after the payer's 3-D Secure (the test card with expiry 07/77).
  return payment.state === 'processing' && payment.result.facts?.authentication !== undefined ? 'auth_3ds_required' : 'ok'
}

/** A payout that ends by somebody's word was not refused by a moderator: it was canceled. */
const PAYOUT_STATES = { ...OPEN_STATES, canceled: 'canceled' } as const satisfies Record<PaymentState, string>

/** The status word of a payout (Corefy reference: payouts). */
export function payoutStatusOf(payment: Payment): string {
  if (payment.state === 'succeeded' && payment.captured < payment.amount) return 'partially_processed'
  // A moderator's no; any other word that ends a payout cancels it.
  if (payment.state === 'canceled' && payment.reason === 'merchant_refused') return 'terminated'
  return PAYOUT_STATES[payment.state]
}

/** The status word of a payout as it is read. */
export function payoutStatusNow(view: PaymentView): string {
  const status = payoutStatusOf(view.payment)
  return status === 'process_pending' ? processNow(view) : status
}

/** `ok` unless something went wrong. */
export function payoutResolutionOf(payment: Payment): string {
  return payment.reason === null ? 'ok' : payoutResolutionWord(payment.reason)
}
