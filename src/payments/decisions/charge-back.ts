import { chargeBackCost, post, refund as refundLines } from '../../ledger/postings.ts'
import type { ChargeBack } from '../commands.ts'
import type { Attempt, PaymentView, Refund } from '../model.ts'
import type { Change } from './change.ts'
import { refundedSums } from './refund.ts'
import { cancelReserve, withShare } from './reserve.ts'
import { advance, resolved, subjectOf } from './steps.ts'

const MARK = 'charge_back'
/** In the refund's request: what the charge-back has cost. */
const FEE = 'charge_back_fee'

/** Whether the payer's bank did it, and not the merchant. */
export const isChargeBack = ({ request }: Pick<Refund, 'request'>): boolean => request[MARK] === true

/** A charge-back is booked. `fee`, `share`: minor units that it costs, and that it takes from the reserve. */
export function decideChargeBack(view: PaymentView, { id, amount, reference, request }: ChargeBack, { attempt, fee, share }: { readonly attempt: Attempt; readonly fee: bigint; readonly share: bigint }, now: Date): Change {
  const { payment } = view
  const row = resolved(attempt, { state: 'approved' }, now)
  const refund: Refund = {
    merchant_id: payment.merchant_id, id, payment_id: payment.id, state: 'succeeded', reason: null, currency: payment.currency, amount, fee: 0n,
    reference: reference ?? null, request: withShare({ ...request, [MARK]: true, ...(fee > 0n ? { [FEE]: fee.toString() } : {}) }, share), result: {}, due_at: null, created_at: now, updated_at: now,
  }
  const changed = advance(payment, refundedSums(payment, amount, payment.refunding), now)
  const subject = subjectOf(payment, row, now)
  const { reserve, postings: freed = [] } = cancelReserve(view, row, share, now)
  return {
    payment: changed,
    attempt: { row, isNew: true },
    refund: { row: refund, isNew: true },
    postings: [post('refund', subject, refundLines(row.provider, amount, 0n)), ...(fee > 0n ? [post('charge_back_fee', subject, chargeBackCost(fee))] : []), ...freed],
    ...(reserve && { reserve }),
    events: changed.refunded > changed.captured ? ['refund.succeeded', 'refund.exceeded'] : ['refund.succeeded'],
  }
}
