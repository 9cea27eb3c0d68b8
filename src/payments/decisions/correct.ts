import { assert } from '../../core/result.ts'
import { MANUAL } from '../../providers/manual.ts'
import type { Correction } from '../commands.ts'
import type { Attempt, Payment, PaymentView } from '../model.ts'
import type { Change } from './change.ts'
import { decideOutcome } from './pay.ts'

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
