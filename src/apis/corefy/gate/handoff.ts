/**
 * An instant charge is two requests within milliseconds: an invoice, and the sale on its session. What the first has read and written is
 * handed to the second when both come to the same process, so that the same rows are not read again. It is good for one sale, and for two
 * seconds, which is as long as a process remembers its merchants. Nothing that counts is decided by it: the sale is committed under the
 * payment's version, and whoever comes second reads what is there.
 */
import type { Clock } from '../../../core/clock.ts'
import type { Bound } from '../../../payments/store.ts'

export interface Handoff {
  put(sid: string, bound: Bound): void
  /** What was put there, once. */
  take(sid: string): Bound | undefined
}

const GOOD_MS = 2_000
const ENTRIES_MAX = 4_096

export function createHandoff(clock: Clock): Handoff {
  const entries = new Map<string, { readonly bound: Bound; readonly until_ms: number }>()
  return {
    put: (sid, bound) => {
      const now_ms = clock.now().getTime()
      // The oldest come first: what is over, and what there is no room for.
      for (const [old, { until_ms }] of entries) {
        if (until_ms > now_ms && entries.size < ENTRIES_MAX) break
        entries.delete(old)
      }
      entries.set(sid, { bound, until_ms: now_ms + GOOD_MS })
    },
    take: (sid) => {
      const entry = entries.get(sid)
      entries.delete(sid)
      return entry !== undefined && entry.until_ms > clock.now().getTime() ? entry.bound : undefined
    },
  }
}
