/**
 * Card data of a request. Any number that passes the check digit is taken, of known brand or not: the platform's own test card
 * 9112 3000 0000 0000 belongs to no network (beGateway reference 15).
 */
import { redactCards } from '../../../core/redact.ts'
import { brandOf, digitsOf, expiryOf, isExpired, luhn, type Brand } from '../../../core/card.ts'
import type { CardSummary } from '../../../payments/model.ts'
import type { CardData } from '../../../providers/contract.ts'
import { integerAt, textAt, type Body } from '../validation/body.ts'

/** What is wrong with a number, if anything. */
export function cardProblem(text: string): 'not_a_number' | undefined {
  const digits = digitsOf(text)
  return digits !== undefined && digits.length >= 12 && digits.length <= 19 && luhn(digits) ? undefined : 'not_a_number'
}

/** The phrase for an expiry that is over, or none. */
export function expiryProblem(month: number, year: number, now: Date): string | undefined {
  const expiry = expiryOf(month, year)
  if (expiry === undefined) return 'is invalid'
  return isExpired(expiry, now) ? 'is expired' : undefined
}

/** The card of a validated request; undefined when it names a token instead. */
export function cardOf(request: Body): CardData | undefined {
  const number = digitsOf(textAt(request, 'credit_card.number') ?? '')
  if (number === undefined) return undefined
  const expiry = expiryOf(Number(integerAt(request, 'credit_card.exp_month') ?? 12n), Number(integerAt(request, 'credit_card.exp_year') ?? 2099n))
  return {
    type: 'card',
    number,
    exp_month: expiry?.month ?? 12,
    exp_year: expiry?.year ?? 2099,
    holder: textAt(request, 'credit_card.holder'),
    cvv: textAt(request, 'credit_card.verification_value'),
  }
}

/** What may be shown of a card, with the brand in this platform's word. */
export function summaryOf(card: CardData): CardSummary {
  return {
    first6: card.number.slice(0, 6),
    last4: card.number.slice(-4),
    length: card.number.length,
    brand: brandWord(brandOf(card.number)),
    // Payers type their number into the wrong field: there it is masked.
    holder: card.holder === undefined ? null : redactCards(card.holder),
    exp_month: card.exp_month,
    exp_year: card.exp_year,
  }
}

/** The summary of a card that may be paid, and not charged. */
interface RecipientSummary extends CardSummary {
  readonly recipient: true
}

export const asRecipient = (summary: CardSummary): RecipientSummary => ({ ...summary, recipient: true })
export const isRecipient = (summary: CardSummary): boolean => 'recipient' in summary

const BRAND_WORDS: Partial<Record<Brand, string>> = { mastercard: 'master', 'american-express': 'amex', 'diners-club': 'dinersclub' }

/** `credit_card.brand`. `visa` and `master` are seen in public samples; the other networks keep their usual names. */
export function brandWord(brand: Brand | undefined): string | null {
  return brand === undefined ? null : (BRAND_WORDS[brand] ?? brand)
}
