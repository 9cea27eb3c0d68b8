import { exponent, toDecimalString } from '../core/money.ts'
import type { Money } from '../core/money.ts'

/** The amount as the payer's language writes it, exactly, with the decimals of its currency: `€1,234.50`, `1.234,50 €`. */
export function formatAmount(amount: Money, language: string): string {
  const places = exponent(amount.currency)
  const format = new Intl.NumberFormat(language, {
    style: 'currency',
    currency: amount.currency,
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  })
  // Decimal text, not a number: Intl formats it without going through a float.
  return format.format(toDecimalString(amount) as Intl.StringNumericLiteral)
}

/** Date and time as the payer's language writes them, with the time zone named, because a receipt outlives the trip. */
export function formatTime(time: Date, language: string, timeZone = 'UTC'): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone }).format(time) + ` ${timeZone}`
}
