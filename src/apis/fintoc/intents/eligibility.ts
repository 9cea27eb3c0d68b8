/** Whether a payment could be made ("Fintoc reference: check_eligibility"). Pure. */
import { findBank, limitsOf } from '../../../core/banks.ts'
import type { SenderHint } from '../banks/accounts.ts'
import type { ErrorType } from '../errors.ts'
import type { Currency } from '../banks/institutions.ts'

export interface Ineligible {
  readonly type: Extract<ErrorType, 'new_contact_error' | 'amount_error'>
  readonly code: 'invalid_amount'
  readonly message: string
}

/**
 * What may go to a new contact on its first day, in minor units. The reference names the check but no numbers; these are the usual ones
 * of the countries.
 */
const NEW_CONTACT_MAX: Readonly<Record<Currency, bigint>> = { CLP: 250_000n, MXN: 1_500_000n }

/** Only the bank is known: its bounds. Only the holder: what may go to a new contact. Both: everything. */
export function eligibility(amount: bigint, currency: Currency, sender: SenderHint): Ineligible | undefined {
  const bank = sender.institution_id === null ? undefined : findBank(sender.institution_id)
  if (bank !== undefined) {
    const { minimum, maximum } = limitsOf(bank)
    if (amount < minimum.minor) return { type: 'amount_error', code: 'invalid_amount', message: `${bank.name} transfers at least ${minimum.minor}` }
    if (amount > maximum.minor) return { type: 'amount_error', code: 'invalid_amount', message: `${bank.name} transfers at most ${maximum.minor}` }
  }
  if (sender.holder_id !== null && amount > NEW_CONTACT_MAX[currency]) {
    return { type: 'new_contact_error', code: 'invalid_amount', message: `A first transfer to a new contact is at most ${NEW_CONTACT_MAX[currency]}` }
  }
  return undefined
}
