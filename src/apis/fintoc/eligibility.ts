/** Whether a payment could be made ("Fintoc reference: check_eligibility"). Pure. */
import type { SenderHint } from './accounts.ts'
import type { ErrorType } from './errors.ts'
import { TRANSFER_LIMITS } from './institutions.ts'
import type { Currency } from './institutions.ts'

export interface Ineligible {
  readonly type: Extract<ErrorType, 'new_contact_error' | 'amount_error'>
  readonly code: 'invalid_amount'
  readonly message: string
}

/** Only the bank is known: its bounds. Only the holder: what may go to a new contact. Both: everything. */
export function eligibility(amount: bigint, currency: Currency, sender: SenderHint): Ineligible | undefined {
  const limits = TRANSFER_LIMITS[currency]
  if (sender.institution_id !== null) {
    if (amount < limits.min) return { type: 'amount_error', code: 'invalid_amount', message: `The bank transfers at least ${limits.min}` }
    if (amount > limits.max) return { type: 'amount_error', code: 'invalid_amount', message: `The bank transfers at most ${limits.max}` }
  }
  if (sender.holder_id !== null && amount > limits.new_contact_max) {
    return { type: 'new_contact_error', code: 'invalid_amount', message: `A first transfer to a new contact is at most ${limits.new_contact_max}` }
  }
  return undefined
}
