/**
 * An operator's word. The only way in which money enters the books without a provider's "approved", and it shows there: such a payment
 * has an attempt at the provider `manual`, and its money stands in the account `provider:manual` until somebody has reconciled it.
 *
 * Whoever calls this has made sure that an operator speaks: the command line, or a merchant about play money.
 */
import { fail, ok } from '../core/result.ts'
import type { Outcome } from '../providers/contract.ts'
import { MANUAL } from '../providers/manual.ts'
import type { Correction, Payments } from './commands.ts'
import { decideCorrection } from './decisions/correct.ts'
import type { PaymentDeps } from './deps.ts'
import { openAttempt, type PaymentView } from './model.ts'
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
