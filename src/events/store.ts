import { assert } from '../core/result.ts'
import type { Queryable } from '../db/db.ts'
import { inserts } from '../db/parts.ts'
import type { Event, OwnEvent, PaymentSnapshot } from './model.ts'

export const eventInsert = inserts('events', {
  merchant_id: 'text', id: 'text', api: 'text', mode: 'text', payment_id: 'text', refund_id: 'text', type: 'text', name: 'text', version: 'int', snapshot: 'json', created_at: 'timestamptz',
})

/**
 * The event as a row: amounts inside the snapshot become text, since JSON has no integers of 64 bits. `name`: under which the API tells
 * registered endpoints of it, when it does.
 */
export function eventRow(event: Event, name: string | undefined): Record<string, unknown> {
  return { ...event, name: name ?? null, snapshot: { payment: unusual(event.snapshot.payment), refund: event.snapshot.refund === null ? null : plain(event.snapshot.refund) } }
}

/** What is mostly so about a payment: left out of what is stored, and put back when it is read. */
const USUAL: Partial<PaymentSnapshot> = { reason: null, authorized: 0n, captured: 0n, released: 0n, refunded: 0n, refunding: 0n, fee: 0n, refunded_fee: 0n, tries: 0, finished_at: null }

function unusual(snapshot: PaymentSnapshot): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(snapshot)) if (!(key in USUAL) || USUAL[key as keyof PaymentSnapshot] !== value) kept[key] = typeof value === 'bigint' ? value.toString() : value
  return kept
}

/** An API's own event as a row. */
export function ownEventRow({ data, ...event }: OwnEvent): Record<string, unknown> {
  return { ...event, name: event.type, payment_id: null, refund_id: null, version: 0, snapshot: { own: data } }
}

interface EventRow extends Omit<Event, 'type' | 'snapshot'> {
  readonly type: string
  readonly snapshot: unknown
}

const isOwn = (row: EventRow): boolean => typeof row.snapshot === 'object' && row.snapshot !== null && 'own' in row.snapshot

const toOwnEvent = ({ merchant_id, id, api, mode, type, snapshot, created_at }: EventRow): OwnEvent => ({
  merchant_id, id, api, mode, type, data: (snapshot as { own: Record<string, unknown> }).own, created_at,
})

export type StoredEvent = { readonly own: false; readonly event: Event } | { readonly own: true; readonly event: OwnEvent }

const toStored = (row: EventRow): StoredEvent => (isOwn(row) ? { own: true, event: toOwnEvent(row) } : { own: false, event: toEvent(row as Event) })

/** An event of either kind. */
export async function findStoredEvent(db: Queryable, merchant_id: string, id: string): Promise<StoredEvent | undefined> {
  const [row] = await db.query<EventRow>('SELECT * FROM events WHERE merchant_id = $1 AND id = $2', [merchant_id, id])
  return row === undefined ? undefined : toStored(row)
}

export interface EventFilter {
  readonly merchant_id: string
  readonly api: string
  readonly mode: string
  /** Any when left out. */
  readonly names?: readonly string[] | undefined
  readonly limit: number
  readonly offset: number
}

/** A page of what a merchant's endpoints at one API are told, newest first; only events of these names when some are given. */
export async function listEvents(db: Queryable, filter: EventFilter): Promise<{ events: StoredEvent[]; total: number }> {
  // The API stands in the text: an index of its events alone can serve, which a parameter would not let the planner see.
  assert(/^[a-z]+$/.test(filter.api), `${filter.api} is no name of an API`)
  const where = `merchant_id = $1 AND api = '${filter.api}' AND mode = $2 AND name IS NOT NULL AND ($3::text[] IS NULL OR name = ANY ($3))`
  const params = [filter.merchant_id, filter.mode, filter.names ?? null]
  const rows = await db.query<EventRow>(`SELECT * FROM events WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5`, [...params, filter.limit, filter.offset])
  const [count] = await db.query<{ total: bigint }>(`SELECT count(*) AS total FROM events WHERE ${where}`, params)
  return { events: rows.map(toStored), total: Number(count?.total ?? 0) }
}

function plain(values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'bigint' ? value.toString() : value]))
}

const AMOUNTS = ['authorized', 'captured', 'released', 'refunded', 'refunding', 'fee', 'refunded_fee', 'amount'] as const
const DATES = ['updated_at', 'finished_at', 'created_at', 'due_at'] as const

function revive<T>(values: Record<string, unknown>): T {
  const revived = { ...values }
  for (const key of AMOUNTS) if (typeof revived[key] === 'string') revived[key] = BigInt(revived[key])
  for (const key of DATES) if (typeof revived[key] === 'string') revived[key] = new Date(revived[key])
  return revived as T
}

/** A stored row as an event again. */
export function toEvent(row: Event): Event {
  const { payment, refund } = row.snapshot as unknown as { payment: Record<string, unknown>; refund: Record<string, unknown> | null }
  return { ...row, snapshot: { payment: { ...USUAL, ...revive<PaymentSnapshot>(payment) }, refund: refund === null ? null : revive(refund) } }
}

export async function findEvent(db: Queryable, merchant_id: string, id: string): Promise<Event | undefined> {
  const [row] = await db.query<Event>('SELECT * FROM events WHERE merchant_id = $1 AND id = $2', [merchant_id, id])
  return row === undefined ? undefined : toEvent(row)
}
