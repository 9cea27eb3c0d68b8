import { en } from './en.ts'
import { es } from './es.ts'
import type { Catalogue, PluralKey, TextKey } from './keys.ts'
import { ru } from './ru.ts'
import { uk } from './uk.ts'

export type { PluralKey, TextKey } from './keys.ts'

/** All languages that pages are written in. Another language is one more file and one more line here. */
export const CATALOGUES = { en, es, ru, uk } as const satisfies Record<string, Catalogue>

/** A language that pages are written in. */
export type Language = keyof typeof CATALOGUES

/** A text with its blanks filled in, and the tag for `lang` and `Intl`. */
export interface Texts {
  readonly language: string
  /** The text of a key. */
  readonly say: (key: TextKey, values?: Readonly<Record<string, string | number>>) => string
  /** The text for a number of things, from the keys `…_one`, `…_few` where the language has it, and `…_other`. */
  readonly count: (key: PluralKey, n: number, values?: Readonly<Record<string, string | number>>) => string
  /** All forms of such a text, by their keys, for a script that counts by itself. */
  readonly forms: (key: PluralKey) => Readonly<Record<string, string>>
}

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
  const forms: Texts['forms'] = (key) => {
    const few = catalogue[`${key}_few`]
    return { [`${key}_one`]: catalogue[`${key}_one`], ...(few !== undefined && { [`${key}_few`]: few }), [`${key}_other`]: catalogue[`${key}_other`] }
  }
  return {
    language,
    say: (key, values) => fill(catalogue[key], values),
    count: (key, n, values) => fill(forms(key)[`${key}_${rules.select(n)}`] ?? catalogue[`${key}_other`], { n, ...values }),
    forms,
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
