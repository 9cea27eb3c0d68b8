import type { Db, Queryable } from '../db/db.ts'
import type { OwnEvent } from '../events/model.ts'
import { ownEventRow } from '../events/store.ts'

/** A receiver that a merchant registered with one API. */
export interface Endpoint {
  readonly merchant_id: string
  readonly id: string
  readonly api: string
  readonly mode: 'test' | 'live'
  readonly url: string
  readonly description: string | null
  readonly enabled: boolean
  readonly event_types: readonly string[]
  /** The secret that signs its deliveries, sealed by the vault for `endpointContext`. */
  readonly sealed: Uint8Array | null
  readonly key_version: number | null
  readonly created_at: Date
  readonly deleted_at: Date | null
}

/** The name of the row that an endpoint's secret is sealed for. */
export const endpointContext = (row: { merchant_id: string; id: string }): string => `endpoint:${row.merchant_id}:${row.id}`

/** Whose endpoints: one merchant's at one API, in one mode. */
export interface EndpointScope {
  readonly merchant_id: string
  readonly api: string
  readonly mode: 'test' | 'live'
}

export async function insertEndpoint(db: Queryable, endpoint: Endpoint): Promise<void> {
  await db.query(
    `INSERT INTO webhook_endpoints (merchant_id, id, api, mode, url, description, enabled, event_types, sealed, key_version, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [endpoint.merchant_id, endpoint.id, endpoint.api, endpoint.mode, endpoint.url, endpoint.description, endpoint.enabled, endpoint.event_types, endpoint.sealed, endpoint.key_version, endpoint.created_at],
  )
}

export async function findEndpoint(db: Queryable, { merchant_id, api, mode }: EndpointScope, id: string): Promise<Endpoint | undefined> {
  const [row] = await db.query<Endpoint>('SELECT * FROM webhook_endpoints WHERE merchant_id = $1 AND id = $2 AND api = $3 AND mode = $4 AND deleted_at IS NULL', [merchant_id, id, api, mode])
  return row
}

/** Newest first. */
export async function listEndpoints(db: Queryable, { merchant_id, api, mode }: EndpointScope, limit: number, offset: number): Promise<{ endpoints: Endpoint[]; total: number }> {
  const where = 'merchant_id = $1 AND api = $2 AND mode = $3 AND deleted_at IS NULL'
  const endpoints = await db.query<Endpoint>(`SELECT * FROM webhook_endpoints WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5`, [merchant_id, api, mode, limit, offset])
  const [count] = await db.query<{ total: bigint }>(`SELECT count(*) AS total FROM webhook_endpoints WHERE ${where}`, [merchant_id, api, mode])
  return { endpoints, total: Number(count?.total ?? 0) }
}

/** Changes an endpoint. What still waits for it goes to the new address; what waits for a disabled one is given up. */
export async function updateEndpoint(db: Db, scope: EndpointScope, id: string, change: Pick<Endpoint, 'url' | 'description' | 'enabled' | 'event_types'>): Promise<Endpoint | undefined> {
  return db.transaction(async (tx) => {
    const [row] = await tx.query<Endpoint>(
      `UPDATE webhook_endpoints SET url = $5, description = $6, enabled = $7, event_types = $8
       WHERE merchant_id = $1 AND id = $2 AND api = $3 AND mode = $4 AND deleted_at IS NULL RETURNING *`,
      [scope.merchant_id, id, scope.api, scope.mode, change.url, change.description, change.enabled, change.event_types],
    )
    if (row !== undefined) await redirectDeliveries(tx, row)
    return row
  })
}

/** Removes an endpoint; the row stays, for the log of what was sent to it. */
export async function deleteEndpoint(db: Db, scope: EndpointScope, id: string, now: Date): Promise<Endpoint | undefined> {
  return db.transaction(async (tx) => {
    const [row] = await tx.query<Endpoint>(
      `UPDATE webhook_endpoints SET deleted_at = $5, enabled = false WHERE merchant_id = $1 AND id = $2 AND api = $3 AND mode = $4 AND deleted_at IS NULL RETURNING *`,
      [scope.merchant_id, id, scope.api, scope.mode, now],
    )
    if (row !== undefined) await redirectDeliveries(tx, row)
    return row
  })
}

async function redirectDeliveries(tx: Queryable, { merchant_id, id, url, enabled }: Endpoint): Promise<void> {
  await tx.query(`UPDATE deliveries SET url = $3, state = CASE WHEN $4 THEN state ELSE 'failed' END WHERE merchant_id = $1 AND endpoint_id = $2 AND state = 'due'`, [merchant_id, id, url, enabled])
}

/** Replaces the secret; the next try of whatever waits is signed with the new one. */
export async function rotateEndpointSecret(db: Queryable, scope: EndpointScope, id: string, sealed: Uint8Array, key_version: number | null): Promise<void> {
  await db.query('UPDATE webhook_endpoints SET sealed = $5, key_version = $6 WHERE merchant_id = $1 AND id = $2 AND api = $3 AND mode = $4', [scope.merchant_id, id, scope.api, scope.mode, sealed, key_version])
}

/** The endpoint of a delivery, with its secret. */
export async function endpointOfDelivery(db: Queryable, merchant_id: string, id: string): Promise<Endpoint | undefined> {
  const [row] = await db.query<Endpoint>('SELECT * FROM webhook_endpoints WHERE merchant_id = $1 AND id = $2', [merchant_id, id])
  return row
}

/** Stores an event of the API's own and its deliveries: to one endpoint, or to all that subscribe to its type, or to the `alias` of that. */
export async function publishOwnEvent(db: Db, event: OwnEvent, to: { readonly endpoint_id?: string; readonly alias?: string | undefined } = {}): Promise<void> {
  const row = ownEventRow(event)
  await db.transaction(async (tx) => {
    await tx.query(
      'INSERT INTO events (merchant_id, id, api, mode, type, name, version, snapshot, created_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)',
      [event.merchant_id, event.id, event.api, event.mode, event.type, row['name'], JSON.stringify(row['snapshot']), event.created_at],
    )
    await tx.query(
      `INSERT INTO deliveries (merchant_id, id, event_id, payment_id, api, url, endpoint_id, due_at, created_at)
       SELECT e.merchant_id, $4 || ':' || e.id, $4, NULL, e.api, e.url, e.id, $6, $6 FROM webhook_endpoints e
       WHERE e.merchant_id = $1 AND e.api = $2 AND e.mode = $3 AND e.deleted_at IS NULL
       AND CASE WHEN $7::text IS NULL THEN e.enabled AND e.event_types && $5::text[] ELSE e.id = $7 END`,
      [event.merchant_id, event.api, event.mode, event.id, [event.type, ...(to.alias === undefined ? [] : [to.alias])], event.created_at, to.endpoint_id ?? null],
    )
  })
}
