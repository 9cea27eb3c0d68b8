/** Banks as this API shows them ("Fintoc reference: Institutions"): the list itself is the house's (core/banks.ts), its ids are the reference's. */
import { BANKS } from '../../../core/banks.ts'
import type { Bank, Country } from '../../../core/banks.ts'

/** The country whose banks settle the currency. */
export const COUNTRY_OF: Readonly<Record<Currency, Country>> = { CLP: 'cl', MXN: 'mx' }

/** Currencies of this API ("Fintoc reference: Payment Intent, currency"). */
export const CURRENCIES = ['CLP', 'MXN'] as const
export type Currency = (typeof CURRENCIES)[number]

export function isCurrency(text: string): text is Currency {
  return CURRENCIES.some((currency) => currency === text)
}

/** Account types of recipients. `savings_account` is a choice: the reference does not know it, Chilean and Mexican banks do. */
export const ACCOUNT_TYPES = ['checking_account', 'sight_account', 'savings_account'] as const

/** The wire object. `object_name`, not `object`: that is how the reference has it. */
export function institutionObject({ id, country, name, pays }: Bank): Record<string, unknown> {
  const holders = ['individual', 'business']
  const payouts = holders.map((holder_type) => ({ name: 'payouts', holder_type }))
  const payments = pays ? holders.map((holder_type) => ({ name: 'payments', holder_type })) : []
  return { id, country, name, object_name: 'institution', type: 'bank', products: [...payments, ...payouts] }
}

/** Both modes offer the same banks: in test mode every one of them is simulated. */
export function listInstitutions(country: Country | undefined): readonly Bank[] {
  return BANKS.filter((bank) => country === undefined || bank.country === country)
}
