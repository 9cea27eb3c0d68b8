import { digitsOf } from './digits.ts'
import { formatExpiry, parseExpiry, typedExpiry } from './expiry.ts'
import { brandOf, groupDigits, longestNumber } from './number.ts'
import { rules } from './page.ts'

/** How a text came into its field. */
export interface Typed {
  /** At its end, or as a whole; not in its middle and not by deleting. */
  readonly forwards: boolean
  /** One key after the other at its end: then a digit too many can be dropped, because it is the one just typed. */
  readonly byKey: boolean
}

/**
 * Formats while a payer types, without moving the caret: the caret stays behind the same digit as before.
 * Going back over a space must not put it in again, so after a deletion the caret stops before the space.
 */
export function formatWhileTyping(field: HTMLInputElement, format: (text: string, how: Typed) => string): void {
  const update = (event: Event): void => {
    const kind = event instanceof InputEvent ? event.inputType : ''
    if (event instanceof InputEvent && event.isComposing) return
    const deletes = kind.startsWith('delete')
    const caret = field.selectionStart ?? field.value.length
    const atEnd = caret === field.value.length
    const digitsBefore = digitsOf(field.value.slice(0, caret)).length
    const text = format(field.value, { forwards: !deletes && (atEnd || kind === ''), byKey: kind === 'insertText' && atEnd })
    if (text === field.value) return
    field.value = text
    const place = atEnd && !deletes ? text.length : behindDigit(text, digitsBefore, deletes)
    if (document.activeElement === field) field.setSelectionRange(place, place)
  }
  field.addEventListener('input', update)
  field.addEventListener('compositionend', update)
}

function behindDigit(text: string, digits: number, stopBeforeSpace: boolean): number {
  let place = 0
  for (let seen = 0; place < text.length && seen < digits; place++) if (/\d/.test(text.charAt(place))) seen++
  while (!stopBeforeSpace && digits > 0 && /\D/.test(text.charAt(place)) && place < text.length) place++
  return place
}

/** The number in groups; typing stops where the longest number of its brand ends. */
export function formatNumber(text: string, { byKey }: Typed): string {
  const { brands, lengths } = rules()
  const digits = digitsOf(text)
  const brand = brandOf(digits, brands)
  return groupDigits(byKey ? digits.slice(0, longestNumber(brand, lengths)) : digits, brand)
}

/** The expiry date: pasted or filled in at once in any usual form, or typed digit by digit. */
export function formatExpiryField(text: string, { forwards }: Typed): string {
  if (!forwards) return text
  const whole = /^\D*\d{4}\D+\d{1,2}\D*$/.test(text) ? parseExpiry(text) : undefined
  return whole ? formatExpiry(whole) : typedExpiry(text)
}
