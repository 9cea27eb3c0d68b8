import { isUniqueViolation, type Queryable } from '../db/db.ts'
import type { WriteSet } from '../db/commit.ts'
import { lookUp, type Lookup } from '../db/lookup.ts'
import { guardedUpdates, inserts, updates, type Part, type PartRow } from '../db/parts.ts'
import type { Event } from '../events/model.ts'
import { eventInsert, eventRow, ownEventRow } from '../events/store.ts'
import { instrumentActivate, instrumentDrop, type Instrument, type SealedInstrument } from '../instruments/store.ts'
import { postingInsert } from '../ledger/store.ts'
import { bytesAsText, hashOf } from '../sessions/store.ts'
import { deliveryInsert, endpointFanOut } from '../webhooks/store.ts'
import type { Notifier } from '../webhooks/notifier.ts'
import type { Change } from './decisions/change.ts'
import type { Due } from './due.ts'
import type { Attempt, CardSummary, Payment, PaymentView, Refund, Reserve } from './model.ts'

const CHANGING = {
  method: 'text', state: 'text', reason: 'text', version: 'int', authorized: 'bigint', captured: 'bigint', released: 'bigint', refunded: 'bigint', refunding: 'bigint',
  fee: 'bigint', refunded_fee: 'bigint', tries: 'int', result: 'json', updated_at: 'timestamptz', expires_at: 'timestamptz', finished_at: 'timestamptz',
} as const

const paymentInsert = inserts('payments', {
  merchant_id: 'text', id: 'text', api: 'text', kind: 'text', mode: 'text', currency: 'text', amount: 'bigint', payable: 'bigint', fee_terms: 'json',
  manual_capture: 'boolean', tries_max: 'int', reference: 'text', description: 'text', customer_id: 'text', instrument_id: 'text', request: 'json', created_at: 'timestamptz', ...CHANGING,
})

const paymentUpdate = guardedUpdates('payments', 'payments', ['merchant_id', 'id'], { merchant_id: 'text', id: 'text', ...CHANGING })

const ATTEMPT_CHANGING = { sent_at: 'timestamptz', state: 'text', amount: 'bigint', reason: 'text', action: 'json', facts: 'json', resolved_at: 'timestamptz', inquire_at: 'timestamptz', inquiries: 'int' } as const

const attemptInsert = inserts('attempts', {
  merchant_id: 'text', id: 'text', payment_id: 'text', refund_id: 'text', kind: 'text', provider: 'text', currency: 'text', parent_id: 'text',
  instrument: 'json', instrument_id: 'text', request: 'json', ...ATTEMPT_CHANGING,
})

const attemptUpdate = updates('attempts', 'attempts', ['merchant_id', 'id'], { merchant_id: 'text', id: 'text', ...ATTEMPT_CHANGING })

const refundInsert = inserts('refunds', {
  merchant_id: 'text', id: 'text', payment_id: 'text', state: 'text', reason: 'text', currency: 'text', amount: 'bigint', fee: 'bigint', reference: 'text',
  request: 'json', result: 'json', due_at: 'timestamptz', created_at: 'timestamptz', updated_at: 'timestamptz',
})

const refundUpdate = updates('refunds', 'refunds', ['merchant_id', 'id'], { merchant_id: 'text', id: 'text', state: 'text', reason: 'text', fee: 'bigint', result: 'json', due_at: 'timestamptz', updated_at: 'timestamptz' })

const RESERVE_CHANGING = { canceled: 'bigint', canceled_at: 'timestamptz', released_at: 'timestamptz' } as const

const reserveInsert = inserts('reserves', { merchant_id: 'text', payment_id: 'text', attempt_id: 'text', currency: 'text', amount: 'bigint', due_at: 'timestamptz', created_at: 'timestamptz', ...RESERVE_CHANGING })

const reserveUpdate = updates('reserves', 'reserves', ['merchant_id', 'payment_id'], { merchant_id: 'text', payment_id: 'text', ...RESERVE_CHANGING })

/** A change and its events as one write set; a new payment has no version to guard it, since nobody else can know it yet. */
export function writesOf(change: Change, events: readonly Event[], notifier: Notifier | undefined, extra: ReadonlyArray<readonly [Part, PartRow]> = []): WriteSet {
  const { payment } = change
  const isNew = payment.version === 1
  const rows: Array<readonly [Part, PartRow]> = [[isNew ? paymentInsert : paymentUpdate, payment]]
  if (change.attempt !== undefined) rows.push([change.attempt.isNew ? attemptInsert : attemptUpdate, change.attempt.row])
  if (change.refund !== undefined) rows.push([change.refund.isNew ? refundInsert : refundUpdate, change.refund.row])
  if (change.reserve !== undefined) rows.push([change.reserve.isNew ? reserveInsert : reserveUpdate, change.reserve.row])
  if (change.instrument !== undefined) rows.push([change.instrument.usable ? instrumentActivate : instrumentDrop, { merchant_id: payment.merchant_id, id: change.instrument.id }])
  for (const posting of change.postings ?? []) rows.push([postingInsert, posting])
  for (const event of events) {
    const name = notifier?.endpointEvent(event, payment)
    rows.push([eventInsert, eventRow(event, name)], ...deliveries(event, name, payment, notifier))
  }
  rows.push(...extra)
  return { rows }
}

/** Whether the worker has something to look for: most payments of a merchant without receivers have not. */
export function hasDeliveries(writes: WriteSet): boolean {
  return writes.rows.some(([part]) => part === deliveryInsert || part === endpointFanOut)
}

function deliveries(event: Event, name: string | undefined, payment: Payment, notifier: Notifier | undefined): Array<readonly [Part, PartRow]> {
  if (notifier === undefined) return []
  const { merchant_id, payment_id, api, mode } = event
  const rows: Array<readonly [Part, PartRow]> = notifier
    .receivers(event, payment)
    .map((url, index) => [deliveryInsert, { merchant_id, id: `${event.id}:${index}`, event_id: event.id, payment_id, api, url, due_at: event.created_at, created_at: event.created_at }] as const)
  if (name !== undefined) rows.push([endpointFanOut, { merchant_id, event_id: event.id, payment_id, api, mode, name, alias: notifier.alias?.(name) ?? null, at: event.created_at }])
  for (const own of notifier.companions?.(event, payment) ?? []) {
    rows.push([eventInsert, ownEventRow(own)], [endpointFanOut, { merchant_id, event_id: own.id, payment_id: null, api, mode, name: own.type, alias: notifier.alias?.(own.type) ?? null, at: own.created_at }])
  }
  return rows
}

/** True when the error says that another attempt of the payment is open. */
export function isSecondOpenAttempt(error: unknown): boolean {
  return isUniqueViolation(error, 'attempts_one_open')
}

const PAYMENT: Lookup = { name: 'payment', table: 'payments', key: ['merchant_id', 'id'] }

export function findPayment(db: Queryable, merchant_id: string, id: string): Promise<Payment | undefined> {
  return lookUp<Payment>(db, PAYMENT, [merchant_id, id])
}

/** A payment with its attempts and refunds. */
export async function findView(db: Queryable, merchant_id: string, id: string): Promise<PaymentView | undefined> {
  const payment = await findPayment(db, merchant_id, id)
  return payment === undefined ? undefined : viewOf(db, payment)
}

const PAYMENT_OF_SESSION: Lookup = {
  name: 'payment_of_session',
  table: `(SELECT s.hash, s.kind AS session_kind, p.*, i.id AS card_id, i.kind AS card_kind, i.sealed AS card_sealed, i.summary AS card_summary
    FROM sessions s JOIN payments p ON p.merchant_id = s.merchant_id AND p.id = s.payment_id AND p.api = s.api
    LEFT JOIN instruments i ON i.merchant_id = p.merchant_id AND i.id = p.instrument_id AND i.usable)`,
  key: ['merchant_id', 'session_kind', 'hash'],
  types: { hash: 'bytea' },
}

type PaymentOfSession = Payment & { readonly card_id: string | null; readonly card_kind: Instrument['kind']; readonly card_sealed: Uint8Array; readonly card_summary: CardSummary }

/** What a session's handle is bound to: the payment, and the stored instrument that it names, when that is usable. */
export interface Bound {
  readonly view: PaymentView
  readonly instrument: SealedInstrument | undefined
}

/** Both in one read; whether the session's time is over is the payment's or the bearer's to say. */
export async function findBySession(db: Queryable, merchant_id: string, kind: string, handle: string): Promise<Bound | undefined> {
  const found = await lookUp<PaymentOfSession>(db, PAYMENT_OF_SESSION, [merchant_id, kind, bytesAsText(hashOf(handle))])
  if (found === undefined) return undefined
  const { card_id, card_kind, card_sealed, card_summary, ...payment } = found
  return { view: await viewOf(db, payment), instrument: card_id === null ? undefined : { merchant_id, id: card_id, kind: card_kind, sealed: card_sealed, summary: card_summary } }
}

/** Attempts are only read when the payment has left its first version, refunds when there is something to refund, a reserve when one was agreed on. */
async function viewOf(db: Queryable, payment: Payment): Promise<PaymentView> {
  const { merchant_id, id } = payment
  if (payment.version === 1) return { payment, attempts: [], refunds: [] }
  const [attempts, refunds, [reserve]] = await Promise.all([
    db.query<Attempt>('SELECT * FROM attempts WHERE merchant_id = $1 AND payment_id = $2 ORDER BY sent_at, id', [merchant_id, id], { name: 'attempts_of' }),
    payment.captured > 0n ? db.query<Refund>('SELECT * FROM refunds WHERE merchant_id = $1 AND payment_id = $2 ORDER BY created_at, id', [merchant_id, id], { name: 'refunds_of' }) : [],
    payment.captured > 0n && payment.fee_terms?.reserve !== undefined ? db.query<Reserve>('SELECT * FROM reserves WHERE merchant_id = $1 AND payment_id = $2', [merchant_id, id]) : [],
  ])
  return reserve === undefined ? { payment, attempts, refunds } : { payment, attempts, refunds, reserve }
}

export async function findAttempt(db: Queryable, merchant_id: string, id: string): Promise<Attempt | undefined> {
  const [row] = await db.query<Attempt>('SELECT * FROM attempts WHERE merchant_id = $1 AND id = $2', [merchant_id, id])
  return row
}

/** Whose attempt a provider's news is about. */
export async function ownerOfAttempt(db: Queryable, id: string): Promise<Due | undefined> {
  const [row] = await db.query<Due>('SELECT merchant_id, payment_id FROM attempts WHERE id = $1', [id])
  return row
}

export async function findRefund(db: Queryable, merchant_id: string, id: string): Promise<Refund | undefined> {
  const [row] = await db.query<Refund>('SELECT * FROM refunds WHERE merchant_id = $1 AND id = $2', [merchant_id, id])
  return row
}

/** A page of a merchant's payments at one API, newest first. */
export interface PaymentFilter {
  readonly merchant_id: string
  readonly api: string
  readonly kinds: readonly string[]
  readonly mode?: string | undefined
  readonly reference?: string | undefined
  readonly states?: readonly string[] | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
  readonly limit: number
  readonly offset: number
}

export async function listPayments(db: Queryable, filter: PaymentFilter): Promise<{ payments: Payment[]; total: number }> {
  const where = `merchant_id = $1 AND api = $2 AND kind = ANY ($3) AND ($4::text IS NULL OR mode = $4) AND ($5::text IS NULL OR reference = $5)
    AND ($6::text[] IS NULL OR state = ANY ($6)) AND ($7::timestamptz IS NULL OR created_at >= $7) AND ($8::timestamptz IS NULL OR created_at <= $8)`
  const params = [filter.merchant_id, filter.api, filter.kinds, filter.mode ?? null, filter.reference ?? null, filter.states ?? null, filter.since ?? null, filter.until ?? null]
  const payments = await db.query<Payment>(`SELECT * FROM payments WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT $9 OFFSET $10`, [...params, filter.limit, filter.offset])
  const [count] = await db.query<{ total: bigint }>(`SELECT count(*) AS total FROM payments WHERE ${where}`, params)
  return { payments, total: Number(count?.total ?? 0) }
}

/** A page of the refunds of a merchant's payments at one API, newest first. */
export async function listRefunds(
  db: Queryable,
  filter: { merchant_id: string; api: string; mode: string; payment_id?: string | undefined; limit: number; offset: number },
): Promise<{ refunds: Refund[]; total: number }> {
  const from = `refunds r JOIN payments p ON p.merchant_id = r.merchant_id AND p.id = r.payment_id
    WHERE r.merchant_id = $1 AND p.api = $2 AND p.mode = $3 AND ($4::text IS NULL OR r.payment_id = $4)`
  const params = [filter.merchant_id, filter.api, filter.mode, filter.payment_id ?? null]
  const refunds = await db.query<Refund>(`SELECT r.* FROM ${from} ORDER BY r.created_at DESC, r.id DESC LIMIT $5 OFFSET $6`, [...params, filter.limit, filter.offset])
  const [count] = await db.query<{ total: bigint }>(`SELECT count(*) AS total FROM ${from}`, params)
  return { refunds, total: Number(count?.total ?? 0) }
}
