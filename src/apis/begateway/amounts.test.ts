import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AMOUNT_MINOR_MAX, exponent, isCurrency } from '../../core/money.ts'
import { amountProblem, decimalsOf, fromWire, ownDecimals, toWire } from './amounts.ts'

/** Those that the platform counts otherwise: what 100,000 on the wire are in the minor units of ISO 4217. */
const OTHERS: Readonly<Record<string, bigint>> = {
  CVE: 10_000_000n, IDR: 10_000_000n, IRR: 10_000_000n, KPW: 10_000_000n, LAK: 10_000_000n, LBP: 10_000_000n, MMK: 10_000_000n,
  IQD: 100_000_000n, CLF: 1_000_000_000n, MOP: 1_000_000n, UYW: 10_000_000n, UGX: 1_000n,
}

const LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ')
const ALL = LETTERS.flatMap((a) => LETTERS.flatMap((b) => LETTERS.map((c) => a + b + c))).filter(isCurrency)
const USUAL = ALL.filter((currency) => !Object.hasOwn(OTHERS, currency))
const minor = fc.bigInt({ min: 0n, max: AMOUNT_MINOR_MAX })

describe('the wire and ISO 4217', () => {
  test.each(Object.entries(OTHERS))('%s', (currency, expected) => {
    expect(fromWire(100_000n, currency)).toBe(expected)
    expect(toWire(expected, currency)).toBe(100_000)
    expect(ownDecimals(currency)).toEqual({ decimals: decimalsOf(currency) })
  })

  test('all others are the same, and nothing is kept of them', () => {
    expect(USUAL.filter((currency) => decimalsOf(currency) !== exponent(currency))).toEqual([])
    expect(new Set(USUAL.map((currency) => JSON.stringify(ownDecimals(currency))))).toEqual(new Set(['{}']))
    expect([decimalsOf('JPY'), decimalsOf('KWD'), decimalsOf('EUR')]).toEqual([0, 3, 2])
    fc.assert(fc.property(minor, fc.constantFrom(...USUAL), (amount, currency) => {
      expect([fromWire(amount, currency), toWire(amount, currency)]).toEqual([amount, Number(amount)])
    }))
  })

  test('there and back is the same, for each amount that is taken', () => {
    fc.assert(fc.property(minor, fc.constantFrom(...ALL), (wire, currency) => {
      const inside = amountProblem(wire, currency) === undefined ? fromWire(wire, currency) : undefined
      if (inside === undefined) return
      expect(inside <= AMOUNT_MINOR_MAX).toBe(true)
      expect(toWire(inside, currency)).toBe(Number(wire))
    }), { examples: [[1234n, 'IDR'], [1200n, 'UGX'], [10n ** 15n, 'UGX'], [10n ** 13n, 'IDR']] })
  })

  test('what is no whole unit on the wire is less there, also where it is owed', () => {
    expect([toWire(1234n, 'IDR'), toWire(99n, 'LAK'), toWire(-1234n, 'IDR'), toWire(-1200n, 'IDR')]).toEqual([12, 0, -13, -12])
  })

  test('what is no whole unit inside is refused, and so is what is too much there or here', () => {
    expect([fromWire(1250n, 'UGX'), fromWire(1300n, 'UGX')]).toEqual([undefined, 13n])
    expect(amountProblem(1250n, 'UGX')).toBe('must be a multiple of 100 in UGX')
    expect(amountProblem(1300n, 'UGX')).toBeUndefined()
    expect([amountProblem(10n ** 13n, 'IDR'), amountProblem(10n ** 13n + 1n, 'IDR')]).toEqual([undefined, 'must be less than or equal to 10000000000000'])
    expect([amountProblem(10n ** 15n, 'UGX'), amountProblem(10n ** 15n + 100n, 'UGX')]).toEqual([undefined, 'must be less than or equal to 1000000000000000'])
  })

  test('a payment from before is counted as it was', () => {
    expect([fromWire(1234n, 'IDR', exponent('IDR')), toWire(1234n, 'IDR', exponent('IDR')), amountProblem(1250n, 'UGX', exponent('UGX'))]).toEqual([1234n, 1234, undefined])
  })
})
