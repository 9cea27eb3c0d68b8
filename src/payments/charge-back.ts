/**
 * A charge-back: the payer's bank has taken a payment back, all of it or a part. Nobody was asked, so nothing is sent: an operator says what
 * the acquirer has said. In the books it is a refund that has happened: the same money goes from the same accounts. No more of it than is
 * left, unless the operator says that the bank did take it: after a refund, say. The platform keeps its fee, and takes another one for the charge-back where that was agreed on. The mark in the refund's
 * request lets an API call it by its own name.
 *
 * An operator's charge-back has the network's case number as its key: whoever tells of a case twice, because a command was run again or two
 * people did, books it once.
 */
import { fail, ok } from '../core/result.ts'
import type { Claim } from '../idempotency/model.ts'
import { findClaim } from '../idempotency/store.ts'
import { chargeBackFee } from '../ledger/fees.ts'
import { decideChargeBack } from './decisions/charge-back.ts'
import type { Payments } from './commands.ts'
import type { PaymentDeps } from './deps.ts'
import { followUpAttempt } from './follow-up-service.ts'
import { refundableWithin } from './model.ts'
import { shareOfReserve } from './reserve-service.ts'
import { applied, commitChange } from './runner.ts'
import { findView } from './store.ts'

export function createChargeBacks(deps: PaymentDeps): Pick<Payments, 'chargeBack'> {
  return {
    chargeBack: async (merchant_id, id, wanted) => {
      for (;;) {
        const view = await findView(deps.db, merchant_id, id)
        if (view === undefined) return fail({ kind: 'not_found' })
        // First, since what was told before has taken what was left.
        const first = wanted.claim && (await findClaim(deps.db, wanted.claim.merchant_id, wanted.claim.scope, wanted.claim.key))
        if (first !== undefined) return fail({ kind: 'duplicate', claim: first })
        if (view.payment.kind !== 'charge' || view.payment.captured === 0n) return fail({ kind: 'wrong_state', view })
        const left = wanted.beyond === true ? view.payment.captured : refundableWithin(view, wanted.within)
        if (wanted.amount <= 0n || wanted.amount > left) return fail({ kind: 'too_much', left, view })
        const attempt = followUpAttempt(deps, view, { kind: 'refund', id: wanted.attempt_id, amount: wanted.amount, refund_id: wanted.id, request: wanted.request })
        const terms = view.payment.fee_terms?.charge_back
        const fee = terms === undefined ? 0n : chargeBackFee(terms, wanted.amount)
        const share = await shareOfReserve(deps.db, view, wanted.amount + fee)
        const change = decideChargeBack(view, wanted, { attempt, fee, share }, deps.clock.now())
        deps.checkpoint('charge_back.before')
        if ((await commitChange(deps, change, [], wanted.claim)) !== 'done') continue
        deps.checkpoint('charge_back.after')
        return ok(applied(view, change))
      }
    },
  }
}

/** A case of the card network as the key of its charge-back. It is the merchant's, not the payment's: a case is about one payment, and who names another one has mistaken it. */
export function caseClaim(merchant_id: string, case_number: string, { id, payment_id, amount }: { readonly id: string; readonly payment_id: string; readonly amount: bigint }, now: Date): Claim {
  return { merchant_id, scope: 'charge_back', key: case_number, owner: id, request_hash: caseOf(payment_id, amount), status: null, answer: null, created_at: now, expires_at: null }
}

/** Whether a case that is booked already was about this payment and this amount (minor units). */
export const isSameCase = ({ request_hash }: Claim, payment_id: string, amount: bigint): boolean => request_hash === caseOf(payment_id, amount)

const caseOf = (payment_id: string, amount: bigint): string => `${payment_id} ${amount}`
