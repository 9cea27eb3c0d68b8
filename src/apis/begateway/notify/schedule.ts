/** When a notification that was not answered with 200 is sent again (beGateway reference 7.1). `random` is in [0, 1). */

export interface Schedule {
  readonly retries_max: number
  /** Seconds before retry `c`, counted from 1; `rnd` is an integer 0–29. */
  readonly delay_s: (c: number, rnd: number) => number
}

/** APM and card transactions: 15 retries over about 36 hours. */
export const TRANSACTIONS: Schedule = { retries_max: 15, delay_s: (c, rnd) => Math.trunc(2.12 * c) ** 3 + rnd * (c + 1) }

/** The news that a checkout token has expired: 2 retries. */
export const EXPIRED_CHECKOUTS: Schedule = { retries_max: 2, delay_s: (c, rnd) => c ** 4 + 15 + rnd * (c + 1) }

/** Milliseconds until the next try after `tries` failed ones; undefined when it is given up. */
export function retryDelay_ms(schedule: Schedule, tries: number, random: number): number | undefined {
  if (tries > schedule.retries_max) return undefined
  return schedule.delay_s(tries, Math.floor(random * 30)) * 1000
}
