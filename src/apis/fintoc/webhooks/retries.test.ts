import { expect, test } from 'vitest'
import { accepted, RETRIES_MAX, retryDelay_ms } from './retries.ts'

test('seventeen retries, from three seconds, over about four and a half days', () => {
  const delays = Array.from({ length: RETRIES_MAX }, (_, n) => retryDelay_ms(n + 1, 0) ?? 0)
  expect(delays[0]).toBe(3_000)
  expect(delays[16]).toBe(3_000 * 2 ** 16)
  const days = delays.reduce((sum, delay) => sum + delay, 0) / 86_400_000
  expect(days).toBeGreaterThan(4.5)
  expect(days).toBeLessThan(4.6)
  expect(retryDelay_ms(18, 0)).toBeUndefined()
  expect(retryDelay_ms(1, 0.999)).toBeLessThan(3_301)
})

test('only 2xx is a success', () => expect([200, 201, 204, 299, 199, 301, 307, 400, 500].map(accepted)).toEqual([true, true, true, true, false, false, false, false, false]))
