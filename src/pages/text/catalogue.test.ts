import { describe, expect, it } from 'vitest'
import { CATALOGUES, fill, languageFromHeader, textsFor } from './catalogue.ts'
import { en } from './en.ts'

const blanks = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([blank]) => blank).toSorted()

describe.each(Object.entries(CATALOGUES))('the %s catalogue', (language, catalogue) => {
  it('has every text and no other', () => {
    expect(Object.keys(catalogue).toSorted()).toEqual(Object.keys(en).toSorted())
  })

  it.each(Object.keys(en) as (keyof typeof en)[])('%s has the same blanks and is not empty', (key) => {
    expect(catalogue[key].trim()).not.toBe('')
    expect(blanks(catalogue[key])).toEqual(blanks(en[key]))
  })

  it('is a language that the platform can format for', () => {
    expect(Intl.NumberFormat.supportedLocalesOf(language)).toEqual([language])
  })
})

describe('textsFor', () => {
  it.each([
    ['es', 'es'], ['es-CL', 'es-CL'], ['es_mx', 'es-MX'], ['en_gb', 'en-GB'], ['uk', 'en'], ['not a tag', 'en'], ['', 'en'], [undefined, 'en'],
  ])('%s is written in %s', (requested, language) => {
    expect(textsFor(requested).language).toBe(language)
  })

  it('fills blanks and counts', () => {
    expect(textsFor('es').say('return_to', { merchant: 'Acme' })).toBe('Volver a Acme')
    expect(textsFor('en').count('attempts_left', 1)).toBe('You have 1 attempt left.')
    expect(textsFor('en').count('attempts_left', 2)).toBe('You have 2 attempts left.')
  })

  it('keeps a blank that nobody filled visible', () => {
    expect(fill('{a} {b}', { a: '{b}' })).toBe('{b} {b}')
  })
})

describe('languageFromHeader', () => {
  it.each([
    ['es-ES,es;q=0.9,en;q=0.8', 'es-ES'], ['fr,es;q=0.5,en;q=0.7', 'en'], ['fr', 'en'], ['', 'en'], [undefined, 'en'], ['es;q=0', 'en'], [',,;;q=x', 'en'],
  ])('%s gives %s', (header, language) => {
    expect(languageFromHeader(header)).toBe(language)
  })
})
