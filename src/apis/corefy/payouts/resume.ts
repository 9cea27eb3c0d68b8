/**
 * Payouts that are to be sent at once (`options.auto_process`), and whose process died between accepting and sending them. Nothing of
 * them has left the building, so sending them is no repetition; when another process sends one at the same moment, the core lets only
 * one attempt through.
 */
import type { Queryable } from '../../../db/db.ts'
import type { Parts } from '../parts.ts'
import { PAYOUT_CARD, processPayout } from './create.ts'

interface Waiting {
  readonly merchant_id: string
  readonly id: string
  readonly created_at: Date
}

const ROUND = 100

/** Sends what waits, oldest first. `stopped`: the process ends, and the next one goes on. */
export async function resumePayouts(parts: Parts, stopped: () => boolean): Promise<void> {
  for (let last: Waiting | undefined; ; ) {
    const waiting = await waitingPayouts(parts.deps.db, last)
    for (const { merchant_id, id } of waiting) {
      if (stopped()) return
      const account = await parts.accounts.byMerchantId(merchant_id)
      const view = await parts.deps.payments.find(merchant_id, id)
      // What cannot be sent (its time is over, somebody else was first) is told by its state: there is nobody to answer.
      if (account !== undefined && view !== undefined) await processPayout(parts, account, view)
    }
    if (waiting.length < ROUND) return
    last = waiting.at(-1)
  }
}

/** Accepted and never tried, after another one in time. Asked once in the life of a process, so it needs no index of its own. */
function waitingPayouts(db: Queryable, last: Waiting | undefined): Promise<Waiting[]> {
  return db.query<Waiting>(
    `SELECT merchant_id, id, created_at FROM payments WHERE api = 'corefy' AND kind = 'payout' AND state = 'created' AND request->'options'->>'auto_process' = 'true'
     AND ($1::timestamptz IS NULL OR (created_at, id) > ($1, $2)) ORDER BY created_at, id LIMIT ${ROUND}`,
    [last?.created_at ?? null, last?.id ?? ''],
  )
}

/**
 * Forgets the cards that were typed for payouts which have ended: those that were never sent, and those whose process died before it
 * could forget them itself. Such a card names its payout in its id (create.ts).
 */
export async function forgetPayoutCards(db: Queryable): Promise<void> {
  await db.query(
    `DELETE FROM instruments i USING payments p WHERE i.customer_id IS NULL AND i.id LIKE $1 || '%'
     AND p.merchant_id = i.merchant_id AND p.id = substr(i.id, length($1) + 1) AND p.finished_at IS NOT NULL`,
    [PAYOUT_CARD],
  )
}
