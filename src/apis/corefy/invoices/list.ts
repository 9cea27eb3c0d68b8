/** Invoices as lists are asked for them, as SQL. */
import type { Queryable } from '../../../db/db.ts'
import { TECHNICAL } from '../statuses.ts'

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
/** `ownSums` (statuses.ts) as SQL: what came twice and goes back, how much of that is back, and what the payer's bank took. */
const SUMS = `CROSS JOIN LATERAL (SELECT
    coalesce(sum(amount) FILTER (WHERE request->>'surplus' IS NOT NULL AND state = 'succeeded'), 0) AS back,
    coalesce(sum(amount) FILTER (WHERE request->>'surplus' IS NOT NULL AND state IN ('pending', 'processing')), 0) AS on_its_way,
    coalesce(sum(amount) FILTER (WHERE request->>'charge_back' = 'true'), 0) AS charged_back
  FROM refunds r WHERE r.merchant_id = p.merchant_id AND r.payment_id = p.id) AS s`
const CAPTURED = '(captured - back - on_its_way)'
const REFUNDED = '(refunded - back - charged_back)'
const SETTLED = `${PAID} AND refunding = on_its_way`
const UNTOUCHED = `${SETTLED} AND charged_back = 0 AND ${REFUNDED} = 0`

/** An open attempt of the payment: of one that is under way, that is the one that pays. */
const attempt = (more: string): string => `EXISTS (SELECT 1 FROM attempts a WHERE a.merchant_id = p.merchant_id AND a.payment_id = p.id AND ${more})`
const HANDED_ON = `(state IN ('pending', 'processing') AND ${attempt(`a.state = 'sent'`)})`
const TO_TRY_AGAIN = `(state = 'pending' AND coalesce(reason, '') IN (${TECHNICAL.map((reason) => `'${reason}'`).join(', ')}) AND NOT ${attempt(`a.state IN ('sent', 'action', 'processing')`)})`
const GOING_BACK = `${PAID} AND refunding > on_its_way`
const SENT_BACK = `EXISTS (SELECT 1 FROM refunds r WHERE r.merchant_id = p.merchant_id AND r.payment_id = p.id AND r.state = 'processing' AND r.request->>'surplus' IS NULL)`
const UNHEARD = attempt(`a.state = 'sent' AND a.inquiries > 0 AND EXISTS (SELECT 1 FROM refunds r WHERE r.merchant_id = a.merchant_id AND r.id = a.refund_id AND r.request->>'surplus' IS NULL)`)

/** Which invoices a status word is shown for: what `statusNow` (statuses.ts) says, as conditions. A test holds the two together. */
const CONDITIONS: Readonly<Record<string, string>> = {
  created: `state = 'created'`,
  processing: HANDED_ON,
  process_error: TO_TRY_AGAIN,
  process_pending: `state IN ('pending', 'processing', 'authorized') AND NOT ${HANDED_ON} AND NOT ${TO_TRY_AGAIN}`,
  processed: `${UNTOUCHED} AND ${CAPTURED} = payable AND NOT ${LAST_REFUND_FAILED}`,
  partially_processed: `${UNTOUCHED} AND ${CAPTURED} <> payable AND NOT ${LAST_REFUND_FAILED}`,
  refund_failed: `${UNTOUCHED} AND ${LAST_REFUND_FAILED}`,
  refunding: `${GOING_BACK} AND NOT ${SENT_BACK}`,
  refund_pending: `${GOING_BACK} AND ${SENT_BACK} AND NOT ${UNHEARD}`,
  refund_error: `${GOING_BACK} AND ${SENT_BACK} AND ${UNHEARD}`,
  charged_back: `${SETTLED} AND charged_back > 0 AND charged_back = ${CAPTURED}`,
  partially_charged_back: `${SETTLED} AND charged_back > 0 AND charged_back <> ${CAPTURED}`,
  refunded: `${SETTLED} AND charged_back = 0 AND ${REFUNDED} > 0 AND ${REFUNDED} = ${CAPTURED}`,
  partially_refunded: `${SETTLED} AND charged_back = 0 AND ${REFUNDED} > 0 AND ${REFUNDED} <> ${CAPTURED}`,
  verified: `kind = 'verify' AND state = 'succeeded'`,
  process_failed: `kind = 'charge' AND ${REFUSED}`,
  verify_failed: `kind = 'verify' AND ${REFUSED}`,
  terminated: `state = 'canceled'`,
  expired: `state = 'expired' AND tries = 0`,
}

/** Ids of a page, newest first, and how many there are in all. */
export async function listInvoices(db: Queryable, { merchant_id, mode, reference, status, limit, offset }: InvoiceFilter): Promise<{ ids: string[]; total: number }> {
  const condition = status === undefined ? 'true' : Object.hasOwn(CONDITIONS, status) ? (CONDITIONS[status] ?? 'false') : 'false'
  const from = `FROM payments p ${status === undefined ? '' : SUMS} WHERE merchant_id = $1 AND api = 'corefy' AND kind IN ('charge', 'verify') AND ($2::text IS NULL OR mode = $2) AND ($3::text IS NULL OR reference = $3) AND (${condition})`
  const params = [merchant_id, mode ?? null, reference ?? null]
  const rows = await db.query<{ id: string }>(`SELECT id ${from} ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5`, [...params, limit, offset])
  const [count] = await db.query<{ total: bigint }>(`SELECT count(*) AS total ${from}`, params)
  return { ids: rows.map(({ id }) => id), total: Number(count?.total ?? 0) }
}
