/** When a refund is worked on ("Fintoc reference: Refunds"): batches at 14:00 and 18:00 of business days, in the country's time. Pure. */

const WINDOW_HOURS = [14, 18] as const
const HOUR_MS = 3_600_000
const ZONES = { CLP: 'America/Santiago', MXN: 'America/Mexico_City' } as const

/** The start of the next window after `now`. Holidays are not known; a bank that is closed then makes the refund wait at the provider. */
export function nextRefundWindow(now: Date, currency: keyof typeof ZONES): Date {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: ZONES[currency], weekday: 'short', hour: 'numeric', hourCycle: 'h23' })
  // Hour by hour from the next full one: at most from Friday evening to Monday noon, and right across changes of the clock.
  for (let time = Math.ceil((now.getTime() + 1) / HOUR_MS) * HOUR_MS; ; time += HOUR_MS) {
    const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]))
    const isBusinessDay = parts['weekday'] !== 'Sat' && parts['weekday'] !== 'Sun'
    if (isBusinessDay && WINDOW_HOURS.some((hour) => hour === Number(parts['hour']))) return new Date(time)
  }
}
