/**
 * How many requests may come in a second: a token bucket for each key (a merchant, or who opens a page), in the memory of this process. So
 * several processes behind one balancer let in as many times as much together; a limit that must hold exactly belongs into the proxy.
 */
import type { Clock } from '../../core/clock.ts'

export interface RateLimit {
  /**
   * Takes one request of `key` (as the merchant's id: a caller is known before it is counted). 0 lets it go on; otherwise it is one too
   * many, and this is after how many seconds the next may come: a whole number above 0, as `Retry-After` wants it.
   */
  take(key: string): number
}

/** `tokens` is how many requests may still come at once, as of `at_ms`; fractions grow into whole ones. */
interface Bucket {
  tokens: number
  at_ms: number
}

/** Keys of one generation. Where there are more, the oldest are forgotten early: they may then do a second's worth again. */
const KEYS_MAX = 10_000

/** `per_second`: requests of one key in a second, and `at_once` after a pause: as many, unless said otherwise. 0 limits nobody. */
export function createRateLimit(per_second: number, clock: Clock, at_once = per_second): RateLimit {
  if (per_second <= 0) return { take: () => 0 }
  // A bucket that nobody touched for this long is full again, and need not be remembered.
  const full_after_ms = (at_once / per_second) * 1_000
  // Two generations: what was not touched in the older one's time is dropped with it, without a walk over all keys.
  let young = new Map<string, Bucket>()
  let old = new Map<string, Bucket>()
  let since_ms = 0

  const turn = (now_ms: number): void => {
    const age_ms = now_ms - since_ms
    // A clock that was set back starts anew.
    if (age_ms >= 0 && age_ms < full_after_ms && young.size < KEYS_MAX) return
    old = age_ms < 0 || age_ms >= 2 * full_after_ms ? new Map() : young
    young = new Map()
    since_ms = now_ms
  }

  return {
    take: (key) => {
      const now_ms = clock.now().getTime()
      turn(now_ms)
      const known = young.get(key) ?? old.get(key) ?? { tokens: at_once, at_ms: now_ms }
      const grown = (Math.max(0, now_ms - known.at_ms) * per_second) / 1_000
      const tokens = Math.min(at_once, known.tokens + grown)
      const isIn = tokens >= 1
      young.set(key, { tokens: isIn ? tokens - 1 : tokens, at_ms: now_ms })
      return isIn ? 0 : Math.ceil((1 - tokens) / per_second)
    },
  }
}

/** How often one network may open one page that leaves a row behind: a hundred times at once, then every three seconds. The key names both. */
export const createOpenings = (clock: Clock): RateLimit => createRateLimit(1 / 3, clock, 100)
