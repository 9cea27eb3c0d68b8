/** When a delivery is tried again ("Fintoc reference: Delivery"). Pure. */

/** Retries after the first try. */
export const RETRIES_MAX = 17

const FIRST_DELAY_MS = 3_000

/**
 * 3 s after the first failure, then doubling: the 17th gap is about 55 hours and all of them last about 4.5 days, which is how both
 * published descriptions ("from 3 seconds, up to 17 times" and "for several days") are true. Up to a tenth is added at random, so that
 * a receiver that comes back is not met by everything at once.
 */
export function retryDelay_ms(tries: number, random: number): number | undefined {
  if (tries > RETRIES_MAX) return undefined
  return Math.round(FIRST_DELAY_MS * 2 ** (tries - 1) * (1 + random / 10))
}

/** Any 2xx; a redirect is not followed and not a success. */
export const accepted = (status: number): boolean => status >= 200 && status < 300

/** The reference does not say how long a receiver may take; this is what its kind usually grants. */
export const TIMEOUTS = { connect_ms: 5_000, read_ms: 10_000, total_ms: 10_000 } as const
