import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRateLimit, type RateLimit } from './rate-limit.ts'

function limited(per_second: number): { limit: RateLimit; advance(ms: number): void; let_in(key: string, tries: number): number } {
  let now_ms = 1_700_000_000_000
  const limit = createRateLimit(per_second, { now: () => new Date(now_ms) })
  return { limit, advance: (ms) => void (now_ms += ms), let_in: (key, tries) => Array.from({ length: tries }, () => limit.take(key)).filter((wait_s) => wait_s === 0).length }
}

describe('a limit', () => {
  test('of zero limits nobody', () => {
    expect(limited(0).let_in('a', 10_000)).toBe(10_000)
  })

  test('lets a second’s worth in at once, then as many as time brings, and never saves up more', () => {
    const { limit, advance, let_in } = limited(10)
    expect(let_in('a', 15)).toBe(10)
    expect(limit.take('a')).toBe(1)
    advance(250)
    expect(let_in('a', 5)).toBe(2)
    advance(50)
    expect(let_in('a', 5)).toBe(1)
    advance(3_600_000)
    expect(let_in('a', 15)).toBe(10)
  })

  test('counts every key by itself', () => {
    const { let_in } = limited(3)
    expect([let_in('a', 5), let_in('b', 5), let_in('a', 5)]).toEqual([3, 3, 0])
  })

  test('may let more in at once than in a second, and be slow', () => {
    let now_ms = 1_700_000_000_000
    const limit = createRateLimit(1 / 3, { now: () => new Date(now_ms) }, 20)
    const let_in = (tries: number): number => Array.from({ length: tries }, () => limit.take('a')).filter((wait_s) => wait_s === 0).length
    expect(let_in(30)).toBe(20)
    expect(limit.take('a')).toBe(3)
    now_ms += 3_000
    expect(let_in(5)).toBe(1)
    now_ms += 30_000
    expect(let_in(30)).toBe(10)
    now_ms += 3_600_000
    expect(let_in(30)).toBe(20)
  })

  test('is not slipped by asking all the time, across the change of generations', () => {
    const { advance, let_in } = limited(5)
    let passed = let_in('a', 50)
    for (let n = 0; n < 40; n++) {
      advance(100)
      passed += let_in('a', 50)
    }
    expect(passed).toBe(5 + 4 * 5)
  })

  test('lives on when the clock is set back', () => {
    const { advance, let_in } = limited(2)
    let_in('a', 5)
    advance(-3_600_000)
    expect(let_in('a', 5)).toBeLessThanOrEqual(2)
    advance(1_000)
    expect(let_in('a', 5)).toBe(2)
  })

  test('never lets more in than a bucket and what has grown, whatever the times between', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.integer({ min: 0, max: 2_500 }), { maxLength: 200 }), (per_second, pauses_ms) => {
        const { limit, advance } = limited(per_second)
        let passed = 0
        let elapsed_ms = 0
        for (const pause_ms of pauses_ms) {
          advance(pause_ms)
          elapsed_ms += pause_ms
          if (limit.take('a') === 0) passed++
        }
        expect(passed).toBeLessThanOrEqual(per_second + (elapsed_ms * per_second) / 1_000)
      }),
    )
  })

  test('does not remember keys without end: behind enough others, one that was used up is forgotten', () => {
    const { limit, let_in } = limited(1)
    expect(let_in('a', 2)).toBe(1)
    for (let n = 0; n < 5_000; n++) limit.take(`merchant ${n}`)
    expect(let_in('a', 2)).toBe(0)
    for (let n = 0; n < 25_000; n++) limit.take(`merchant ${n}`)
    expect(let_in('a', 2)).toBe(1)
  })
})
