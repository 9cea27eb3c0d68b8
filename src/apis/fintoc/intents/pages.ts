/**
 * Payments page by page, newest first, where the database alone cannot tell which ones are meant: by cursors ("Fintoc reference: Pagination,
 * v2"), and by a status that only a payment with its attempts has. `shown` turns payments into what the list has of them, leaving out
 * what does not belong there.
 */
import type { Db } from '../../../db/db.ts'
import type { Payment, PaymentView } from '../../../payments/model.ts'
import { listPayments } from '../../../payments/store.ts'
import type { PaymentFilter } from '../../../payments/store.ts'
import { invalid, optionalText } from '../fields.ts'
import type { Fields } from '../fields.ts'
import { positive, PER_PAGE } from '../pagination.ts'

export type Wanted = Omit<PaymentFilter, 'limit' | 'offset'>

type Shown<T> = (payments: readonly Payment[]) => Promise<readonly T[]>

/** How many payments are read at a time. */
const CHUNK = 300

async function* chunks(db: Db, wanted: Wanted): AsyncGenerator<readonly Payment[]> {
  for (let offset = 0; ; offset += CHUNK) {
    const { payments } = await listPayments(db, { ...wanted, limit: CHUNK, offset })
    if (payments.length > 0) yield payments
    if (payments.length < CHUNK) return
  }
}

/** All of them: for statuses of payments that are under way, of which there are as many as payers at work. */
export async function allShown<T>(db: Db, wanted: Wanted, shown: Shown<T>): Promise<T[]> {
  const rows: T[] = []
  for await (const chunk of chunks(db, wanted)) rows.push(...(await shown(chunk)))
  return rows
}

/** `limit`, and the id on one side of which to begin. */
export interface CursorQuery {
  readonly limit: number
  readonly starting_after: string | null
  readonly ending_before: string | null
}

export function readCursor(query: Fields): CursorQuery {
  const starting_after = optionalText(query, 'starting_after', { length_max: 80 })
  const ending_before = optionalText(query, 'ending_before', { length_max: 80 })
  if (starting_after !== null && ending_before !== null) invalid('invalid_params', 'starting_after and ending_before exclude each other', 'ending_before')
  return { limit: positive(query, 'limit', PER_PAGE.default, PER_PAGE.max), starting_after, ending_before }
}

/** The id that a query names. */
export const cursorOf = ({ starting_after, ending_before }: CursorQuery): string => starting_after ?? ending_before ?? ''

export interface CursorPage<T> {
  readonly rows: readonly T[]
  /** Whether older ones follow. */
  readonly more: boolean
}

/** The page that a query asks for; undefined when `find` knows nobody by the id that it names. */
export async function cursorPage<T>(db: Db, wanted: Wanted, query: CursorQuery, find: (id: string) => Promise<PaymentView | undefined>, shown: Shown<T>): Promise<CursorPage<T> | undefined> {
  const id = cursorOf(query)
  if (id === '') return olderThan(db, wanted, query.limit, undefined, shown)
  const cursor = (await find(id))?.payment
  if (cursor === undefined) return undefined
  return query.ending_before === null ? olderThan(db, wanted, query.limit, cursor, shown) : newerThan(db, wanted, query.limit, cursor, shown)
}

/** Up to `limit` rows older than a payment, or the newest ones. */
async function olderThan<T>(db: Db, wanted: Wanted, limit: number, cursor: Payment | undefined, shown: Shown<T>): Promise<CursorPage<T>> {
  const passed = cursor === undefined ? new Set<string>() : new Set((await neighbours(db, wanted, cursor)).through)
  const until = earlier(wanted.until, cursor?.created_at)
  const rows: T[] = []
  for await (const chunk of chunks(db, { ...wanted, until })) {
    rows.push(...(await shown(chunk.filter(({ id }) => !passed.has(id)))))
    if (rows.length > limit) break
  }
  return { rows: rows.slice(0, limit), more: rows.length > limit }
}

/** The `limit` rows right before a payment, newest first: what a client sees that goes back. The payment itself follows them. */
async function newerThan<T>(db: Db, wanted: Wanted, limit: number, cursor: Payment, shown: Shown<T>): Promise<CursorPage<T>> {
  const { before } = await neighbours(db, wanted, cursor)
  const kept = new Set(before)
  const since = wanted.since !== undefined && wanted.since > cursor.created_at ? wanted.since : cursor.created_at
  const isNewer = ({ id, created_at }: Payment): boolean => created_at > cursor.created_at || kept.has(id)
  let rows: readonly T[] = []
  for await (const chunk of chunks(db, { ...wanted, since })) rows = [...rows, ...(await shown(chunk.filter(isNewer)))].slice(-limit)
  return { rows, more: rows.length > 0 }
}

/** Ids of the payments of the cursor's own millisecond, in the list's order: those before it, and those up to it with itself. */
async function neighbours(db: Db, { merchant_id, api, kinds, mode }: Wanted, cursor: Payment): Promise<{ before: readonly string[]; through: readonly string[] }> {
  const at = cursor.created_at
  const ids = await allShown(db, { merchant_id, api, kinds, mode, since: at, until: at }, async (payments) => payments.map(({ id }) => id))
  const index = ids.indexOf(cursor.id)
  return { before: ids.slice(0, index), through: ids.slice(0, index + 1) }
}

function earlier(one: Date | undefined, other: Date | undefined): Date | undefined {
  return one === undefined || (other !== undefined && other < one) ? other : one
}
