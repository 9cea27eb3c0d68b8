import { digitsOf } from './digits.ts'

/** One brand, short, because every page carries the table: see `brandTable` on the server. */
export interface Brand {
  /** The name in the table that the brands come from, for example `american-express`. */
  readonly type: string
  /** The name for people. */
  readonly name: string
  readonly lengths: readonly number[]
  /** After how many digits a space stands. */
  readonly gaps: readonly number[]
  /** How many digits the security code has. */
  readonly code: number
  /** Prefixes: one number, or a range of numbers of equal length. */
  readonly prefixes: readonly (number | readonly number[])[]
  /** False for the one brand whose numbers need no check digit. */
  readonly luhn: boolean
}

/** What is wrong with a number; the word is the end of a text key. */
export type NumberProblem = 'missing' | 'incomplete' | 'invalid' | 'length'

const USUAL_GAPS: readonly number[] = [4, 8, 12]
/** Lengths of card numbers in general (ISO/IEC 7812), for a brand that the table does not know: the gateway decides about those. */
const LENGTH_MIN = 12
const LENGTH_MAX = 19

/** The brands that a number, complete or not, can belong to. When its digits decide, the longest matching prefix wins. */
export function brandsOf(digits: string, table: readonly Brand[]): readonly Brand[] {
  const found = table.flatMap((brand) => {
    const prefix = brand.prefixes.find((candidate) => hasPrefix(digits, candidate))
    if (prefix === undefined) return []
    const length = String(firstOf(prefix)).length
    return [{ brand, strength: digits.length >= length ? length : 0 }]
  })
  if (found.length === 0 || found.some(({ strength }) => strength === 0)) return found.map(({ brand }) => brand)
  return [found.reduce((best, other) => (other.strength > best.strength ? other : best)).brand]
}

/** The brand, once it is certain. */
export function brandOf(digits: string, table: readonly Brand[]): Brand | undefined {
  const found = digits === '' ? [] : brandsOf(digits, table)
  return found.length === 1 ? found[0] : undefined
}

/** Digits in groups, as they stand on the card. */
export function groupDigits(digits: string, brand: Brand | undefined): string {
  const gaps = brand ? brand.gaps : USUAL_GAPS
  return digits.replace(/\d/g, (digit, index: number) => (gaps.includes(index) ? ' ' + digit : digit))
}

/** How long a number may get while it is typed. */
export function longestNumber(brand: Brand | undefined, allowed: readonly number[] | undefined): number {
  return Math.max(...(allowed ?? (brand ? brand.lengths : [LENGTH_MAX])))
}

/** What is wrong with a card number, or undefined. `allowed` are the lengths that the merchant set, if any. */
export function numberProblem(text: string, table: readonly Brand[], allowed?: readonly number[]): NumberProblem | undefined {
  const digits = digitsOf(text)
  if (digits === '') return 'missing'
  const brand = brandOf(digits, table)
  const lengths = allowed ?? brand?.lengths
  if (digits.length < (lengths ? Math.min(...lengths) : LENGTH_MIN)) return 'incomplete'
  if (lengths ? !lengths.includes(digits.length) : digits.length > LENGTH_MAX) return 'length'
  return (brand?.luhn ?? true) && !passesLuhn(digits) ? 'invalid' : undefined
}

/** How many digits the security code may have. */
export function codeLengths(brand: Brand | undefined): readonly number[] {
  return brand ? [brand.code] : [3, 4]
}

/** The check digit of ISO/IEC 7812. */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = index % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

function firstOf(prefix: number | readonly number[]): number {
  return typeof prefix === 'number' ? prefix : (prefix[0] ?? 0)
}

function hasPrefix(digits: string, prefix: number | readonly number[]): boolean {
  const low = String(firstOf(prefix))
  const high = typeof prefix === 'number' ? low : String(prefix[1])
  const length = Math.min(low.length, digits.length)
  const start = digits.slice(0, length)
  return start >= low.slice(0, length) && start <= high.slice(0, length)
}
