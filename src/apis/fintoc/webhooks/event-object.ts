/** Events on the wire ("Fintoc reference: Event object"): `data` is the resource itself, as it was then. */
import type { Event, OwnEvent } from '../../../events/model.ts'
import type { Attempt, Payment, Refund } from '../../../payments/model.ts'
import { checkoutObject, isCheckout } from '../checkout/object.ts'
import type { FintocUrls } from '../checkout/object.ts'
import { EVENT_NAME_OF } from './event-types.ts'
import type { EventName } from './event-types.ts'
import { intentObject, progressOf, refundObject } from '../translate.ts'
import { inVersion } from '../versions.ts'
import type { Version } from '../versions.ts'

/** What an event of the domain is called; undefined when it is not told. A checkout that nobody started ends as a checkout, not as a payment. */
export function eventName(event: Pick<Event, 'type'>, payment: Payment): EventName | undefined {
  const name = EVENT_NAME_OF[event.type]
  if (name === 'payment_intent.expired' && isCheckout(payment) && progressOf(payment).started_at === undefined) return 'checkout_session.expired'
  return name
}

/** What an event of our own carries: a finished object, or the checkout that a payment belongs to. */
export type OwnData = { readonly object: Readonly<Record<string, unknown>> }

export function ownEventObject(event: OwnEvent, version: Version): Record<string, unknown> {
  return eventObject(event, event.type, inVersion((event.data as unknown as OwnData).object, version))
}

export interface EventParts {
  readonly event: Event
  /** As they were at the event. */
  readonly payment: Payment
  readonly refund: Refund | null
  readonly attempts: readonly Attempt[]
}

/** `version`: the account's, whatever a request asks for; an event is the same wherever it is read. */
export function paymentEventObject(parts: EventParts, name: EventName, urls: FintocUrls, version: Version): Record<string, unknown> {
  return eventObject(parts.event, name, inVersion(resourceOf(parts, name, urls), version))
}

function resourceOf({ event, payment, refund, attempts }: EventParts, name: EventName, urls: FintocUrls): Record<string, unknown> {
  if (name.startsWith('checkout_session.')) return checkoutObject({ payment, attempts }, urls)
  if (refund !== null && name.startsWith('refund.')) return refundObject(refund, event.mode)
  const object = intentObject({ payment, attempts })
  // The attempt may have gone on since; the event tells of the moment when the bank did not know yet.
  return name === 'payment_intent.pending' ? { ...object, status: 'pending' } : object
}

function eventObject({ id, mode, created_at }: Pick<Event, 'id' | 'mode' | 'created_at'>, type: string, data: unknown): Record<string, unknown> {
  return { id, object: 'event', type, mode, created_at: created_at.toISOString(), data }
}
