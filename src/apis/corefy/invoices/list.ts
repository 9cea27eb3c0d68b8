/** Invoices as lists are asked for them, as SQL. */
import type { Queryable } from '../../../db/db.ts'

export interface InvoiceFilter {
  readonly merchant_id: string
  readonly mode?: 'test' | 'live' | undefined
  readonly reference?: string | undefined
  /** A status word; one that nothing is called finds nothing. */
  readonly status?: string | undefined
  readonly limit: number
  readonly offset: number
}

const PAID = `kind = 'charge' AND state = 'succeeded'`
const REFUSED = `(state IN ('failed', 'rejected') OR state = 'expired' AND tries > 0)`
const LAST_REFUND_FAILED = `coalesce((SELECT r.state = 'failed' FROM refunds r WHERE r.merchant_id = p.merchant_id AND r.payment_id = p.id ORDER BY r.created_at DESC, r.id DESC LIMIT 1), false)`
const UNREFUNDED = `${PAID} AND refunding = 0 AND refunded = 0`

/** Which invoices a status word is shown for: what `statusOf` (statuses.ts) says, as conditions. A test holds the two together. */
const CONDITIONS: Readonly<Record<string, string>> = {
  created: `state = 'created'`,
  process_pending: `state IN ('pending', 'processing', 'authorized')`,
  processed: `${UNREFUNDED} AND captured = payable AND NOT ${LAST_REFUND_FAILED}`,
  partially_processed: `${UNREFUNDED} AND captured <> payable AND NOT ${LAST_REFUND_FAILED}`,
  refund_failed: `${UNREFUNDED} AND ${LAST_REFUND_FAILED}`,
  refund_pending: `${PAID} AND refunding > 0`,
  refunded: `${PAID} AND refunding = 0 AND refunded > 0 AND refunded = captured`,
  partially_refunded: `${PAID} AND refunding = 0 AND refunded > 0 AND refunded <> captured`,
  verified: `kind = 'verify' AND state = 'succeeded'`,
  process_failed: `kind = 'charge' AND ${REFUSED}`,
  verify_failed: `kind = 'verify' AND ${REFUSED}`,
  terminated: `state = 'canceled'`,
  expired: `state = 'expired' AND tries = 0`,
}

/** Ids of a page, newest first, and how many there are in all. */
export async function listInvoices(db: Queryable, { merchant_id, mode, reference, status, limit, offset }: InvoiceFilter): Promise<{ ids: string[]; total: number }> {
  const condition = status === undefined ? 'true' : Object.hasOwn(CONDITIONS, status) ? (CONDITIONS[status] ?? 'false') : 'false'
  const from = `FROM payments p WHERE merchant_id = $1 AND api = 'corefy' AND kind IN ('charge', 'verify') AND ($2::text IS NULL OR mode = $2) AND ($3::text IS NULL OR reference = $3) AND (${condition})`
  const params = [merchant_id, mode ?? null, reference ?? null]
  const rows = await db.query<{ id: string }>(`SELECT id ${from} ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5`, [...params, limit, offset])
  const [count] = await db.query<{ total: bigint }>(`SELECT count(*) AS total ${from}`, params)
  return { ids: rows.map(({ id }) => id), total: Number(count?.total ?? 0) }
}
