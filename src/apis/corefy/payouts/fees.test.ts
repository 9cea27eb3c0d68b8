import { describe, expect, it } from 'vitest'
import { fromDecimal, money, toDecimalString } from '../../../core/money.ts'
import { splitPayout } from './fees.ts'

const RATE = '30.959723'
/** name, side, in → amount, writeoff, service fee, service amount, service writeoff, fee; r = .05, f = 0 (Corefy reference: payouts). */
const WORKED: ReadonlyArray<readonly [string, 'base' | 'service', number, string, string, string, string, string, string]> = [
  ['external', 'service', 100, '3.23', '3.40', '5.00', '100.00', '105.00', '0.17'],
  ['external', 'base', 100, '100.00', '105.00', '154.80', '3095.97', '3250.77', '5.00'],
  ['external-rev', 'service', 100, '3.07', '3.24', '4.77', '95.23', '100.00', '0.17'],
  ['external-rev', 'base', 100, '95.23', '100.00', '147.43', '2948.55', '3095.98', '4.77'],
  ['internal', 'service', 100, '3.06', '3.24', '5.00', '95.00', '100.00', '0.18'],
  ['internal', 'base', 100, '95.00', '100.00', '154.80', '2941.18', '3095.98', '5.00'],
  ['internal-rev', 'service', 3000, '96.90', '102.01', '157.90', '3000.00', '3157.90', '5.11'],
  ['internal-rev', 'base', 100, '100.00', '105.27', '162.95', '3095.97', '3258.92', '5.27'],
]

const usd = (minor: bigint): string => toDecimalString(money(minor, 'USD'))

describe('payout fees', () => {
  it.each(WORKED)('%s, %s %d', (name, side, amount, arrives, writeoff, service_fee, service_amount, service_writeoff, fee) => {
    const terms = { strategy: name.startsWith('external') ? 'external' : 'internal', reverse: name.endsWith('-rev'), rate: '0.05', fixed: '0', min: '0', max: '0' } as const
    const split = splitPayout({ amount: fromDecimal(amount, 'USD')?.minor ?? 0n, side, terms, rate: RATE, base: 'USD', service: 'UAH' })
    expect(Object.fromEntries(Object.entries(split).map(([key, minor]) => [key, usd(minor)]))).toEqual({ amount: arrives, writeoff, fee, service_amount, service_writeoff, service_fee })
  })

  it('costs nothing without terms, and converts between currencies of different decimals', () => {
    expect(splitPayout({ amount: 500n, side: 'base', terms: null, rate: '1', base: 'USD', service: 'USD' })).toMatchObject({ amount: 500n, writeoff: 500n, fee: 0n, service_amount: 500n })
    expect(splitPayout({ amount: 1_050n, side: 'base', terms: null, rate: '947.5', base: 'USD', service: 'CLP' })).toMatchObject({ amount: 1_050n, service_amount: 9_948n })
  })

  it('keeps a fee between its bounds', () => {
    const terms = { strategy: 'external', reverse: false, rate: '0.05', fixed: '0', min: '100', max: '200' } as const
    const fee = (amount: bigint): bigint => splitPayout({ amount, side: 'base', terms, rate: '1', base: 'USD', service: 'USD' }).fee
    expect([fee(100n), fee(3_000n), fee(100_000n)]).toEqual([100n, 150n, 200n])
  })
})
