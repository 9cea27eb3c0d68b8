/** Check digits and shapes of Chile and Mexico (RUTs: rut.ts). Pure. */
import { clabeCheck } from '../../../core/banks.ts'

/** Drops dots, spaces and hyphens: `41.614.850-k` is `41614850k`. */
export const withoutMarks = (text: string): string => text.replace(/[\s.\-‐‑–]/g, '')

/** The same in upper case, to compare. */
export const plainHolderId = (text: string): string => withoutMarks(text).toUpperCase()

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
