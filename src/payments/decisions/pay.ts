/**
 * The decisions, pure: (what is stored, what came in, the time) → what changes. The service commits a change under the
 * payment's version; when another writer was first it reads again and decides again.
 */
import { after } from '../../core/clock.ts'
import { REASONS } from '../../core/reasons.ts'
import { assert } from '../../core/result.ts'
import type { EventType } from '../../events/model.ts'
import { splitFee, splitPaid } from '../../ledger/fees.ts'
import { hold, payout, payoutReserved, payoutReturned, post, sale, settlement, type Posting } from '../../ledger/postings.ts'
import type { OperationKind, Outcome } from '../../providers/contract.ts'
import type { NewPayment } from '../commands.ts'
import type { Attempt, CardSummary, Payment, PaymentResult, PaymentView } from '../model.ts'
import type { Change } from './change.ts'
import { decideFollowUp } from './follow-up.ts'
import { keepReserve } from './reserve.ts'
import { isFinished, next, type Step } from './state.ts'
import { advance, nextInquiry, resolved, subjectOf } from './steps.ts'

/** A fresh payment. */
export function decideAccept(input: NewPayment, now: Date): Change {
  const payable = input.payable ?? splitFee(input.fee_terms ?? null, input.amount).paid
  const payment: Payment = {
    merchant_id: input.merchant_id, id: input.id, api: input.api, kind: input.kind, mode: input.mode, method: input.method,
    state: input.initial ?? 'created', reason: null, version: 1, currency: input.currency, amount: input.amount, payable,
    fee_terms: input.fee_terms ?? null, manual_capture: input.manual_capture ?? false,
    authorized: 0n, captured: 0n, released: 0n, refunded: 0n, refunding: 0n, fee: 0n, refunded_fee: 0n,
    tries: 0, tries_max: input.tries_max ?? 1, reference: input.reference ?? null, description: input.description ?? null,
    customer_id: input.customer_id ?? null, instrument_id: input.instrument_id ?? null, request: input.request, result: input.result ?? {},
    created_at: now, updated_at: now, expires_at: input.expires_at ?? null, finished_at: null,
  }
  return { payment, events: ['payment.created'] }
}

/** The operation that pays a payment of this kind. */
export function payingOperation(payment: Payment): OperationKind {
  switch (payment.kind) {
    case 'verify': return 'verify'
    case 'payout': return 'payout'
    case 'credit': return 'credit'
    case 'charge': return payment.method === 'bank_transfer' ? 'transfer' : payment.manual_capture ? 'authorize' : 'sale'
  }
}

/** An attempt to pay is about to be sent. The caller has checked that none is open and that the payment waits. */
export function decideStart(payment: Payment, attempt: Attempt, now: Date): Change {
  const state = next(payment.state, 'start')
  assert(state !== undefined, `payment ${payment.id} cannot start in ${payment.state}`)
  const client_ip = typeof attempt.request['client_ip'] === 'string' ? { client_ip: attempt.request['client_ip'] } : {}
  const changed = advance(payment, { state, reason: null, result: { ...payment.result, ...shownOf(attempt), ...client_ip } }, now)
  const paysOut = payment.kind === 'payout' || payment.kind === 'credit'
  return {
    payment: changed,
    attempt: { row: attempt, isNew: true },
    postings: paysOut ? [post('payout_reserved', subjectOf(payment, attempt, now), payoutReserved(payment.payable))] : [],
  }
}

/**
 * What a provider said about an attempt.
 * Undefined when that changes nothing: the attempt was already resolved like that.
 */
export function decideOutcome(view: PaymentView, attempt: Attempt, outcome: Outcome, now: Date, settle: 'platform' | 'direct'): Change | undefined {
  if (attempt.state === 'approved') return undefined
  if (attempt.state === 'declined' && outcome.status !== 'approved') return undefined
  switch (attempt.kind) {
    case 'capture':
    case 'void':
    case 'refund':
      return decideFollowUp(view, attempt, outcome, now)
    case 'sale':
    case 'transfer':
    case 'authorize':
    case 'verify':
    case 'payout':
    case 'credit':
      return decidePaying(view.payment, attempt, outcome, now, settle)
  }
}

function decidePaying(payment: Payment, attempt: Attempt, outcome: Outcome, now: Date, settle: 'platform' | 'direct'): Change | undefined {
  switch (outcome.status) {
    case 'approved':
      return approved(payment, attempt, outcome, now, settle)
    case 'declined':
      return declined(payment, attempt, outcome, now)
    case 'action_required':
      return open(payment, { ...attempt, state: 'action', action: outcome.action, facts: { ...attempt.facts, ...outcome.facts }, inquire_at: waitsUntil(outcome, attempt, now) }, 'require', 'payment.pending', now)
    case 'processing': {
      const waited = { ...attempt, state: 'processing' as const, action: null, facts: { ...attempt.facts, ...outcome.facts }, inquire_at: nextInquiry(attempt, now), inquiries: attempt.inquiries + 1 }
      return open(payment, waited, 'wait', attempt.state === 'processing' ? undefined : 'payment.processing', now)
    }
  }
}

/** Most payers who are sent to a page are back by then, and nobody has to ask. */
const PAGE_MS = 60_000

/**
 * The payer comes back from a page, or the provider has news of them; but a browser may be closed, and news be lost: then it is asked. Who
 * has to act elsewhere comes back from nowhere: there it is asked sooner.
 */
function waitsUntil({ action, expires_at }: Extract<Outcome, { status: 'action_required' }>, attempt: Attempt, now: Date): Date {
  const soon = action.kind === 'wait' ? nextInquiry(attempt, now) : after(now, PAGE_MS)
  return soon < expires_at ? soon : expires_at
}

function open(payment: Payment, attempt: Attempt, step: Step, event: EventType | undefined, now: Date): Change | undefined {
  const state = next(payment.state, step)
  // A payment that has ended does not open again because its provider dawdles; only money that moved counts.
  if (state === undefined) return undefined
  const result: PaymentResult = { ...payment.result, facts: { ...payment.result.facts, ...attempt.facts } }
  return { payment: advance(payment, { state, result }, now), attempt: { row: attempt, isNew: false }, events: event === undefined ? [] : [event] }
}

function approved(payment: Payment, attempt: Attempt, outcome: Extract<Outcome, { status: 'approved' }>, now: Date, settle: 'platform' | 'direct'): Change {
  const authorize = attempt.kind === 'authorize'
  const state = next(payment.state, authorize ? 'authorize' : 'approve')
  assert(state !== undefined, `attempt ${attempt.id} was approved, but payment ${payment.id} is ${payment.state}`)
  const row = resolved(attempt, { state: 'approved', reason: null, facts: { ...attempt.facts, ...outcome.facts }, amount: outcome.amount.minor }, now)
  const result = resultOf(payment, row)
  const instrument = attempt.instrument_id === null ? {} : { instrument: { id: attempt.instrument_id, usable: true } }
  const shared = { state, reason: null, result: attempt.instrument_id === null ? result : { ...result, token: attempt.instrument_id } }
  const subject = subjectOf(payment, attempt, now)
  const events: EventType[] = [authorize ? 'payment.authorized' : 'payment.succeeded']
  if (attempt.kind === 'verify') return { payment: advance(payment, shared, now), attempt: { row, isNew: false }, events, ...instrument }
  if (authorize) {
    const changed = advance(payment, { ...shared, authorized: outcome.amount.minor }, now)
    return { payment: changed, attempt: { row, isNew: false }, postings: [post('hold', subject, hold(outcome.amount.minor))], events, ...instrument }
  }
  const paid = outcome.amount.minor
  if (attempt.kind === 'payout' || attempt.kind === 'credit') {
    const fee = payoutFee(payment, paid)
    const postings = [post('payout', subject, payout(attempt.provider, paid, fee, payment.payable - paid - fee))]
    return { payment: advance(payment, { ...shared, authorized: paid, captured: paid, fee }, now), attempt: { row, isNew: false }, postings: lateReserve(payment, attempt, now, postings), events, ...instrument }
  }
  const split = splitPaid(payment.fee_terms, payment.amount, paid)
  const postings: Posting[] = [post('sale', subject, sale(attempt.provider, paid, split.fee))]
  if (settle === 'direct' && split.deposit > 0n) postings.push(post('settlement', subject, settlement(attempt.provider, split.deposit)))
  // An operator may have corrected what was authorized and released before: then this comes on top.
  const sums = { authorized: payment.authorized + paid, captured: payment.captured + paid, fee: payment.fee + split.fee }
  const { reserve, postings: kept = [] } = settle === 'direct' ? {} : keepReserve(payment, attempt, split.deposit, now)
  return { payment: advance(payment, { ...shared, ...sums }, now), attempt: { row, isNew: false }, postings: [...postings, ...kept], events, ...instrument, ...(reserve && { reserve }) }
}

/** What a payout costs: what was agreed on when all of it arrives, else in proportion, rounded up. */
function payoutFee({ payable, amount }: Payment, paid: bigint): bigint {
  return paid === amount ? payable - amount : ((payable - amount) * paid + amount - 1n) / amount
}

/** A payout that was declined has given its reserve back; approved after all, it takes it again. */
function lateReserve(payment: Payment, attempt: Attempt, now: Date, postings: Posting[]): Posting[] {
  if (attempt.state !== 'declined') return postings
  const again = post('payout_reserved', { ...subjectOf(payment, attempt, now), attempt_id: `${attempt.id}:late` }, payoutReserved(payment.payable))
  return [again, ...postings]
}

/** Who may still learn that money has moved asks from time to time. */
const DAY_MS = 86_400_000

function declined(payment: Payment, attempt: Attempt, outcome: Extract<Outcome, { status: 'declined' }>, now: Date): Change | undefined {
  // A technical no that goes to the next route is no try of the payer's, and no news to the merchant.
  const passedOn = attempt.request['passed_on'] === true
  const tries = payment.tries + (passedOn ? 0 : 1)
  // What nobody knows may still turn out to be paid: it is not tried again.
  const final = !passedOn && (attempt.request['final'] === true || outcome.reason === 'unresolved' || tries >= payment.tries_max || REASONS[outcome.reason].retry === 'never')
  const byPayer = outcome.reason === 'payer_rejected' || outcome.reason === 'invalid_authentication_code'
  const step: Step = !final ? 'retry' : byPayer ? 'reject' : 'fail'
  const ended = resolved(attempt, { state: 'declined', reason: outcome.reason, facts: { ...attempt.facts, ...outcome.facts } }, now)
  const row = outcome.reason === 'unresolved' ? { ...ended, inquire_at: after(now, DAY_MS) } : ended
  const state = next(payment.state, step) ?? payment.state
  const message = outcome.facts.message === undefined ? {} : { message: outcome.facts.message }
  const changed = advance(payment, { state, reason: outcome.reason, tries, result: { ...resultOf(payment, row), ...message } }, now)
  const event: EventType = isFinished(state) ? (state === 'rejected' ? 'payment.rejected' : 'payment.failed') : 'payment.declined'
  const paysOut = payment.kind === 'payout' || payment.kind === 'credit'
  return {
    payment: changed,
    attempt: { row, isNew: false },
    postings: paysOut ? [post('payout_returned', subjectOf(payment, attempt, now), payoutReturned(payment.payable))] : [],
    events: isFinished(payment.state) || passedOn ? [] : [event],
    ...(attempt.instrument_id === null ? {} : { instrument: { id: attempt.instrument_id, usable: false } }),
  }
}

/** A payment that ends by time or by somebody's word. The caller has made sure that no attempt is open. */
export function decideEnd(payment: Payment, how: { state: 'expired' | 'canceled' | 'failed' | 'rejected'; reason: NonNullable<Payment['reason']> }, now: Date): Change | undefined {
  // What is held at the issuer is let go there, by a release; only then is the payment canceled.
  if (payment.state === 'authorized') return undefined
  const step: Step = ({ expired: 'expire', canceled: 'cancel', failed: 'fail', rejected: 'reject' } as const)[how.state]
  const state = next(payment.state, step)
  if (state === undefined) return undefined
  return { payment: advance(payment, { state, reason: how.reason }, now), events: [`payment.${how.state}`] }
}

function resultOf(payment: Payment, attempt: Attempt): PaymentResult {
  return { ...payment.result, ...shownOf(attempt), facts: attempt.facts }
}

function shownOf(attempt: Attempt): Pick<PaymentResult, 'card' | 'account'> {
  const shown = attempt.instrument
  if (shown === null) return attempt.facts.account === undefined ? {} : { account: attempt.facts.account }
  return 'last4' in shown ? { card: shown as unknown as CardSummary } : { account: shown as Readonly<Record<string, string>> }
}
