/** What this API reads beside one payment: transactions by uid or tracking id, and repeats. No query crosses merchants. */
import { after } from '../../core/clock.ts'
import type { Queryable } from '../../db/db.ts'
import type { Attempt, Payment, Refund } from '../../payments/model.ts'
import { API } from './deps.ts'
import type { Body } from './validation/body.ts'

/** Which payments the indexes of this API hold, in their words. */
const indexed = (value: string): string => `CASE WHEN api = '${API}' THEN ${value} END IS NOT NULL`

/** A capture or void by its uid. Paying attempts have ids of their own, which no API shows. */
export async function findChildAttempt(db: Queryable, merchant_id: string, uid: string): Promise<Attempt | undefined> {
  const [row] = await db.query<Attempt>(`SELECT * FROM attempts WHERE merchant_id = $1 AND id = $2 AND kind IN ('capture', 'void')`, [merchant_id, uid])
  return row
}

/** A refund by its uid. */
export async function findRefundByUid(db: Queryable, merchant_id: string, uid: string): Promise<Refund | undefined> {
  const [row] = await db.query<Refund>('SELECT * FROM refunds WHERE merchant_id = $1 AND id = $2', [merchant_id, uid])
  return row
}

/**
 * Uids of payments whose tracking id is, or contains as one of its `;`-parts, the wanted text, newest first.
 * Nothing public says whether the API matches a part; it does here, as the back office's search does (beGateway reference 10).
 */
export async function uidsByTrackingId(db: Queryable, merchant_id: string, wanted: string, resources: readonly string[], limit: number): Promise<string[]> {
  // Found by the value first: only then by merchant, so that no plan walks through all of a merchant's payments.
  const rows = await db.query<{ id: string }>(
    `WITH found AS MATERIALIZED (SELECT merchant_id, id, created_at, request->>'resource' AS resource FROM payments WHERE ${indexed('reference')} AND begateway_tracking_values(reference) @> ARRAY[$2])
     SELECT id FROM found WHERE merchant_id = $1 AND resource = ANY ($3) ORDER BY created_at DESC, id DESC LIMIT $4`,
    [merchant_id, wanted, resources, limit],
  )
  return rows.map(({ id }) => id)
}

/** Uids of refunds that carry a tracking id of their own. */
export async function refundUidsByTrackingId(db: Queryable, merchant_id: string, wanted: string, resources: readonly string[], limit: number): Promise<string[]> {
  return childUids(db, `SELECT merchant_id, id, payment_id, created_at FROM refunds WHERE reference IS NOT NULL AND begateway_tracking_values(reference) @> ARRAY[$2]`, [merchant_id, wanted, resources, limit])
}

/** Uids of captures and voids that do. */
export async function followUpUidsByTrackingId(db: Queryable, merchant_id: string, wanted: string, resources: readonly string[], limit: number): Promise<string[]> {
  return childUids(
    db,
    `SELECT merchant_id, id, payment_id, sent_at AS created_at FROM attempts
     WHERE kind IN ('capture', 'void') AND request->>'tracking_id' IS NOT NULL AND begateway_tracking_values(request->>'tracking_id') @> ARRAY[$2]`,
    [merchant_id, wanted, resources, limit],
  )
}

async function childUids(db: Queryable, found: string, params: readonly unknown[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `WITH found AS MATERIALIZED (${found})
     SELECT f.id FROM found f JOIN payments p ON p.merchant_id = f.merchant_id AND p.id = f.payment_id
     WHERE f.merchant_id = $1 AND p.api = '${API}' AND p.request->>'resource' = ANY ($3) ORDER BY f.created_at DESC, f.id DESC LIMIT $4`,
    params,
  )
  return rows.map(({ id }) => id)
}

/** The newest ERIP bill with an order id (beGateway reference 16): a permanent one itself, and not a payment of it. */
export async function uidByOrderId(db: Queryable, merchant_id: string, order_id: string): Promise<string | undefined> {
  const [row] = await db.query<{ id: string }>(
    `SELECT id FROM payments WHERE ${indexed(`request->>'order_id'`)} AND request->>'order_id' = $2 AND merchant_id = $1 AND request->>'bill_uid' IS NULL ORDER BY created_at DESC, id DESC LIMIT 1`,
    [merchant_id, order_id],
  )
  return row?.id
}

/**
 * True for the first caller with a key within `window_ms`, of any number at once: the filter of repeats (beGateway reference 1.2).
 * A key whose time is over is taken again.
 */
export async function firstWithin(db: Queryable, merchant_id: string, scope: string, key: string, owner: string, now: Date, window_ms: number): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO claims AS c (merchant_id, scope, key, owner, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (merchant_id, scope, key) DO UPDATE SET owner = excluded.owner, created_at = excluded.created_at, expires_at = excluded.expires_at
     WHERE c.expires_at <= $5 RETURNING 1`,
    [merchant_id, scope, key, owner, now, after(now, window_ms)],
  )
  return rows.length === 1
}

/** The payment that brought an APM token: its facts hold what the provider calls the same wallet. */
export async function paymentOfToken(db: Queryable, merchant_id: string, token: string): Promise<Payment | undefined> {
  const [row] = await db.query<Payment>(
    `SELECT p.* FROM instruments i JOIN payments p ON p.merchant_id = i.merchant_id AND p.id = i.summary->>'payment_id'
     WHERE i.merchant_id = $1 AND i.id = $2 AND i.kind = 'apm' AND i.usable`,
    [merchant_id, token],
  )
  return row
}

/** Keeps a document that a merchant uploads as evidence. */
export async function insertProof(db: Queryable, proof: { merchant_id: string; id: string; payment_id: string; facts: Body; document: Uint8Array; created_at: Date }): Promise<void> {
  await db.query('INSERT INTO begateway_proofs (merchant_id, id, payment_id, facts, document, created_at) VALUES ($1, $2, $3, $4, $5, $6)', [
    proof.merchant_id, proof.id, proof.payment_id, JSON.stringify(proof.facts), proof.document, proof.created_at,
  ])
}
