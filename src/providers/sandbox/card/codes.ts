/** The answer that an issuer gives with a result: an ISO 8583 response code and its words. */
import type { Reason } from '../../../core/reasons.ts'

interface Answer {
  readonly code: string
  readonly message: string
}

export const APPROVED: Answer = { code: '00', message: 'Approved' }
const DO_NOT_HONOR: Answer = { code: '05', message: 'Do not honor' }

const ANSWERS: Readonly<Partial<Record<Reason, Answer>>> = {
  card_restricted: { code: '62', message: 'Restricted card' },
  invalid_request: { code: '12', message: 'Invalid transaction' },
  invalid_amount: { code: '13', message: 'Invalid amount' },
  invalid_number: { code: '14', message: 'Invalid card number' },
  invalid_card: { code: '14', message: 'Invalid card number' },
  transaction_not_found: { code: '25', message: 'Unable to locate record' },
  lost_card: { code: '41', message: 'Lost card' },
  lost_or_stolen_card: { code: '41', message: 'Lost card' },
  stolen_card: { code: '43', message: 'Stolen card' },
  insufficient_funds: { code: '51', message: 'Not sufficient funds' },
  card_expired: { code: '54', message: 'Expired card' },
  invalid_pin: { code: '55', message: 'Incorrect PIN' },
  not_permitted: { code: '57', message: 'Transaction not permitted' },
  fraud_suspected: { code: '59', message: 'Suspected fraud' },
  limit_exceeded: { code: '61', message: 'Exceeds withdrawal limit' },
  authentication_required: { code: '65', message: 'Strong customer authentication required' },
  invalid_cvv: { code: '82', message: 'Security code does not match' },
  issuer_unavailable: { code: '91', message: 'Issuer unavailable' },
  duplicate: { code: '94', message: 'Duplicate transaction' },
  provider_error: { code: '96', message: 'System malfunction' },
}

/** What the issuer says when it declines for this reason. */
export function answerFor(reason: Reason): Answer {
  return ANSWERS[reason] ?? DO_NOT_HONOR
}
