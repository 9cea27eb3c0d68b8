import { orderedAlphanumeric } from '../core/ids.ts'
import { assert, fail, ok, type Result } from '../core/result.ts'
import { findClaim } from '../idempotency/store.ts'
import { spend, type Withdrawal } from '../ledger/funds.ts'
import type { NewRefund, Payments, RefundError } from '../payments/commands.ts'
import type { PaymentDeps } from '../payments/deps.ts'
import { decideRefund, decideRefundEnd, decideRefundStart, refundFee } from '../payments/decisions/refund.ts'
import { followUpAttempt, send } from '../payments/follow-up-service.ts'
import { isOverdrawn, isWaiting, openAttempt, refundableWithin, type Payment, type PaymentView, type Refund } from '../payments/model.ts'
import { shareOf, withShare } from '../payments/decisions/reserve.ts'
import { shareOfReserve } from '../payments/reserve-service.ts'
import { applied, commitChange } from '../payments/runner.ts'
import { findRefund, findView, isSecondOpenAttempt } from '../payments/store.ts'

/**
 * Refunds. Accepting one takes its amount out of what is left to refund, in the commit that claims its key: so a hundred
 * equal requests make one refund, and no mixture of requests gives back more than was captured. A refund that has to
 * wait (for its batch window, for another attempt of the payment, or to be sent again) is started by the resolver.
 */
export function createRefunds(deps: PaymentDeps): Pick<Payments, 'refund' | 'cancelRefund'> {
  return {
    refund: (input) => accept(deps, input),
    cancelRefund: async (merchant_id, refund_id) => {
      for (;;) {
        const found = await load(deps, merchant_id, refund_id)
        if (found === undefined) return fail({ kind: 'not_found' })
        const { view, refund } = found
        if (refund.state !== 'pending') return fail({ kind: 'wrong_state', refund })
        const change = decideRefundEnd(view.payment, refund, 'canceled', 'canceled_by_merchant', deps.clock.now())
        deps.checkpoint('refund.cancel.before')
        if ((await commitChange(deps, change)) !== 'done') continue
        deps.checkpoint('refund.cancel.after')
        return ok({ view: applied(view, change), refund: change.refund?.row ?? refund })
      }
    },
  }
}

const accept = async (deps: PaymentDeps, input: NewRefund): ReturnType<Payments['refund']> => {
  for (;;) {
    const view = await findView(deps.db, input.merchant_id, input.payment_id)
    if (view === undefined) return fail({ kind: 'not_found' })
    const { payment } = view
    const now = deps.clock.now()
    if (payment.kind !== 'charge' || payment.captured === 0n) return fail({ kind: 'wrong_state', view })
    const left = refundableWithin(view, input.within)
    const amount = input.amount ?? left
    const fee = input.with_fee === true && left > 0n && amount > 0n ? refundFee(payment, amount) : 0n
    const share = amount > left ? 0n : await shareOfReserve(deps.db, view, amount - fee)
    const refund: Refund = {
      merchant_id: input.merchant_id, id: input.id, payment_id: payment.id, state: 'pending', reason: null, currency: payment.currency, amount,
      fee, reference: input.reference ?? null, request: withShare(input.request, share), result: {},
      due_at: input.due_at ?? now, created_at: now, updated_at: now,
    }
    const claim = input.claim?.(refund, payment)
    const refused = async (error: RefundError): Promise<Result<never, RefundError>> => {
      // The same request again, after the first took what was left, is a duplicate and not too much.
      const first = claim === undefined ? undefined : await findClaim(deps.db, claim.merchant_id, claim.scope, claim.key)
      return fail(first === undefined ? error : { kind: 'duplicate', claim: first })
    }
    if (amount > left || amount <= 0n) return refused({ kind: 'too_much', left, view })
    const change = decideRefund(payment, refund, now)
    deps.checkpoint('refund.accept.before')
    const result = await spend(deps.db, input.overdraft, withdrawalOf(payment, refund), (funds) => commitChange(deps, change, funds, claim))
    if (result === 'stale') continue
    if (result === 'no_funds') return refused({ kind: 'no_funds', view })
    if (result === 'claimed') {
      assert(claim !== undefined, 'only a claim can be taken')
      const first = await findClaim(deps.db, claim.merchant_id, claim.scope, claim.key)
      assert(first !== undefined, `the claim ${claim.scope} ${claim.key} was taken and is gone`)
      return fail({ kind: 'duplicate', claim: first })
    }
    deps.checkpoint('refund.accept.after')
    const accepted = applied(view, change)
    if (input.due_at !== undefined && input.due_at > now) return ok({ view: accepted, refund })
    const started = (await startRefund(deps, input.merchant_id, refund.id, accepted)) ?? accepted
    return ok({ view: started, refund: started.refunds.find(({ id }) => id === refund.id) ?? refund })
  }
}

function withdrawalOf({ merchant_id, mode, currency, id }: Payment, refund: Refund): Withdrawal {
  return { merchant_id, mode, currency, amount: refund.amount - refund.fee - shareOf(refund), payment_id: id, refund_id: refund.id, at: refund.created_at }
}

/** Whoever was slow to start it may find that it has been sent meanwhile, and waits to be sent again. */
const isDue = (refund: Refund, now: Date): boolean => isWaiting(refund) && (refund.due_at === null || refund.due_at <= now)

/** Sends a refund that waits; undefined when it has to wait on, or is not there. */
export async function startRefund(deps: PaymentDeps, merchant_id: string, refund_id: string, known?: PaymentView): Promise<PaymentView | undefined> {
  for (let view = known; ; view = undefined) {
    view ??= (await load(deps, merchant_id, refund_id))?.view
    const refund = view?.refunds.find(({ id }) => id === refund_id)
    if (view === undefined || refund === undefined || !isDue(refund, deps.clock.now()) || openAttempt(view) !== undefined) return undefined
    if (isOverdrawn(view.payment)) {
      const change = decideRefundEnd(view.payment, refund, 'failed', 'duplicate', deps.clock.now())
      if ((await commitChange(deps, change)) !== 'done') continue
      deps.warn('a refund is not sent: its money has gone back in another way', { payment: view.payment.id, refund: refund.id })
      return applied(view, change)
    }
    const attempt = followUpAttempt(deps, view, { kind: 'refund', id: `att_${orderedAlphanumeric(deps.ids, deps.clock.now(), 24)}`, amount: refund.amount, refund_id, request: {} })
    const change = decideRefundStart(view.payment, refund, attempt, deps.clock.now())
    try {
      deps.checkpoint('refund.intend.before')
      if ((await commitChange(deps, change)) !== 'done') continue
    } catch (error) {
      if (isSecondOpenAttempt(error)) return undefined
      throw error
    }
    deps.checkpoint('refund.intend.after')
    return send(deps, applied(view, change), attempt)
  }
}

async function load(deps: PaymentDeps, merchant_id: string, refund_id: string): Promise<{ view: PaymentView; refund: Refund } | undefined> {
  const found = await findRefund(deps.db, merchant_id, refund_id)
  const view = found === undefined ? undefined : await findView(deps.db, merchant_id, found.payment_id)
  const refund = view?.refunds.find(({ id }) => id === refund_id)
  return view === undefined || refund === undefined ? undefined : { view, refund }
}
