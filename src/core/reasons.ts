/**
 * Why something did not succeed: the one vocabulary that providers speak and that every API translates by a total map.
 * `retry` says what the payer or merchant can do next: `payer` (correct the data or use another instrument),
 * `later` (technical, may pass), `never` (do not try this instrument again).
 */
export const REASONS = {
  // the issuer or the bank said no
  declined: { retry: 'payer' },
  do_not_honor: { retry: 'payer' },
  insufficient_funds: { retry: 'payer' },
  limit_exceeded: { retry: 'payer' },
  not_permitted: { retry: 'payer' },
  fraud_suspected: { retry: 'never' },
  declined_permanently: { retry: 'never' },
  // the card
  card_expired: { retry: 'payer' },
  invalid_card: { retry: 'payer' },
  invalid_number: { retry: 'payer' },
  invalid_cvv: { retry: 'payer' },
  invalid_pin: { retry: 'payer' },
  invalid_otp: { retry: 'payer' },
  invalid_card_status: { retry: 'payer' },
  card_restricted: { retry: 'payer' },
  card_type_not_supported: { retry: 'payer' },
  card_verification_failed: { retry: 'payer' },
  lost_card: { retry: 'never' },
  stolen_card: { retry: 'never' },
  lost_or_stolen_card: { retry: 'never' },
  // the payer's proof of identity
  authentication_required: { retry: 'payer' },
  authentication_failed: { retry: 'payer' },
  authentication_error: { retry: 'later' },
  authentication_unavailable: { retry: 'later' },
  authentication_enrolled: { retry: 'payer' },
  authentication_not_enrolled: { retry: 'payer' },
  invalid_authentication_code: { retry: 'payer' },
  authentication_timeout: { retry: 'payer' },
  authentication_locked: { retry: 'never' },
  // the bank account
  account_locked: { retry: 'never' },
  credentials_invalid: { retry: 'payer' },
  credentials_locked: { retry: 'never' },
  new_recipient_amount_limit: { retry: 'payer' },
  new_recipient_count_limit: { retry: 'payer' },
  recipient_not_allowed: { retry: 'never' },
  // the request
  invalid_amount: { retry: 'never' },
  invalid_request: { retry: 'never' },
  invalid_details: { retry: 'payer' },
  currency_not_supported: { retry: 'never' },
  duplicate: { retry: 'never' },
  transaction_not_found: { retry: 'never' },
  token_not_found: { retry: 'payer' },
  access_denied: { retry: 'never' },
  provider_credentials_invalid: { retry: 'never' },
  // the way there
  issuer_unavailable: { retry: 'later' },
  provider_error: { retry: 'later' },
  provider_error_permanent: { retry: 'never' },
  provider_unavailable: { retry: 'later' },
  provider_timeout: { retry: 'later' },
  unresolved: { retry: 'later' },
  no_route: { retry: 'never' },
  unknown: { retry: 'later' },
  error: { retry: 'later' },
  error_permanent: { retry: 'never' },
  general_error_permanent: { retry: 'never' },
  // people
  payer_rejected: { retry: 'payer' },
  payer_left: { retry: 'payer' },
  not_completed: { retry: 'payer' },
  canceled_by_merchant: { retry: 'never' },
  merchant_refused: { retry: 'never' },
  expired: { retry: 'never' },
} as const satisfies Record<string, { retry: 'payer' | 'later' | 'never' }>

export type Reason = keyof typeof REASONS

/** True for a word of the vocabulary. */
export function isReason(text: string): text is Reason {
  return Object.hasOwn(REASONS, text)
}
