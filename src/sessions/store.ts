import { createHash } from 'node:crypto'
import type { Queryable } from '../db/db.ts'
import { lookUp, type Lookup } from '../db/lookup.ts'
import { inserts } from '../db/parts.ts'
import type { SessionRow } from './model.ts'

export const sessionInsert = inserts('sessions', {
  merchant_id: 'text', hash: 'bytea', api: 'text', kind: 'text', payment_id: 'text', data: 'jsonb', created_at: 'timestamptz', expires_at: 'timestamptz', used_at: 'timestamptz',
})

/** What is stored of a handle. Handles are random with over 70 bits and live for minutes: a plain hash is enough. */
export function hashOf(handle: string): Uint8Array {
  return createHash('sha256').update(handle).digest()
}

/** Bytes as the text that PostgreSQL reads as `bytea`. */
export function bytesAsText(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
}

/** A session by its handle; the caller compares `expires_at` with its clock, and knows the merchant from the handle (core/ids.ts). */
export async function findSession(db: Queryable, merchant_id: string, api: string, kind: string, handle: string): Promise<SessionRow | undefined> {
  const row = await lookUp<SessionRow>(db, SESSION, [merchant_id, bytesAsText(hashOf(handle))])
  return row?.api === api && row.kind === kind ? row : undefined
}

const SESSION: Lookup = { name: 'session', table: 'sessions', key: ['merchant_id', 'hash'], types: { hash: 'bytea' } }

/** Binds a handle to whoever knows a secret, of which `mark` is the hash: of two callers one wins, and may call again. False for everybody else. */
export async function bindSession(db: Queryable, merchant_id: string, handle: string, mark: string, now: Date): Promise<boolean> {
  const rows = await db.query(
    `UPDATE sessions SET used_at = coalesce(used_at, $3), data = data || jsonb_build_object('bound_to', $4::text)
     WHERE merchant_id = $1 AND hash = $2 AND (used_at IS NULL OR data->>'bound_to' = $4) RETURNING 1`,
    [merchant_id, hashOf(handle), now, mark],
  )
  return rows.length === 1
}

/** Merges `patch` into the session's data. */
export async function updateSession(db: Queryable, merchant_id: string, handle: string, patch: Readonly<Record<string, unknown>>): Promise<void> {
  await db.query('UPDATE sessions SET data = data || $3::jsonb WHERE merchant_id = $1 AND hash = $2', [merchant_id, hashOf(handle), JSON.stringify(patch)])
}

/** Stores a session outside a payment's commit. Where its own payment has it already, its data and its end are new. */
export async function createSession(db: Queryable, session: SessionRow): Promise<void> {
  await db.query(
    `INSERT INTO sessions AS s (merchant_id, hash, api, kind, payment_id, data, created_at, expires_at, used_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)
     ON CONFLICT (merchant_id, hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at WHERE s.payment_id = excluded.payment_id AND s.kind = excluded.kind`,
    [session.merchant_id, session.hash, session.api, session.kind, session.payment_id, JSON.stringify(session.data), session.created_at, session.expires_at, session.used_at],
  )
}

/** Removes what has been expired for a day. */
export async function sweepSessions(db: Queryable, now: Date): Promise<void> {
  await db.query(`DELETE FROM sessions WHERE expires_at < $1::timestamptz - interval '1 day'`, [now])
}
