/** What a receipt is about where that is not simply a payment: to its reader, a refund or a released hold must not look like one. */
import type { TransactionType } from '../stored.ts'

type Language = 'en' | 'es' | 'ru' | 'uk'
type Words = Readonly<Record<Language, string>>

const PAYOUT: Words = { en: 'Payout', es: 'Abono', ru: 'Выплата', uk: 'Виплата' }

/** Total: a new type does not compile until its receipt says what it is. */
const WORDS = {
  payment: undefined,
  capture: undefined,
  tokenization: undefined,
  checkup: undefined,
  recipient_tokenization: undefined,
  authorization: { en: 'Hold', es: 'Retención', ru: 'Блокировка средств', uk: 'Блокування коштів' },
  void: { en: 'Hold released', es: 'Retención liberada', ru: 'Блокировка снята', uk: 'Блокування знято' },
  refund: { en: 'Refund', es: 'Reembolso', ru: 'Возврат', uk: 'Повернення' },
  chargeback: { en: 'Chargeback', es: 'Contracargo', ru: 'Возврат по требованию банка', uk: 'Повернення на вимогу банку' },
  payout: PAYOUT,
  credit: PAYOUT,
} as const satisfies Readonly<Record<TransactionType, Words | undefined>>

/** The description of a receipt, in the language of its page. */
export function receiptDescription(type: TransactionType, language: string, description: string | null): string | undefined {
  const words: Words | undefined = WORDS[type]
  const parts = [words?.[isLanguage(language) ? language : 'en'], description ?? undefined].filter((part) => part !== undefined)
  return parts.length === 0 ? undefined : parts.join(' · ')
}

const isLanguage = (language: string): language is Language => language === 'en' || language === 'es' || language === 'ru' || language === 'uk'
