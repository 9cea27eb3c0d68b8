import { en } from './en.ts'
import { es } from './es.ts'
import type { Catalogue, TextKey } from './keys.ts'

export type { TextKey } from './keys.ts'

/** All languages that pages are written in. Another language is one more file and one more line here. */
export const CATALOGUES = { en, es } as const satisfies Record<string, Catalogue>

/** A language that pages are written in. */
export type Language = keyof typeof CATALOGUES

/** A text with its blanks filled in, and the tag for `lang` and `Intl`. */
export interface Texts {
  readonly language: string
  /** The text of a key. */
  readonly say: (key: TextKey, values?: Readonly<Record<string, string | number>>) => string
  /** The text for a number of things, from the keys `…_one` and `…_other`. */
  readonly count: (key: PluralKey, n: number, values?: Readonly<Record<string, string | number>>) => string
}

/** Keys that exist for one and for other numbers. */
export type PluralKey = TextKey extends infer Key ? (Key extends `${infer Stem}_one` ? Stem : never) : never

/**
 * The texts for a requested language: a tag like `es`, `es-CL` or `en_gb`. The region is kept for the form of amounts and dates;
 * a language that is not there falls back to English.
 */
export function textsFor(requested: string | undefined): Texts {
  const tag = canonical(requested)
  const base = tag.split('-')[0] ?? 'en'
  const known = isLanguage(base)
  const catalogue: Catalogue = known ? CATALOGUES[base] : en
  const language = known ? tag : 'en'
  const rules = new Intl.PluralRules(language)
  return {
    language,
    say: (key, values) => fill(catalogue[key], values),
    count: (key, n, values) => fill(catalogue[`${key}_${rules.select(n) === 'one' ? 'one' : 'other'}`], { n, ...values }),
  }
}

/** The first language of an `Accept-Language` header that we have, or English. */
export function languageFromHeader(header: string | undefined): string {
  const wanted = (header ?? '').slice(0, 500).split(',').map((item) => {
    const [tag = '', ...rest] = item.trim().split(/\s*;\s*/)
    const weight = rest.find((part) => part.startsWith('q='))
    return { tag, weight: weight === undefined ? 1 : Number(weight.slice(2)) || 0 }
  })
  const best = wanted.toSorted((a, b) => b.weight - a.weight).find(({ tag, weight }) => weight > 0 && isLanguage(canonical(tag).split('-')[0] ?? ''))
  return best ? canonical(best.tag) : 'en'
}

/** Puts values into the blanks of a text. A blank without a value stays visible, so that a test or an eye finds it. */
export function fill(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  return text.replace(/\{(\w+)\}/g, (blank, name: string) => String(values[name] ?? blank))
}

function isLanguage(base: string): base is Language {
  return Object.hasOwn(CATALOGUES, base)
}

function canonical(requested: string | undefined): string {
  try {
    return Intl.getCanonicalLocales((requested ?? 'en').replaceAll('_', '-'))[0] ?? 'en'
  } catch {
    return 'en'
  }
}
