import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clabeCheck } from '../../../core/banks.ts'
import { isClabe, isRfc, plainHolderId } from './checks.ts'
import { formatRut, isRut, rutCheck } from './rut.ts'

describe('RUT', () => {
  test.each(['111111111', '183917137', '771433855', '415792638', '416148503', '404276727', '1000013K', '1000013k', '96966520K'])('%s', (rut) => expect(isRut(rut)).toBe(rutCheck(rut.slice(0, -1)) === rut.slice(-1).toUpperCase()))
  test.each(['111111111', '183917137', '771433855', '415792638'])('%s of a public sample is valid', (rut) => expect(isRut(rut)).toBe(true))
  test.each(['192769065', '111111112', '', '1', 'abc', '11111111111', '11.111.111-1'])('%s is not', (rut) => expect(isRut(rut)).toBe(false))
  test('any body has exactly one check character', () => {
    fc.assert(fc.property(fc.integer({ min: 100_000, max: 99_999_999 }), (body) => '0123456789K'.split('').filter((check) => isRut(`${body}${check}`)).length === 1))
  })
  test('is shown with dots and hyphen', () => expect(['416148503', '1000013k', '1111119'].map(formatRut)).toEqual(['41.614.850-3', '1.000.013-K', '111.111-9']))
  test('is written in many ways', () => expect(['41.614.850-3', '41614850-3', '416148503', ' 41 614 850 – 3'].map(plainHolderId)).toEqual(Array(4).fill('416148503')))
})

describe('CLABE', () => {
  test.each(['032180000118359719', '646180157000000004', '002010077777777771'])('%s is valid', (clabe) => expect(isClabe(clabe)).toBe(true))
  test.each(['032180000118359718', '03218000011835971', '0321800001183597190', '', '03218000011835971x'])('%s is not', (clabe) => expect(isClabe(clabe)).toBe(false))
  test('one wrong digit is always found', () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 17, maxLength: 17 })
    fc.assert(
      fc.property(digits, fc.integer({ min: 0, max: 16 }), fc.integer({ min: 1, max: 9 }), (all, at, by) => {
        const good = all.join('') + String(clabeCheck(all.join('')))
        const bad = all.map((digit, index) => (index === at ? (digit + by) % 10 : digit)).join('') + good.slice(17)
        return isClabe(good) && !isClabe(bad)
      }),
    )
  })
})

test('RFCs of people and companies', () => {
  expect(['mfiu593501oe4', 'GODE561231GR8', 'ABC680524P76'].every(isRfc)).toBe(true)
  expect(['', '123', 'ABCDE680524P76', 'ABC68052P76'].some(isRfc)).toBe(false)
})
