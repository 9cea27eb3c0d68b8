/**
 * What an endpoint subscribes to, by the names that its shop gave ("Fintoc reference: Types relevant to payments").
 *
 * One guide calls the end of a checkout session `completed`, everything else `finished`. It is one event with one id: `finished`, told as
 * `completed` to an endpoint that names that and not the other (choice). So such an endpoint also subscribes to `finished` without having
 * named it; what was not named stands after a mark in its row, and is not shown.
 */

const GUIDE = 'checkout_session.completed'
const USUAL = 'checkout_session.finished'

/** No event has this name. */
const NOT_NAMED = '(not named:)'

/** Names as the shop gave them → the row's `event_types`, which events are matched by. */
export function subscribed(names: readonly string[]): readonly string[] {
  return names.includes(GUIDE) && !names.includes(USUAL) ? [...names, NOT_NAMED, USUAL] : names
}

/** The names that the shop gave. */
export function named(event_types: readonly string[]): readonly string[] {
  const mark = event_types.indexOf(NOT_NAMED)
  return mark === -1 ? event_types : event_types.slice(0, mark)
}

/** The type under which an endpoint hears of an event. */
export function typeHeard(event_types: readonly string[], type: string): string {
  const names = named(event_types)
  return type === USUAL && names.includes(GUIDE) && !names.includes(USUAL) ? GUIDE : type
}
