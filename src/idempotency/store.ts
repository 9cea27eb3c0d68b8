import type { Queryable } from '../db/db.ts'
import type { Claim } from './model.ts'

/** The claim of a key, if it was made. */
export async function findClaim(db: Queryable, merchant_id: string, scope: string, key: string): Promise<Claim | undefined> {
  const [row] = await db.query<Claim>('SELECT * FROM claims WHERE merchant_id = $1 AND scope = $2 AND key = $3', [merchant_id, scope, key], { name: 'claim_find' })
  return row
}

/** Stores the answer that a later request under the same key gets; only the first answer counts. */
export async function answerClaim(db: Queryable, merchant_id: string, scope: string, key: string, status: number, answer: string): Promise<void> {
  await db.query('UPDATE claims SET status = $4, answer = $5 WHERE merchant_id = $1 AND scope = $2 AND key = $3 AND status IS NULL', [merchant_id, scope, key, status, answer])
}

/**
 * Claims a key outside a payment's commit (a refused request whose refusal is replayed, an endpoint's creation).
 * Returns undefined when the key was free, else the claim that was there first.
 */
export async function claimKey(db: Queryable, claim: Claim): Promise<Claim | undefined> {
  const rows = await db.query(
    `INSERT INTO claims (merchant_id, scope, key, owner, request_hash, status, answer, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING 1`,
    [claim.merchant_id, claim.scope, claim.key, claim.owner, claim.request_hash, claim.status, claim.answer, claim.created_at, claim.expires_at],
  )
  return rows.length === 1 ? undefined : findClaim(db, claim.merchant_id, claim.scope, claim.key)
}

/** Gives a key back, when what it stood for was never begun. */
export async function releaseClaim(db: Queryable, merchant_id: string, scope: string, key: string, owner: string): Promise<void> {
  await db.query('DELETE FROM claims WHERE merchant_id = $1 AND scope = $2 AND key = $3 AND owner = $4 AND status IS NULL', [merchant_id, scope, key, owner])
}

/** Forgets keys whose time is over. */
export async function sweepClaims(db: Queryable, now: Date): Promise<void> {
  await db.query('DELETE FROM claims WHERE expires_at < $1', [now])
}
