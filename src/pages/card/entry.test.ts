import { describe, expect, it } from 'vitest'
import { readCardEntry } from './entry.ts'
import type { EntryView } from './entry.ts'

const now = new Date('2026-11-20T12:00:00Z')
const card = { card_number: '4242 4242 4242 4242', exp: '04/31', cvv: '123', session: 's1' }
const saved = { id: 'c1', brand: 'amex', last4: '0005', exp_month: 12, exp_year: 2029 }
const read = (body: unknown, view: EntryView = {}): ReturnType<typeof readCardEntry> => readCardEntry(body, { now, ...view })
const fieldsOf = (result: ReturnType<typeof readCardEntry>): string[] => (result.ok ? [] : result.errors.map(({ field }) => field))

describe('readCardEntry', () => {
  it('reads a form', () => {
    expect(read({ ...card, card_holder: ' Ann Lee ', remember: '1' }, { ask_holder: true, allow_remember: true })).toEqual({
      ok: true,
      session: 's1',
      browser_info: {},
      entry: { kind: 'new', card_number: '4242424242424242', exp_month: 4, exp_year: 2031, cvv: '123', card_holder: 'Ann Lee', remember: true },
    })
  })

  it('reads what the script of the page sends', () => {
    const body = { session: 's1', card_number: '4242424242424242', exp_month: '04', exp_year: '31', cvv: '123', card_holder: '', saved_card: null, remember: false, browser_info: { browser_tz: '-180' } }
    expect(read(body)).toMatchObject({ ok: true, browser_info: { browser_tz: '-180' }, entry: { exp_month: 4, exp_year: 2031, card_holder: undefined } })
  })

  it('remembers only where that was offered', () => {
    expect(read({ ...card, remember: '1' })).toMatchObject({ entry: { remember: false } })
  })

  it('names every field that is wrong, in the language of the payer', () => {
    const result = read({ card_number: '4242', exp: '01/20', cvv: '' }, { ask_holder: true, language: 'es' })
    expect(fieldsOf(result)).toEqual(['card_number', 'exp', 'cvv', 'card_holder'])
    expect(result).toMatchObject({ errors: [{ message: 'El número de tarjeta está incompleto.' }, {}, {}, {}] })
  })

  it('wants the security code that the brand has', () => {
    expect(fieldsOf(read({ ...card, cvv: '1234' }))).toEqual(['cvv'])
    expect(fieldsOf(read({ ...card, card_number: '378282246310005', cvv: '123' }))).toEqual(['cvv'])
    expect(read({ ...card, card_number: '378282246310005', cvv: '1234' }).ok).toBe(true)
  })

  it('takes past dates in test mode', () => {
    expect(read({ ...card, exp: '01/25' }, { test_mode: true }).ok).toBe(true)
    expect(fieldsOf(read({ ...card, exp: '01/25' }))).toEqual(['exp'])
  })

  it('takes a saved card with its security code, and no card that is not on offer', () => {
    expect(read({ session: 's1', saved_card: 'c1', cvv: '1234' }, { saved_cards: [saved] })).toMatchObject({ entry: { kind: 'saved', saved_card: 'c1', cvv: '1234' } })
    expect(fieldsOf(read({ saved_card: 'c1', cvv: '123' }, { saved_cards: [saved] }))).toEqual(['cvv'])
    expect(fieldsOf(read({ ...card, saved_card: 'c2' }, { saved_cards: [saved] }))).toEqual(['saved_card'])
    expect(read({ ...card, saved_card: '' }, { saved_cards: [saved] })).toMatchObject({ entry: { kind: 'new' } })
  })

  it('pays with the predefined card whatever else is sent', () => {
    expect(read({ ...card, cvv: '1234', saved_card: 'c9' }, { predefined: saved })).toMatchObject({ entry: { kind: 'saved', saved_card: 'c1' } })
  })

  it('keeps to the lengths that the merchant set', () => {
    expect(fieldsOf(read(card, { card_number_length: { min: 17, max: 19 } }))).toEqual(['card_number'])
    expect(read(card, { card_number_length: [16] }).ok).toBe(true)
  })

  it.each([undefined, null, 'x', 7, [], {}, { card_number: ['4242'] }, { card_number: { toString: 'x' } }, { __proto__: card }])('refuses %j without falling over', (body) => {
    expect(read(body).ok).toBe(false)
  })
})
