import { describe, expect, it } from 'vitest'
import { REASONS } from '../core/reasons.ts'
import { failureOf, failureText } from './failures.ts'
import { textsFor } from './text/catalogue.ts'

describe('failures', () => {
  it.each(Object.keys(REASONS))('%s has a text in every language', (reason) => {
    for (const language of ['en', 'es']) expect(textsFor(language).say(failureText(failureOf(reason))).length).toBeGreaterThan(10)
  })

  it.each(['lost_card', 'stolen_card', 'lost_or_stolen_card', 'fraud_suspected'])('%s looks like any decline to whoever holds the card', (reason) => {
    expect(failureOf(reason)).toBe(failureOf('declined'))
  })

  it('takes an unknown word for a decline', () => {
    expect(failureOf('toString')).toBe('declined')
  })
})
