/**
 * An operator's word. The only way in which money enters the books without a provider's "approved", and it shows there: such a payment
 * has an attempt at the provider `manual`, and its money stands in the account `provider:manual` until somebody has reconciled it.
 *
 * Whoever calls this has made sure that an operator speaks: the command line, or a merchant about play money.
 */
import { assert, fail, ok } from '../core/result.ts'
import type { Outcome } from '../providers/contract.ts'
import { MANUAL } from '../providers/manual.ts'
import type { Change } from './change.ts'
import type { Correction, Payments } from './commands.ts'
import { decideOutcome } from './decide.ts'
import type { PaymentDeps } from './deps.ts'
import { openAttempt, type Attempt, type Payment, type PaymentView } from './model.ts'
import { applied, commitChange, giveUp, record, settleAttempt } from './runner.ts'
import { findRefund, findView } from './store.ts'

export function createCorrections(deps: PaymentDeps): Pick<Payments, 'correct' | 'concludeRefund'> {
  return {
    correct: (merchant_id, id, correction) => correct(deps, merchant_id, id, correction),
    concludeRefund: (merchant_id, refund_id, paid) => concludeRefund(deps, merchant_id, refund_id, paid),
  }
}

const correct = async (deps: PaymentDeps, merchant_id: string, id: string, correction: Correction): ReturnType<Payments['correct']> => {
  for (;;) {
    const found = await findView(deps.db, merchant_id, id)
    if (found === undefined) return fail({ kind: 'not_found' })
    if (found.attempts.some((attempt) => attempt.id === correction.id)) return ok(found)
    // The provider first: while it may still take the payer's money, nobody else's word counts.
    const view = await closed(deps, found)
    if (openAttempt(view) !== undefined) return fail({ kind: 'busy', view })
    if (view.payment.kind !== 'charge') return fail({ kind: 'no_route', view })
    if (view.payment.state === 'succeeded' || view.payment.state === 'authorized') return fail({ kind: 'finished', view })
    const change = decideCorrection(view, correction, deps.clock.now())
    deps.checkpoint('correct.before')
    if ((await commitChange(deps, change)) !== 'done') continue
    deps.checkpoint('correct.after')
    return ok(applied(view, change))
  }
}

/** Asks about an open attempt, and gives it up when it waits for the payer. */
async function closed(deps: PaymentDeps, found: PaymentView): Promise<PaymentView> {
  const open = openAttempt(found)
  if (open === undefined) return found
  const asked = await settleAttempt(deps, found, open)
  const still = openAttempt(asked)
  return still?.state === 'action' ? giveUp(deps, asked, still) : asked
}

/** The payment is paid, by an attempt that is approved from the start. Amount: minor units, more than 0. */
export function decideCorrection(view: PaymentView, { id, amount, facts, request }: Correction, now: Date): Change {
  assert(amount > 0n, `correction ${id} of nothing`)
  const attempt = correctingAttempt(view.payment, { id, amount, request }, now)
  const change = decideOutcome(view, attempt, { status: 'approved', amount: { minor: amount, currency: view.payment.currency }, facts }, now, 'platform')
  assert(change?.attempt !== undefined, `correction ${id} changes nothing`)
  return { ...change, attempt: { row: change.attempt.row, isNew: true } }
}

function correctingAttempt(payment: Payment, { id, amount, request }: Pick<Correction, 'id' | 'amount' | 'request'>, now: Date): Attempt {
  return {
    merchant_id: payment.merchant_id, id, payment_id: payment.id, refund_id: null, kind: payment.method === 'bank_transfer' ? 'transfer' : 'sale', provider: MANUAL, state: 'sent',
    currency: payment.currency, amount, parent_id: null, reason: null, action: null, facts: {}, instrument: null, instrument_id: null, request,
    sent_at: now, resolved_at: null, inquire_at: null, inquiries: 0,
  }
}

const concludeRefund = async (deps: PaymentDeps, merchant_id: string, refund_id: string, paid: boolean): ReturnType<Payments['concludeRefund']> => {
  const refund = await findRefund(deps.db, merchant_id, refund_id)
  const view = refund === undefined ? undefined : await findView(deps.db, merchant_id, refund.payment_id)
  if (refund === undefined || view === undefined) return fail({ kind: 'not_found' })
  const attempt = view.attempts.findLast((candidate) => candidate.refund_id === refund_id)
  const provider = deps.routing.provider(MANUAL)
  if (attempt?.provider !== MANUAL || attempt.resolved_at !== null || provider === undefined) return fail({ kind: 'wrong_state', refund })
  const outcome: Outcome = paid ? { status: 'approved', amount: { minor: attempt.amount, currency: attempt.currency }, facts: {} } : { status: 'declined', reason: 'declined', facts: {} }
  return ok(await record(deps, view, attempt.id, outcome, provider))
}
