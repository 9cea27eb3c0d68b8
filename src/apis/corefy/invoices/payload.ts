import type { CardSummary, Payment } from '../../../payments/model.ts'

/** Card details after a payment: never more than first six and last four (Corefy reference: payload after a card payment). */
export function payloadOf(payment: Payment, hide_card: boolean): Record<string, unknown> | null {
  const { card, token, facts, client_ip } = payment.result
  if (card === undefined) return null
  return {
    token: payment.state === 'succeeded' ? (token ?? null) : null,
    auth_type: 'card',
    client_ip: client_ip ?? '',
    ...(hide_card ? {} : { payment_card: cardOf(card, payment) }),
    ...(facts?.provider_ref === undefined ? {} : { provider_reference: facts.provider_ref }),
  }
}

const two = (value: number): string => String(value % 100).padStart(2, '0')

/** First six digits, as many stars as the number has digits between, last four. */
export const maskOf = (card: CardSummary): string => `${card.first6}${'*'.repeat(Math.max(0, card.length - 10))}${card.last4}`

function cardOf(card: CardSummary, payment: Payment): Record<string, unknown> {
  const { facts, token } = payment.result
  const authentication = facts?.authentication
  const brand = card.brand ?? facts?.card?.brand ?? null
  return {
    first: card.first6,
    last: card.last4,
    mask: maskOf(card),
    holder: card.holder,
    brand,
    network: brand === null ? null : brand.toUpperCase(),
    type: facts?.card?.type?.toUpperCase() ?? null,
    card_id: token === undefined ? null : `card_${token.slice(0, 16)}`,
    expiry_month: two(card.exp_month),
    expiry_year: two(card.exp_year),
    issuer_name: facts?.card?.issuer ?? null,
    issuer_country: facts?.card?.country ?? null,
    ...(authentication === undefined ? {} : { verification: [{ type: '3ds', details: { eci: authentication.eci, version: authentication.version.split('.')[0] } }] }),
  }
}
