/**
 * The book in a database: one table, made at the first start. Written through group commit. A server does not wait for the disk
 * (`synchronous_commit` off): the simulated world has to survive a killed process of ours, not a power cut. The embedded engine
 * has to write, because there it is the same process that is killed.
 */
import { readFileSync } from 'node:fs'
import type { Columns } from '../../db/columns.ts'
import type { Db, Queryable } from '../../db/db.ts'
import { rowSources, type RowSource } from '../../db/rows.ts'
import { money } from '../../core/money.ts'
import { createBatcher } from './batch.ts'
import { pick, type Book, type BookRecord, type Change, type Notes, type Records, type Status } from './book.ts'

/** 8 bytes that mean "the sandbox's table": nobody else in the database uses this number. */
const MIGRATION_LOCK = 7_305_791_642_113
const COLUMNS: Columns = {
  key: 'text', network: 'text', kind: 'text', mode: 'text', method: 'text', status: 'text', amount: 'bigint', currency: 'text', parent_key: 'text',
  captured: 'bigint', refunded: 'bigint', released: 'bigint', card_first6: 'text', card_last4: 'text', reason: 'text', action: 'jsonb', facts: 'jsonb',
  notes: 'jsonb', handle: 'text', expires_at: 'timestamptz', due_at: 'timestamptz', created_at: 'timestamptz', updated_at: 'timestamptz',
}
const NAMES = Object.keys(COLUMNS).join(', ')
const SYNCHRONOUS_COMMIT: Readonly<Record<Db['engine'], 'on' | 'off'>> = { postgres: 'off', pglite: 'on' }
/** Inserts the rows in $1 with `synchronous_commit` $2. The join makes the setting a part of the statement's own transaction: one round trip, not three. */
const insert = (source: RowSource, onConflict: string): string =>
  `INSERT INTO public.sandbox_operations (${NAMES}) SELECT ${Object.keys(COLUMNS).map((name) => `r.${name}`).join(', ')}
   FROM (SELECT set_config('synchronous_commit', $2, true) AS value OFFSET 0) setting JOIN ${source.from(1, 'r')} ON setting.value = $2
   ON CONFLICT (key) DO ${onConflict}`
const UPDATE = `UPDATE SET
  status = excluded.status, amount = excluded.amount, captured = excluded.captured, refunded = excluded.refunded, released = excluded.released,
  reason = excluded.reason, action = excluded.action, facts = excluded.facts, notes = excluded.notes, expires_at = excluded.expires_at,
  due_at = excluded.due_at, updated_at = excluded.updated_at`
const SELECT = `SELECT ${NAMES} FROM public.sandbox_operations`
/**
 * Advisory locks rather than row locks, because a child that is about to be inserted has no row to lock: two processes that run
 * the same refund would both find it missing. In the order of the lock numbers, so that two groups cannot wait for each other.
 */
const LOCK = `SELECT pg_advisory_xact_lock(number) FROM
  (SELECT DISTINCT hashtextextended(key, 7305791642113) AS number FROM unnest($1::text[]) AS key ORDER BY 1) AS numbers`

interface Update {
  readonly keys: readonly string[]
  readonly change: (records: Records) => Change<unknown>
}
type Answer = { readonly value: unknown } | { readonly error: unknown }

/** Opens the book of this database and makes its table when it is not there. */
export async function createDbBook(db: Db): Promise<Book> {
  await createTable(db)
  const claim = createBatcher((records: readonly BookRecord[]) => claimAll(db, records))
  const update = createBatcher((updates: readonly Update[]) => updateAll(db, updates), { size_max: 200 })
  const one = async (where: string, value: string): Promise<BookRecord | undefined> => {
    const [row] = await db.query<Row>(`${SELECT} WHERE ${where} = $1`, [value])
    return row && fromRow(row)
  }
  return {
    claim,
    update: async <T>(keys: readonly string[], change: (records: Records) => Change<T>) => {
      const answer = await update({ keys, change })
      if ('error' in answer) throw answer.error
      return answer.value as T
    },
    find: (key) => one('key', key),
    // Handles come from anybody's browser: U+0000 is in none of ours, and no text that a database takes.
    findByHandle: async (handle) => (handle.includes('\0') ? undefined : one('handle', handle)),
    list: async ({ network, after = '', limit = 1000 } = {}) => {
      const rows = await db.query<Row>(`${SELECT} WHERE key > $1 AND ($2::text IS NULL OR network = $2) ORDER BY key LIMIT $3`,
        [after, network ?? null, Math.min(limit, 1000)])
      return rows.map(fromRow)
    },
    due: async () => (await db.query<Row>(`${SELECT} WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 10000`)).map(fromRow),
  }
}

/** Two processes that start at once must not both make the table: PostgreSQL's IF NOT EXISTS has a race of its own. */
async function createTable(db: Db): Promise<void> {
  const script = readFileSync(new URL('./book.sql', import.meta.url), 'utf8').replace(/--.*$/gm, '')
  // What is inside of a block is indented, so that its semicolons end no statement here.
  const statements = script.split(/;\n(?! )/).filter((text) => text.trim() !== '')
  await db.transaction(async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`)
    for (const statement of statements) await tx.query(statement)
  })
}

async function claimAll(db: Db, records: readonly BookRecord[]): Promise<('new' | BookRecord)[]> {
  // Of equal keys in one group the first wins, and the others find it.
  const first = new Map<string, BookRecord>()
  for (const record of records) if (!first.has(record.key)) first.set(record.key, record)
  const source = await rowSources(db).of(COLUMNS)
  const text = `${insert(source, 'NOTHING')} RETURNING key`
  const inserted = await db.query<{ key: string }>(text, [source.encode([...first.values()].map(toRow)), SYNCHRONOUS_COMMIT[db.engine]], { name: 'sandbox_claim' })
  const fresh = new Set(inserted.map(({ key }) => key))
  const taken = [...first.keys()].filter((key) => !fresh.has(key))
  const existing = taken.length > 0 ? await read(db, taken) : new Map<string, BookRecord>()
  return records.map((record) => {
    const winner = first.get(record.key)
    if (fresh.has(record.key)) return winner === record ? 'new' : (winner as BookRecord)
    const found = existing.get(record.key)
    if (!found) throw new Error(`the record under ${record.key} is taken, but not there`)
    return found
  })
}

async function updateAll(db: Db, updates: readonly Update[]): Promise<Answer[]> {
  const keys = [...new Set(updates.flatMap((update) => update.keys))]
  const source = await rowSources(db).of(COLUMNS)
  return db.transaction(async (tx) => {
    await tx.query(LOCK, [keys])
    const records = await read(tx, keys)
    const dirty = new Map<string, BookRecord>()
    const answers = updates.map(({ keys, change }): Answer => {
      try {
        const { write, value } = change(pick(records, keys))
        for (const record of write) {
          records.set(record.key, record)
          dirty.set(record.key, record)
        }
        return { value }
      } catch (error) {
        return { error }
      }
    })
    if (dirty.size > 0) await tx.query(insert(source, UPDATE), [source.encode([...dirty.values()].map(toRow)), SYNCHRONOUS_COMMIT[db.engine]])
    return answers
  })
}

async function read(db: Queryable, keys: readonly string[]): Promise<Map<string, BookRecord>> {
  const rows = await db.query<Row>(`${SELECT} WHERE key = ANY($1::text[])`, [keys])
  return new Map(rows.map((row) => [row.key, fromRow(row)]))
}

interface Row {
  key: string; network: string; kind: BookRecord['kind']; mode: BookRecord['mode']; method: BookRecord['method']; status: Status
  amount: bigint; currency: string; parent_key: string | null; captured: bigint; refunded: bigint; released: bigint
  card_first6: string | null; card_last4: string | null; reason: BookRecord['reason'] | null; action: BookRecord['action'] | null
  facts: BookRecord['facts']; notes: Notes; handle: string | null; expires_at: Date | null; due_at: Date | null; created_at: Date; updated_at: Date
}

function toRow(record: BookRecord): Record<string, unknown> {
  const { amount, card, facts, notes, action, ...rest } = record
  return {
    ...rest, amount: amount.minor, currency: amount.currency, card_first6: card?.first6, card_last4: card?.last4,
    facts: storable(facts), notes: storable(notes), action: storable(action),
  }
}

/** Text from outside may hold what PostgreSQL cannot store: zero characters and halves of surrogate pairs. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? value.replaceAll('\0', '').toWellFormed() : value
  if (Array.isArray(value)) return value.map(storable)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, storable(one)]))
}

function fromRow(row: Row): BookRecord {
  const { amount, currency, card_first6, card_last4, ...rest } = row
  return {
    ...rest,
    amount: money(amount, currency),
    captured: BigInt(row.captured),
    refunded: BigInt(row.refunded),
    released: BigInt(row.released),
    card: card_first6 === null ? undefined : { first6: card_first6, last4: card_last4 ?? '' },
    parent_key: row.parent_key ?? undefined,
    reason: row.reason ?? undefined,
    action: row.action ?? undefined,
    handle: row.handle ?? undefined,
    expires_at: row.expires_at ?? undefined,
    due_at: row.due_at ?? undefined,
  }
}
