import { expect, test } from 'vitest'
import type { DeclinedRefund } from '../../../payments/decisions/policy.ts'
import { retryRefund } from './retry.ts'
import { nextRefundWindow } from './window.ts'

test('refunds start in the afternoons of business days, where the money is', () => {
  const next = (time: string, currency: 'CLP' | 'MXN' = 'CLP'): string => nextRefundWindow(new Date(time), currency).toISOString()
  // Santiago is three hours behind in December, four in July; Mexico City six, always.
  expect(next('2026-12-01T10:00:00Z')).toBe('2026-12-01T17:00:00.000Z')
  expect(next('2026-12-01T17:00:00Z')).toBe('2026-12-01T21:00:00.000Z')
  expect(next('2026-07-01T10:00:00Z')).toBe('2026-07-01T18:00:00.000Z')
  // Friday evening: Monday.
  expect(next('2026-12-04T22:00:00Z')).toBe('2026-12-07T17:00:00.000Z')
  expect(next('2026-12-01T10:00:00Z', 'MXN')).toBe('2026-12-01T20:00:00.000Z')
})

/** Every time at which a refund is sent again that was first sent at `first`. */
function times(first: string, mode: 'test' | 'live', reason: DeclinedRefund['reason'] = 'insufficient_funds'): string[] {
  const sent: string[] = []
  for (let now: Date | undefined = new Date(first), tries = 1; ; tries++) {
    now = retryRefund({ payment: { mode, currency: 'CLP' } as DeclinedRefund['payment'], refund: {} as DeclinedRefund['refund'], reason, tries }, now)
    if (now === undefined) return sent
    sent.push(now.toISOString().slice(0, 19))
  }
}

test('without balance a refund is tried again for five business days', () => {
  // From a Thursday afternoon over the weekend to the next Thursday.
  expect(times('2026-12-03T17:00:00Z', 'live')).toEqual(['03T21', '04T17', '04T21', '07T17', '07T21', '08T17', '08T21', '09T17', '09T21', '10T17'].map((at) => `2026-12-${at}:00:00`))
  expect(times('2026-12-03T17:00:00Z', 'test')).toHaveLength(10)
  expect(times('2026-12-03T17:00:00Z', 'test')[0]).toBe('2026-12-03T17:00:05')
})

test('for any other reason it has failed', () => {
  for (const reason of ['fraud_suspected', 'declined', 'account_locked'] as const) expect(times('2026-12-03T17:00:00Z', 'live', reason)).toEqual([])
})
