import { after } from '../core/clock.ts'
import { assert, fail, ok } from '../core/result.ts'
import { findClaim } from '../idempotency/store.ts'
import type { OperationKind } from '../providers/contract.ts'
import type { Payments } from './commands.ts'
import type { PaymentDeps } from './deps.ts'
import { decideFollowUpStart } from './decisions/follow-up.ts'
import { capturable, openAttempt, type Attempt, type PaymentView } from './model.ts'
import { applied, commitChange, execute, record } from './runner.ts'
import { followUpOperation } from './decisions/steps.ts'
import { findView, isSecondOpenAttempt } from './store.ts'
import { surplusOf } from './decisions/surplus.ts'

/** Captures and releases of authorized payments. */
export function createFollowUps(deps: PaymentDeps): Pick<Payments, 'followUp'> {
  return {
    followUp: async (merchant_id, id, what) => {
      for (;;) {
        const view = await findView(deps.db, merchant_id, id)
        if (view === undefined) return fail({ kind: 'not_found' })
        if (view.attempts.some((attempt) => attempt.id === what.id)) return fail({ kind: 'wrong_state', view })
        if (openAttempt(view) !== undefined) return fail({ kind: 'busy', view })
        if (view.payment.state !== 'authorized') return fail({ kind: 'wrong_state', view })
        const left = capturable(view.payment)
        const amount = what.amount ?? left
        if (amount > left || amount <= 0n) return fail({ kind: 'too_much', left, view })
        const attempt = followUpAttempt(deps, view, { kind: what.kind, id: what.id, amount, refund_id: null, request: what.request })
        const change = decideFollowUpStart(view.payment, attempt, deps.clock.now())
        try {
          deps.checkpoint(`${attempt.kind}.intend.before`)
          const claim = what.claim?.(attempt, view.payment)
          const result = await commitChange(deps, change, [], claim)
          if (result === 'claimed') {
            assert(claim !== undefined, 'only a claim can be taken')
            const first = await findClaim(deps.db, claim.merchant_id, claim.scope, claim.key)
            assert(first !== undefined, `the claim ${claim.scope} ${claim.key} was taken and is gone`)
            return fail({ kind: 'duplicate', claim: first })
          }
          if (result !== 'done') continue
        } catch (error) {
          if (isSecondOpenAttempt(error)) continue
          throw error
        }
        deps.checkpoint(`${attempt.kind}.intend.after`)
        const after = await send(deps, applied(view, change), attempt)
        const sent = after.attempts.find((candidate) => candidate.id === attempt.id)
        assert(sent !== undefined, `attempt ${attempt.id} has vanished`)
        return ok({ view: after, attempt: sent })
      }
    },
  }
}

/**
 * The approved attempt that brought the money (or holds it): what captures, releases and refunds refer to. Where money came twice, a refund
 * of the surplus refers to what brought that, and everything else to the other one; where nothing else came, there is only what came too late.
 * What was held and let go again, and then paid by hand, was brought by the hand. What a capture brought, refers to what held it.
 */
export function payingAttempt(view: PaymentView, refund_id: string | null = null): Attempt {
  const refund = view.refunds.find(({ id }) => id === refund_id)
  const wanted = refund === undefined ? undefined : surplusOf(refund)
  const surplus = view.refunds.map(surplusOf)
  const approved = view.attempts.filter(({ state }) => state === 'approved')
  const brought = [...approved.filter(({ kind }) => kind === 'sale' || kind === 'transfer'), ...approved.filter(({ kind }) => kind === 'authorize')]
  const attempt = brought.find(({ id }) => id === wanted) ?? brought.find(({ id }) => !surplus.includes(id)) ?? brought[0]
  assert(attempt !== undefined, `payment ${view.payment.id} was never paid`)
  return attempt
}

/** An attempt that continues the paying one, at the same provider. */
export function followUpAttempt(deps: PaymentDeps, view: PaymentView, what: { kind: OperationKind; id: string; amount: bigint; refund_id: string | null; request: Readonly<Record<string, unknown>> }): Attempt {
  const parent = payingAttempt(view, what.refund_id)
  const now = deps.clock.now()
  return {
    merchant_id: view.payment.merchant_id, id: what.id, payment_id: view.payment.id, refund_id: what.refund_id, kind: what.kind, provider: parent.provider, state: 'sent',
    currency: view.payment.currency, amount: what.amount, parent_id: parent.id, reason: null, action: null, facts: {}, instrument: null, instrument_id: null, request: what.request,
    sent_at: now, resolved_at: null, inquire_at: after(now, deps.call_timeout_ms + 5_000), inquiries: 0,
  }
}

/** Sends an attempt that has been stored, and stores the outcome. */
export async function send(deps: PaymentDeps, view: PaymentView, attempt: Attempt): Promise<PaymentView> {
  const provider = deps.routing.provider(attempt.provider)
  assert(provider !== undefined, `provider ${attempt.provider} is not configured`)
  const outcome = await execute(deps, attempt, provider, followUpOperation(view.payment, attempt))
  return outcome === undefined ? view : record(deps, view, attempt.id, outcome, provider)
}
