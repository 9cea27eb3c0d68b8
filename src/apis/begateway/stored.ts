/**
 * What this API keeps of a request with the payment, capture, void or refund that it made: all that an answer or a notification echoes.
 * Written once, never changed; what happens later lives in `result.api` (see `Later`).
 */
import { exponent } from '../../core/money.ts'
import type { Payment } from '../../payments/model.ts'
import type { SurplusRefund } from '../../payments/decisions/surplus.ts'
import type { Language } from './payer/languages.ts'
import { toWire } from './amounts.ts'
import { apmMethod } from './methods.ts'
import { bodyAt, isBody, present, type Body } from './validation/body.ts'

/** Which of the platform's services took the request: it decides the shape of answers and notifications. */
export type Resource = 'apm' | 'erip' | 'card'

/** Words for `type`, as they go over the wire. */
export type TransactionType = 'payment' | 'authorization' | 'capture' | 'void' | 'refund' | 'chargeback' | 'payout' | 'credit' | 'tokenization' | 'checkup' | 'recipient_tokenization'

/** `payments.request` of this API. */
export interface StoredPayment {
  readonly resource: Resource
  readonly type: TransactionType
  readonly shop_id: string
  readonly test: boolean
  /** How many decimals its amounts have on the wire, where ISO 4217 has others (amounts.ts). */
  readonly decimals?: number | undefined
  readonly language: Language
  readonly tracking_id: string | null
  readonly order_id?: string | undefined
  readonly notification_url?: string | undefined
  readonly verification_url?: string | undefined
  readonly return_url?: string | undefined
  readonly iframe?: boolean | undefined
  readonly expired_at?: string | undefined
  /** `ip`, `email`, `device_id`, `birth_date` and what else is not an address. */
  readonly customer: Body
  readonly billing_address: Body
  readonly additional_data: Body
  /** APM: the answered `method_type` and the section of that name. */
  readonly method_type: string
  readonly method: Body
  readonly gateway_id: number
  readonly recurring?: boolean | undefined
  /** ERIP: a bill that many may pay. No money comes to it: each payment of it is a payment of its own, which names it. */
  readonly permanent?: boolean | undefined
  readonly bill_uid?: string | undefined
  /** Card: what the shop sees as `credit_card.stamp`. */
  readonly stamp?: string | undefined
  /** The card token that paid, when one was named. */
  readonly token?: string | undefined
  readonly billing_descriptor?: string | undefined
  /** Hosted checkout: the members of the checkout object that answers repeat. */
  readonly checkout?: Body | undefined
}

/** `refunds.request` and `attempts.request` of this API. */
export interface StoredChild {
  readonly type: TransactionType
  /** As the shop named it: the payment, or one of its captures. */
  readonly parent_uid: string
  readonly tracking_id: string | null
  readonly reason?: string | undefined
  readonly notification_url?: string | undefined
  readonly additional_data?: Body | undefined
  readonly language?: Language | undefined
}

/** An operator's word about a transaction (beGateway reference 14). */
export interface Correction {
  readonly status: string
  readonly message?: string | undefined
  readonly paid_at?: string | undefined
}

/** `payments.result.api` of this API: what changed by other ways than the state. */
export interface Later {
  /** Deleted through the API after it had expired. */
  readonly deleted?: boolean
  /** Checkout: the method that the payer chose, and what it asked them. */
  readonly chosen?: string
  readonly fields?: Body
  /** Words of the merchant's verification answer. */
  readonly message?: string
  readonly friendly_message?: string
  /** An operator corrected the status. */
  readonly manually_corrected_at?: string
  /** What they said of it, which counts as long as it has the status that they gave. */
  readonly corrected?: Correction
  readonly proofs?: readonly Body[]
}

/**
 * What was stored with a payment. The cast is safe: only this API writes payments of its name. At the hosted checkout it is the payer who
 * chooses the method, after the request was stored: then it is the chosen one that answers name.
 */
export function storedPayment(payment: Payment): StoredPayment {
  const stored = payment.request as unknown as StoredPayment
  const { chosen: name = '', fields = {} } = laterOf(payment)
  const chosen = stored.checkout === undefined ? undefined : apmMethod(name)
  return chosen === undefined ? stored : { ...stored, resource: 'apm', method_type: chosen.type, method: { type: name, ...membersOf(stored, chosen.type), ...fields }, gateway_id: chosen.gateway_id }
}

/** How many decimals a payment's amounts have on the wire, and those of all that continues it. */
export const decimalsIn = (payment: Payment): number => storedPayment(payment).decimals ?? exponent(payment.currency)

/** An amount of a payment, or of what continues it, as its shop counts it. */
export const onWire = (payment: Payment, minor: bigint): number => toWire(minor, payment.currency, decimalsIn(payment))

/** Checkout: what the shop says of a method beforehand, as `payment_method.erip` of the PHP client does. Tokens come from nobody but us. */
export function membersOf({ checkout = {} }: StoredPayment, type: string): Body {
  const { token: _, type: __, ...members } = present(bodyAt(checkout, `payment_method.${type}`))
  return members
}

/** What was stored with a refund, capture or void. */
export function storedChild(request: Body): StoredChild {
  return request as unknown as StoredChild
}

/** What is kept of a refund that the shop did not ask for: money that came twice goes back. */
export const refundOfSurplus: SurplusRefund = (payment, ids) =>
  ({ id: ids.uuid(), request: { type: 'refund', parent_uid: payment.id, tracking_id: null, reason: 'Paid twice' } satisfies StoredChild })

/** What happened to a payment beside its state. */
export function laterOf(payment: Payment): Later {
  return isBody(payment.result.api) ? (payment.result.api as Later) : {}
}

/** Card numbers have no place in what is kept: digits that pass for one are cut to the last four. */
export function withoutCardNumbers(value: unknown): unknown {
  if (typeof value === 'string') return looksLikeCard(value) ? `****${value.replace(/\D/g, '').slice(-4)}` : value
  if (typeof value === 'number') return looksLikeCard(String(value)) ? `****${String(value).slice(-4)}` : value
  if (Array.isArray(value)) return value.map(withoutCardNumbers)
  if (!isBody(value)) return value
  return Object.fromEntries(Object.entries(value).flatMap(([name, inner]) => (SECRET_NAMES.test(name) ? [] : [[name, withoutCardNumbers(inner)]])))
}

const SECRET_NAMES = /^(?:cvv|cvc|cvv2|cvc2|verification_value|pin|password)$/i

function looksLikeCard(value: string): boolean {
  const digits = value.replace(/[ -]/g, '')
  if (!/^\d{13,19}$/.test(digits)) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits.charAt(digits.length - 1 - i))
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}
