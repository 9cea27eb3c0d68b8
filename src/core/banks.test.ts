import { describe, expect, test } from 'vitest'
import { BANKS, clabeCheck, CURRENCY_OF, findBank, limitsOf } from './banks.ts'
import { money } from './money.ts'

describe('the banks', () => {
  test('have ids of their own that begin with their country, and are found by them', () => {
    expect(new Set(BANKS.map(({ id }) => id)).size).toBe(BANKS.length)
    for (const bank of BANKS) {
      expect(bank.id.startsWith(`${bank.country}_`)).toBe(true)
      expect(findBank(bank.id)).toBe(bank)
    }
    expect(findBank('xx')).toBeUndefined()
  })

  test('have limits in the currency of their country, prepaid accounts lower ones', () => {
    const limits = (id: string): unknown => BANKS.filter((bank) => bank.id === id).map(limitsOf)
    expect(limits('cl_banco_estado')).toEqual([{ minimum: money(1, 'CLP'), maximum: money(5_000_000, 'CLP') }])
    expect(limits('cl_mach')).toMatchObject([{ maximum: money(2_000_000, 'CLP') }])
    expect(limits('mx_stp')).toMatchObject([{ maximum: money(50_000_000, 'MXN') }])
    for (const bank of BANKS) expect(limitsOf(bank).maximum.currency).toBe(CURRENCY_OF[bank.country])
  })

  test('of Mexico are named in a CLABE by three digits, each by its own', () => {
    const codes = BANKS.filter(({ country }) => country === 'mx').map(({ clabe_code }) => clabe_code)
    expect(codes.every((code) => /^\d{3}$/.test(code ?? ''))).toBe(true)
    expect(new Set(codes).size).toBe(codes.length)
  })
})

test('the check digit of a CLABE', () => {
  // Published examples of the interbank association.
  expect(clabeCheck('03218000011835971')).toBe(9)
  expect(clabeCheck('00201007777777777')).toBe(1)
})
