import fc from 'fast-check'
import { expect, it } from 'vitest'
import { money } from '../../../core/money.ts'
import type { Operation } from '../../contract.ts'
import { createMemoryBook, type BookRecord } from '../book.ts'
import { countingIds, manualClock, never, operation } from '../testing/support.ts'
import { createSandboxCards } from './cards.ts'

/** One step: a child of the authorization, of the sale or of an earlier capture; sometimes a key that was used before. */
const step = fc.record({
  kind: fc.constantFrom('capture' as const, 'refund' as const, 'void' as const),
  parent: fc.nat(5),
  minor: fc.integer({ min: -10, max: 1200 }),
  again: fc.boolean(),
})

it('whatever is asked for in whatever order, sums never exceed what they come from', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.array(fc.nat(3), { minLength: 1, maxLength: 10 }), async (steps, groups) => {
      const book = createMemoryBook()
      const cards = createSandboxCards({ book, clock: manualClock(), ids: countingIds(), base_url: 'https://s.example' })
      const run = (change: Partial<Operation>) => cards.execute(operation(change), never)
      await run({ key: 'auth', kind: 'authorize' })
      await run({ key: 'sale' })
      const captures: string[] = []
      const operations = steps.map(({ kind, parent, minor, again }, index) => {
        const parents = ['auth', 'sale', ...captures]
        const key = again && index > 0 ? `op-${index - 1}` : `op-${index}`
        if (kind === 'capture') captures.push(key)
        return { key, kind, parent_key: parents[parent % parents.length], amount: money(minor, 'USD'), instrument: undefined }
      })
      // Some one after the other, some at once.
      for (let i = 0, g = 0; i < operations.length; g++) {
        const size = (groups[g % groups.length] ?? 0) + 1
        await Promise.all(operations.slice(i, i + size).map(run))
        i += size
      }
      check(await book.list())
    }),
    { numRuns: 300, seed: 20261102 },
  )
})

function check(records: readonly BookRecord[]): void {
  const approved = records.filter(({ status }) => status === 'approved')
  const sum = (kind: string, parents: readonly string[]): bigint =>
    approved.filter((record) => record.kind === kind && parents.includes(record.parent_key ?? '')).reduce((total, { amount }) => total + amount.minor, 0n)
  for (const record of records) {
    expect(record.captured).toBeGreaterThanOrEqual(0n)
    expect(record.refunded).toBeGreaterThanOrEqual(0n)
    expect(record.refunded).toBeLessThanOrEqual(record.captured)
  }
  const find = (key: string): BookRecord => records.find((record) => record.key === key)!
  const [auth, sale] = [find('auth'), find('sale')]
  expect(auth.captured).toBe(sum('capture', ['auth']))
  expect(auth.released).toBe(sum('void', ['auth']))
  expect(auth.captured + auth.released).toBeLessThanOrEqual(auth.amount.minor)
  const captures = approved.filter(({ kind }) => kind === 'capture').map(({ key }) => key)
  expect(auth.refunded).toBe(sum('refund', ['auth', ...captures]))
  for (const key of captures) expect(find(key).refunded).toBe(sum('refund', [key]))
  expect(sale.refunded).toBe(sum('refund', ['sale']) + sum('void', ['sale']))
}
