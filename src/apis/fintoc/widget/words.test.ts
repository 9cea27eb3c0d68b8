import { describe, expect, test } from 'vitest'
import { languageOf, PROBLEM_TEXT, TEXTS } from './text.ts'
import { es, type TextKey } from './words-es.ts'

const KEYS = Object.keys(es) as TextKey[]
const blanks = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([blank]) => blank).sort()

describe('the widget’s words', () => {
  test.each(KEYS)('%s is said in both languages, with the same blanks', (key) => {
    expect(TEXTS.en[key]).not.toBe('')
    expect(blanks(TEXTS.en[key])).toEqual(blanks(TEXTS.es[key]))
  })

  test('every problem has words, and none is there for nothing', () => {
    const problems = KEYS.filter((key) => key.startsWith('problem_'))
    // Said by the widget itself, or about the token: no reason of a payment.
    const others = ['problem_used', 'problem_token', 'problem_tries', 'problem_busy', 'problem_offline']
    expect(new Set([...Object.values(PROBLEM_TEXT), ...others])).toEqual(new Set(problems))
  })

  test('Spanish is first, English is for those who ask for it', () => {
    expect(['es', 'es-CL', undefined, '', 'fr', 'pt-BR'].map(languageOf)).toEqual(Array(6).fill('es'))
    expect(['en', 'EN-gb', 'en-US,es;q=0.5'].map(languageOf)).toEqual(Array(3).fill('en'))
  })
})
