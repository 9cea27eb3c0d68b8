import { expect, it } from 'vitest'
import { money } from '../../../core/money.ts'
import { formatMoney } from './words.ts'

it.each([
  [25_050n, 'EUR', 'en', '€250.50'],
  [25_050n, 'EUR', 'es', '250,50 €'],
  [999_999_999_999_999n, 'USD', 'en', '$9,999,999,999,999.99'],
  [1_234n, 'IQD', 'en', 'IQD 1.234'],
  [900n, 'CLP', 'es', '900 CLP'],
] as const)('%d %s in %s is %s, as it is on the page before', (minor, currency, language, text) => {
  expect(formatMoney(money(minor, currency), language).replace(/\s/g, ' ')).toBe(text)
})
