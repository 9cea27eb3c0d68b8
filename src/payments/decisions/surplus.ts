/**
 * Money that nobody waits for. A provider may say "approved" about an attempt that had been given up, when the payment has been paid meanwhile
 * by another attempt, or by an operator's word: it came twice. Or the payment has ended without it, and its API tells a merchant once how a
 * payment ended: it came too late, and the ending stays as it was told. Money that moved has moved: it is booked, and a refund of all of it
 * is accepted in the same commit, which the resolver sends back to where it came from. The platform takes no fee for it.
 *
 * A capture that had been declined may have been one after all, too, when what was held has been captured in another way, or let go: it took
 * more than there was to take.
 *
 * What went out twice, the other way round, is booked as well, and stays out: nobody here can call it back.
 *
 * What was only held a second time, verified, or let go a second time, is left alone: nothing has been charged, and a hold lapses at its issuer.
 */
import type { Ids } from '../../core/ids.ts'
import { payout, payoutReserved, post, sale, settlement, type Posting, type PostingKind } from '../../ledger/postings.ts'
import type { Outcome } from '../../providers/contract.ts'
import { capturable, type Attempt, type Payment, type PaymentView, type Refund } from '../model.ts'
import type { Change } from './change.ts'
import { isFinished } from './state.ts'
import { advance, resolved, subjectOf } from './steps.ts'

/** What an API calls a refund that nobody asked for, and what it keeps of its request. */
export type SurplusRefund = (payment: Payment, ids: Ids) => Pick<Refund, 'id' | 'request'>

/** Where a refund says whose money it brings back: the id of the attempt. */
const OF = 'surplus'

/** Whether nobody waits for the money of an attempt that turns out to be approved: the payment has it already, or has ended for good (`final`). */
export function isSurplus({ payment }: PaymentView, attempt: Attempt, outcome: Outcome, final: boolean): boolean {
  if (outcome.status !== 'approved' || attempt.state === 'approved') return false
  switch (attempt.kind) {
    case 'sale':
    case 'transfer':
    case 'authorize':
    case 'verify':
      return payment.state === 'succeeded' || payment.state === 'authorized' || (final && isFinished(payment.state))
    case 'capture':
    case 'void':
      return attempt.state === 'declined' && outcome.amount.minor > capturable(payment)
    case 'payout':
    case 'credit':
      return payment.state === 'succeeded'
    case 'refund':
      return false
  }
}

/** How money is booked that came by each kind of attempt; none has moved by the others. */
const BOOKED: Partial<Record<Attempt['kind'], PostingKind>> = { sale: 'sale', transfer: 'sale', capture: 'capture' }

/** Books the money and accepts its refund. Undefined where none has moved. */
export function decideSurplus({ payment }: PaymentView, attempt: Attempt, outcome: Extract<Outcome, { status: 'approved' }>, made: Pick<Refund, 'id' | 'request'>, now: Date, settle: 'platform' | 'direct'): Change | undefined {
  if (attempt.kind === 'payout' || attempt.kind === 'credit') return paidOut(payment, attempt, outcome, now)
  const kind = BOOKED[attempt.kind]
  if (kind === undefined) return undefined
  const paid = outcome.amount.minor
  const row = resolved(attempt, { state: 'approved', reason: null, facts: { ...attempt.facts, ...outcome.facts }, amount: paid }, now)
  const refund: Refund = {
    merchant_id: payment.merchant_id, id: made.id, payment_id: payment.id, state: 'pending', reason: null, currency: payment.currency, amount: paid, fee: 0n,
    reference: null, request: { ...made.request, [OF]: attempt.id }, result: {}, due_at: now, created_at: now, updated_at: now,
  }
  const subject = subjectOf(payment, attempt, now)
  // Nothing of it had been held, also where it was captured.
  const postings: Posting[] = [post(kind, subject, sale(attempt.provider, paid, 0n))]
  if (settle === 'direct' && kind === 'sale') postings.push(post('settlement', subject, settlement(attempt.provider, paid)))
  return {
    payment: advance(payment, { authorized: payment.authorized + paid, captured: payment.captured + paid, refunding: payment.refunding + paid }, now),
    attempt: { row, isNew: false },
    refund: { row: refund, isNew: true },
    postings,
    events: ['refund.created'],
  }
}

/** What was paid out twice cannot be called back by us: it is booked against the merchant's balance, and an operator is told. */
function paidOut(payment: Payment, attempt: Attempt, outcome: Extract<Outcome, { status: 'approved' }>, now: Date): Change {
  const paid = outcome.amount.minor
  const subject = subjectOf(payment, attempt, now)
  // One that had been declined has given back what was reserved for it; one that is open has it still.
  const isLate = attempt.state === 'declined'
  const reserved = isLate ? [post('payout_reserved', { ...subject, attempt_id: `${attempt.id}:late` }, payoutReserved(paid))] : []
  return {
    payment: advance(payment, { authorized: payment.authorized + paid, captured: payment.captured + paid }, now),
    attempt: { row: resolved(attempt, { state: 'approved', reason: null, facts: { ...attempt.facts, ...outcome.facts }, amount: paid }, now), isNew: false },
    postings: [...reserved, post('payout', subject, payout(attempt.provider, paid, 0n, isLate ? 0n : payment.payable - paid))],
    events: ['payout.exceeded'],
  }
}

/** The attempt whose money a refund brings back, when that is a surplus. */
export function surplusOf(refund: Pick<Refund, 'request'>): string | undefined {
  const id = refund.request[OF]
  return typeof id === 'string' ? id : undefined
}
