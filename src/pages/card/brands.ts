import cardValidator from 'card-validator'
import type { Brand } from './browser/number.ts'

/** Which lengths of card numbers a merchant accepts: a range or a list. */
export type CardNumberLength = { readonly min: number; readonly max: number } | readonly number[]

/**
 * The brands as the page and the server use them, taken from card-validator, so that there is one table of prefixes and it is kept
 * by people who follow the networks. UnionPay numbers need not pass the check digit there; the same holds here.
 */
export const brandTable: readonly Brand[] = Object.values(cardValidator.creditCardType.types).map((type) => {
  const info = cardValidator.creditCardType.getTypeInfo(type)
  return {
    type: info.type,
    name: info.niceType,
    lengths: info.lengths,
    gaps: info.gaps,
    code: info.code.size,
    prefixes: info.patterns,
    luhn: info.type !== cardValidator.creditCardType.types.UNIONPAY,
  }
})

/** The allowed lengths as a list, or undefined for those of each brand. */
export function allowedLengths(setting: CardNumberLength | undefined): readonly number[] | undefined {
  if (setting === undefined) return undefined
  if (isList(setting)) return setting
  return Array.from({ length: setting.max - setting.min + 1 }, (_, index) => setting.min + index)
}

/** What people call a brand, from its name in any of our APIs: `amex` and `american-express` are one. */
export function brandName(brand: string): string {
  const type = brandType(brand)
  return brandTable.find((known) => known.type === type)?.name ?? brand
}

/** The name of a brand in the table. */
export function brandType(brand: string): string {
  const plain = brand.toLowerCase().replace(/[\s_]+/g, '-')
  if (plain === 'amex') return 'american-express'
  if (plain === 'diners') return 'diners-club'
  return plain
}

function isList(setting: CardNumberLength): setting is readonly number[] {
  return Array.isArray(setting)
}
