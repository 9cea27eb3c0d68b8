/** Accepting an invoice (Corefy reference: payment invoice, create). */
import { after } from '../../../core/clock.ts'
import { handle, orderedHandle } from '../../../core/ids.ts'
import { fail, type Result } from '../../../core/result.ts'
import { splitFee, type FeeTerms } from '../../../ledger/fees.ts'
import type { PaymentView } from '../../../payments/model.ts'
import { hashOf } from '../../../sessions/store.ts'
import { customerOf, ownedInstrument } from '../account/customer-of.ts'
import { storedCustomer } from '../account/shown-customer.ts'
import type { Account } from '../accounts.ts'
import { invalid, type WireError } from '../errors.ts'
import { toBase, type Rate } from '../exchange.ts'
import type { Parts } from '../parts.ts'
import { callbackTermsOf, descriptorOf, type CorefySettings, type Service } from '../settings.ts'
import type { StoredRequest } from '../translate.ts'
import type { InvoiceRequest } from '../wire/invoice.ts'
import { amountField } from '../wire/service.ts'

/** References are unique in here. */
const SCOPE = 'corefy.payment-invoice'

/** Where an invoice comes from, in the words of the wire. */
export type Source = 'merchant_api' | 'platform_public_api'

/** Accepts an invoice: customer, token, then payment, claim of the reference, session and event in one commit. */
export async function createInvoice({ deps, handoff }: Pick<Parts, 'deps' | 'handoff'>, account: Account, wanted: InvoiceRequest, source: Source): Promise<Result<PaymentView, WireError[]>> {
  const { merchant, settings } = account
  const { currency, service } = wanted
  // An amount in the service's currency becomes one in the account's, rounded so that it is not too little.
  const amount = wanted.side === 'base' ? wanted.amount_minor : toBase(wanted.amount_minor, wanted.rate, currency, service.currency, 'up')
  const fee = feeIn(currency, service, wanted.rate)
  const terms = wanted.flow === 'charge' ? termsOf(fee, settings) : fee
  if (splitFee(fee, amount).deposit < 0n) return fail([invalid(`/data/attributes/${amountField(wanted)}`, 'The fee is larger than the amount.')])
  const owned = wanted.token === null ? undefined : await ownedInstrument(deps, merchant.id, wanted.token, wanted.customer)
  if (wanted.token !== null && owned === undefined) return fail([invalid('/data/attributes/token', 'The token is unknown, or belongs to another customer.')])
  const used = fail([invalid('/data/attributes/reference_id', `The reference_id ${wanted.reference_id} has been used before.`)])
  const by_merchant = source === 'merchant_api'
  const customer = await customerOf(deps, merchant.id, wanted.customer, { claim: { scope: SCOPE, key: wanted.reference_id }, found: owned?.owner, by_merchant })
  if (customer === 'used') return used
  // What a stranger says of a customer is kept with the invoice alone.
  const described = customer && !by_merchant ? { ...customer, profile: { ...customer.profile, ...wanted.customer?.profile } } : customer
  const now = deps.clock.now()
  const sid = handle(deps.ids, 'cgi_', merchant.number, 16)
  const expires_at = wanted.expires_s === null ? after(now, settings.invoice_life_s * 1000) : new Date(wanted.expires_s * 1000)
  const id = orderedHandle(deps.ids, now, 'cpi_', merchant.number, 16)
  const request: StoredRequest = {
    sid, service: service.code, method: service.method, flow: wanted.flow, metadata: wanted.metadata,
    descriptor: descriptorOf(settings, merchant, wanted.reference_id, wanted.descriptor),
    callback_url: wanted.callback_url ?? settings.callback_url, return_url: wanted.return_url, return_urls: wanted.return_urls, token: wanted.token, cardgate: wanted.cardgate,
    options: wanted.options, service_fields: wanted.service_fields, source, customer: described === undefined ? null : storedCustomer(described),
    ...(service.currency === currency ? {} : { exchange: { currency: service.currency, rate: wanted.rate, ...(wanted.side === 'base' ? {} : { named: wanted.amount_minor.toString() }) } }),
    ...(service.provider_code === undefined ? {} : { provider_code: service.provider_code }),
    ...(wanted.locale === null ? {} : { locale: wanted.locale }),
    ...(wanted.look === null ? {} : { look: wanted.look }),
    ...callbackTermsOf(settings),
    ...(settings.moderate_invoices && { moderated: true }),
  }
  const accepted = await deps.payments.accept(
    {
      merchant_id: merchant.id, id, api: 'corefy', kind: wanted.flow, mode: wanted.test_mode ? 'test' : 'live', method: service.provider_code === undefined ? 'card' : 'apm', currency, amount,
      ...(terms === null ? {} : { fee_terms: terms }),
      initial: 'pending', tries_max: triesOf(wanted, settings), reference: wanted.reference_id, description: wanted.description ?? undefined,
      customer_id: customer?.id, instrument_id: wanted.token ?? undefined, expires_at, request: { ...request },
    },
    {
      claim: (payment) => ({ merchant_id: merchant.id, scope: SCOPE, key: wanted.reference_id, owner: payment.id, request_hash: null, status: null, answer: null, created_at: now, expires_at: null }),
      sessions: [{ merchant_id: merchant.id, hash: hashOf(sid), api: 'corefy', kind: 'card_gate', payment_id: id, data: {}, created_at: now, expires_at, used_at: null }],
    },
  )
  if (!accepted.ok) return used
  // Somebody's word comes in between: who pays must read it.
  if (!settings.moderate_invoices) handoff.put(sid, { view: accepted.value, instrument: owned?.instrument })
  return accepted
}

/** How often a payer may try: `retry_limit` is the card page's, `attempts_limit` the account's and the operation's; the smallest counts. */
function triesOf({ cardgate, options }: InvoiceRequest, settings: CorefySettings): number {
  const limit = options['attempts_limit']
  return Math.min(cardgate.retry_limit ?? settings.retry_limit, settings.attempts_limit ?? Infinity, typeof limit === 'number' ? limit : Infinity)
}

const NO_FEE: FeeTerms = { strategy: 'internal', reverse: false, rate: '0', fixed: '0', min: '0', max: '0' }

/** The service's fee with what the account keeps back and takes for charge-backs: as it is now, for this invoice's whole life. */
function termsOf(fee: FeeTerms | null, { rolling_reserve, charge_back_fee }: CorefySettings): FeeTerms | null {
  if (rolling_reserve === null && charge_back_fee === null) return fee
  return { ...(fee ?? NO_FEE), ...(rolling_reserve && { reserve: rolling_reserve }), ...(charge_back_fee && { charge_back: charge_back_fee }) }
}

/** The service's fee in the currency of the payment: its fixed parts are amounts of the service's own. */
function feeIn(currency: string, service: Service, rate: Rate): FeeTerms | null {
  if (service.fee === null || service.currency === currency) return service.fee
  const here = (minor: string): string => toBase(BigInt(minor), rate, currency, service.currency, 'up').toString()
  return { ...service.fee, fixed: here(service.fee.fixed), min: here(service.fee.min), max: here(service.fee.max) }
}
