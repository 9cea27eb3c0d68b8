/** What statuses and outcomes are called here. The maps are total: a new state or reason does not compile until it has its word. */
import type { Reason } from '../../core/reasons.ts'
import type { Payment, PaymentState, Refund } from '../../payments/model.ts'

const OPEN_STATES = {
  created: 'created',
  pending: 'process_pending',
  processing: 'process_pending',
  authorized: 'process_pending',
  succeeded: 'processed',
  failed: 'process_failed',
  rejected: 'process_failed',
  canceled: 'terminated',
  expired: 'expired',
} as const satisfies Record<PaymentState, string>

/** The status word (Corefy reference: payment invoice statuses). `refund` is the refund that an event is about, or the latest. */
export function statusOf(payment: Payment, refund: Refund | null): string {
  if (payment.kind === 'verify') {
    if (payment.state === 'succeeded') return 'verified'
    if (payment.state === 'failed' || payment.state === 'rejected') return 'verify_failed'
  }
  if (payment.state === 'succeeded' && payment.kind === 'charge') return moneyStatus(payment, refund)
  // A card payment stuck pending turns process_failed on expiry, not expired (release notes v1.5.2).
  if (payment.state === 'expired' && payment.tries > 0) return payment.kind === 'verify' ? 'verify_failed' : 'process_failed'
  return OPEN_STATES[payment.state]
}

function moneyStatus(payment: Payment, refund: Refund | null): string {
  if (payment.refunding > 0n) return 'refund_pending'
  if (payment.refunded > 0n) return payment.refunded === payment.captured ? 'refunded' : 'partially_refunded'
  if (refund?.state === 'failed') return 'refund_failed'
  return payment.captured === payment.payable ? 'processed' : 'partially_processed'
}

/** Resolution codes (Corefy reference: resolution codes). */
export const RESOLUTIONS = {
  declined: 'declined', do_not_honor: 'issuer_decline', insufficient_funds: 'insufficient_funds', limit_exceeded: 'limit_violation',
  not_permitted: 'functionality_is_not_permitted', fraud_suspected: 'antifraud_error', declined_permanently: 'fatal_decline',
  card_expired: 'card_expired', invalid_card: 'invalid_card', invalid_number: 'invalid_pan', invalid_cvv: 'invalid_cvv', invalid_pin: 'invalid_pin',
  invalid_otp: 'invalid_otp', invalid_card_status: 'invalid_card_status', card_restricted: 'card_restricted', card_type_not_supported: 'card_type_not_supported',
  card_verification_failed: 'card_verification_failed', lost_card: 'card_is_lost', stolen_card: 'card_is_stolen', lost_or_stolen_card: 'lost_or_stolen_card',
  authentication_required: 'auth_3ds_required', authentication_failed: 'client_auth_failed', authentication_error: 'auth_fatal_error',
  authentication_unavailable: 'unable_to_determine_3ds_enrolment', authentication_enrolled: 'card_is_3ds_enrolled', authentication_not_enrolled: 'card_is_not_3ds_enrolled',
  invalid_authentication_code: 'invalid_3ds_code', authentication_timeout: 'client_auth_failed', authentication_locked: 'client_auth_failed',
  account_locked: 'card_restricted', credentials_invalid: 'client_auth_failed', credentials_locked: 'client_auth_failed',
  new_recipient_amount_limit: 'limit_violation', new_recipient_count_limit: 'limit_violation', recipient_not_allowed: 'functionality_is_not_permitted',
  invalid_amount: 'invalid_amount', invalid_request: 'invalid_request', invalid_details: 'invalid_details', currency_not_supported: 'invalid_request',
  duplicate: 'duplicated_transaction', transaction_not_found: 'transaction_not_found', token_not_found: 'invalid_card', access_denied: 'access_denied',
  provider_credentials_invalid: 'invalid_credentials', issuer_unavailable: 'issuer_unavailable', provider_error: 'provider_error',
  provider_error_permanent: 'provider_fatal_error', provider_unavailable: 'provider_error', provider_timeout: 'timeout', unresolved: 'unable_to_reconcile',
  no_route: 'no_routes_by_condition', unknown: 'unknown', error: 'error', error_permanent: 'fatal_error', general_error_permanent: 'general_fatal_error',
  payer_rejected: 'client_auth_failed', payer_left: 'timeout', not_completed: 'timeout', canceled_by_merchant: 'declined', merchant_refused: 'declined', expired: 'timeout',
} as const satisfies Record<Reason, string>

/** `ok` unless something went wrong; the reason of a refused refund does not touch the payment's. */
export function resolutionOf(payment: Payment): string {
  if (payment.reason !== null) return payment.state === 'expired' && payment.tries === 0 ? 'ok' : RESOLUTIONS[payment.reason]
  // Waiting for the issuer after the payer's 3-D Secure (the test card with expiry 07/77).
  return payment.state === 'processing' && payment.result.facts?.authentication !== undefined ? 'auth_3ds_required' : 'ok'
}

const STATES_OF: Readonly<Record<string, readonly PaymentState[]>> = {
  created: ['created'], process_pending: ['pending', 'processing', 'authorized'], processing: ['processing'], processed: ['succeeded'], verified: ['succeeded'],
  process_failed: ['failed', 'rejected'], verify_failed: ['failed', 'rejected'], terminated: ['canceled'], expired: ['expired'],
}

/** Status words that lists can be filtered by, as the states that show them; none for words that nothing is called. */
export function statesOf(status: string): readonly PaymentState[] {
  return Object.hasOwn(STATES_OF, status) ? (STATES_OF[status] ?? []) : []
}

const PAYOUT_STATES = {
  created: 'created',
  pending: 'process_pending',
  processing: 'process_pending',
  authorized: 'process_pending',
  succeeded: 'processed',
  failed: 'process_failed',
  rejected: 'process_failed',
  canceled: 'canceled',
  expired: 'expired',
} as const satisfies Record<PaymentState, string>

/** The status word of a payout (Corefy reference: payouts). */
export function payoutStatusOf(payment: Payment): string {
  if (payment.state === 'succeeded' && payment.captured < payment.amount) return 'partially_processed'
  return PAYOUT_STATES[payment.state]
}

/** Resolution codes of payouts: documented in upper case, shown in bodies in lower case; the latter counts. */
export const PAYOUT_RESOLUTIONS = {
  declined: 'declined_error', do_not_honor: 'declined_error', insufficient_funds: 'insufficient_funds', limit_exceeded: 'limit_violation',
  not_permitted: 'invalid_method', fraud_suspected: 'antifraud_error', declined_permanently: 'declined_error',
  card_expired: 'invalid_recipient', invalid_card: 'invalid_recipient', invalid_number: 'invalid_recipient', invalid_cvv: 'invalid_details', invalid_pin: 'invalid_details',
  invalid_otp: 'invalid_details', invalid_card_status: 'invalid_recipient', card_restricted: 'invalid_recipient', card_type_not_supported: 'invalid_method',
  card_verification_failed: 'invalid_recipient', lost_card: 'invalid_recipient', stolen_card: 'invalid_recipient', lost_or_stolen_card: 'invalid_recipient',
  authentication_required: 'declined_error', authentication_failed: 'declined_error', authentication_error: 'provider_internal_error',
  authentication_unavailable: 'provider_internal_error', authentication_enrolled: 'declined_error', authentication_not_enrolled: 'declined_error',
  invalid_authentication_code: 'declined_error', authentication_timeout: 'operation_expired', authentication_locked: 'declined_error',
  account_locked: 'invalid_recipient', credentials_invalid: 'invalid_credentials', credentials_locked: 'invalid_credentials',
  new_recipient_amount_limit: 'limit_violation', new_recipient_count_limit: 'limit_violation', recipient_not_allowed: 'invalid_recipient',
  invalid_amount: 'invalid_amount', invalid_request: 'invalid_request', invalid_details: 'invalid_details', currency_not_supported: 'invalid_method',
  duplicate: 'duplicated_id', transaction_not_found: 'recipient_not_found', token_not_found: 'recipient_not_found', access_denied: 'access_denied',
  provider_credentials_invalid: 'invalid_credentials', issuer_unavailable: 'provider_internal_error', provider_error: 'provider_internal_error',
  provider_error_permanent: 'provider_internal_error', provider_unavailable: 'connection_error', provider_timeout: 'connection_timeout_error', unresolved: 'unknown',
  no_route: 'strategy_received_no_routes', unknown: 'unknown', error: 'general_error', error_permanent: 'general_fatal_error', general_error_permanent: 'general_fatal_error',
  payer_rejected: 'declined_error', payer_left: 'operation_expired', not_completed: 'operation_expired', canceled_by_merchant: 'declined_error', merchant_refused: 'declined_error',
  expired: 'operation_expired',
} as const satisfies Record<Reason, string>

/** `ok` unless something went wrong. */
export function payoutResolutionOf(payment: Payment): string {
  return payment.reason === null ? 'ok' : PAYOUT_RESOLUTIONS[payment.reason]
}
