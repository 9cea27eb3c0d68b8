import type { Db, Queryable } from '../db/db.ts'
import { inserts } from '../db/parts.ts'

export const postingInsert = inserts('postings', {
  merchant_id: 'text', id: 'text', kind: 'text', mode: 'text', payment_id: 'text', refund_id: 'text', attempt_id: 'text',
  currency: 'text', accounts: 'text[]', amounts: 'bigint[]', created_at: 'timestamptz',
})

export interface Balance {
  readonly account: string
  readonly currency: string
  /** Minor units; debit positive. */
  readonly amount: bigint
}

/** A merchant's balances now: what is rolled up plus the postings since, in one snapshot. */
export function balancesOf(db: Queryable, merchant_id: string, mode: string): Promise<Balance[]> {
  return db.query<Balance>(
    `SELECT account, currency, sum(amount)::bigint AS amount FROM (
       SELECT account, currency, amount FROM balances WHERE merchant_id = $1 AND mode = $2
       UNION ALL
       SELECT line.account, p.currency, line.amount FROM postings p, balances_rolled_up r, unnest(p.accounts, p.amounts) AS line(account, amount)
       WHERE p.merchant_id = $1 AND p.mode = $2 AND p.txid >= r.below
     ) AS lines GROUP BY account, currency ORDER BY account, currency`,
    [merchant_id, mode],
  )
}

/**
 * Adds to the balances every posting of transactions that have ended since the last time. A posting whose transaction is
 * older than the oldest running one can no longer appear: so none is missed, and none is counted twice.
 */
export function rollUpBalances(db: Db): Promise<void> {
  return db.transaction(rollUpWithin)
}

/** The same inside a transaction of the caller's (READ COMMITTED). */
export async function rollUpWithin(tx: Queryable): Promise<void> {
  // First the lock, then the look: a statement that had to wait for the lock would see an older moment than the mark it then reads,
  // move the mark back, and count postings twice.
  await tx.query('SELECT 1 FROM balances_rolled_up FOR UPDATE')
  const [mark] = await tx.query<{ below: string; next: string; news: boolean }>(
    `SELECT below::text, oldest::text AS next, oldest > below AS news FROM balances_rolled_up, pg_snapshot_xmin(pg_current_snapshot()) AS oldest`,
  )
  if (mark === undefined || !mark.news) return
  await tx.query(
    `INSERT INTO balances AS b (merchant_id, mode, account, currency, amount)
     SELECT p.merchant_id, p.mode, line.account, p.currency, sum(line.amount)
     FROM postings p, unnest(p.accounts, p.amounts) AS line(account, amount)
     WHERE p.txid >= $1::xid8 AND p.txid < $2::xid8
     GROUP BY p.merchant_id, p.mode, line.account, p.currency
     ON CONFLICT (merchant_id, mode, account, currency) DO UPDATE SET amount = b.amount + excluded.amount`,
    [mark.below, mark.next],
  )
  await tx.query('UPDATE balances_rolled_up SET below = $1::xid8', [mark.next])
}
