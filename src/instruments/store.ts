import type { Customer } from '../customers/store.ts'
import type { Queryable } from '../db/db.ts'
import { lookUp, type Lookup } from '../db/lookup.ts'
import { inserts, statement } from '../db/parts.ts'
import type { CardSummary } from '../payments/model.ts'

/** Something that can pay: a vaulted card, a bank account, an account at an alternative method. Its id is the token that an API shows. */
export interface Instrument {
  readonly merchant_id: string
  readonly id: string
  readonly customer_id: string | null
  readonly kind: 'card' | 'bank_account' | 'apm'
  readonly sealed: Uint8Array | null
  readonly key_version: number | null
  readonly fingerprint: string | null
  readonly summary: CardSummary
  readonly remembered: boolean
  readonly usable: boolean
  readonly created_at: Date
  readonly updated_at: Date
}

/** What is needed to pay with a stored instrument. */
export type SealedInstrument = Pick<Instrument, 'merchant_id' | 'id' | 'kind' | 'sealed' | 'summary'>

export const instrumentInsert = inserts('instruments', {
  merchant_id: 'text', id: 'text', customer_id: 'text', kind: 'text', sealed: 'bytea', key_version: 'int', fingerprint: 'text', summary: 'jsonb',
  remembered: 'boolean', usable: 'boolean', created_at: 'timestamptz', updated_at: 'timestamptz',
})

export const instrumentActivate = statement(
  'instrument_activate',
  { merchant_id: 'text', id: 'text' },
  `UPDATE instruments AS t SET usable = true FROM rows WHERE t.merchant_id = rows.merchant_id AND t.id = rows.id`,
)

/** The card of a declined attempt is not kept. */
export const instrumentDrop = statement(
  'instrument_drop',
  { merchant_id: 'text', id: 'text' },
  `DELETE FROM instruments AS t USING rows WHERE t.merchant_id = rows.merchant_id AND t.id = rows.id AND NOT t.usable`,
)

/** A usable instrument. */
export function findInstrument(db: Queryable, merchant_id: string, id: string): Promise<Instrument | undefined> {
  return lookUp<Instrument>(db, INSTRUMENT, [merchant_id, id])
}

const INSTRUMENT: Lookup = { name: 'instrument', table: 'instruments', key: ['merchant_id', 'id'], where: 't.usable' }

/** A usable instrument and the customer who owns it: both in one read, since every charge by token asks. */
export async function findWithOwner(db: Queryable, merchant_id: string, instrument_id: string): Promise<{ instrument: SealedInstrument; owner: Customer } | undefined> {
  const found = await lookUp<Owned>(db, OWNED, [merchant_id, instrument_id])
  if (found === undefined) return undefined
  const { instrument_id: id, instrument_kind: kind, sealed, summary, ...owner } = found
  return { instrument: { merchant_id, id, kind, sealed, summary }, owner }
}

type Owned = Customer & Pick<Instrument, 'sealed' | 'summary'> & { readonly instrument_id: string; readonly instrument_kind: Instrument['kind'] }

const OWNED: Lookup = {
  name: 'owned_instrument',
  table: `(SELECT i.id AS instrument_id, i.kind AS instrument_kind, i.sealed, i.summary, c.*
    FROM instruments i JOIN customers c ON c.merchant_id = i.merchant_id AND c.id = i.customer_id WHERE i.usable)`,
  key: ['merchant_id', 'instrument_id'],
}

/** A customer's usable instruments, newest first, one per card. */
export function instrumentsOf(db: Queryable, merchant_id: string, customer_id: string, onlyRemembered: boolean): Promise<Instrument[]> {
  return db.query<Instrument>(
    `SELECT * FROM (SELECT DISTINCT ON (fingerprint) * FROM instruments
       WHERE merchant_id = $1 AND customer_id = $2 AND usable AND (remembered OR NOT $3) ORDER BY fingerprint, created_at DESC) AS cards ORDER BY created_at DESC LIMIT 20`,
    [merchant_id, customer_id, onlyRemembered],
  )
}

/** Puts an instrument in place at once (a card stored without a payment). */
export async function createInstrument(db: Queryable, row: Instrument): Promise<void> {
  await db.query(
    `INSERT INTO instruments (merchant_id, id, customer_id, kind, sealed, key_version, fingerprint, summary, remembered, usable, created_at, updated_at)
     VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`,
    [row.merchant_id, row.id, row.customer_id, row.kind, row.sealed, row.key_version, row.fingerprint, JSON.stringify(row.summary), row.remembered, row.usable, row.created_at, row.updated_at],
  )
}

/** Changes holder or expiry of a stored card: the sealed data and the summary together. */
export async function updateInstrument(db: Queryable, row: Pick<Instrument, 'merchant_id' | 'id' | 'sealed' | 'key_version' | 'summary' | 'updated_at'>): Promise<boolean> {
  const rows = await db.query('UPDATE instruments SET sealed = $3, key_version = $4, summary = $5, updated_at = $6 WHERE merchant_id = $1 AND id = $2 AND usable RETURNING 1', [
    row.merchant_id, row.id, row.sealed, row.key_version, JSON.stringify(row.summary), row.updated_at,
  ])
  return rows.length === 1
}

/** Forgets an instrument that is of no more use. */
export async function dropInstrument(db: Queryable, merchant_id: string, id: string): Promise<void> {
  await db.query('DELETE FROM instruments WHERE merchant_id = $1 AND id = $2', [merchant_id, id])
}

/** Forgets cards whose attempt never ended and that no open attempt waits for. */
export async function sweepInstruments(db: Queryable, now: Date): Promise<void> {
  await db.query(
    `DELETE FROM instruments i WHERE NOT usable AND created_at < $1::timestamptz - interval '1 day'
     AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.merchant_id = i.merchant_id AND a.instrument_id = i.id AND a.state IN ('sent', 'action', 'processing'))`,
    [now],
  )
}
