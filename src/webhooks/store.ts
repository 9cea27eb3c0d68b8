import type { Queryable } from '../db/db.ts'
import { inserts, statement } from '../db/parts.ts'

export interface Delivery {
  readonly merchant_id: string
  readonly id: string
  readonly event_id: string
  readonly payment_id: string | null
  readonly api: string
  readonly url: string
  readonly endpoint_id: string | null
  readonly state: 'due' | 'delivered' | 'failed'
  readonly tries: number
  /** Counts up as deliveries are made. */
  readonly position: bigint
  readonly due_at: Date
  readonly created_at: Date
  readonly finished_at: Date | null
}

export const deliveryInsert = inserts('deliveries', {
  merchant_id: 'text', id: 'text', event_id: 'text', payment_id: 'text', api: 'text', url: 'text', due_at: 'timestamptz', created_at: 'timestamptz',
})

/** One delivery for each endpoint that subscribes to the event now: read in the event's own commit, so that no cache can be stale. */
export const endpointFanOut = statement(
  'endpoint_fan_out',
  { merchant_id: 'text', event_id: 'text', payment_id: 'text', api: 'text', mode: 'text', name: 'text', alias: 'text', at: 'timestamptz' },
  `INSERT INTO deliveries (merchant_id, id, event_id, payment_id, api, url, endpoint_id, due_at, created_at)
   SELECT e.merchant_id, rows.event_id || ':' || e.id, rows.event_id, rows.payment_id, rows.api, e.url, e.id, rows.at, rows.at
   FROM rows JOIN webhook_endpoints e ON e.merchant_id = rows.merchant_id AND e.api = rows.api AND e.mode = rows.mode
   WHERE e.enabled AND e.deleted_at IS NULL AND (rows.name = ANY (e.event_types) OR rows.alias = ANY (e.event_types))`,
)

/** Takes up to `count` due deliveries for `lease_ms`; other workers skip them. */
export function takeDue(db: Queryable, now: Date, lease_ms: number, count: number): Promise<Delivery[]> {
  return db.query<Delivery>(
    `UPDATE deliveries d SET leased_until = $1::timestamptz + make_interval(secs => $2::float8 / 1000)
     FROM (SELECT merchant_id, id FROM deliveries
           WHERE state = 'due' AND due_at <= $1 AND (leased_until IS NULL OR leased_until < $1)
           ORDER BY due_at, position LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
     WHERE d.merchant_id = due.merchant_id AND d.id = due.id RETURNING d.*`,
    [now, lease_ms, count],
    { name: 'delivery_take' },
  )
}

/** Keeps deliveries taken until then: those that are still under way. */
export async function renewLeases(db: Queryable, deliveries: readonly Delivery[], until: Date): Promise<void> {
  await db.query(
    `UPDATE deliveries d SET leased_until = $3 FROM unnest($1::text[], $2::text[]) AS flying(merchant_id, id)
     WHERE d.merchant_id = flying.merchant_id AND d.id = flying.id AND d.state = 'due' AND d.leased_until IS NOT NULL`,
    [deliveries.map(({ merchant_id }) => merchant_id), deliveries.map(({ id }) => id), until],
    { name: 'delivery_renew' },
  )
}

/** Gives a delivery back that could not even be tried. */
export async function putOff(db: Queryable, { merchant_id, id }: Delivery, until: Date): Promise<void> {
  await db.query(`UPDATE deliveries SET due_at = $3, leased_until = NULL WHERE merchant_id = $1 AND id = $2 AND state = 'due'`, [merchant_id, id, until])
}

export interface DeliveryTry {
  readonly at: Date
  readonly duration_ms: number
  readonly status: number | null
  readonly error: string | null
  readonly answer: string | null
}

/** Keeps one try and what follows from it: delivered, due again, or given up. A try that ends after another one has delivered takes nothing back. */
export async function recordTry(db: Queryable, delivery: Delivery, tried: DeliveryTry, then: { state: Delivery['state']; due_at: Date }): Promise<void> {
  await db.query(
    `WITH tried AS (
       UPDATE deliveries SET tries = tries + 1, state = $3, due_at = $4, leased_until = NULL, finished_at = CASE WHEN $3 = 'due' THEN NULL ELSE $5::timestamptz END
       WHERE merchant_id = $1 AND id = $2 AND (state = 'due' OR $3 = 'delivered') RETURNING tries)
     INSERT INTO delivery_tries (merchant_id, delivery_id, number, at, duration_ms, status, error, answer)
     SELECT $1, $2, tries, $5, $6, $7, $8, $9 FROM tried ON CONFLICT DO NOTHING`,
    [delivery.merchant_id, delivery.id, then.state, then.due_at, tried.at, tried.duration_ms, tried.status, tried.error, tried.answer],
    { name: 'delivery_tried' },
  )
}

/** How many of the first deliveries are looked at: more than all workers together hold under lease. */
const FRONT = 512

/**
 * When the next delivery is due, or its lease over, to sleep until then. Looks at the front of the queue only, by the index: the backlog of a
 * merchant whose receiver is down is not read each time.
 */
export async function nextDue(db: Queryable): Promise<Date | undefined> {
  const [row] = await db.query<{ at: Date | null }>(
    `SELECT min(greatest(due_at, coalesce(leased_until, due_at))) AS at
     FROM (SELECT due_at, leased_until FROM deliveries WHERE state = 'due' ORDER BY due_at LIMIT ${FRONT}) AS front`,
    [],
    { name: 'delivery_next' },
  )
  return row?.at ?? undefined
}

/** Makes deliveries of a payment (or one by id) due again, whatever became of them. Returns how many. */
export async function replay(db: Queryable, merchant_id: string, which: { payment_id: string } | { id: string }, now: Date): Promise<number> {
  const [column, value] = 'id' in which ? ['id', which.id] : ['payment_id', which.payment_id]
  const rows = await db.query(
    `UPDATE deliveries SET state = 'due', due_at = $3, leased_until = NULL, finished_at = NULL WHERE merchant_id = $1 AND ${column} = $2 RETURNING id`,
    [merchant_id, value, now],
  )
  return rows.length
}

/** The deliveries of a payment with their tries, oldest first. */
export function deliveriesOf(db: Queryable, merchant_id: string, payment_id: string): Promise<Array<Delivery & { log: DeliveryTry[] | null }>> {
  return db.query(
    `SELECT d.*, (SELECT json_agg(json_build_object('at', t.at, 'duration_ms', t.duration_ms, 'status', t.status, 'error', t.error, 'answer', t.answer) ORDER BY t.number)
       FROM delivery_tries t WHERE t.merchant_id = d.merchant_id AND t.delivery_id = d.id) AS log
     FROM deliveries d WHERE d.merchant_id = $1 AND d.payment_id = $2 ORDER BY d.position`,
    [merchant_id, payment_id],
  )
}
