/** Payments, payouts and credits of the APM API: accept, ask the merchant, go to the provider. */
import { orderedUuid } from '../../../core/ids.ts'
import { assert } from '../../../core/result.ts'
import type { CardSummary, Payment, PaymentView } from '../../../payments/model.ts'
import { createInstrument } from '../../../instruments/store.ts'
import { amountAt } from '../amounts.ts'
import type { BegatewayDeps } from '../deps.ts'
import { API } from '../deps.ts'
import { invalid, type Answer } from '../errors.ts'
import { findSettled, isLost, type Found } from '../find.ts'
import { claimOf, ownerOf, type RequestKey } from '../idempotency.ts'
import { apmMethod, type ApmMethod } from '../methods.ts'
import { transactionOf } from '../shown/transaction.ts'
import type { Shop } from '../account/shop.ts'
import { hintsOf, start, startBy } from '../start.ts'
import { storedPayment } from '../stored.ts'
import { paymentOfToken } from '../store.ts'
import { flagAt, textAt, type Body } from '../validation/body.ts'
import { payerOf, storedApm } from './stored.ts'
import { verified } from './verify.ts'
import { apmProblems, withMethod } from './wire.ts'

export type NewMoney = 'payment' | 'payout' | 'credit' | 'erip'

/** Either a transaction to show, or a refusal to send. */
export type Made = { readonly found: Found } | { readonly refusal: Answer }

const KINDS: Readonly<Record<NewMoney, Payment['kind']>> = { payment: 'charge', erip: 'charge', payout: 'payout', credit: 'credit' }

export interface ApmRequest {
  readonly shop: Shop
  readonly kind: NewMoney
  readonly request: Body
  readonly key: RequestKey | undefined
  /** The uid that it gets; async mode has promised it already. */
  readonly uid?: string | undefined
}

/** Makes an APM transaction, once per RequestID. */
export async function createApm(deps: BegatewayDeps, { shop, kind, key, uid: wanted, ...input }: ApmRequest): Promise<Made> {
  const request = withMethod(input.request)
  const problems = apmProblems(kind, request)
  const method = apmMethod(textAt(request, 'method.type') ?? '')
  if (problems.length > 0 || method === undefined) return { refusal: invalid('beyag', problems) }
  const earlier = await ownerOf(deps, shop, key)
  if (earlier !== undefined) return replay(deps, shop, earlier)
  // Money out has no end (reference 12).
  const expires_at = KINDS[kind] === 'charge' ? expiryOf(request) : undefined
  if (expires_at !== undefined && expires_at <= deps.clock.now()) return { refusal: invalid('beyag', [{ path: 'expired_at', phrase: 'must be in the future' }]) }
  const token = textAt(request, 'method.token')
  if (token !== undefined && (await paymentOfToken(deps.db, shop.merchant.id, token)) === undefined) {
    return { refusal: invalid('beyag', [{ path: 'method.token', phrase: 'Token does not exist.' }]) }
  }
  const currency = textAt(request, 'currency') ?? ''
  const stored = storedApm(shop, request, method, kind === 'erip' ? 'erip' : 'apm', kind === 'erip' ? 'payment' : kind)
  const accepted = await deps.payments.accept(
    {
      merchant_id: shop.merchant.id, id: wanted ?? orderedUuid(deps.ids, deps.clock.now()), api: API, kind: KINDS[kind], mode: modeOf(shop, request), method: 'apm',
      currency, amount: amountAt(request, 'amount', currency), reference: stored.tracking_id ?? undefined,
      description: textAt(request, 'description'), request: { ...stored },
      // To a permanent bill its payers come by themselves (bills.ts).
      ...(stored.permanent === true ? { initial: 'pending', expires_at } : { expires_at: startBy(deps, expires_at) }),
    },
    key === undefined ? {} : { claim: (payment) => claimOf(deps, shop, key, payment.id) },
  )
  if (!accepted.ok) return replay(deps, shop, accepted.error.claim.owner)
  return { found: shown(stored.permanent === true ? accepted.value : await proceed(deps, accepted.value)) }
}

/** An earlier request's transaction; one that was accepted by a process that died then is carried on, as that request wanted it. */
async function replay(deps: BegatewayDeps, shop: Shop, uid: string): Promise<Made> {
  const found = await findSettled(deps, shop.merchant.id, uid)
  if (found === undefined) return { refusal: { status: 404, body: { message: 'Not found.' } } }
  if (!isLost(found, deps.clock.now())) return { found }
  return { found: shown(await proceed(deps, found.view)) }
}

const shown = (view: PaymentView): Found => ({ transaction: transactionOf(view.payment, view.attempts), view })

/** Test transactions go to the test networks; so does everything of a demo shop, flag or not (beGateway reference 15). */
export function modeOf(shop: Shop, request: Body): Payment['mode'] {
  return shop.merchant.demo || flagAt(request, 'test') === true ? 'test' : 'live'
}

function expiryOf(request: Body): Date | undefined {
  const text = textAt(request, 'expired_at')
  return text === undefined ? undefined : new Date(text)
}

/** From an accepted payment to the provider's answer. */
export async function proceed(deps: BegatewayDeps, view: PaymentView): Promise<PaymentView> {
  const { payment } = view
  const stored = storedPayment(payment)
  const method = apmMethod(stored.method_type)
  assert(method !== undefined, `payment ${payment.id} was accepted with the method ${stored.method_type}`)
  const asked = await verified(deps, view)
  if (!asked.accepted) return asked.view
  const store = stored.recurring === true && payment.kind === 'charge' ? { id: deps.ids.hex(32), remembered: false } : undefined
  if (store !== undefined) await keepInstrument(deps, payment, store.id, method)
  const wanted = textAt(stored.method, 'token')
  const source = wanted === undefined ? undefined : await paymentOfToken(deps.db, payment.merchant_id, wanted)
  return start(deps, view, {
    instrument: { type: 'apm', code: method.type, token: source?.result.facts?.token, fields: { ...stored.method, iframe: stored.iframe === true, recurring: stored.recurring === true } },
    store,
    initiator: payment.kind === 'charge' && wanted === undefined ? 'payer' : 'merchant',
    authentication: 'off',
    return_url: (attempt_id) => `${deps.base_url}/beyag/return/${stored.shop_id}/${payment.id}/${attempt_id}`,
    payer: payerOf(stored),
    hints: { ...hintsOf({ additional_data: stored.additional_data }), iframe: stored.iframe === true, recurring: stored.recurring === true, kiosk: stored.bill_uid !== undefined },
  })
}

/** The row behind a method token: not usable until the payment that asked for it has succeeded. */
export async function keepInstrument(deps: BegatewayDeps, payment: Payment, id: string, method: ApmMethod): Promise<void> {
  const now = deps.clock.now()
  await createInstrument(deps.db, {
    merchant_id: payment.merchant_id, id, customer_id: null, kind: 'apm', sealed: null, key_version: null, fingerprint: null,
    // An account at a method has no card's summary; it names the payment whose facts hold the provider's token.
    summary: { payment_id: payment.id, method: method.type } as unknown as CardSummary, remembered: false, usable: false, created_at: now, updated_at: now,
  })
}
