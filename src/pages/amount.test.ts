import { describe, expect, it } from 'vitest'
import { formatAmount, formatTime } from './amount.ts'

const plain = (text: string): string => text.replace(/\s/g, ' ')

describe('formatAmount', () => {
  it.each([
    [4990n, 'EUR', 'en', '€49.90'],
    [4990n, 'EUR', 'es', '49,90 €'],
    [123456789n, 'USD', 'en-US', '$1,234,567.89'],
    [1500n, 'JPY', 'en', '¥1,500'],
    [15000n, 'CLP', 'es-CL', '$15.000'],
    [1234n, 'KWD', 'en', 'KWD 1.234'],
    [999999999999999n, 'USD', 'en-US', '$9,999,999,999,999.99'],
  ])('%d %s in %s is %s', (minor, currency, language, text) => {
    expect(plain(formatAmount({ minor, currency }, language))).toBe(text)
  })
})

describe('formatTime', () => {
  it('names the time zone', () => {
    expect(plain(formatTime(new Date('2026-11-20T10:00:00Z'), 'es', 'Europe/Madrid'))).toMatch(/^20 de noviembre de 2026\D+11:00 Europe\/Madrid$/)
  })
})
