/**
 * Payments, authorizations, credits, payouts and tokenizations of the card gateway (beGateway reference 2.2 and 17). Of a checkup and the
 * tokenization of a recipient only the paths are public. A checkup asks the network about a card as a tokenization does, and keeps nothing of it.
 * A recipient's token stands for a card that its owner has given to be paid, not to pay: nothing is charged to it.
 */
import { orderedUuid } from '../../../core/ids.ts'
import { openCard } from '../../../instruments/cards.ts'
import { findInstrument } from '../../../instruments/store.ts'
import { releaseClaim } from '../../../idempotency/store.ts'
import type { CardSummary, Payment, PaymentView } from '../../../payments/model.ts'
import type { CardData } from '../../../providers/contract.ts'
import { modeOf } from '../apm/payments.ts'
import { payerOf } from '../apm/stored.ts'
import { verified } from '../apm/verify.ts'
import { amountAt } from '../amounts.ts'
import { API, type BegatewayDeps } from '../deps.ts'
import { findSettled, isLost, type Found } from '../find.ts'
import { claimOf, DUPLICATE, ownerOf, ownerSoon, passesTwinFilter, TWIN_SCOPE, type RequestKey } from '../idempotency.ts'
import { transactionOf } from '../shown/transaction.ts'
import type { Shop } from '../account/shop.ts'
import { hintsOf, start, startBy } from '../start.ts'
import { storedPayment } from '../stored.ts'
import { flagAt, integerAt, textAt, type Body } from '../validation/body.ts'
import type { Problem } from '../validation/check.ts'
import { asRecipient, cardOf, isRecipient, summaryOf } from './card-data.ts'
import { storedCard } from './stored.ts'
import { gatewayProblems } from './wire.ts'

export type CardKind = 'payment' | 'authorization' | 'credit' | 'payout' | 'tokenization' | 'checkup' | 'recipient_tokenization'

export interface CardRequest {
  readonly shop: Shop
  readonly kind: CardKind
  readonly request: Body
  readonly key: RequestKey | undefined
  readonly uid?: string | undefined
  /** Nobody is there to be asked: a charge of a saved card. */
  readonly by_merchant?: boolean
}

export type CardMade = { readonly found: Found } | { readonly problems: readonly Problem[] }

const KINDS: Readonly<Record<CardKind, Payment['kind']>> = { payment: 'charge', authorization: 'charge', credit: 'credit', payout: 'payout', tokenization: 'verify', checkup: 'verify', recipient_tokenization: 'verify' }

/** "Token does not exist." (reference 17). */
const UNKNOWN_TOKEN: Problem = { path: 'credit_card.token', phrase: 'does not exist' }

const NOT_TO_CHARGE: Problem = { path: 'credit_card.token', phrase: 'can only be paid out to' }

/** A card on its way to the provider, and what may be kept of it. */
interface Given {
  readonly card: CardData
  readonly shown: CardSummary
  readonly stamp: string
  /** The token that was named. */
  readonly token: string | undefined
}

/** Makes a card transaction, once per RequestID, and not twice within 30 seconds. */
export async function createCard(deps: BegatewayDeps, input: CardRequest): Promise<CardMade> {
  const { shop, kind, request, key } = input
  const problems = gatewayProblems(input.by_merchant === true ? 'charge' : kind, request, deps.clock.now())
  if (problems.length > 0) return { problems }
  const earlier = await ownerOf(deps, shop, key)
  const given = await cardGiven(deps, shop, request)
  if (given === undefined) return { problems: [UNKNOWN_TOKEN] }
  if (given.token !== undefined && isRecipient(given.shown) && kind !== 'payout' && kind !== 'credit' && kind !== 'recipient_tokenization') return { problems: [NOT_TO_CHARGE] }
  if (earlier !== undefined) return replay(deps, input, earlier, given)
  const uid = input.uid ?? orderedUuid(deps.ids, deps.clock.now())
  const twin = flagAt(request, 'duplicate_check') === false || KINDS[kind] === 'verify' ? undefined : `${kind} ${given.stamp} ${integerAt(request, 'amount')} ${textAt(request, 'currency')}`
  if (twin !== undefined && !(await passesTwinFilter(deps, shop, twin, uid))) {
    const owner = await ownerSoon(deps, shop, key)
    return owner === undefined ? { problems: [{ path: 'base', phrase: DUPLICATE }] } : replay(deps, input, owner, given)
  }
  const accepted = await accept(deps, input, given, uid)
  if (accepted.ok) return { found: shown(await proceed(deps, input, accepted.value, given)) }
  if (twin !== undefined) await releaseClaim(deps.db, shop.merchant.id, TWIN_SCOPE, twin, uid)
  return replay(deps, input, accepted.error.claim.owner, given)
}

const shown = (view: PaymentView): Found => ({ transaction: transactionOf(view.payment, view.attempts), view })

function accept(deps: BegatewayDeps, { shop, kind, request, key }: CardRequest, given: Given, uid: string): ReturnType<BegatewayDeps['payments']['accept']> {
  // A tokenization moves nothing; its currency is the shop's business.
  const currency = textAt(request, 'currency') ?? 'USD'
  const stored = storedCard(shop, request, kind, { stamp: given.stamp, token: given.token })
  return deps.payments.accept(
    {
      merchant_id: shop.merchant.id, id: uid, api: API, kind: KINDS[kind], mode: modeOf(shop, request), method: 'card',
      currency, amount: kind === 'tokenization' || kind === 'recipient_tokenization' ? 0n : amountAt(request, 'amount', currency),
      manual_capture: kind === 'authorization', reference: stored.tracking_id ?? undefined, description: textAt(request, 'description'),
      request: { ...stored }, result: { card: given.shown }, expires_at: startBy(deps),
    },
    key === undefined ? {} : { claim: (payment) => claimOf(deps, shop, key, payment.id) },
  )
}

/** An earlier request's transaction. One that never started is carried on, but not with another card than it was accepted with. */
async function replay(deps: BegatewayDeps, input: CardRequest, uid: string, given: Given): Promise<CardMade> {
  const found = await findSettled(deps, input.shop.merchant.id, uid)
  if (found === undefined) return { problems: [{ path: 'base', phrase: DUPLICATE }] }
  const goes_on = isLost(found, deps.clock.now()) && found.transaction.stored.stamp === given.stamp
  return { found: goes_on ? shown(await proceed(deps, input, found.view, given)) : found }
}

/** The card of a request: typed, or behind a token of the shop's. */
export async function cardGiven(deps: BegatewayDeps, shop: Shop, request: Body): Promise<Given | undefined> {
  const token = textAt(request, 'credit_card.token')
  const typed = token === undefined ? cardOf(request) : undefined
  if (typed !== undefined) return { card: typed, shown: summaryOf(typed), stamp: deps.vault.fingerprint(typed.number, shop.merchant.id), token: undefined }
  const instrument = token === undefined ? undefined : await findInstrument(deps.db, shop.merchant.id, token)
  if (instrument?.kind !== 'card') return undefined
  const card = await openCard(deps.vault, instrument, textAt(request, 'credit_card.verification_value'))
  return { card, shown: instrument.summary, stamp: instrument.fingerprint ?? '', token }
}

/** From an accepted payment to the provider's answer. */
async function proceed(deps: BegatewayDeps, input: CardRequest, view: PaymentView, given: Given): Promise<PaymentView> {
  const { payment } = view
  const { shop, request, kind } = input
  const asked = await verified(deps, view)
  if (!asked.accepted) return asked.view
  const in_person = KINDS[kind] === 'charge' || kind === 'tokenization'
  const by_merchant = input.by_merchant === true || !(in_person || kind === 'checkup') || (given.token !== undefined && given.card.cvv === undefined)
  const skips = flagAt(request, 'credit_card.skip_three_d_secure_verification') === true
  return start(deps, view, {
    instrument: given.card,
    shown: kind === 'recipient_tokenization' ? asRecipient(given.shown) : given.shown,
    // Every card that passes gets a token: `credit_card.token` is there on a successful payment (reference 17).
    store: given.token === undefined && (in_person || kind === 'recipient_tokenization') ? { id: deps.ids.hex(32), remembered: false } : undefined,
    initiator: by_merchant ? 'merchant' : 'payer',
    authentication: shop.settings.three_d_secure && !skips && !by_merchant && in_person ? 'auto' : 'off',
    return_url: (attempt_id) => `${deps.base_url}/process/${payment.id}/return?shop_id=${shop.id}&attempt=${attempt_id}`,
    payer: payerOf(storedPayment(payment)),
    hints: hintsOf(request),
    final: true,
  })
}
