/**
 * API v3 (`X-API-Version: 3`): flat, without envelope; the address is merged into `customer`; what does not apply is `null`
 * (beGateway reference 17, "v3 card answer").
 */
import { CODES } from '../codes.ts'
import { creditCard, redirectUrl } from './card.ts'
import type { Links } from './links.ts'
import { cardCode, cardTimes, order, references } from './shared.ts'
import { CARD_STATUS, type Transaction } from './transaction.ts'

const NO_CUSTOMER = {
  first_name: null, last_name: null, middle_name: null, ip: null, email: null, phone: null, birth_date: null, device_id: null,
  country: null, state: null, city: null, zip: null, address: null, external_id: null,
}

/** The whole answer. */
export function flatTransaction(of: Transaction, links: Links): Record<string, unknown> {
  const { stored } = of
  const code = cardCode(of)
  return {
    uid: of.uid,
    parent_uid: of.parent_uid ?? null,
    type: of.type,
    code,
    status: CARD_STATUS[of.standing],
    ...CODES[code],
    reason: of.reason ?? null,
    ...order(of),
    ...cardTimes(of),
    psp_settled_at: null,
    expired_at: stored.expired_at ?? null,
    recurring_type: stored.recurring === true ? 'recurring' : null,
    payment_method: { payment_method_type: 'credit_card', ...creditCard(of) },
    customer: { ...NO_CUSTOMER, ...stored.billing_address, ...stored.customer },
    transaction: { ...references(of), bank_code: of.facts.code ?? null },
    links: { receipt_url: `${links.receipt(of.uid)}?language=${stored.language}`, redirect_url: redirectUrl(of, links) ?? null },
    additional_data: of.additional_data,
    three_d_secure_verification: of.facts.authentication ?? null,
    be_protected_verification: null,
    smart_routing_verification: null,
  }
}
