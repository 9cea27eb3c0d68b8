import { money, toDecimalNumber } from '../../core/money.ts'

/** PHP writes an empty map as `[]`, and so does the original (Corefy reference: PHP arrays). */
export function phpMap(map: Readonly<Record<string, unknown>>): unknown {
  return Object.keys(map).length === 0 ? [] : map
}

/** Unix seconds. */
export const seconds = (date: Date | null): number | null => (date === null ? null : Math.floor(date.getTime() / 1000))

/** Amounts of these resources are JSON numbers (balances are text). */
export const decimal = (minor: bigint, currency: string): number => toDecimalNumber(money(minor, currency))
