/** Whose payments they are: most are a merchant's without a floor, every fifth is one's who may not owe more than a little. */
import type { Db } from '../../src/db/db.ts'

const FLOORED = 'm2'
export const MERCHANTS = ['m1', FLOORED] as const
const OVERDRAFT = 2_000n

/** By the payment's id, so that everybody knows. */
export const merchantOf = (payment_id: string): string => (Number(payment_id.replace(/^pay_/, '').split('-')[0]) % 5 === 3 ? FLOORED : 'm1')

/** How far below zero the balance may go, when it may not go anywhere. */
export const overdraftOf = (payment_id: string): bigint | undefined => (merchantOf(payment_id) === FLOORED ? OVERDRAFT : undefined)

/**
 * Balances below their floor, as sentences. Refunds that are accepted count as gone, but for what they take from a reserve. Money that nobody
 * waited for goes back whatever the balance is: where it went straight to the merchant's own account, the merchant owes it. So does what a
 * provider has paid after it had said that it did not (until then the balance was free for other things), and what it has paid a second time.
 */
export async function belowFloor(db: Db): Promise<string[]> {
  const rows = await db.query<{ currency: string; left: bigint }>(
    `SELECT currency, sum(amount)::bigint AS left FROM (
       SELECT p.currency, -line.amount AS amount FROM postings p, unnest(p.accounts, p.amounts) AS line(account, amount) WHERE p.merchant_id = $1 AND line.account = 'merchant'
       UNION ALL SELECT currency, fee - amount + coalesce((request->>'from_reserve')::bigint, 0) FROM refunds WHERE merchant_id = $1 AND state IN ('pending', 'processing')
       UNION ALL SELECT currency, amount FROM refunds WHERE merchant_id = $1 AND state IN ('pending', 'processing', 'succeeded') AND request->>'surplus' IS NOT NULL
       UNION ALL SELECT currency, (result->>'exceeded')::bigint FROM refunds WHERE merchant_id = $1 AND result->>'exceeded' IS NOT NULL
       UNION ALL SELECT r.currency, r.amount - r.fee FROM refunds r WHERE r.merchant_id = $1 AND r.state = 'succeeded'
         AND EXISTS (SELECT 1 FROM events e WHERE e.merchant_id = r.merchant_id AND e.refund_id = r.id AND e.type = 'refund.failed')) AS moves GROUP BY currency HAVING sum(amount) < $2`,
    [FLOORED, -OVERDRAFT],
  )
  return rows.map(({ currency, left }) => `the balance of ${FLOORED} is ${left} ${currency}, below its floor`)
}
