/** What the resolver finds to do, as SQL: one function per question. */
import type { Queryable } from '../db/db.ts'
import type { Attempt } from './model.ts'

export interface Due {
  readonly merchant_id: string
  readonly payment_id: string
}

/** Payments with an open attempt that it is time to ask about; each is put off by `lease_ms`, so that other processes leave it alone. */
export function takeInquiries(db: Queryable, now: Date, lease_ms: number, count: number): Promise<Due[]> {
  return db.query<Due>(
    `UPDATE attempts a SET inquire_at = $1::timestamptz + make_interval(secs => $2::float8 / 1000)
     FROM (SELECT merchant_id, id FROM attempts WHERE state IN ('sent', 'action', 'processing') AND inquire_at <= $1
           ORDER BY inquire_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
     WHERE a.merchant_id = due.merchant_id AND a.id = due.id RETURNING a.merchant_id, a.payment_id`,
    [now, lease_ms, count],
  )
}

/**
 * Attempts that were given up because nobody knew what became of them: their provider may know by now, and its news may have been lost. Each
 * is asked about once in `every_ms`, until it is `age_ms_max` old.
 */
export function takeUnresolved(db: Queryable, now: Date, { every_ms, age_ms_max }: { every_ms: number; age_ms_max: number }, count: number): Promise<Array<Due & { id: string }>> {
  return db.query<Due & { id: string }>(
    `UPDATE attempts a SET inquire_at = $1::timestamptz + make_interval(secs => $2::float8 / 1000)
     FROM (SELECT merchant_id, id FROM attempts WHERE reason = 'unresolved' AND inquire_at <= $1 AND sent_at > $1::timestamptz - make_interval(secs => $3::float8 / 1000)
           ORDER BY inquire_at LIMIT $4 FOR UPDATE SKIP LOCKED) AS due
     WHERE a.merchant_id = due.merchant_id AND a.id = due.id RETURNING a.merchant_id, a.payment_id, a.id`,
    [now, every_ms, age_ms_max, count],
  )
}

/** Sets the time of the next inquiry about an open attempt, when nothing else about it is new: no change of the payment, so no version. */
export async function putOffInquiry(db: Queryable, { merchant_id, id }: Pick<Attempt, 'merchant_id' | 'id'>, until: Date): Promise<void> {
  await db.query(
    `UPDATE attempts SET inquire_at = $3, inquiries = inquiries + 1 WHERE merchant_id = $1 AND id = $2 AND state IN ('sent', 'action', 'processing')`,
    [merchant_id, id, until],
    { name: 'attempt_put_off' },
  )
}

/** Makes every open attempt due. */
export async function hurryInquiries(db: Queryable, now: Date): Promise<void> {
  await db.query(`UPDATE attempts SET inquire_at = $1 WHERE state IN ('sent', 'action', 'processing') AND (inquire_at > $1 OR inquire_at IS NULL)`, [now])
}

/** Payments whose time is over and that have not ended, but for those to leave alone now. */
export function expiredPayments(db: Queryable, now: Date, count: number, but: readonly string[] = []): Promise<Due[]> {
  return db.query<Due>(
    `SELECT p.merchant_id, p.id AS payment_id FROM payments p WHERE p.expires_at <= $1 AND p.finished_at IS NULL AND p.state IN ('created', 'pending') AND NOT p.id = ANY ($3::text[])
     ORDER BY p.expires_at LIMIT $2`,
    [now, count, but],
  )
}

/** Payments whose reserve has been kept back for long enough, and of which no open refund has been promised a share. */
export function dueReserves(db: Queryable, now: Date, count: number): Promise<Due[]> {
  return db.query<Due>(
    `SELECT s.merchant_id, s.payment_id FROM reserves s WHERE s.released_at IS NULL AND s.canceled < s.amount AND s.due_at <= $1
     AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.merchant_id = s.merchant_id AND r.payment_id = s.payment_id AND r.state IN ('pending', 'processing') AND r.request->>'from_reserve' IS NOT NULL)
     ORDER BY s.due_at LIMIT $2`,
    [now, count],
  )
}

/** Refunds that wait to be sent, or to be sent again, with no open attempt of their payment in the way. */
export function dueRefunds(db: Queryable, now: Date, count: number): Promise<Array<{ merchant_id: string; id: string; payment_id: string }>> {
  return db.query(
    `SELECT r.merchant_id, r.id, r.payment_id FROM refunds r WHERE r.state IN ('pending', 'processing') AND r.due_at <= $1
     AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.merchant_id = r.merchant_id AND a.payment_id = r.payment_id AND a.state IN ('sent', 'action', 'processing'))
     ORDER BY r.due_at LIMIT $2`,
    [now, count],
  )
}
