import { describe, expect, it } from 'vitest'
import { CATALOGUES, fill, languageFromHeader, textsFor } from './catalogue.ts'
import { en } from './en.ts'

const blanks = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([blank]) => blank).toSorted()

describe.each(Object.entries(CATALOGUES))('the %s catalogue', (language, catalogue) => {
  it('has every text and no other, but the form for a few where the language has one', () => {
    const few = Object.keys(en).flatMap((key) => (key.endsWith('_one') && new Intl.PluralRules(language).select(2) === 'few' ? [key.replace(/_one$/, '_few')] : []))
    expect(Object.keys(catalogue).toSorted()).toEqual([...Object.keys(en), ...few].toSorted())
  })

  it.each(Object.entries(catalogue).filter(([key]) => key.endsWith('_few')))('%s has the blanks of its kind', (key, text) => {
    expect(blanks(text)).toEqual(blanks(en[key.replace(/_few$/, '_other') as keyof typeof en]))
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
    ['es', 'es'], ['es-CL', 'es-CL'], ['es_mx', 'es-MX'], ['en_gb', 'en-GB'], ['uk', 'uk'], ['uk_UA', 'uk-UA'], ['ru', 'ru'], ['fr', 'en'], ['not a tag', 'en'], ['', 'en'], [undefined, 'en'],
  ])('%s is written in %s', (requested, language) => {
    expect(textsFor(requested).language).toBe(language)
  })

  it('fills blanks and counts', () => {
    expect(textsFor('es').say('return_to', { merchant: 'Acme' })).toBe('Volver a Acme')
    expect(textsFor('en').count('attempts_left', 1)).toBe('You have 1 attempt left.')
    expect(textsFor('en').count('attempts_left', 2)).toBe('You have 2 attempts left.')
  })

  it.each([
    ['uk', 1, 'Залишилася 1 спроба.'], ['uk', 3, 'Залишилося 3 спроби.'], ['uk', 5, 'Залишилося 5 спроб.'], ['uk', 11, 'Залишилося 11 спроб.'], ['uk', 21, 'Залишилася 21 спроба.'],
    ['ru', 1, 'Осталась 1 попытка.'], ['ru', 2, 'Осталось 2 попытки.'], ['ru', 12, 'Осталось 12 попыток.'], ['ru', 22, 'Осталось 22 попытки.'],
  ])('in %s counts %d', (language, n, text) => {
    expect(textsFor(language).count('attempts_left', n)).toBe(text)
  })

  it('gives a script the forms that its language has', () => {
    expect(Object.keys(textsFor('en').forms('minutes_left'))).toEqual(['minutes_left_one', 'minutes_left_other'])
    expect(Object.keys(textsFor('uk').forms('minutes_left'))).toEqual(['minutes_left_one', 'minutes_left_few', 'minutes_left_other'])
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
