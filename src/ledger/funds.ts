/**
 * Whether a merchant's balance covers what is to leave it, where it has a floor. The answer is good only for the next withdrawal: it goes
 * into the commit that it was asked for, under a number that nobody else may have taken meanwhile. So no mixture of payouts and refunds at
 * once, in any number of processes, takes more than there is.
 */
import { isUniqueViolation, type Queryable } from '../db/db.ts'
import { inserts, type Part, type PartRow } from '../db/parts.ts'

/** What is to leave a balance. Amounts are minor units of `currency`. */
export interface Withdrawal {
  readonly merchant_id: string
  readonly mode: string
  readonly currency: string
  readonly amount: bigint
  readonly payment_id: string
  readonly refund_id: string | null
  readonly at: Date
}

const withdrawalInsert = inserts('withdrawals', {
  merchant_id: 'text', mode: 'text', currency: 'text', n: 'bigint', payment_id: 'text', refund_id: 'text', amount: 'bigint', created_at: 'timestamptz',
})

type Row = readonly [Part, PartRow]

/**
 * Commits what takes money out of a balance, with the row that makes it the next one to do so; `no_funds` when the balance and its overdraft
 * (minor units, 0 or more) do not cover it. Without an overdraft there is no floor, and no row. `commit` may be called several times.
 */
export function spend<R>(db: Queryable, overdraft: bigint | undefined, wanted: Withdrawal, commit: (rows: readonly Row[]) => Promise<R>): Promise<R | 'no_funds'> {
  if (overdraft === undefined) return commit([])
  // Those of one process wait for each other, so that only another process can come first.
  return inTurn(db, `${wanted.merchant_id} ${wanted.mode} ${wanted.currency}`, async () => {
    for (;;) {
      const row = await coveredBy(db, overdraft, wanted)
      if (row === undefined) return 'no_funds'
      try {
        return await commit([row])
      } catch (error) {
        if (!isUniqueViolation(error, 'withdrawals_pkey')) throw error
      }
    }
  })
}

async function coveredBy(db: Queryable, overdraft: bigint, { at, ...wanted }: Withdrawal): Promise<Row | undefined> {
  const { last, held } = await fundsOf(db, wanted)
  return held + overdraft < wanted.amount ? undefined : [withdrawalInsert, { ...wanted, n: last + 1n, created_at: at }]
}

/** What a merchant could take out of a balance now (minor units), without an overdraft; it may be below zero. */
export async function availableOf(db: Queryable, of: Pick<Withdrawal, 'merchant_id' | 'mode' | 'currency'>): Promise<bigint> {
  return (await fundsOf(db, of)).held
}

/** Refunds that are accepted and not booked yet count as gone, but for the share that comes out of a reserve. */
async function fundsOf(db: Queryable, of: Pick<Withdrawal, 'merchant_id' | 'mode' | 'currency'>): Promise<{ last: bigint; held: bigint }> {
  const [now] = await db.query<{ last: bigint; held: bigint }>(
    `SELECT (SELECT coalesce(max(n), 0) FROM withdrawals WHERE merchant_id = $1 AND mode = $2 AND currency = $3)::bigint AS last,
       -((SELECT coalesce(sum(amount), 0) FROM balances WHERE merchant_id = $1 AND mode = $2 AND currency = $3 AND account = 'merchant')
       + (SELECT coalesce(sum(line.amount), 0) FROM postings p, balances_rolled_up r, unnest(p.accounts, p.amounts) AS line(account, amount)
          WHERE p.txid >= r.below AND p.merchant_id = $1 AND p.mode = $2 AND p.currency = $3 AND line.account = 'merchant')
       + (SELECT coalesce(sum(r.amount - r.fee - coalesce((r.request->>'from_reserve')::bigint, 0)), 0) FROM refunds r JOIN payments p ON p.merchant_id = r.merchant_id AND p.id = r.payment_id
          WHERE r.state IN ('pending', 'processing') AND r.merchant_id = $1 AND r.currency = $3 AND p.mode = $2))::bigint AS held`,
    [of.merchant_id, of.mode, of.currency],
  )
  return now ?? { last: 0n, held: 0n }
}

const turns = new WeakMap<Queryable, Map<string, Promise<unknown>>>()

/** One after the other per key. */
async function inTurn<R>(db: Queryable, key: string, work: () => Promise<R>): Promise<R> {
  let ofDb = turns.get(db)
  if (ofDb === undefined) turns.set(db, (ofDb = new Map()))
  const mine = (ofDb.get(key) ?? Promise.resolve()).then(work, work)
  ofDb.set(key, mine)
  try {
    return await mine
  } finally {
    if (ofDb.get(key) === mine) ofDb.delete(key)
  }
}
