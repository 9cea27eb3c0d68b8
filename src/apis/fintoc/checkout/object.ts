/**
 * A checkout session on the wire ("Fintoc reference: Checkout sessions"). It is a payment that was asked for in another way: made with
 * it, of the same merchant, amount and end; its id is the payment's with another prefix, so there is nothing to keep in step.
 */
import type { Payment, PaymentState } from '../../../payments/model.ts'
import { intentObject, intentStatus, progressOf, requestOf } from '../translate.ts'
import type { Intent } from '../translate.ts'

export interface FintocUrls {
  /** Where this API is reached from outside, without a slash at the end. */
  readonly base_url: string
}

/** What a checkout's payment keeps beside the rest. */
export interface CheckoutRequest {
  readonly checkout: {
    readonly success_url: string | null
    readonly cancel_url: string | null
    readonly payment_methods: readonly string[]
    readonly customer: Readonly<Record<string, unknown>> | null
    readonly ui_mode: string | null
    readonly expires_at: string
  }
}

export const isCheckout = (payment: Payment): boolean => requestOf(payment).parent?.kind === 'checkout_session'

export const checkoutIdOf = (payment_id: string): string => payment_id.replace(/^pi_/, 'cs_')
export const paymentIdOf = (checkout_id: string): string => checkout_id.replace(/^cs_/, 'pi_')

export type CheckoutStatus = 'created' | 'in_progress' | 'finished' | 'expired'

/** `finished` does not mean paid: the payment inside says what became of it. */
const STATUS = {
  created: 'created', pending: 'in_progress', processing: 'in_progress', authorized: 'in_progress', succeeded: 'finished', failed: 'finished', rejected: 'finished', canceled: 'expired',
  expired: 'expired',
} as const satisfies Record<PaymentState, CheckoutStatus>

export function checkoutStatus(intent: Intent): CheckoutStatus {
  const status = STATUS[intent.payment.state]
  return status === 'created' && intentStatus(intent) === 'in_progress' ? 'in_progress' : status
}

/** In no version's words yet: see versions.ts. */
export function checkoutObject(intent: Intent, { base_url }: FintocUrls, session_token: string | null = null): Record<string, unknown> {
  const { payment } = intent
  const request = requestOf(payment)
  const { checkout } = payment.request as unknown as CheckoutRequest
  const id = checkoutIdOf(payment.id)
  const hasStarted = progressOf(payment).started_at !== undefined || (payment.state !== 'created' && payment.state !== 'expired')
  return {
    id, object: 'checkout_session', amount: Number(payment.amount), currency: payment.currency, status: checkoutStatus(intent), flow: 'payment', mode: payment.mode,
    redirect_url: `${base_url}/checkout/${id}`, session_token, success_url: checkout.success_url, cancel_url: checkout.cancel_url, metadata: request.metadata,
    customer: checkout.customer, customer_email: request.customer_email, business_profile: request.business_profile,
    payment_methods: checkout.payment_methods, ui_mode: checkout.ui_mode,
    created_at: payment.created_at.toISOString(), expires_at: checkout.expires_at, payment_resource: hasStarted ? { payment_intent: intentObject(intent) } : null,
  }
}
