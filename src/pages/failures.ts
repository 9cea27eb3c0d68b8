import type { Reason } from '../core/reasons.ts'
import { isReason } from '../core/reasons.ts'
import type { TextKey } from './text/catalogue.ts'

/** The kinds of failure that a payer is told apart. More detail would help nobody but a thief who tests cards. */
export type Failure =
  | 'declined' | 'funds' | 'expired_card' | 'card_data' | 'number' | 'cvv' | 'card_not_usable' | 'authentication' | 'limit'
  | 'technical' | 'account' | 'left' | 'final' | 'unresolved'

/** The field of the card form that a payer should look at first. */
export type FailureField = 'card_number' | 'exp' | 'cvv'

/**
 * Every reason of the vocabulary, as the payer sees it. Lost, stolen and suspected cards are a plain decline here:
 * whoever holds such a card must not learn that it is known.
 */
const FAILURES: Readonly<Record<Reason, Failure>> = {
  declined: 'declined',
  do_not_honor: 'declined',
  insufficient_funds: 'funds',
  limit_exceeded: 'limit',
  not_permitted: 'card_not_usable',
  fraud_suspected: 'declined',
  declined_permanently: 'declined',
  card_expired: 'expired_card',
  invalid_card: 'card_data',
  invalid_number: 'number',
  invalid_cvv: 'cvv',
  invalid_pin: 'authentication',
  invalid_otp: 'authentication',
  invalid_card_status: 'card_not_usable',
  card_restricted: 'card_not_usable',
  card_type_not_supported: 'card_not_usable',
  card_verification_failed: 'card_data',
  lost_card: 'declined',
  stolen_card: 'declined',
  lost_or_stolen_card: 'declined',
  authentication_required: 'authentication',
  authentication_failed: 'authentication',
  authentication_error: 'authentication',
  authentication_unavailable: 'authentication',
  authentication_enrolled: 'authentication',
  authentication_not_enrolled: 'authentication',
  invalid_authentication_code: 'authentication',
  authentication_timeout: 'authentication',
  authentication_locked: 'authentication',
  account_locked: 'account',
  credentials_invalid: 'account',
  credentials_locked: 'account',
  new_recipient_amount_limit: 'limit',
  new_recipient_count_limit: 'limit',
  recipient_not_allowed: 'final',
  invalid_amount: 'final',
  invalid_request: 'technical',
  invalid_details: 'card_data',
  currency_not_supported: 'card_not_usable',
  duplicate: 'final',
  transaction_not_found: 'technical',
  token_not_found: 'card_not_usable',
  access_denied: 'technical',
  provider_credentials_invalid: 'technical',
  issuer_unavailable: 'technical',
  provider_error: 'technical',
  provider_error_permanent: 'technical',
  provider_unavailable: 'technical',
  provider_timeout: 'technical',
  unresolved: 'unresolved',
  no_route: 'card_not_usable',
  unknown: 'technical',
  error: 'technical',
  error_permanent: 'technical',
  general_error_permanent: 'technical',
  payer_rejected: 'left',
  payer_left: 'left',
  not_completed: 'left',
  canceled_by_merchant: 'final',
  merchant_refused: 'final',
  expired: 'left',
}

/** What the payer is told for a canonical reason. A word that is not in the vocabulary counts as a plain decline. */
export function failureOf(reason: string): Failure {
  return isReason(reason) ? FAILURES[reason] : 'declined'
}

/** The text of a failure. */
export function failureText(failure: Failure): TextKey {
  return `failure_${failure}`
}

/** Where the payer should look, when one field is the likely cause. */
export function failureField(failure: Failure): FailureField | undefined {
  if (failure === 'number' || failure === 'card_data') return 'card_number'
  if (failure === 'cvv') return 'cvv'
  return failure === 'expired_card' ? 'exp' : undefined
}
