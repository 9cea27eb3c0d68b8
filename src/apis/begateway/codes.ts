/**
 * The code system, as data (beGateway reference 6.1): `S` successful, `F` failed, `P` pending or incomplete, `E` internal error.
 * `message` is for the merchant, `friendly_message` for the payer. Texts are our own words; meanings follow the table.
 */
import type { Reason } from '../../core/reasons.ts'
import type { AttemptState, Payment, PaymentState, RefundState } from '../../payments/model.ts'

export interface CodeText {
  readonly message: string
  readonly friendly_message: string
}

const code = (message: string, friendly_message: string): CodeText => ({ message, friendly_message })
const TRY_OTHER = 'The payment was not accepted. Please use another payment method or contact your bank.'
const TRY_LATER = 'The payment could not be processed. Please try again later.'

export const CODES = {
  'S.0000': code('Transaction is successful.', 'The payment was successful.'),
  'P.0001': code('Transaction is in progress.', 'The payment is in progress.'),
  'P.0002': code('Transaction waits for the customer.', 'Please finish the payment.'),
  'P.9998': code('Transaction is incomplete.', 'Please finish the payment.'),
  'P.9999': code('Transaction status is unknown.', 'The result of the payment is not known yet.'),
  'F.0100': code('Account is blocked.', TRY_OTHER),
  'F.0101': code('Account is not found.', TRY_OTHER),
  'F.0102': code('Authorization error.', TRY_OTHER),
  'F.0103': code('Signature is invalid.', TRY_LATER),
  'F.0104': code('Operation is not allowed.', TRY_OTHER),
  'F.0105': code('Do not honor.', TRY_OTHER),
  'F.0106': code('Terminal error.', TRY_LATER),
  'F.0107': code('Merchant account is invalid.', TRY_LATER),
  'F.0108': code('Duplicate transaction.', 'The same payment was made a moment ago.'),
  'F.0109': code('Order is expired.', 'The time to pay is over.'),
  'F.0110': code('Order is not found.', TRY_LATER),
  'F.0111': code('Card is expired.', 'Your card has expired. Please use another card.'),
  'F.0112': code('CVV/CVC is wrong.', 'The security code is wrong. Please check it.'),
  'F.0113': code('Currency is not supported.', TRY_OTHER),
  'F.0114': code('Insufficient funds.', 'There is not enough money on the account.'),
  'F.0115': code('Fraud is suspected by the acquirer.', TRY_OTHER),
  'F.0116': code('Fraud is suspected by the issuer.', TRY_OTHER),
  'F.0117': code('Provider system error, temporary.', TRY_LATER),
  'F.0118': code('Provider system error.', TRY_OTHER),
  'F.0119': code('Issuer system error, temporary.', TRY_LATER),
  'F.0120': code('Issuer system error.', TRY_OTHER),
  'F.0121': code("Payer's payment system error, temporary.", TRY_LATER),
  'F.0122': code("Payer's payment system error.", TRY_OTHER),
  'F.0123': code('Limit of the payment system is exceeded.', TRY_OTHER),
  'F.0124': code('Limit of the issuer is exceeded.', 'A limit of your card or account is exceeded.'),
  'F.0125': code("Limit of the payer's payment system is exceeded.", 'A limit of your account is exceeded.'),
  'F.0126': code('Wallet data is wrong.', 'Please check the data that you entered.'),
  'F.0127': code('Card data is wrong.', 'Please check the card data.'),
  'F.0128': code('Parameters are wrong.', TRY_LATER),
  'F.0129': code('3-D Secure authentication failed.', 'Your bank could not confirm that it is you.'),
  'F.0130': code('3-D Secure authentication is not available.', 'Your bank could not confirm that it is you.'),
  'F.0131': code('Payment is not confirmed.', 'The payment was not confirmed.'),
  'F.0132': code('Payment is rejected by the customer.', 'You have canceled the payment.'),
  'F.0133': code('Phone number is wrong.', 'Please check the phone number.'),
  'F.0134': code('SMS code is wrong.', 'The code is wrong.'),
  'F.0135': code('Previous payment is not finished.', 'Please finish the previous payment first.'),
  'F.0996': code('Verification is refused by the merchant.', 'The shop has not accepted the payment.'),
  'F.0997': code('Reason is unknown.', TRY_LATER),
  'F.0998': code('Customer has not finished the payment.', 'The payment was not finished in time.'),
  'F.0999': code('Reason is unknown.', TRY_OTHER),
} as const satisfies Readonly<Record<string, CodeText>>

export type Code = keyof typeof CODES

/** Why something failed, in this API's codes. Total: a new reason does not compile until it is shown. */
export const CODE_OF_REASON = {
  declined: 'F.0999',
  do_not_honor: 'F.0105',
  insufficient_funds: 'F.0114',
  limit_exceeded: 'F.0124',
  not_permitted: 'F.0104',
  fraud_suspected: 'F.0116',
  declined_permanently: 'F.0105',
  card_expired: 'F.0111',
  invalid_card: 'F.0127',
  invalid_number: 'F.0127',
  invalid_cvv: 'F.0112',
  invalid_pin: 'F.0127',
  invalid_otp: 'F.0134',
  invalid_card_status: 'F.0104',
  card_restricted: 'F.0104',
  card_type_not_supported: 'F.0104',
  card_verification_failed: 'F.0127',
  lost_card: 'F.0100',
  stolen_card: 'F.0100',
  lost_or_stolen_card: 'F.0100',
  authentication_required: 'F.0129',
  authentication_failed: 'F.0129',
  authentication_error: 'F.0130',
  authentication_unavailable: 'F.0130',
  authentication_enrolled: 'F.0129',
  authentication_not_enrolled: 'F.0129',
  invalid_authentication_code: 'F.0134',
  authentication_timeout: 'F.0998',
  authentication_locked: 'F.0129',
  account_locked: 'F.0100',
  credentials_invalid: 'F.0126',
  credentials_locked: 'F.0100',
  new_recipient_amount_limit: 'F.0125',
  new_recipient_count_limit: 'F.0125',
  recipient_not_allowed: 'F.0104',
  invalid_amount: 'F.0128',
  invalid_request: 'F.0128',
  invalid_details: 'F.0126',
  currency_not_supported: 'F.0113',
  duplicate: 'F.0108',
  transaction_not_found: 'F.0110',
  token_not_found: 'F.0101',
  access_denied: 'F.0102',
  provider_credentials_invalid: 'F.0107',
  issuer_unavailable: 'F.0119',
  provider_error: 'F.0117',
  provider_error_permanent: 'F.0118',
  provider_unavailable: 'F.0117',
  provider_timeout: 'F.0117',
  unresolved: 'F.0997',
  no_route: 'F.0104',
  unknown: 'F.0997',
  error: 'F.0117',
  error_permanent: 'F.0118',
  general_error_permanent: 'F.0118',
  payer_rejected: 'F.0132',
  payer_left: 'F.0998',
  not_completed: 'F.0998',
  canceled_by_merchant: 'F.0131',
  merchant_refused: 'F.0996',
  expired: 'F.0109',
} as const satisfies Readonly<Record<Reason, Code>>

/** Codes of payments that did not fail. */
const CODE_OF_STATE = {
  created: 'P.0001',
  pending: 'P.0002',
  processing: 'P.0001',
  authorized: 'S.0000',
  succeeded: 'S.0000',
  failed: 'F.0999',
  rejected: 'F.0999',
  canceled: 'F.0131',
  expired: 'F.0109',
} as const satisfies Readonly<Record<PaymentState, Code>>

/**
 * Codes that are finer than our reasons, and the reason that stands for them. Providers of ours never say them; a test asks for one by
 * `expected_bank_code`, and must read that code and its texts (beGateway reference 15).
 */
const REASON_OF_CODE: Readonly<Partial<Record<Code, Reason>>> = {
  'F.0101': 'invalid_card', 'F.0102': 'do_not_honor', 'F.0103': 'provider_credentials_invalid', 'F.0106': 'provider_error', 'F.0115': 'fraud_suspected',
  'F.0120': 'declined_permanently', 'F.0121': 'provider_unavailable', 'F.0122': 'provider_error_permanent', 'F.0123': 'limit_exceeded', 'F.0125': 'limit_exceeded',
  'F.0131': 'not_completed', 'F.0133': 'invalid_details', 'F.0135': 'duplicate', 'F.0999': 'unknown',
}

/**
 * The code of a payment: by its reason where it has ended badly, else by its state. `expected`: the code that a test has asked for; it
 * is said only when its outcome came true, and not when the payer has canceled before, for example.
 */
export function codeOf({ state, reason, mode }: Pick<Payment, 'state' | 'reason' | 'mode'>, expected?: unknown): Code {
  const failed = state === 'failed' || state === 'rejected'
  const wanted = mode === 'test' && typeof expected === 'string' ? expected.toUpperCase() : ''
  if (state === 'processing' && wanted === 'P.9999') return wanted
  if (!failed || reason === null) return CODE_OF_STATE[state]
  return isCode(wanted) && REASON_OF_CODE[wanted] === reason ? wanted : CODE_OF_REASON[reason]
}

const isCode = (text: string): text is Code => Object.hasOwn(CODES, text)

const CODE_OF_ATTEMPT = { sent: 'P.9999', action: 'P.0002', processing: 'P.0001', approved: 'S.0000', declined: 'F.0999' } as const satisfies Readonly<Record<AttemptState, Code>>

/** The code of a capture or void. */
export function codeOfAttempt(state: AttemptState, reason: Reason | null): Code {
  return state === 'declined' && reason !== null ? CODE_OF_REASON[reason] : CODE_OF_ATTEMPT[state]
}

const CODE_OF_REFUND = { pending: 'P.0001', processing: 'P.0001', succeeded: 'S.0000', failed: 'F.0999', canceled: 'F.0131' } as const satisfies Readonly<Record<RefundState, Code>>

/** The code of a refund. */
export function codeOfRefund(state: RefundState, reason: Reason | null): Code {
  return state === 'failed' && reason !== null ? CODE_OF_REASON[reason] : CODE_OF_REFUND[state]
}
