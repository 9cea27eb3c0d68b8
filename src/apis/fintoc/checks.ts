/** Check digits and shapes of Chile and Mexico. Pure. */
import { clabeCheck } from '../../core/banks.ts'

/** Drops dots, spaces and hyphens, upper-cases: `41.614.850-3` is `416148503`. */
export function plainHolderId(text: string): string {
  return text.replace(/[\s.\-‐‑–]/g, '').toUpperCase()
}

/**
 * Chilean RUT: body digits, then a check character by modulus 11 with weights 2…7 from the right (11 is 0, 10 is K).
 * Takes the plain form; K in either case.
 */
export function isRut(text: string): boolean {
  if (!/^\d{6,9}[\dkK]$/.test(text)) return false
  return text.slice(-1).toUpperCase() === rutCheck(text.slice(0, -1))
}

/** The check character that belongs to the body of a RUT. */
export function rutCheck(body: string): string {
  let sum = 0
  let weight = 2
  for (const digit of body.split('').toReversed()) {
    sum += Number(digit) * weight
    weight = weight === 7 ? 2 : weight + 1
  }
  const rest = 11 - (sum % 11)
  return rest === 11 ? '0' : rest === 10 ? 'K' : String(rest)
}

/**
 * Mexican RFC: three letters (company) or four (person), six digits of a date, three characters of homonym key. Only the shape is
 * checked: a published sample (`mfiu593501oe4`) has no month 35 either.
 */
export function isRfc(text: string): boolean {
  return /^[A-ZÑ&]{3,4}\d{6}[A-Z\d]{3}$/i.test(text)
}

/** Mexican CLABE: 18 digits, the last one checks the others. */
export function isClabe(text: string): boolean {
  return /^\d{18}$/.test(text) && Number(text[17]) === clabeCheck(text.slice(0, 17))
}
