/** What the widget says, Spanish first ("Fintoc reference: Browser widget"). One table per language; none may lack a text. */
import type { Reason } from '../../../core/reasons.ts'
import { en } from './words-en.ts'
import { es } from './words-es.ts'
import type { TextKey } from './words-es.ts'

export type { TextKey } from './words-es.ts'

export const TEXTS = { es, en } as const
export type Language = keyof typeof TEXTS

/** The widget's language: a wish that we have, or Spanish. */
export function languageOf(wish: string | undefined): Language {
  const base = (wish ?? '').trim().slice(0, 2).toLowerCase()
  return base === 'en' ? 'en' : 'es'
}

/** Which words tell the payer about a reason. */
export const PROBLEM_TEXT = {
  declined: 'problem_general',
  do_not_honor: 'problem_general',
  insufficient_funds: 'problem_funds',
  limit_exceeded: 'problem_limit',
  not_permitted: 'problem_account_locked',
  fraud_suspected: 'problem_account_locked',
  declined_permanently: 'problem_general',
  card_expired: 'problem_general',
  invalid_card: 'problem_general',
  invalid_number: 'problem_general',
  invalid_cvv: 'problem_general',
  invalid_pin: 'problem_factor',
  invalid_otp: 'problem_factor',
  invalid_card_status: 'problem_general',
  card_restricted: 'problem_general',
  card_type_not_supported: 'problem_general',
  card_verification_failed: 'problem_general',
  lost_card: 'problem_general',
  stolen_card: 'problem_general',
  lost_or_stolen_card: 'problem_general',
  authentication_required: 'problem_factor',
  authentication_failed: 'problem_factor',
  authentication_error: 'problem_bank_down',
  authentication_unavailable: 'problem_bank_down',
  authentication_enrolled: 'problem_bank_down',
  authentication_not_enrolled: 'problem_bank_down',
  invalid_authentication_code: 'problem_factor',
  authentication_timeout: 'problem_factor_timeout',
  authentication_locked: 'problem_factor_locked',
  account_locked: 'problem_account_locked',
  credentials_invalid: 'problem_credentials',
  credentials_locked: 'problem_credentials_locked',
  new_recipient_amount_limit: 'problem_new_contact',
  new_recipient_count_limit: 'problem_new_contact',
  recipient_not_allowed: 'problem_recipient',
  invalid_amount: 'problem_limit',
  invalid_request: 'problem_general',
  invalid_details: 'problem_general',
  currency_not_supported: 'problem_general',
  duplicate: 'problem_general',
  transaction_not_found: 'problem_general',
  token_not_found: 'problem_general',
  access_denied: 'problem_general',
  provider_credentials_invalid: 'problem_general',
  issuer_unavailable: 'problem_bank_down',
  provider_error: 'problem_general',
  provider_error_permanent: 'problem_general',
  provider_unavailable: 'problem_bank_down',
  provider_timeout: 'problem_bank_down',
  unresolved: 'problem_unresolved',
  no_route: 'problem_bank_down',
  unknown: 'problem_general',
  error: 'problem_general',
  error_permanent: 'problem_general',
  general_error_permanent: 'problem_general',
  payer_rejected: 'problem_factor',
  payer_left: 'problem_left',
  not_completed: 'problem_left',
  canceled_by_merchant: 'problem_expired',
  merchant_refused: 'problem_expired',
  expired: 'problem_expired',
} as const satisfies Record<Reason, TextKey>
