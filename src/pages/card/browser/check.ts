import { digitsOf, plainDigits } from './digits.ts'
import { expiryProblem } from './expiry.ts'
import { brandOf, codeLengths, numberProblem } from './number.ts'
import type { Brand } from './number.ts'

/** The fields of the form that can be wrong, in the order in which they stand. */
export type CardField = 'card_number' | 'exp' | 'cvv' | 'card_holder'

/** The rules of one page: the same on the server and in the browser. */
export interface EntryRules {
  readonly brands: readonly Brand[]
  readonly lengths?: readonly number[] | undefined
  readonly test: boolean
  readonly now: Date
}

/** A field that is wrong: the key of its text and the number that the text may want. */
export interface Problem {
  readonly field: CardField
  readonly key: string
  readonly n?: number
}

const NAME_LENGTH_MAX = 100

/**
 * What is wrong with one field, or undefined. `brand` is the brand that decides the length of the security code:
 * that of the number typed so far, or of the saved card.
 */
export function fieldProblem(field: CardField, text: string, rules: EntryRules, brand: Brand | undefined): Problem | undefined {
  if (field === 'cvv') return cvvProblem(text, brand)
  if (field === 'card_holder') return holderProblem(text)
  if (field === 'exp') {
    const problem = expiryProblem(text, rules.now, rules.test)
    return problem && { field, key: `expiry_${problem}` }
  }
  const problem = numberProblem(text, rules.brands, rules.lengths)
  return problem && { field, key: `number_${problem}` }
}

/** The brand of a number as far as it is typed. */
export function typedBrand(number: string, rules: EntryRules): Brand | undefined {
  return brandOf(digitsOf(number), rules.brands)
}

function cvvProblem(text: string, brand: Brand | undefined): Problem | undefined {
  const digits = plainDigits(text).trim()
  if (digits === '') return { field: 'cvv', key: 'cvv_missing' }
  const lengths = codeLengths(brand)
  if (/^\d+$/.test(digits) && lengths.includes(digits.length)) return undefined
  return brand ? { field: 'cvv', key: 'cvv_invalid', n: brand.code } : { field: 'cvv', key: 'cvv_invalid_any' }
}

/** Names are not judged, except for what is certainly no name: nothing, a card number, control characters. */
function holderProblem(text: string): Problem | undefined {
  const name = text.trim()
  if (name === '') return { field: 'card_holder', key: 'holder_missing' }
  const wrong = name.length > NAME_LENGTH_MAX || digitsOf(name).length > 8 || /\p{Cc}/u.test(name)
  return wrong ? { field: 'card_holder', key: 'holder_invalid' } : undefined
}
