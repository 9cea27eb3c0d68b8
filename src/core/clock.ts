/** The time, passed in so that tests and the simulation can move it. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/** `date` plus a number of milliseconds. */
export function after(date: Date, delay_ms: number): Date {
  return new Date(date.getTime() + delay_ms)
}
