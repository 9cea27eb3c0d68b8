/** The one magic input that all networks understand: the result, named by its code. */
import { isReason, type Reason } from '../../core/reasons.ts'
import type { Operation } from '../contract.ts'
import type { Verdict } from './book.ts'

/**
 * `hints.expected_bank_code` of a test operation replaces the result that the network would have come to; what the payer has to
 * do before stays the same. beGateway's codes, an ISO 8583 code of two digits, or one of our own reasons; an unknown one is ignored.
 */
export const BANK_CODES: Readonly<Record<string, Verdict>> = {
  'S.0000': { status: 'approved' },
  '00': { status: 'approved' },
  'P.0001': { status: 'processing' },
  'P.9999': { status: 'processing' },
  ...declines({
    'F.0100': 'account_locked', 'F.0101': 'invalid_card', 'F.0102': 'do_not_honor', 'F.0103': 'provider_credentials_invalid', 'F.0104': 'not_permitted',
    'F.0105': 'do_not_honor', 'F.0106': 'provider_error', 'F.0107': 'provider_credentials_invalid', 'F.0108': 'duplicate', 'F.0109': 'expired',
    'F.0110': 'transaction_not_found', 'F.0111': 'card_expired', 'F.0112': 'invalid_cvv', 'F.0113': 'currency_not_supported',
    'F.0114': 'insufficient_funds', 'F.0115': 'fraud_suspected', 'F.0116': 'fraud_suspected', 'F.0117': 'provider_error',
    'F.0118': 'provider_error_permanent', 'F.0119': 'issuer_unavailable', 'F.0120': 'declined_permanently', 'F.0121': 'provider_unavailable',
    'F.0122': 'provider_error_permanent', 'F.0123': 'limit_exceeded', 'F.0124': 'limit_exceeded', 'F.0125': 'limit_exceeded',
    'F.0126': 'invalid_details', 'F.0127': 'invalid_card', 'F.0128': 'invalid_request', 'F.0129': 'authentication_failed',
    'F.0130': 'authentication_unavailable', 'F.0131': 'not_completed', 'F.0132': 'payer_rejected', 'F.0133': 'invalid_details',
    'F.0134': 'invalid_otp', 'F.0135': 'duplicate', 'F.0996': 'merchant_refused', 'F.0997': 'unknown', 'F.0998': 'not_completed', 'F.0999': 'unknown',
    '04': 'card_restricted', '05': 'do_not_honor', '12': 'invalid_request', '13': 'invalid_amount', '14': 'invalid_number', '41': 'lost_card',
    '43': 'stolen_card', '51': 'insufficient_funds', '54': 'card_expired', '55': 'invalid_pin', '57': 'not_permitted', '59': 'fraud_suspected',
    '61': 'limit_exceeded', '62': 'card_restricted', '65': 'limit_exceeded', '82': 'invalid_cvv', '91': 'issuer_unavailable', '94': 'duplicate', '96': 'provider_error',
  }),
}

function declines(codes: Readonly<Record<string, Reason>>): Record<string, Verdict> {
  return Object.fromEntries(Object.entries(codes).map(([code, reason]) => [code, { status: 'declined', reason } as const]))
}

/** What `hints.expected_bank_code` of a test operation asks for. */
export function forced({ mode, hints }: Pick<Operation, 'mode' | 'hints'>): Verdict | undefined {
  const code = hints.expected_bank_code
  if (mode !== 'test' || typeof code !== 'string') return undefined
  return BANK_CODES[code.toUpperCase()] ?? (isReason(code) ? { status: 'declined', reason: code } : undefined)
}
