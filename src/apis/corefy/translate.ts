/** Domain → wire: what a payment is called and looks like here. The maps are total: a new state or reason does not compile until it is shown. */
import { money, toDecimalNumber } from '../../core/money.ts'
import type { Reason } from '../../core/reasons.ts'
import type { Customer } from '../../customers/store.ts'
import { splitFee } from '../../ledger/fees.ts'
import type { CardSummary, Payment, PaymentState, Refund } from '../../payments/model.ts'
import type { CardgateOptions, InvoiceRequest } from './wire.ts'

/** What is kept of a create request: the payment's `request`. */
export interface StoredRequest {
  readonly sid: string
  readonly service: string
  readonly method: string
  readonly flow: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly descriptor: string
  readonly callback_url: string | null
  readonly return_url: string | null
  readonly return_urls: InvoiceRequest['return_urls']
  readonly token: string | null
  readonly cardgate: CardgateOptions
  readonly options: Readonly<Record<string, unknown>>
  readonly service_fields: Readonly<Record<string, unknown>>
  readonly source: string
  /** The customer as it was at creation: callbacks must not need another read. */
  readonly customer: { readonly id: string; readonly reference_id: string | null; readonly profile: Readonly<Record<string, unknown>>; readonly created: number } | null
}

export const storedRequest = (payment: Payment): StoredRequest => payment.request as unknown as StoredRequest

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

/** PHP writes an empty map as `[]`, and so does the original (Corefy reference: PHP arrays). */
export function phpMap(map: Readonly<Record<string, unknown>>): unknown {
  return Object.keys(map).length === 0 ? [] : map
}

const seconds = (date: Date | null): number | null => (date === null ? null : Math.floor(date.getTime() / 1000))

/** What the resource shows beside the payment. */
export interface Shown {
  readonly refund: Refund | null
  readonly refunds: readonly Refund[]
  /** Where the payer goes, with the card gate's token when it is given out. */
  readonly flow_data: unknown
  readonly hide_card: boolean
  readonly attempt_id: string | null
  readonly hpp_url: string
  readonly account_id: string
}

/** The invoice as a JSON:API document: answer and callback alike. */
export function invoiceDocument(payment: Payment, shown: Shown): Record<string, unknown> {
  const request = storedRequest(payment)
  return {
    data: {
      type: 'payment-invoices',
      id: payment.id,
      attributes: invoiceAttributes(payment, shown),
      relationships: {
        'payment-service': { data: { type: 'payment-services', id: request.service } },
        'payment-method': { data: { type: 'payment-methods', id: request.method } },
        customer: { data: request.customer === null ? null : { type: 'customers', id: request.customer.id } },
        ...(shown.attempt_id === null ? {} : { 'active-payment': { data: { type: 'payments', id: shown.attempt_id } } }),
      },
      links: { self: `/api/payment-invoices/${payment.id}` },
    },
    included: request.customer === null ? [] : [customerResource(request.customer, shown.account_id)],
  }
}

function invoiceAttributes(payment: Payment, shown: Shown): Record<string, unknown> {
  const request = storedRequest(payment)
  const number = (minor: bigint): number => toDecimalNumber(money(minor, payment.currency))
  const expected = splitFee(payment.fee_terms, payment.amount)
  const done = payment.kind === 'charge' && payment.captured > 0n
  const facts = payment.result.facts
  const failed = payment.state === 'failed' || payment.state === 'rejected'
  const lastRefund = shown.refunds.filter(({ state }) => state === 'succeeded').at(-1)
  return {
    serial_number: payment.id.replace(/^cpi_/, ''),
    status: statusOf(payment, shown.refund),
    resolution: resolutionOf(payment),
    resolution_message: payment.reason === null ? null : (facts?.message ?? null),
    moderation_required: false,
    amount: number(payment.amount),
    payment_amount: number(payment.payable),
    currency: payment.currency,
    service_currency: payment.currency,
    service_amount: number(payment.amount),
    payment_service_amount: number(payment.payable),
    exchange_rate: null,
    reference_id: payment.reference,
    test_mode: payment.mode === 'test',
    fee: number(expected.fee),
    deposit: number(expected.deposit),
    processed: done || (payment.kind === 'verify' && payment.state === 'succeeded') ? seconds(payment.finished_at) : null,
    processed_amount: done ? number(payment.captured) : null,
    processed_fee: done ? number(payment.fee) : null,
    processed_deposit: done ? number(payment.captured - payment.fee) : null,
    refunded_amount: payment.refunded > 0n ? number(payment.refunded) : null,
    refunded_fee: payment.refunded > 0n ? number(payment.refunded_fee) : null,
    refunded: payment.refunded > 0n ? seconds(lastRefund?.updated_at ?? payment.updated_at) : null,
    failed: failed ? seconds(payment.finished_at) : null,
    charged_back_amount: null,
    charged_back: null,
    metadata: phpMap(request.metadata),
    flow_data: shown.flow_data,
    flow: 'hpp',
    payment_flow: request.flow,
    created: seconds(payment.created_at),
    updated: seconds(payment.updated_at),
    payload: payloadOf(payment, shown.hide_card),
    description: payment.description,
    descriptor: request.descriptor,
    callback_url: request.callback_url,
    return_url: request.return_url,
    return_urls: request.return_urls ?? [],
    original_data: facts?.code === undefined ? null : { original_resolution: facts.code, original_resolution_message: facts.message ?? null },
    rrn: facts?.rrn ?? null,
    approval_code: facts?.approval_code ?? null,
    arn: facts?.arn ?? null,
    source: request.source,
    callback_logs: [],
    hpp_url: shown.hpp_url,
    reserved_amount: null, reserve_expires: null, unreserved: null, reserves: [], reserve_options: null, processed_unreserve: null, processed_reserve_cancel: null, reserve_cancelled: null,
    refunds: shown.refunds.map((refund) => refundResource(refund)),
  }
}

/** Card details after a payment: never more than first six and last four. */
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

function cardOf(card: CardSummary, payment: Payment): Record<string, unknown> {
  const facts = payment.result.facts
  const authentication = facts?.authentication
  const brand = card.brand ?? facts?.card?.brand ?? null
  return {
    first: card.first6,
    last: card.last4,
    mask: `${card.first6}${'*'.repeat(Math.max(0, card.length - 10))}${card.last4}`,
    holder: card.holder,
    brand,
    network: brand === null ? null : brand.toUpperCase(),
    type: facts?.card?.type?.toUpperCase() ?? null,
    card_id: payment.result.token === undefined ? null : `card_${payment.result.token.slice(0, 16)}`,
    expiry_month: two(card.exp_month),
    expiry_year: two(card.exp_year),
    issuer_name: facts?.card?.issuer ?? null,
    issuer_country: facts?.card?.country ?? null,
    ...(authentication === undefined ? {} : { verification: [{ type: '3ds', details: { eci: authentication.eci, version: authentication.version.split('.')[0] } }] }),
  }
}

/** A refund as an object of its own (the newer form). */
export function refundResource(refund: Refund): Record<string, unknown> {
  const number = (minor: bigint): number => toDecimalNumber(money(minor, refund.currency))
  const status = { pending: 'created', processing: 'process_pending', succeeded: 'processed', failed: 'process_failed', canceled: 'terminated' } as const satisfies Record<Refund['state'], string>
  return {
    type: 'refunds',
    id: refund.id,
    attributes: {
      reference_id: refund.reference,
      original_id: null,
      description: refund.request['description'] ?? null,
      status: status[refund.state],
      amount: number(refund.amount),
      fee: number(refund.fee),
      currency: refund.currency,
      created: seconds(refund.created_at),
    },
    links: { self: `/refunds/${refund.id}` },
  }
}

/** A customer as JSON:API resource. */
export function customerResource(customer: NonNullable<StoredRequest['customer']>, account_id: string): Record<string, unknown> {
  const profile = customer.profile
  const text = (field: string): unknown => profile[field] ?? null
  return {
    type: 'customers',
    id: customer.id,
    attributes: {
      reference_id: customer.reference_id, email: text('email'), name: text('name'), phone: text('phone'), description: text('description'), created: customer.created,
      metadata: phpMap((profile['metadata'] ?? {}) as Record<string, unknown>), avatar: null, archived: null, processing_options: { payment_enabled: true, payout_enabled: true },
      address: profile['address'] ?? null, date_of_birth: text('date_of_birth'), individual_tax_id: text('individual_tax_id'), passport_number: null, passport_series: null,
      first_name: text('first_name'), surname: text('surname'), patronymic: text('patronymic'),
    },
    relationships: { 'commerce-account': { data: { type: 'commerce-accounts', id: account_id } } },
    links: { self: `/api/customers/${customer.id}` },
  }
}

/** The customer part of a stored request. */
export function storedCustomer(customer: Customer): NonNullable<StoredRequest['customer']> {
  return { id: customer.id, reference_id: customer.reference, profile: customer.profile, created: seconds(customer.created_at) ?? 0 }
}
