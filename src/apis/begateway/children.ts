/**
 * Refunds, captures, voids and charge-backs: what continues a transaction. Both services use them; only the words of a refusal differ.
 * Rules: several partial refunds up to what was captured (beGateway reference 11); "Amount can't be greater than …" (reference 17);
 * the same parent and amount again within 30 seconds is refused as a duplicate refund (reference 1.2).
 */
import type { RefundError } from '../../payments/commands.ts'
import { capturable, refundable, type PaymentView } from '../../payments/model.ts'
import { releaseClaim } from '../../idempotency/store.ts'
import { amountAt, amountProblem } from './amounts.ts'
import type { BegatewayDeps } from './deps.ts'
import { findByUid, findSettled, foundIn, type Found } from './find.ts'
import { claimOf, DUPLICATE, ownerOf, ownerSoon, passesTwinFilter, TWIN_SCOPE, type RequestKey } from './idempotency.ts'
import type { Shop } from './account/shop.ts'
import { decimalsIn, onWire, storedChild, type StoredChild, type StoredPayment, type TransactionType } from './stored.ts'
import { bodyAt, flagAt, integerAt, textAt, type Body } from './validation/body.ts'
import type { Problem } from './validation/check.ts'

export type ChildKind = 'refund' | 'capture' | 'void' | 'chargeback'

export interface ChildRequest {
  readonly shop: Shop
  readonly kind: ChildKind
  readonly request: Body
  readonly key: RequestKey | undefined
  /** Which parents the path may continue. */
  readonly accepts: (stored: StoredPayment) => boolean
  readonly uid?: string | undefined
}

/** `not_found`: the parent; `problems`: what is wrong with the request. */
export type ChildMade = { readonly found: Found } | { readonly not_found: true } | { readonly problems: readonly Problem[] }

/** How long another operation of the same payment is waited for. */
const BUSY_MS = 10_000
const PAUSE_MS = 50
/** How long a refund waits for its turn. */
const TURN_MS = 3_000

/** What may be continued by what. A refund of a refund would be money out of nothing. */
const PARENTS: Readonly<Record<ChildKind, readonly TransactionType[]>> = { refund: ['payment', 'authorization', 'capture'], chargeback: ['payment', 'authorization', 'capture'], capture: ['authorization'], void: ['authorization'] }

/** Makes a refund, capture, void or charge-back, once per RequestID. The request has passed validation. */
export async function createChild(deps: BegatewayDeps, input: ChildRequest): Promise<ChildMade> {
  const { shop, kind, request, key } = input
  const earlier = await ownerOf(deps, shop, key)
  if (earlier !== undefined) return replay(deps, shop, earlier)
  const parent = await findByUid(deps, shop.merchant.id, textAt(request, 'parent_uid') ?? '')
  if (parent === undefined || !input.accepts(parent.transaction.stored)) return { not_found: true }
  if (!PARENTS[kind].includes(parent.transaction.type)) return nothingLeft(kind, 0)
  const amount = integerAt(request, 'amount')
  const { payment } = parent.view
  const wrong = amount === undefined ? undefined : amountProblem(amount, payment.currency, decimalsIn(payment))
  if (wrong !== undefined) return { problems: [{ path: 'amount', phrase: wrong }] }
  const twin = kind === 'refund' && amount !== undefined && flagAt(request, 'duplicate_check') !== false ? `refund ${parent.transaction.uid} ${amount}` : undefined
  const id = input.uid ?? deps.ids.uuid()
  if (twin !== undefined && !(await passesTwinFilter(deps, shop, twin, id))) return repeated(deps, shop, key)
  const made = await patiently(deps, { ...input, uid: id }, parent)
  // A refused refund does not stand in the way of the next one.
  if (twin !== undefined && !('found' in made)) await releaseClaim(deps.db, shop.merchant.id, TWIN_SCOPE, twin, id)
  return made
}

/**
 * Of a capture no more is given back than it took. The core sees to the payment as a whole, in which captures are no accounts of their own; so
 * what is left of one is worked out from what is stored, inside the decision that the payment's version guards.
 */
function leftOfCapture(capture: string, { attempts, refunds }: PaymentView): bigint {
  const taken = attempts.find(({ id, kind, state }) => id === capture && kind === 'capture' && state === 'approved')?.amount ?? 0n
  return refunds
    .filter(({ state, request }) => state !== 'failed' && state !== 'canceled' && storedChild(request).parent_uid === capture)
    .reduce((left, { amount }) => left - amount, taken)
}

const limitOf = ({ transaction: { type, uid } }: Found): { within?: (view: PaymentView) => bigint } => (type === 'capture' ? { within: (view) => leftOfCapture(uid, view) } : {})

async function patiently(deps: BegatewayDeps, input: ChildRequest, parent: Found): Promise<ChildMade> {
  const { kind } = input
  const until = Date.now() + BUSY_MS
  for (;;) {
    const made = kind === 'refund' ? await refund(deps, input, parent) : kind === 'chargeback' ? await chargeBack(deps, input, parent) : await followUp(deps, input, parent, kind)
    if (made !== 'busy') return made
    if (Date.now() >= until) return UNFINISHED
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

const UNFINISHED: ChildMade = { problems: [{ path: 'base', phrase: 'Previous transaction is not finished' }] }

/** A repeat within 30 seconds: of the same RequestID a replay, else refused. */
async function repeated(deps: BegatewayDeps, shop: Shop, key: RequestKey | undefined): Promise<ChildMade> {
  const owner = await ownerSoon(deps, shop, key)
  return owner === undefined ? { problems: [{ path: 'base', phrase: DUPLICATE }] } : replay(deps, shop, owner)
}

async function replay(deps: BegatewayDeps, shop: Shop, uid: string): Promise<ChildMade> {
  const found = await findSettled(deps, shop.merchant.id, uid)
  return found === undefined ? { not_found: true } : { found }
}

/** In minor units, counted as the parent is; undefined for all that is left. */
const amountOf = (request: Body, { view: { payment } }: Found): bigint | undefined =>
  integerAt(request, 'amount') === undefined ? undefined : amountAt(request, 'amount', payment.currency, decimalsIn(payment))

/** More than is left, as the shop counts it; of what is used up to the end the client's own check looks for the amount all the same. */
const nothingLeft = (kind: ChildKind, left: number): ChildMade =>
  ({ problems: [{ path: 'amount', phrase: `can't be greater than ${left}` }, ...(left > 0 ? [] : [{ path: 'base', phrase: WRONG_PARENT[kind] }])] })
const WRONG_PARENT: Readonly<Record<ChildKind, string>> = {
  refund: 'Parent transaction can\'t be refunded', capture: 'Parent transaction can\'t be captured', void: 'Parent transaction can\'t be voided',
  chargeback: 'Parent transaction can\'t be charged back',
}

function storedChildOf({ kind, request }: ChildRequest): StoredChild {
  return {
    type: kind,
    parent_uid: textAt(request, 'parent_uid') ?? '',
    tracking_id: textAt(request, 'tracking_id') ?? null,
    reason: textAt(request, 'reason'),
    notification_url: textAt(request, 'notification_url'),
    additional_data: bodyAt(request, 'additional_data'),
  }
}

async function refund(deps: BegatewayDeps, input: ChildRequest, parent: Found): Promise<ChildMade | 'busy'> {
  const { shop, key, request } = input
  const child = storedChildOf(input)
  const id = input.uid ?? deps.ids.uuid()
  const made = await deps.payments.refund({
    merchant_id: shop.merchant.id, payment_id: parent.view.payment.id, id, amount: amountOf(request, parent),
    reference: child.tracking_id ?? undefined, request: { ...child },
    ...limitOf(parent),
    ...(key === undefined ? {} : { claim: () => claimOf(deps, shop, key, id) }),
  })
  if (made.ok) {
    // Another operation of the payment was under way: this one starts after it, by itself, and is answered as pending if that takes long.
    const found = made.value.refund.state === 'pending' ? await findSettled(deps, shop.merchant.id, id, TURN_MS) : undefined
    return found === undefined ? shown(made.value.view, id) : { found }
  }
  return refused(deps, input, parent, made.error, refundable)
}

/** Of play money. That a payer's bank has taken real money back is for the operator to state, who hears it from the acquirer (`tender payments charged-back`). */
async function chargeBack(deps: BegatewayDeps, input: ChildRequest, parent: Found): Promise<ChildMade | 'busy'> {
  const { shop, key, request } = input
  if (parent.view.payment.mode !== 'test') return { problems: [{ path: 'base', phrase: 'Only a test transaction can be charged back by request' }] }
  const child = storedChildOf(input)
  const id = input.uid ?? deps.ids.uuid()
  const made = await deps.payments.chargeBack(shop.merchant.id, parent.view.payment.id, {
    id, attempt_id: `att_${deps.ids.alphanumeric(24)}`, amount: amountOf(request, parent) ?? 0n, reference: child.tracking_id ?? undefined, request: { ...child }, ...limitOf(parent),
    claim: key === undefined ? undefined : claimOf(deps, shop, key, id),
  })
  return made.ok ? shown(made.value, id) : refused(deps, input, parent, made.error, refundable)
}

async function followUp(deps: BegatewayDeps, input: ChildRequest, parent: Found, kind: 'capture' | 'void'): Promise<ChildMade | 'busy'> {
  const { shop, key, request } = input
  const id = input.uid ?? deps.ids.uuid()
  const made = await deps.payments.followUp(shop.merchant.id, parent.view.payment.id, {
    kind, id, amount: amountOf(request, parent), request: { ...storedChildOf(input) },
    ...(key === undefined ? {} : { claim: () => claimOf(deps, shop, key, id) }),
  })
  if (made.ok) return shown(made.value.view, made.value.attempt.id)
  return refused(deps, input, parent, made.error, capturable)
}

async function refused(deps: BegatewayDeps, { shop, key, kind }: ChildRequest, { view: { payment } }: Found, error: RefundError, left: (payment: PaymentView['payment']) => bigint): Promise<ChildMade | 'busy'> {
  // The first request under the same key may have taken what was left, or be under way.
  const earlier = error.kind === 'duplicate' ? undefined : await ownerOf(deps, shop, key)
  if (earlier !== undefined) return replay(deps, shop, earlier)
  switch (error.kind) {
    case 'not_found': return { not_found: true }
    case 'busy': return 'busy'
    case 'no_funds': return { problems: [{ path: 'amount', phrase: 'is not covered by the balance' }] }
    case 'duplicate': return replay(deps, shop, error.claim.owner)
    case 'too_much': return nothingLeft(kind, onWire(payment, error.left))
    case 'wrong_state': {
      const rest = error.view.payment.authorized > 0n ? left(error.view.payment) : undefined
      return rest === 0n ? nothingLeft(kind, 0) : { problems: [{ path: 'base', phrase: WRONG_PARENT[kind] }] }
    }
  }
}

function shown(view: PaymentView, uid: string): ChildMade {
  const found = foundIn(view, uid)
  return found === undefined ? { not_found: true } : { found }
}
