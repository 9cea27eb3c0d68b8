/** The words of the pages, by language. A missing word does not compile; an unknown language reads English. */
import { exponent, toDecimalString, type Money } from '../../../core/money.ts'
import { en, type Words } from './words-en.ts'
import { es } from './words-es.ts'

export type Language = 'en' | 'es'

const CATALOGUE: Readonly<Record<Language, Words>> = { en, es }

export function words(language: Language): Words {
  return CATALOGUE[language]
}

/** The page's language: the operation's own wish, else the browser's first that we have, else English. Tags may have a region. */
export function chooseLanguage(wish: string | undefined, accept_language: string | undefined): Language {
  const wishes = [wish ?? '', ...(accept_language ?? '').split(',').map((entry) => entry.split(';')[0] ?? '')]
  for (const tag of wishes) {
    const language = tag.trim().toLowerCase().split(/[-_]/)[0]
    if (language === 'en' || language === 'es') return language
  }
  return 'en'
}

/** `1234.50` USD for a reader of the language: exact, with the decimals that the currency has. */
export function formatMoney(amount: Money, language: Language): string {
  const places = exponent(amount.currency)
  const format = new Intl.NumberFormat(language, { style: 'currency', currency: amount.currency, minimumFractionDigits: places, maximumFractionDigits: places })
  // Text, not a number: nothing is rounded on the way.
  return format.format(toDecimalString(amount) as Intl.StringNumericLiteral)
}

/** Puts values into a text: `fill('{n} left', { n: 2 })`. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}
