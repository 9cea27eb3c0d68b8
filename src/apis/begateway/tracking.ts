/**
 * Tracking ids. One may carry several values joined by `;`, any of which finds the transaction (seed, `tracking_id`). The text itself
 * is echoed verbatim: shops split on `;` or `#` as they please.
 */

/** The values that find a transaction: the whole text and each part, without repeats. */
export function trackingValues(tracking_id: string): readonly string[] {
  return [...new Set([tracking_id, ...tracking_id.split(';').map((part) => part.trim())])].filter((value) => value !== '')
}

/** Whether a wanted value finds a tracking id. */
export function tracks(tracking_id: string, wanted: string): boolean {
  return trackingValues(tracking_id).includes(wanted)
}
