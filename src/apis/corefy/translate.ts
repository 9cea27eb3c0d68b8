/** Domain → wire: what a payment looks like here (Corefy reference: payment invoice, representation). */
import { money, toDecimalString } from '../../core/money.ts'
import { splitFee } from '../../ledger/fees.ts'
import type { Look } from '../../pages/index.ts'
import { isChargeBack } from '../../payments/decisions/charge-back.ts'
import type { Payment, Refund, Reserve } from '../../payments/model.ts'
import { surplusOf } from '../../payments/decisions/surplus.ts'
import { customerResource, type StoredCustomer } from './account/shown-customer.ts'
import { toService, type Rate } from './exchange.ts'
import { payloadOf } from './invoices/payload.ts'
import { refundResource } from './invoices/refund-resource.ts'
import { NO_RESERVE, reserveFacts } from './invoices/reserve.ts'
import { awaitsModerator } from './moderated.ts'
import { decimal, phpMap, seconds } from './php.ts'
import { ownSums, resolutionOf, statusOf } from './statuses.ts'
import type { CardgateOptions } from './wire/cardgate.ts'
import type { InvoiceRequest } from './wire/invoice.ts'

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
  /** The method's code at providers of alternative methods; cards have none. */
  readonly provider_code?: string
  readonly source: string
  /** The customer as it was at creation: callbacks must not need another read. */
  readonly customer: StoredCustomer | null
  /** Where the service's currency is another one. `named`: the amount in it, where the request named that one (minor units). */
  readonly exchange?: { readonly currency: string; readonly rate: Rate; readonly named?: string }
  readonly locale?: string
  readonly look?: Look
  readonly callbacks?: CallbackTerms
  /** It waits for an operator's word. */
  readonly moderated?: boolean
}

/** The account's settings for callbacks when they are not the usual ones, kept with the payment: decisions about deliveries read nothing else. */
export interface CallbackTerms {
  readonly only_final: boolean
  readonly interval_s: number
  readonly retries_max: number
}

export const storedRequest = (payment: Payment): StoredRequest => payment.request as unknown as StoredRequest

/** What the resource shows beside the payment. */
export interface Shown {
  /** `public`: anybody who knows the id; nothing that only the merchant should know is shown. */
  readonly audience: 'merchant' | 'public'
  readonly status: string
  readonly refunds: readonly Refund[]
  readonly reserve: Reserve | undefined
  /** Where the payer goes, with the card gate's token when it is given out. */
  readonly flow_data: unknown
  readonly hide_card: boolean
  readonly attempt_id: string | null
  readonly hpp_url: string
  readonly account_id: string
  readonly callback_logs: readonly unknown[]
  /** The account's switch "expose internal data". */
  readonly internal: { readonly return_url: string } | null
}

/** The invoice as a JSON:API document: answer and callback alike. */
export function invoiceDocument(payment: Payment, shown: Shown): Record<string, unknown> {
  const request = storedRequest(payment)
  const customer = shown.audience === 'public' ? null : request.customer
  return {
    data: {
      type: 'payment-invoices',
      id: payment.id,
      attributes: invoiceAttributes(payment, shown),
      relationships: {
        'payment-service': { data: { type: 'payment-services', id: request.service } },
        'payment-method': { data: { type: 'payment-methods', id: request.method } },
        customer: { data: customer === null ? null : { type: 'customers', id: customer.id } },
        ...(shown.attempt_id === null ? {} : { 'active-payment': { data: { type: 'payments', id: shown.attempt_id } } }),
      },
      links: { self: `/api/payment-invoices/${payment.id}` },
    },
    included: [
      ...(customer === null ? [] : [customerResource(customer, shown.account_id)]),
      ...(shown.internal === null || shown.audience === 'public' ? [] : [paymentRequestResource(payment, shown.refunds, shown.internal.return_url)]),
    ],
  }
}

function invoiceAttributes(payment: Payment, shown: Shown): Record<string, unknown> {
  const request = storedRequest(payment)
  const facts = payment.result.facts
  const { status } = shown
  const failed = status === 'process_failed' || status === 'verify_failed'
  const isPublic = shown.audience === 'public'
  return {
    serial_number: payment.id.replace(/^cpi_/, ''),
    status,
    resolution: resolutionOf(payment),
    resolution_message: payment.reason === null ? null : (facts?.message ?? null),
    moderation_required: awaitsModerator(payment),
    ...amountsOf(payment, shown),
    ...(isPublic ? NO_FEES : {}),
    reference_id: payment.reference,
    test_mode: payment.mode === 'test',
    failed: failed ? seconds(payment.finished_at) : null,
    // What a page of the shop wrote, it may read; what the merchant's server wrote is for the merchant.
    metadata: isPublic && request.source === 'merchant_api' ? [] : phpMap(request.metadata),
    flow_data: shown.flow_data,
    flow: 'hpp',
    payment_flow: request.flow,
    created: seconds(payment.created_at),
    updated: seconds(payment.updated_at),
    payload: isPublic ? null : payloadOf(payment, shown.hide_card),
    description: payment.description,
    descriptor: request.descriptor,
    callback_url: isPublic ? null : request.callback_url,
    return_url: request.return_url,
    return_urls: request.return_urls ?? [],
    original_data: isPublic || facts?.code === undefined ? null : { original_resolution: facts.code, original_resolution_message: facts.message ?? null },
    rrn: facts?.rrn ?? null,
    approval_code: facts?.approval_code ?? null,
    arn: facts?.arn ?? null,
    source: request.source,
    callback_logs: shown.callback_logs,
    hpp_url: shown.hpp_url,
    ...(isPublic ? NO_RESERVE : reserveFacts(payment, shown.reserve)),
    refunds: isPublic ? [] : shown.refunds.filter((refund) => !isChargeBack(refund)).map((refund) => refundResource(refund)),
  }
}

/** All amounts (Corefy reference: money semantics). `amount` is what the merchant asked for, `payment_amount` what the payer pays. */
function amountsOf(payment: Payment, shown: Shown): Record<string, unknown> {
  const number = (minor: bigint): number => decimal(minor, payment.currency)
  const exchange = storedRequest(payment).exchange
  const inService = (minor: bigint): number => {
    if (exchange === undefined) return number(minor)
    const named = exchange.named !== undefined && minor === payment.amount ? BigInt(exchange.named) : toService(minor, exchange.rate, payment.currency, exchange.currency, 'up')
    return decimal(named, exchange.currency)
  }
  const expected = splitFee(payment.fee_terms, payment.amount)
  const sums = ownSums(payment, shown.refunds)
  const done = payment.kind === 'charge' && sums.captured > 0n
  const verified = payment.kind === 'verify' && payment.state === 'succeeded'
  const lastRefund = shown.refunds.findLast((refund) => refund.state === 'succeeded' && !isChargeBack(refund) && surplusOf(refund) === undefined)
  const refunded = sums.refunded > 0n
  return {
    amount: number(payment.amount),
    payment_amount: number(payment.payable),
    currency: payment.currency,
    service_currency: exchange?.currency ?? payment.currency,
    service_amount: inService(payment.amount),
    payment_service_amount: inService(payment.payable),
    exchange_rate: exchange === undefined ? null : Number(exchange.rate),
    fee: number(expected.fee),
    deposit: number(expected.deposit),
    processed: done || verified ? seconds(payment.finished_at) : null,
    processed_amount: done ? number(sums.captured) : null,
    processed_fee: done ? number(payment.fee) : null,
    processed_deposit: done ? number(sums.captured - payment.fee) : null,
    refunded_amount: refunded ? number(sums.refunded) : null,
    refunded_fee: refunded ? number(payment.refunded_fee) : null,
    refunded: refunded ? seconds(lastRefund?.updated_at ?? payment.updated_at) : null,
    charged_back_amount: sums.charged_back > 0n ? number(sums.charged_back) : null,
    charged_back: seconds(shown.refunds.findLast(isChargeBack)?.created_at ?? null),
  }
}

/** What the merchant pays for a payment is no business of its payer. */
const NO_FEES = { fee: null, deposit: null, processed_fee: null, processed_deposit: null, refunded_fee: null } as const

/** The fee as older objects carry it: as text, with who bears it. */
export function feeFacts(payment: Payment): { readonly fee: string; readonly fee_strategy: string } {
  return { fee: toDecimalString(money(splitFee(payment.fee_terms, payment.amount).fee, payment.currency)), fee_strategy: payment.fee_terms?.strategy ?? 'internal' }
}

/** The internal object behind an invoice (Corefy reference: included). Its id is made of the invoice's, since it has no life of its own here. */
function paymentRequestResource(payment: Payment, refunds: readonly Refund[], return_url: string): Record<string, unknown> {
  const request = storedRequest(payment)
  const { captured, charged_back } = ownSums(payment, refunds)
  const number = (minor: bigint): number => decimal(minor, payment.currency)
  return {
    type: 'payment-requests',
    id: payment.id.replace(/^cpi_/, 'prq_'),
    attributes: {
      amount: number(payment.payable),
      paid_amount: captured > 0n ? number(captured) : null,
      amount_readonly: true,
      currency: payment.currency,
      reference_id: payment.id,
      status: statusOf(payment, null, refunds).toUpperCase(),
      description: payment.description,
      test_mode: payment.mode === 'test',
      expires: seconds(payment.expires_at),
      created: seconds(payment.created_at),
      processed: payment.state === 'succeeded' ? seconds(payment.finished_at) : null,
      return_url,
      callback_url: request.callback_url,
      resolution: resolutionOf(payment).toUpperCase(),
      payment_service: request.service,
      metadata: feeFacts(payment),
      fields: phpMap(request.service_fields),
      charged_back_amount: charged_back > 0n ? number(charged_back) : null,
    },
  }
}
