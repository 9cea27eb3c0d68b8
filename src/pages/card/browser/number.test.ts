import cardValidator from 'card-validator'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { brandTable } from '../brands.ts'
import { digitsOf } from './digits.ts'
import { brandOf, brandsOf, groupDigits, longestNumber, numberProblem, passesLuhn } from './number.ts'

/** The package hangs the function under its own name; its types say otherwise. */
const { default: detect } = cardValidator.creditCardType as unknown as { default: (number: string) => { type: string }[] }

/** Digits that begin like a real prefix often enough to be interesting. */
const prefixes = brandTable.flatMap((brand) => brand.prefixes.flatMap((prefix) => (typeof prefix === 'number' ? [prefix] : [...prefix])))
const digits = fc.tuple(fc.constantFrom('', ...prefixes.map(String)), fc.stringMatching(/^\d{0,19}$/)).map(([start, rest]) => (start + rest).slice(0, 19))

describe('brands', () => {
  it('are those of card-validator for every number, complete or not', () => {
    fc.assert(
      fc.property(digits, (number) => {
        const theirs = detect(number).map(({ type }) => type)
        expect(brandsOf(number, brandTable).map(({ type }) => type)).toEqual(theirs)
      }),
      { numRuns: 5000 },
    )
  })

  it('are named only when they are certain', () => {
    expect(brandOf('', brandTable)).toBeUndefined()
    expect(brandOf('4', brandTable)?.type).not.toBe('mastercard')
    expect(brandOf('4242', brandTable)?.type).toBe('visa')
    expect(brandOf('37', brandTable)?.type).toBe('american-express')
    expect(brandOf('9999', brandTable)).toBeUndefined()
  })
})

describe('numberProblem', () => {
  it('accepts what card-validator accepts', () => {
    fc.assert(
      fc.property(digits, (number) => {
        const theirs = cardValidator.number(number)
        const ours = numberProblem(number, brandTable) === undefined
        // Where they know no single brand, they refuse; we leave it to the gateway.
        return theirs.card ? ours === theirs.isValid : true
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['4242 4242 4242 4242', undefined],
    ['4242-4242-4242-4242', undefined],
    ['４２４２４２４２４２４２４２４２', undefined],
    ['٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢', undefined],
    ['378282246310005', undefined],
    ['5123817234060000', undefined],
    ['4302912837020000', undefined],
    ['', 'missing'],
    ['    ', 'missing'],
    ['4242 4242', 'incomplete'],
    ['4242 4242 4242 4241', 'invalid'],
    ['4242 4242 4242 42424', 'length'],
  ])('%j: %s', (text, problem) => {
    expect(numberProblem(text, brandTable)).toBe(problem)
  })

  it('leaves a brand that nobody knows to the gateway, if the check digit is right', () => {
    expect(brandOf('9999999999999995', brandTable)).toBeUndefined()
    expect(numberProblem('9999999999999995', brandTable)).toBeUndefined()
    expect(numberProblem('9999999999999996', brandTable)).toBe('invalid')
  })

  it('keeps to the lengths that the merchant set', () => {
    expect(numberProblem('378282246310005', brandTable, [16])).toBe('incomplete')
    expect(numberProblem('4242424242424242', brandTable, [15, 19])).toBe('length')
    expect(longestNumber(undefined, [16, 18])).toBe(18)
  })

  it('asks no check digit of UnionPay, as card-validator does', () => {
    expect(numberProblem('6212345678901231', brandTable)).toBeUndefined()
  })
})

describe('groupDigits', () => {
  it('groups as the card does', () => {
    expect(groupDigits('4242424242424242', brandOf('4242', brandTable))).toBe('4242 4242 4242 4242')
    expect(groupDigits('378282246310005', brandOf('37', brandTable))).toBe('3782 822463 10005')
    expect(groupDigits('4242', brandOf('4242', brandTable))).toBe('4242')
  })

  it('loses no digit', () => {
    fc.assert(fc.property(digits, (number) => digitsOf(groupDigits(number, brandOf(number, brandTable))) === number))
  })
})

describe('passesLuhn', () => {
  it('fails when any one digit changes', () => {
    const number = '4242424242424242'
    for (let at = 0; at < number.length; at++) {
      const other = String((Number(number[at]) + 1) % 10)
      expect(passesLuhn(number.slice(0, at) + other + number.slice(at + 1))).toBe(false)
    }
  })
})
