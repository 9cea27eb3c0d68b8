/** Names of events ("Fintoc reference: Types relevant to payments") and what of ours each is. */
import type { EventType } from '../../../events/model.ts'

/** Names that an endpoint may subscribe to. One guide's `completed` is the reference's `finished` (subscriptions.ts). */
export const EVENT_NAMES = [
  'payment_intent.succeeded', 'payment_intent.failed', 'payment_intent.rejected', 'payment_intent.pending', 'payment_intent.expired',
  'checkout_session.finished', 'checkout_session.completed', 'checkout_session.expired',
  'refund.pending', 'refund.in_progress', 'refund.succeeded', 'refund.failed', 'refund.canceled',
  'payout.created', 'payout.succeeded', 'payout.canceled',
] as const

export type EventName = (typeof EVENT_NAMES)[number]

/**
 * Names of other products. They may be subscribed to, because shops copy whole lists from their settings; nothing ever sends them here.
 * `link.created` is the one name that the reference forbids.
 */
const OTHER_FAMILIES = /^(?:link\.(?!created$)|account\.|subscription\.|subscription_intent\.|checkout_session\.|payment_intent\.|refund\.|payout\.|charge\.|transfer\.|account_verification\.|payment_method\.)[a-z_.]{1,60}$/

export function isEventName(name: string): name is EventName {
  return EVENT_NAMES.some((known) => known === name)
}

/** True for a name that an endpoint may list. `*` means all. */
export function isSubscribable(name: string): boolean {
  return name === '*' || isEventName(name) || (OTHER_FAMILIES.test(name) && !/^(?:payment_intent|refund|checkout_session|payout)\./.test(name))
}

/** What each of our facts is called. Nothing is told of beginnings: the reference has no event for created or in progress. */
export const EVENT_NAME_OF = {
  'payment.created': undefined,
  'payment.pending': undefined,
  'payment.processing': 'payment_intent.pending',
  'payment.authorized': undefined,
  'payment.captured': undefined,
  'payment.released': undefined,
  'payment.succeeded': 'payment_intent.succeeded',
  'payment.declined': undefined,
  'payment.failed': 'payment_intent.failed',
  'payment.rejected': 'payment_intent.rejected',
  'payment.canceled': 'payment_intent.expired',
  'payment.expired': 'payment_intent.expired',
  'refund.created': undefined,
  'refund.processing': 'refund.in_progress',
  'refund.succeeded': 'refund.succeeded',
  'refund.failed': 'refund.failed',
  'refund.canceled': 'refund.canceled',
  // Its success is told; this is the operator's.
  'refund.exceeded': undefined,
  'payout.exceeded': undefined,
} as const satisfies Record<EventType, EventName | undefined>
