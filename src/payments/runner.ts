/**
 * Intend, call, record: the one way in which anything reaches a provider.
 *
 *  intend  the attempt is stored as `sent`, under the key by which the provider will know it, before anything leaves
 *  call    no transaction and no lock is open meanwhile
 *  record  outcome, state, ledger, events and deliveries in one commit
 *
 * A crash or time-out in between leaves an attempt with an unknown outcome. It is never repeated under another key: `settle`
 * asks the provider until there is an answer.
 */
import { after } from '../core/clock.ts'
import { assert } from '../core/result.ts'
import type { CommitResult } from '../db/commit.ts'
import type { Part, PartRow } from '../db/parts.ts'
import type { Inquiry, Operation, Outcome, Provider } from '../providers/contract.ts'
import { eventsOf, type Change } from './decisions/change.ts'
import { decideOutcome } from './decisions/pay.ts'
import type { PaymentDeps } from './deps.ts'
import { putOffInquiry } from './due.ts'
import { decideRefundAgain } from './decisions/refund.ts'
import type { Attempt, Payment, PaymentView } from './model.ts'
import { advance, followUpOperation, nextInquiry } from './decisions/steps.ts'
import { findView, hasDeliveries, writesOf } from './store.ts'
import { decideSurplus, isSurplus } from './decisions/surplus.ts'

/** Commits a change with its events and deliveries. */
export async function commitChange(deps: PaymentDeps, change: Change, extra: ReadonlyArray<readonly [Part, PartRow]> = [], claim?: Parameters<PaymentDeps['committer']['commit']>[0]['claim']): Promise<CommitResult> {
  const events = eventsOf(change, deps.clock.now(), (payment, index) => `evt_${payment.id.replace(/^[a-z]+_/, '')}_${payment.version}${index === 0 ? '' : `_${index}`}`)
  const writes = writesOf(change, events, deps.notifiers.get(change.payment.api), extra)
  const result = await deps.committer.commit(claim === undefined ? writes : { ...writes, claim })
  if (result === 'done' && hasDeliveries(writes)) deps.deliveriesWaiting()
  return result
}

/** The view after a change that was committed. */
export function applied(view: PaymentView, change: Change): PaymentView {
  return {
    payment: change.payment,
    attempts: put(view.attempts, change.attempt?.row),
    refunds: put(view.refunds, change.refund?.row),
    reserve: change.reserve?.row ?? view.reserve,
  }
}

function put<T extends { readonly id: string }>(rows: readonly T[], row: T | undefined): readonly T[] {
  if (row === undefined) return rows
  return rows.some(({ id }) => id === row.id) ? rows.map((old) => (old.id === row.id ? row : old)) : [...rows, row]
}

/** Calls a provider; undefined when the outcome is unknown. */
export async function call<T extends Inquiry>(deps: PaymentDeps, what: string, attempt: Attempt, work: (signal: AbortSignal) => Promise<T>, within_ms = deps.call_timeout_ms): Promise<T | undefined> {
  deps.checkpoint(`${attempt.kind}.${what}.before`)
  const controller = new AbortController()
  let cancel = (): void => undefined
  const tooLate = new Promise<undefined>((resolve) => {
    cancel = (deps.schedule ?? realTimer)(within_ms, () => {
      controller.abort(new Error(`no answer within ${within_ms} ms`))
      resolve(undefined)
    })
  })
  try {
    // The provider should heed the signal; when it does not, its answer no longer counts.
    const answer = await Promise.race([work(controller.signal), tooLate])
    deps.checkpoint(`${attempt.kind}.${what}.after`)
    return answer
  } catch (error) {
    deps.warn('provider call failed: the outcome is unknown', { attempt: attempt.id, provider: attempt.provider, what, error: String(error) })
    return undefined
  } finally {
    cancel()
  }
}

function realTimer(ms: number, task: () => void): () => void {
  const timer = setTimeout(task, ms)
  return () => clearTimeout(timer)
}

/**
 * Sends a stored attempt to its provider; undefined when the outcome is unknown. It may only arrive while an inquiry that does not find
 * it is not yet final (rule 4 of the contract): what the database held up for too long is not sent at all.
 */
export async function execute(deps: PaymentDeps, attempt: Attempt, provider: Provider, operation: Operation): Promise<Outcome | undefined> {
  const left_ms = attempt.sent_at.getTime() + provider.unknown_key_final_after_ms - deps.clock.now().getTime()
  if (left_ms <= 0) {
    deps.warn('an attempt was stored too late to be sent', { attempt: attempt.id, provider: attempt.provider })
    return undefined
  }
  return call(deps, 'execute', attempt, (signal) => provider.execute(operation, signal), Math.min(deps.call_timeout_ms, left_ms))
}

/** Stores what a provider said about an attempt, whoever else is writing. `view` is what the caller knows, to save a read. */
export async function record(deps: PaymentDeps, view: PaymentView, attempt_id: string, outcome: Outcome, provider: Provider): Promise<PaymentView> {
  for (let known = view; ; ) {
    const attempt = known.attempts.find(({ id }) => id === attempt_id)
    assert(attempt !== undefined, `payment ${known.payment.id} has no attempt ${attempt_id}`)
    const change = decide(deps, known, attempt, outcome, provider)
    if (change === undefined) return known
    deps.checkpoint(`${attempt.kind}.record.before`)
    if ((await commitChange(deps, change)) === 'done') {
      deps.checkpoint(`${attempt.kind}.record.after`)
      return applied(known, change)
    }
    known = await mustFind(deps, known)
  }
}

function decide(deps: PaymentDeps, view: PaymentView, attempt: Attempt, outcome: Outcome, { settlement }: Provider): Change | undefined {
  const now = deps.clock.now()
  const { payment } = view
  const policy = deps.policies?.get(payment.api)
  const again = outcome.status === 'declined' ? decideRefundAgain(view, attempt, outcome, policy?.retryRefund, now) : undefined
  if (again !== undefined) return again
  if (!isSurplus(view, attempt, outcome, policy?.final_endings === true) || outcome.status !== 'approved') {
    const change = decideOutcome(view, attempt, outcome, now, settlement)
    if (change?.events?.includes('refund.exceeded') === true) deps.warn('more has gone back than had come in', { payment: payment.id, attempt: attempt.id, provider: attempt.provider, refund: attempt.refund_id })
    return change
  }
  const made = policy?.surplus?.(payment, deps.ids) ?? { id: `ref_${deps.ids.alphanumeric(24)}`, request: {} }
  const change = decideSurplus(view, attempt, outcome, made, now, settlement)
  if (change !== undefined) deps.warn(whatCame(payment, change), { payment: payment.id, state: payment.state, attempt: attempt.id, provider: attempt.provider, refund: change.refund?.row.id })
  return change
}

function whatCame({ state }: Payment, { refund }: Change): string {
  if (refund === undefined) return 'a payout was paid twice: nothing here can call it back'
  return state === 'succeeded' || state === 'authorized' ? 'a payment was paid twice: what came second goes back' : 'money came for a payment that had ended: it goes back'
}

export async function mustFind(deps: PaymentDeps, view: PaymentView): Promise<PaymentView> {
  const found = await findView(deps.db, view.payment.merchant_id, view.payment.id)
  assert(found !== undefined, `payment ${view.payment.id} has vanished`)
  return found
}

/**
 * Asks the provider what became of an attempt, and stores the answer. Of one that was given up only one answer counts: that its money has
 * moved after all.
 */
export async function settleAttempt(deps: PaymentDeps, view: PaymentView, attempt: Attempt): Promise<PaymentView> {
  const provider = deps.routing.provider(attempt.provider)
  if (provider === undefined) {
    deps.warn('an open attempt names a provider that is not configured', { attempt: attempt.id, provider: attempt.provider })
    return view
  }
  const now = deps.clock.now()
  const inquiry = await call(deps, 'inquire', attempt, (signal) => provider.inquire(attempt.id, signal))
  if (attempt.resolved_at !== null) return inquiry?.status === 'approved' ? record(deps, view, attempt.id, inquiry, provider) : view
  // Not before long, also when it was away for long: it may be back, and its answers are missed.
  if (inquiry === undefined) return nothingNew(deps, view, attempt, earlier(nextInquiry(attempt, now), after(now, UNREACHED_MS)))
  if (inquiry.status === 'not_found') return notArrived(deps, view, attempt, provider, inquiry.final_after_ms ?? provider.unknown_key_final_after_ms)
  if (inquiry.status === 'processing' && isOutOfPatience(deps, view, attempt)) return record(deps, view, attempt.id, { status: 'declined', reason: 'unresolved', facts: inquiry.facts }, provider)
  if (inquiry.status !== 'action_required') return record(deps, view, attempt.id, inquiry, provider)
  if (inquiry.expires_at <= now) return abandonAttempt(deps, view, attempt)
  const answered = await carryOn(deps, attempt, inquiry, provider)
  if (answered !== undefined) return record(deps, view, attempt.id, answered, provider)
  // Still waiting for the payer: nothing new, unless the crash came before the action was stored.
  if (attempt.state !== 'action') return record(deps, view, attempt.id, inquiry, provider)
  return nothingNew(deps, view, attempt, earlier(nextInquiry(attempt, now), inquiry.expires_at))
}

/** Only of a payment: who waits for a refund or a capture has nothing better to do than to wait on. */
function isOutOfPatience({ policies, clock }: PaymentDeps, { payment }: PaymentView, attempt: Attempt): boolean {
  const isPaying = attempt.kind === 'sale' || attempt.kind === 'transfer' || attempt.kind === 'authorize'
  const patience = policies?.get(payment.api)?.patience_ms
  return isPaying && patience !== undefined && after(attempt.sent_at, patience) <= clock.now()
}

/** The longest pause between inquiries of a provider that cannot be reached. */
const UNREACHED_MS = 60_000

const earlier = (a: Date, b: Date): Date => (a < b ? a : b)

/**
 * The payer may have done their part at the provider's page and never come back to ours: the browser was closed, or we were down.
 * Carrying on without what the browser would have brought is harmless when they have not; then undefined.
 */
async function carryOn(deps: PaymentDeps, attempt: Attempt, inquiry: Extract<Inquiry, { status: 'action_required' }>, provider: Provider): Promise<Outcome | undefined> {
  if (inquiry.action.kind !== 'redirect') return undefined
  const outcome = await call(deps, 'resume', attempt, (signal) => provider.resume(attempt.id, {}, signal))
  return outcome?.status === 'action_required' ? undefined : outcome
}

/**
 * The provider does not know the attempt. A capture, release or refund is sent once more, under its key: if the first is still on its way,
 * the provider does the work once (rule 1 of the contract). A payment is not, for what its payer typed is gone: it is given up, but only
 * when it can no longer arrive. Either is decided on what was stored when the provider was asked: when somebody else has sent it meanwhile,
 * the answer is out of date.
 */
async function notArrived(deps: PaymentDeps, view: PaymentView, attempt: Attempt, provider: Provider, final_after_ms: number): Promise<PaymentView> {
  const now = deps.clock.now()
  if (attempt.kind === 'capture' || attempt.kind === 'void' || attempt.kind === 'refund') {
    const again: Attempt = { ...attempt, sent_at: now, inquire_at: after(now, deps.call_timeout_ms + 5_000), inquiries: attempt.inquiries + 1 }
    const change: Change = { payment: advance(view.payment, {}, now), attempt: { row: again, isNew: false } }
    if ((await commitChange(deps, change)) !== 'done') return view
    const outcome = await execute(deps, again, provider, followUpOperation(view.payment, again))
    return outcome === undefined ? applied(view, change) : record(deps, applied(view, change), attempt.id, outcome, provider)
  }
  const final_at = after(attempt.sent_at, final_after_ms)
  if (now < final_at) return nothingNew(deps, view, attempt, final_at)
  const change = decideOutcome(view, attempt, { status: 'declined', reason: 'provider_timeout', facts: {} }, now, provider.settlement)
  return change !== undefined && (await commitChange(deps, change)) === 'done' ? applied(view, change) : view
}

async function nothingNew(deps: PaymentDeps, view: PaymentView, attempt: Attempt, until: Date): Promise<PaymentView> {
  await putOffInquiry(deps.db, attempt, until)
  return view
}

/** Gives up an attempt that waits for the payer; what the provider answers is the truth. */
export async function abandonAttempt(deps: PaymentDeps, view: PaymentView, attempt: Attempt): Promise<PaymentView> {
  const provider = deps.routing.provider(attempt.provider)
  if (provider === undefined) return view
  const outcome = await call(deps, 'abandon', attempt, (signal) => provider.abandon(attempt.id, signal))
  return outcome === undefined ? view : record(deps, view, attempt.id, outcome, provider)
}

/** Gives an attempt up because the payment ends in another way: the decline that this brings is no try of the payer's, and does not end it as `failed`. */
export function giveUp(deps: PaymentDeps, view: PaymentView, attempt: Attempt): Promise<PaymentView> {
  return abandonAttempt(deps, withAttempt(view, { ...attempt, request: { ...attempt.request, passed_on: true } }), attempt)
}

/** The view with another version of one of its attempts. */
export function withAttempt(view: PaymentView, attempt: Attempt): PaymentView {
  return { ...view, attempts: view.attempts.map((old) => (old.id === attempt.id ? attempt : old)) }
}
