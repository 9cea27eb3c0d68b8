import { describe, expect, it } from 'vitest'
import { ProviderUnreachable } from '../contract.ts'
import { createFaults, parseFaults, SLOW_MS_MAX, type Faults } from './faults.ts'
import { createNews } from './news.ts'
import { UNKNOWN_KEY_FINAL_AFTER_MS } from './network.ts'
import { manualClock, never } from './testing/support.ts'

/** Calls that did their work, and whether the caller heard of it. */
function calls(faults: Faults) {
  const done: string[] = []
  const call = (name: string, work = true, hints?: Record<string, unknown>): Promise<string> =>
    faults.through({ work, hints, signal: never }, async () => {
      done.push(name)
      return 'answer'
    })
  return { done, call }
}

describe('a fault', () => {
  it('refuses before any work, as often as it is told', async () => {
    const { done, call } = calls(createFaults({ refuse: 2 }))
    await expect(call('a')).rejects.toBeInstanceOf(ProviderUnreachable)
    expect(await call('look', false)).toBe('answer')
    await expect(call('b')).rejects.toBeInstanceOf(ProviderUnreachable)
    expect(await call('c')).toBe('answer')
    expect(done).toEqual(['look', 'c'])
  })

  it('loses the answer after the work', async () => {
    const faults = createFaults({ timeout_after_work: true })
    const { done, call } = calls(faults)
    await expect(call('a')).rejects.toBeInstanceOf(ProviderUnreachable)
    await expect(call('b')).rejects.toBeInstanceOf(ProviderUnreachable)
    faults.clear()
    expect(await call('c')).toBe('answer')
    expect(done).toEqual(['a', 'b', 'c'])
  })

  it('takes the network away, inquiries too', async () => {
    const faults = createFaults({ away: true })
    const { done, call } = calls(faults)
    await expect(call('a')).rejects.toBeInstanceOf(ProviderUnreachable)
    await expect(call('look', false)).rejects.toBeInstanceOf(ProviderUnreachable)
    faults.set({ away: false })
    await call('back')
    expect(done).toEqual(['back'])
  })

  it('slows calls down, but never so long that an unknown key would be final before', async () => {
    const waits: number[] = []
    const faults = createFaults({ slow_ms: 1e9 }, async (ms) => void waits.push(ms))
    await calls(faults).call('a')
    expect(waits).toEqual([SLOW_MS_MAX])
    expect(SLOW_MS_MAX).toBeLessThan(UNKNOWN_KEY_FINAL_AFTER_MS)
  })

  it('comes with a single test payment', async () => {
    const { done, call } = calls(createFaults())
    await expect(call('a', true, { faults: { timeout_after_work: true } })).rejects.toBeInstanceOf(ProviderUnreachable)
    await expect(call('b', true, { faults: { refuse: true } })).rejects.toBeInstanceOf(ProviderUnreachable)
    expect(await call('c', true, { faults: { away: true, nonsense: 1 } })).toBe('answer')
    expect(done).toEqual(['a', 'c'])
  })

  it('is read from outside with care', () => {
    expect(parseFaults({ slow_ms: 5, refuse: 1, away: true, duplicate_news: 2, other: 1 })).toEqual({ slow_ms: 5, refuse: 1, away: true, duplicate_news: 2 })
    for (const wrong of [undefined, null, 'x', [], { slow_ms: '5', refuse: 'yes', away: 1, duplicate_news: -1, reorder_news: 'no' }]) expect(parseFaults(wrong)).toEqual({})
  })
})

describe('news', () => {
  it('is told twice, or in another order, when the faults say so', async () => {
    const clock = manualClock()
    const faults = createFaults()
    const news = createNews({ clock, faults, schedule: clock.schedule })
    const heard: string[] = []
    const stop = news.listen((key) => heard.push(key))
    news.tell('a')
    faults.set({ duplicate_news: 1 })
    news.tell('b')
    faults.set({ duplicate_news: 0, reorder_news: true })
    news.tell('c')
    news.tell('d')
    expect(heard).toEqual(['a', 'b', 'b', 'd', 'c'])
    news.tell('alone')
    await clock.pass(1000)
    expect(heard.at(-1)).toBe('alone')
    stop()
    news.tell('e')
    news.tell('f')
    expect(heard).toHaveLength(6)
  })
})
