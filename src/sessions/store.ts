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

/** Marks a single-use handle as used. False when it was used before: of two callers one wins. */
export async function useSession(db: Queryable, merchant_id: string, handle: string, now: Date): Promise<boolean> {
  const rows = await db.query('UPDATE sessions SET used_at = $3 WHERE merchant_id = $1 AND hash = $2 AND used_at IS NULL RETURNING 1', [merchant_id, hashOf(handle), now])
  return rows.length === 1
}

/** Merges `patch` into the session's data. */
export async function updateSession(db: Queryable, merchant_id: string, handle: string, patch: Readonly<Record<string, unknown>>): Promise<void> {
  await db.query('UPDATE sessions SET data = data || $3::jsonb WHERE merchant_id = $1 AND hash = $2', [merchant_id, hashOf(handle), JSON.stringify(patch)])
}

/** Stores a session outside a payment's commit. */
export async function createSession(db: Queryable, session: SessionRow): Promise<void> {
  await db.query(
    'INSERT INTO sessions (merchant_id, hash, api, kind, payment_id, data, created_at, expires_at, used_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)',
    [session.merchant_id, session.hash, session.api, session.kind, session.payment_id, JSON.stringify(session.data), session.created_at, session.expires_at, session.used_at],
  )
}

/** Removes what has been expired for a day. */
export async function sweepSessions(db: Queryable, now: Date): Promise<void> {
  await db.query(`DELETE FROM sessions WHERE expires_at < $1::timestamptz - interval '1 day'`, [now])
}
