import { describe, expect, it } from 'vitest'
import { fromDecimal } from '../core/money.ts'
import { chargeBackFee, reserveOf, splitFee, splitPaid } from './fees.ts'

/** r, f, min, max, in → paid, deposit, fee */
const WORKED: ReadonlyArray<readonly [string, string, number, number, number, number, number, number, number]> = [
  ['internal', '0.03', 10, 0, 0, 100, 100, 87, 13],
  ['internal', '0.05', 1, 0, 10, 100, 100, 94, 6],
  ['internal', '0.1', 10, 20, 0, 21, 21, 1, 20],
  ['internal', '0.5', 100, 0, 100, 100_000, 100_000, 99_900, 100],
  ['internal-rev', '0.03', 10, 0, 0, 100, 113.41, 100, 13.41],
  ['internal-rev', '0.03', 10, 0, 0, 15, 25.78, 15, 10.78],
  ['internal-rev', '0.05', 1, 0, 10, 100, 106.32, 100, 6.32],
  ['internal-rev', '0.03', 100, 0, 0, 100_000, 103_195.88, 100_000, 3195.88],
  ['external', '0.03', 10, 0, 0, 15, 25.45, 15, 10.45],
  ['external', '0.1', 10, 20, 0, 20, 40, 20, 20],
  ['external-rev', '0.03', 10, 0, 0, 100, 100, 87.37, 12.63],
  ['external-rev', '0.03', 10, 0, 0, 1100, 1100, 1058.25, 41.75],
  ['external-rev', '0.05', 1, 0, 10, 100, 100, 94.28, 5.72],
  ['external-rev', '0.5', 100, 0, 0, 100_000, 100_000, 66_600, 33_400],
]

const cents = (value: number): bigint => fromDecimal(value, 'USD')?.minor ?? -1n

describe('fees', () => {
  it('are taken of what was really paid, and never more than that', () => {
    const terms = { strategy: 'external', reverse: false, rate: '0.1', fixed: '50', min: '0', max: '0' } as const
    expect(splitPaid(terms, 1_000n, 1_150n)).toEqual({ paid: 1_150n, fee: 150n, deposit: 1_000n })
    expect(splitPaid(terms, 1_000n, 600n)).toEqual({ paid: 600n, fee: 110n, deposit: 490n })
    expect(splitPaid(terms, 1_000n, 40n)).toEqual({ paid: 40n, fee: 40n, deposit: 0n })
  })

  it.each(WORKED)('%s r=%s f=%d min=%d max=%d of %d', (name, rate, fixed, min, max, amount, paid, deposit, fee) => {
    const terms = {
      strategy: name.startsWith('internal') ? 'internal' : 'external',
      reverse: name.endsWith('-rev'),
      rate,
      fixed: cents(fixed).toString(),
      min: cents(min).toString(),
      max: cents(max).toString(),
    } as const
    expect(splitFee(terms, cents(amount))).toEqual({ paid: cents(paid), deposit: cents(deposit), fee: cents(fee) })
  })

  it.each([['0.1', 999n, 99n], ['0.1', 9n, 0n], ['1', 999n, 999n], ['0.333333', 1_000_000n, 333_333n], ['0.1', 0n, 0n], ['0.1', -5n, 0n]])('keeps back %s of a deposit of %d: %d, never more', (rate, deposit, kept) => {
    expect(reserveOf({ rate, minutes: 1 }, deposit)).toBe(kept)
  })

  it.each([['0', 500, 0, 0, 100, 500], ['0.02', 500, 0, 0, 333, 507], ['0.5', 0, 0, 40, 100, 40], ['0.01', 0, 25, 0, 100, 25], ['0', 0, 0, 0, 100, 0]])('a charge-back at r=%s f=%d min=%d max=%d of %d costs %d', (rate, fixed, min, max, taken, fee) => {
    expect(chargeBackFee({ rate, fixed: String(fixed), min: String(min), max: String(max) }, BigInt(taken))).toBe(BigInt(fee))
  })

  it('takes nothing without terms', () => {
    expect(splitFee(null, 500n)).toEqual({ paid: 500n, fee: 0n, deposit: 500n })
  })
})
