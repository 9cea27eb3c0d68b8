/** Domain → wire: what a payout looks like here (Corefy reference: payouts). */
import type { Attempt, Payment } from '../../../payments/model.ts'
import { customerResource, type StoredCustomer } from '../account/shown-customer.ts'
import type { Rate } from '../exchange.ts'
import { decimal, phpMap, seconds } from '../php.ts'
import { awaitsModerator } from '../moderated.ts'
import { payoutResolutionWord } from '../resolutions.ts'
import { payoutResolutionOf } from '../statuses.ts'
import type { CallbackTerms } from '../translate.ts'

/** What is kept of a request for a payout. Amounts are minor units as text; `fields` hold no card number, only its mask. */
export interface StoredPayout {
  readonly service: string
  readonly method: string
  readonly service_currency: string
  readonly rate: Rate
  readonly requested: { readonly side: 'base' | 'service'; readonly minor: string }
  readonly service_amount: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly metadata: Readonly<Record<string, unknown>>
  readonly options: Readonly<Record<string, unknown>>
  readonly callback_url: string | null
  readonly token: string | null
  readonly source: string
  readonly customer: StoredCustomer | null
  readonly callbacks?: CallbackTerms
  /** It waits for an operator's word. */
  readonly moderated?: boolean
}

export const storedPayout = (payment: Payment): StoredPayout => payment.request as unknown as StoredPayout

/** What the resource shows beside the payment. */
export interface ShownPayout {
  readonly audience: 'merchant' | 'public'
  readonly status: string
  readonly attempts: readonly Attempt[]
  readonly account_id: string
  readonly callback_logs: readonly unknown[]
  /** The account's switch "expose internal data": all parts, with what the provider said. */
  readonly expose_internal: boolean
}

/** At most so many parts are shown. */
const PARTS_MAX = 100

/** The payout as a JSON:API document: answer and callback alike. */
export function payoutDocument(payment: Payment, shown: ShownPayout): Record<string, unknown> {
  const request = storedPayout(payment)
  const customer = shown.audience === 'public' ? null : request.customer
  return {
    data: {
      type: 'payout-invoices',
      id: payment.id,
      attributes: payoutAttributes(payment, shown),
      relationships: {
        'payout-service': { data: { type: 'payout-services', id: request.service } },
        'payout-method': { data: { type: 'payout-methods', id: request.method } },
        customer: { data: customer === null ? null : { type: 'customers', id: customer.id } },
      },
      links: { self: `/api/payout-invoices/${payment.id}` },
    },
    included: customer === null ? [] : [customerResource(customer, shown.account_id)],
  }
}

/**
 * `amount` and `service_amount` are as requested where the merchant named them, `payout_amount` and `service_payout_amount`
 * are what arrives. (The reference lists the names alone; this follows `amount` and `payment_amount` of invoices.)
 */
function payoutAttributes(payment: Payment, shown: ShownPayout): Record<string, unknown> {
  const request = storedPayout(payment)
  const number = (minor: bigint): number => decimal(minor, payment.currency)
  const inService = (minor: bigint): number => decimal(minor, request.service_currency)
  const requested = BigInt(request.requested.minor)
  const byBase = request.requested.side === 'base'
  const arrives = BigInt(request.service_amount)
  const done = payment.state === 'succeeded'
  const failed = payment.state === 'failed' || payment.state === 'rejected'
  const isPublic = shown.audience === 'public'
  return {
    serial_number: payment.id.replace(/^cpoi_/, ''),
    status: shown.status,
    resolution: payoutResolutionOf(payment),
    moderation_required: awaitsModerator(payment),
    amount: number(byBase ? requested : payment.amount),
    payout_amount: number(payment.amount),
    currency: payment.currency,
    service_currency: request.service_currency,
    service_amount: inService(byBase ? arrives : requested),
    service_payout_amount: inService(arrives),
    exchange_rate: request.service_currency === payment.currency ? null : Number(request.rate),
    reference_id: payment.reference,
    test_mode: payment.mode === 'test',
    description: payment.description,
    fee: number(payment.payable - payment.amount),
    writeoff: number(payment.payable),
    processed: done ? seconds(payment.finished_at) : null,
    failed: failed ? seconds(payment.finished_at) : null,
    processed_amount: done ? number(payment.captured) : null,
    processed_fee: done ? number(payment.fee) : null,
    processed_writeoff: done ? number(payment.captured + payment.fee) : null,
    metadata: isPublic ? [] : phpMap(request.metadata),
    created: seconds(payment.created_at),
    updated: seconds(payment.updated_at),
    fields: isPublic ? [] : phpMap(request.fields),
    options: isPublic ? [] : phpMap(request.options),
    callback_url: isPublic ? null : request.callback_url,
    source: request.source,
    callback_logs: shown.callback_logs,
    payouts: isPublic ? [] : partsOf(payment, shown),
    ...(isPublic ? NO_FEES : {}),
  }
}

/** What the merchant pays for a payout is no business of who receives it. */
const NO_FEES = { fee: null, writeoff: null, processed_fee: null, processed_writeoff: null } as const

/** The parts that a payout was made in, on final states: by default only those that arrived (release notes). */
function partsOf(payment: Payment, { attempts, expose_internal }: ShownPayout): unknown[] {
  if (payment.finished_at === null) return []
  return attempts
    .filter(({ kind, state }) => kind === 'payout' && (state === 'approved' || expose_internal))
    .slice(0, PARTS_MAX)
    .map((attempt) => ({
      id: attempt.id, rrn: attempt.facts.rrn ?? null, amount: decimal(attempt.amount, attempt.currency), currency: attempt.currency, status: partStatus(attempt),
      ...(expose_internal ? { payload: null, provider_id: attempt.facts.provider_ref ?? null, provider_code: attempt.provider, resolution: attempt.reason === null ? 'ok' : payoutResolutionWord(attempt.reason) } : {}),
    }))
}

function partStatus({ state }: Attempt): string {
  return ({ sent: 'process_pending', action: 'process_pending', processing: 'process_pending', approved: 'processed', declined: 'process_failed' } as const satisfies Record<Attempt['state'], string>)[state]
}
