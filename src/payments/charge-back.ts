/**
 * A charge-back: the payer's bank has taken a payment back, all of it or a part. Nobody was asked, so nothing is sent: an operator says what
 * the acquirer has said. In the books it is a refund that has happened: the same money goes from the same accounts, and no more of it
 * than is left; the platform keeps its fee. The mark in the refund's request lets an API call it by its own name.
 */
import { assert, fail, ok } from '../core/result.ts'
import { findClaim } from '../idempotency/store.ts'
import { post, refund as refundLines } from '../ledger/postings.ts'
import type { Change } from './change.ts'
import type { ChargeBack, Payments } from './commands.ts'
import type { PaymentDeps } from './deps.ts'
import { followUpAttempt } from './follow-up-service.ts'
import { refundableWithin, type Attempt, type PaymentView, type Refund } from './model.ts'
import { applied, commitChange } from './runner.ts'
import { advance, resolved, subjectOf } from './steps.ts'
import { findView } from './store.ts'

const MARK = 'charge_back'

/** Whether the payer's bank did it, and not the merchant. */
export const isChargeBack = ({ request }: Pick<Refund, 'request'>): boolean => request[MARK] === true

export function createChargeBacks(deps: PaymentDeps): Pick<Payments, 'chargeBack'> {
  return {
    chargeBack: async (merchant_id, id, wanted) => {
      for (;;) {
        const view = await findView(deps.db, merchant_id, id)
        if (view === undefined) return fail({ kind: 'not_found' })
        if (view.payment.kind !== 'charge' || view.payment.captured === 0n) return fail({ kind: 'wrong_state', view })
        const left = refundableWithin(view, wanted.within)
        if (wanted.amount <= 0n || wanted.amount > left) return fail({ kind: 'too_much', left, view })
        const attempt = followUpAttempt(deps, view, { kind: 'refund', id: wanted.attempt_id, amount: wanted.amount, refund_id: wanted.id, request: wanted.request })
        const change = decideChargeBack(view, wanted, attempt, deps.clock.now())
        const claim = wanted.claim?.(change.refund.row, view.payment)
        const result = await commitChange(deps, change, [], claim)
        if (result === 'done') return ok(applied(view, change))
        if (result !== 'claimed') continue
        assert(claim !== undefined, 'only a claim can be taken')
        const first = await findClaim(deps.db, claim.merchant_id, claim.scope, claim.key)
        assert(first !== undefined, `the claim ${claim.scope} ${claim.key} was taken and is gone`)
        return fail({ kind: 'duplicate', claim: first })
      }
    },
  }
}

function decideChargeBack({ payment }: PaymentView, { id, amount, reference, request }: ChargeBack, attempt: Attempt, now: Date): Change & Required<Pick<Change, 'refund'>> {
  const row = resolved(attempt, { state: 'approved' }, now)
  const refund: Refund = {
    merchant_id: payment.merchant_id, id, payment_id: payment.id, state: 'succeeded', reason: null, currency: payment.currency, amount, fee: 0n,
    reference: reference ?? null, request: { ...request, [MARK]: true }, result: {}, due_at: null, created_at: now, updated_at: now,
  }
  return {
    payment: advance(payment, { refunded: payment.refunded + amount }, now),
    attempt: { row, isNew: true },
    refund: { row: refund, isNew: true },
    postings: [post('refund', subjectOf(payment, row, now), refundLines(row.provider, amount, 0n))],
    events: ['refund.succeeded'],
  }
}
