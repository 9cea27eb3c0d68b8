/** When a refund is worked on ("Fintoc reference: Refunds"): batches at 14:00 and 18:00 of business days, in the country's time. Pure. */

import { after } from '../../../core/clock.ts'
import type { Payment } from '../../../payments/model.ts'
import { isCurrency } from '../banks/institutions.ts'

const WINDOW_HOURS = [14, 18] as const
export const WINDOWS_A_DAY = WINDOW_HOURS.length
/** In test mode nobody waits for the afternoon: long enough to cancel it, short enough to watch it. */
const TEST_WINDOW_MS = 5_000
const HOUR_MS = 3_600_000
const ZONES = { CLP: 'America/Santiago', MXN: 'America/Mexico_City' } as const

/** When a refund of a payment is worked on next; in test mode after `test_ms` milliseconds. */
export function nextWindow(now: Date, { mode, currency }: Pick<Payment, 'mode' | 'currency'>, test_ms = TEST_WINDOW_MS): Date {
  return mode === 'test' ? after(now, test_ms) : nextRefundWindow(now, isCurrency(currency) ? currency : 'CLP')
}

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
