/** What the three dialects have in common: which transaction it is, what was ordered, and when (beGateway reference 4, 7.2 and 17). */
import type { Code } from '../codes.ts'
import { onWire } from '../stored.ts'
import { iso } from './time.ts'
import type { Transaction } from './transaction.ts'

/** `id` is the older name of `uid`; some clients read that. A refund, capture or void names what it continues. */
export function identity(of: Transaction): Record<string, unknown> {
  return { uid: of.uid, id: of.uid, ...(of.parent_uid === undefined ? {} : { parent_uid: of.parent_uid, reason: of.reason ?? null }), type: of.type }
}

/** Echoed as it came: the amount as the wire counts it, the tracking id verbatim. */
export function order({ amount, payment, tracking_id, stored }: Transaction): Record<string, unknown> {
  return { amount: onWire(payment, amount), currency: payment.currency, description: payment.description, tracking_id, test: stored.test, language: stored.language }
}

/** `paid_at` is there once the money is. */
export function times(of: Transaction): Record<string, unknown> {
  return { created_at: iso(of.created_at), updated_at: iso(of.updated_at), paid_at: of.standing === 'successful' ? iso(of.finished_at ?? of.updated_at) : null }
}

/** Times of a card transaction. Nothing here happens after the payment, so the later times are unset. */
export function cardTimes(of: Transaction): Record<string, unknown> {
  return { ...times(of), closed_at: null, settled_at: null, manually_corrected_at: null }
}

/** The code of a card transaction: one that waits for its customer is incomplete (reference 6.1). */
export const cardCode = ({ standing, code }: Transaction): Code => (standing === 'waiting' ? 'P.9998' : code)

/** References that the acquirer gave: the same in both versions of the card API. */
export function references({ facts, stored }: Transaction): Record<string, unknown> {
  return {
    auth_code: facts.approval_code ?? null, rrn: facts.rrn ?? null, ref_id: facts.provider_ref ?? null,
    billing_descriptor: stored.billing_descriptor ?? null, gateway_id: stored.gateway_id,
  }
}
