/** Transactions by uid: a payment, a capture or void, a refund. */
import { openAttempt, type PaymentView } from '../../payments/model.ts'
import type { BegatewayDeps } from './deps.ts'
import { transactionOf, transactionOfAttempt, transactionOfRefund, type Transaction } from './shown/transaction.ts'
import { findChildAttempt, findRefundByUid } from './store.ts'
import { API } from './deps.ts'

/** A transaction with the payment that it is or belongs to. */
export interface Found {
  readonly transaction: Transaction
  readonly view: PaymentView
}

const UID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Finds a transaction of a merchant; undefined for anything that is not a uid of theirs. */
export async function findByUid(deps: BegatewayDeps, merchant_id: string, uid: string): Promise<Found | undefined> {
  if (!UID.test(uid)) return undefined
  const own = await deps.payments.find(merchant_id, uid)
  if (own !== undefined) return own.payment.api === API ? { transaction: transactionOf(own.payment, own.attempts), view: own } : undefined
  const [child, refund] = await Promise.all([findChildAttempt(deps.db, merchant_id, uid), findRefundByUid(deps.db, merchant_id, uid)])
  const payment_id = child?.payment_id ?? refund?.payment_id
  const view = payment_id === undefined ? undefined : await deps.payments.find(merchant_id, payment_id)
  if (view === undefined || view.payment.api !== API) return undefined
  return foundIn(view, uid)
}

/** A transaction of a payment that is at hand. */
export function foundIn(view: PaymentView, uid: string): Found | undefined {
  if (view.payment.id === uid) return { transaction: transactionOf(view.payment, view.attempts), view }
  const attempt = view.attempts.find(({ id, kind }) => id === uid && (kind === 'capture' || kind === 'void'))
  if (attempt !== undefined) return { transaction: transactionOfAttempt(view.payment, attempt), view }
  const refund = view.refunds.find(({ id }) => id === uid)
  return refund === undefined ? undefined : { transaction: transactionOfRefund(view.payment, refund, view.attempts), view }
}

/** A payment that was accepted and has not started after this has lost its process; with a merchant to be asked first, after that. */
const START_MS = 2_000
const START_ASKING_MS = 12_000

/** Whether the outcome of a transaction is still on its way to us: nothing has been answered yet. */
export function inFlight({ transaction, view }: Found, now: Date): boolean {
  const { payment } = view
  if (transaction.uid === payment.id) {
    const patience_ms = transaction.stored.verification_url === undefined ? START_MS : START_ASKING_MS
    const starts = payment.state === 'created' && now.getTime() - payment.created_at.getTime() < patience_ms
    const paying = view.attempts.filter(({ kind }) => kind !== 'capture' && kind !== 'void' && kind !== 'refund')
    // Payment and attempts are read one after the other: an approved attempt of an open payment was recorded in between.
    const open = payment.state === 'created' || payment.state === 'pending' || payment.state === 'processing'
    const torn = open && (paying.some(({ state }) => state === 'approved') || (payment.state === 'processing' && openAttempt(view) === undefined))
    return starts || torn || paying.some(({ state }) => state === 'sent')
  }
  const attempt = view.attempts.find(({ id, refund_id }) => id === transaction.uid || refund_id === transaction.uid)
  const refund = view.refunds.find(({ id }) => id === transaction.uid)
  // Refunds and attempts are read beside each other: one that is under way without an attempt that says so was read in between.
  if (refund !== undefined) return refund.state === 'pending' || (refund.state === 'processing' && attempt?.state !== 'processing')
  return attempt?.state === 'sent'
}

/** A payment that was accepted by a process that died before it sent anything: an equal request may carry it on. */
export function isLost(found: Found, now: Date): boolean {
  const { payment, attempts } = found.view
  return found.transaction.uid === payment.id && payment.state === 'created' && attempts.length === 0 && !inFlight(found, now)
}

/**
 * How long an equal request waits for the first one, before it is answered with the state as it is; well below the 25 s after which clients give
 * up (beGateway reference 1), also when the merchant is asked first.
 */
const WAIT_MS = 8_000
const PAUSE_MS = 50

/** Reads a transaction until it is no longer in flight, or time is up. */
export async function findSettled(deps: BegatewayDeps, merchant_id: string, uid: string, wait_ms: number = WAIT_MS): Promise<Found | undefined> {
  const until = Date.now() + wait_ms
  for (;;) {
    const found = await findByUid(deps, merchant_id, uid)
    if (found === undefined || !inFlight(found, deps.clock.now()) || Date.now() >= until) return found
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
