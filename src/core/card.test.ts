import cardValidator from 'card-validator'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BRANDS, brandInfo, brandOf, digitsOf, expiryOf, formatExpiry, isBrand, isCvv, isExpired, luhn, mask, parseCardNumber, parseExpiry, plainDigits,
} from './card.ts'

describe('card numbers', () => {
  it('knows every brand of the library, and no other', () => {
    expect([...BRANDS].sort()).toEqual(Object.values(cardValidator.creditCardType.types).map(String).sort())
    expect(BRANDS.every(isBrand)).toBe(true)
    expect(isBrand('toString')).toBe(false)
  })

  it.each([
    ['4242424242424242', 'visa', 3],
    ['5555555555554444', 'mastercard', 3],
    ['2223003122003222', 'mastercard', 3],
    ['378282246310005', 'american-express', 4],
    ['30569309025904', 'diners-club', 3],
    ['6011111111111117', 'discover', 3],
    ['3530111333300000', 'jcb', 3],
    ['6200000000000005', 'unionpay', 3],
    ['6759649826438453', 'maestro', 3],
    ['2200000000000004', 'mir', 3],
    ['6362970000457013', 'elo', 3],
  ])('%s is %s', (number, brand, cvv_length) => {
    const parsed = parseCardNumber(number)
    expect(parsed).toMatchObject({ ok: true, value: { number, brand, cvv_length, bin: number.slice(0, 6), last4: number.slice(-4) } })
  })

  it.each([
    ['4242 4242 4242 4242'],
    ['4242-4242-4242-4242'],
    [' 4242\u00a04242\u20114242\u22124242\n'],
    ['\u200e4242424242424242\u200f'],
    ['４２４２４２４２４２４２４２４２'],
    ['٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢'],
    ['۴۲۴۲۴۲۴۲۴۲۴۲۴۲۴۲'],
    ['४२४२४२४२४२४२४२४२'],
  ])('reads %j', (text) => {
    expect(digitsOf(text)).toBe('4242424242424242')
    expect(parseCardNumber(text)).toMatchObject({ ok: true, value: { masked: '424242******4242' } })
  })

  it.each([
    ['', 'missing'],
    ['  ', 'missing'],
    ['4242 4242 4242 424x', 'characters'],
    ['4242.4242.4242.4242', 'characters'],
    ['4242', 'length'],
    ['42424242424242424242', 'length'],
    ['37828224631000', 'length'],
    ['4242424242424241', 'check_digit'],
    ['0000000000000000', 'brand'],
    ['9999999999999999', 'brand'],
  ])('refuses %j: %s', (text, error) => {
    expect(parseCardNumber(text)).toEqual({ ok: false, error })
  })

  it('accepts a UnionPay number without a check digit', () => {
    expect(luhn('6222021234567890')).toBe(false)
    expect(parseCardNumber('6222021234567890').ok).toBe(true)
  })

  it('decides on a brand only once there is one', () => {
    expect(brandOf('')).toBeUndefined()
    expect(brandOf('3')).toBeUndefined()
    expect(brandOf('37')).toBe('american-express')
    expect(brandInfo('visa')).toMatchObject({ name: 'Visa', lengths: [16, 18, 19], gaps: [4, 8, 12] })
  })

  it('checks digits as the standard says: one wrong digit never passes', () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 18 }).map((list) => list.join(''))
    fc.assert(
      fc.property(digits, fc.nat(17), fc.integer({ min: 1, max: 9 }), (body, place, change) => {
        const check = '0123456789'.split('').filter((digit) => luhn(body + digit))
        expect(check).toHaveLength(1)
        const at = place % body.length
        const wrong = (Number(body[at]) + change) % 10
        expect(luhn(body.slice(0, at) + wrong + body.slice(at + 1) + check[0])).toBe(false)
      }),
    )
    expect(luhn('')).toBe(false)
    expect(luhn('42a2')).toBe(false)
  })

  it('masks all but the first six and last four', () => {
    expect(mask('378282246310005')).toBe('378282*****0005')
    expect(mask('5012345678')).toBe('**********')
  })

  it('leaves text that is no digit alone', () => {
    expect(plainDigits('Ünï 💳 ٣')).toBe('Ünï 💳 3')
  })

  it('knows the length of a security code', () => {
    expect(isCvv('123', 'visa')).toBe(true)
    expect(isCvv('1234', 'visa')).toBe(false)
    expect(isCvv('1234', 'american-express')).toBe(true)
    expect(isCvv('1234')).toBe(true)
    expect(isCvv('12')).toBe(false)
    expect(isCvv('12e')).toBe(false)
  })
})

describe('expiry dates', () => {
  it.each([['04/31'], ['4/31'], ['04/2031'], ['4/2031'], ['04 / 31'], ['2031-04'], ['2031/4'], ['0431'], ['042031'], ['04-31'], ['٠٤/٣١'], ['04–31']])(
    'reads %s',
    (text) => {
      expect(parseExpiry(text)).toEqual({ month: 4, year: 2031 })
    },
  )

  it.each([[''], ['13/31'], ['00/31'], ['4'], ['04/3'], ['04/031'], ['04/20311'], ['-4/31'], ['ab/cd'], ['2031-13'], ['04/31/01']])('refuses %j', (text) => {
    expect(parseExpiry(text)).toBeUndefined()
  })

  it('takes numbers too', () => {
    expect(expiryOf(1, 30)).toEqual({ month: 1, year: 2030 })
    expect(expiryOf(1, 2030)).toEqual({ month: 1, year: 2030 })
    expect(expiryOf(1.5, 2030)).toBeUndefined()
    expect(formatExpiry({ month: 1, year: 2030 })).toBe('01/30')
  })

  it('is good through the end of the month where it ends last', () => {
    const expiry = { month: 12, year: 2030 }
    expect(isExpired(expiry, new Date('2031-01-01T11:59:59.999Z'))).toBe(false)
    expect(isExpired(expiry, new Date('2031-01-01T12:00:00.000Z'))).toBe(true)
    expect(isExpired(expiry, new Date('2026-06-01T00:00:00Z'))).toBe(false)
  })
})
