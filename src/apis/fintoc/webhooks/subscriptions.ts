/**
 * What endpoints subscribe to, by the names that their shops gave ("Fintoc reference: Types relevant to payments").
 *
 * One guide calls the end of a checkout session `completed`, everything else `finished`. It is one event with one id: told as `completed` to
 * an endpoint that names that and not the other, and as `finished` to all others (choice).
 */
import type { EventName } from './event-types.ts'

const GUIDE = 'checkout_session.completed' satisfies EventName
const USUAL = 'checkout_session.finished' satisfies EventName

/** Another name of the same event. */
export function aliasOf(name: string): string | undefined {
  return name === USUAL ? GUIDE : name === GUIDE ? USUAL : undefined
}

/** The name under which an endpoint with these subscriptions hears of an event. */
export function nameHeard(event_types: readonly string[], name: string): string {
  if (aliasOf(name) === undefined) return name
  return event_types.includes(GUIDE) && !event_types.includes(USUAL) ? GUIDE : USUAL
}
