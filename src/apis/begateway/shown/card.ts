/**
 * The card gateway's transaction object, API v1/v2 (beGateway reference 7.2 and 17). The section with the result is named after the
 * transaction's type, as on the APM side.
 */
import { CODES } from '../codes.ts'
import { onWire, type StoredPayment, type TransactionType } from '../stored.ts'
import { waitingAction } from './apm.ts'
import type { Links } from './links.ts'
import { cardCode, cardTimes, identity, order, references } from './shared.ts'
import { CARD_STATUS, type Transaction } from './transaction.ts'

/** "Payment was declined", "Authorization was declined" (reference 17); the other types follow the pattern. */
const DECLINED: Readonly<Record<TransactionType, string>> = {
  payment: 'Payment was declined', authorization: 'Authorization was declined', capture: 'Capture was declined', void: 'Void was declined',
  refund: 'Refund was declined', chargeback: 'Chargeback was declined', payout: 'Payout was declined', credit: 'Credit was declined', tokenization: 'Tokenization was declined',
  checkup: 'Checkup was declined', recipient_tokenization: 'Recipient tokenization was declined',
}

/** `message`: the key is there even when it is null (`incomplete`, reference 17). */
export function cardMessage(of: Transaction): string | null {
  if (of.standing === 'successful') return 'Successfully processed'
  if (of.standing === 'failed') return DECLINED[of.type]
  if (of.standing === 'expired' || of.standing === 'deleted') return CODES['F.0998'].message
  return null
}

/** `redirect_url` while the customer has to authenticate. */
export function redirectUrl(of: Transaction, links: Links): string | undefined {
  return of.standing === 'waiting' && waitingAction(of) !== undefined ? links.process(of.uid) : undefined
}

/** `transaction`, without its envelope. */
export function cardTransaction(of: Transaction, links: Links): Record<string, unknown> {
  const { stored } = of
  const redirect_url = redirectUrl(of, links)
  const status = CARD_STATUS[of.standing]
  const message = cardMessage(of)
  return {
    ...identity(of),
    status,
    status_code: cardCode(of),
    message,
    ...order(of),
    ...cardTimes(of),
    recurring_type: stored.recurring === true ? 'recurring' : null,
    receipt_url: `${links.receipt(of.uid)}?language=${stored.language}`,
    ...(redirect_url === undefined ? {} : { redirect_url }),
    payment_method_type: 'credit_card',
    credit_card: creditCard(of),
    [of.type]: resultSection(of, status, message),
    customer: stored.customer,
    billing_address: { ...EMPTY_ADDRESS, ...stored.billing_address },
    additional_data: of.additional_data,
    ...threeDSecure(of),
  }
}

const EMPTY_ADDRESS = { first_name: null, last_name: null, address: null, country: null, city: null, zip: null, state: null, phone: null }

function resultSection(of: Transaction, status: string, message: string | null): Record<string, unknown> {
  return {
    ...references(of),
    bank_code: cardCode(of),
    message,
    amount: onWire(of.payment, of.amount),
    currency: of.payment.currency,
    status,
  }
}

/** `credit_card` of an answer. A card has a token once it has passed. */
export function creditCard(of: Transaction): Record<string, unknown> {
  const { stored, payment } = of
  const { card, facts: { card: known } = {} } = payment.result
  const token = stored.token ?? payment.result.token ?? null
  return {
    holder: card?.holder ?? null,
    stamp: stored.stamp ?? null,
    brand: card?.brand ?? null,
    last_4: card?.last4 ?? null,
    first_1: card?.first6.charAt(0) ?? null,
    bin: card?.first6 ?? null,
    issuer_country: known?.country ?? null,
    issuer_name: known?.issuer ?? null,
    product: null,
    exp_month: card?.exp_month ?? null,
    exp_year: card?.exp_year ?? null,
    token_provider: null,
    token: of.parent_uid === undefined || of.type === 'refund' ? token : null,
  }
}

function threeDSecure(of: Transaction): Record<string, unknown> {
  const authentication = of.facts.authentication
  if (authentication === undefined) return {}
  return { three_d_secure_verification: { status: of.standing === 'failed' ? 'failed' : 'successful', version: authentication.version, eci: authentication.eci, pa_status: authentication.status } }
}

/** Which answer a stored payment is rendered in. */
export function isCard(stored: StoredPayment): boolean {
  return stored.resource === 'card'
}
