import type { Queryable } from '../db/db.ts'

/** An address that makes a payment each time a payer opens it. */
export interface PaymentLink {
  readonly merchant_id: string
  readonly id: string
  readonly api: string
  readonly mode: 'test' | 'live'
  readonly currency: string
  /** Minor units. */
  readonly amount: bigint
  readonly request: Readonly<Record<string, unknown>>
  readonly created_at: Date
  readonly expires_at: Date | null
  readonly canceled_at: Date | null
}

interface Scope {
  readonly merchant_id: string
  readonly api: string
  readonly mode: string
}

export async function insertLink(db: Queryable, link: PaymentLink): Promise<void> {
  await db.query('INSERT INTO payment_links (merchant_id, id, api, mode, currency, amount, request, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
    link.merchant_id, link.id, link.api, link.mode, link.currency, link.amount, JSON.stringify(link.request), link.created_at, link.expires_at,
  ])
}

/** A link by its id; the mode is left out where the id alone is what a payer has. */
export async function findLink(db: Queryable, { merchant_id, api, mode }: Omit<Scope, 'mode'> & { mode?: string }, id: string): Promise<PaymentLink | undefined> {
  const [row] = await db.query<PaymentLink>('SELECT * FROM payment_links WHERE merchant_id = $1 AND id = $2 AND api = $3 AND ($4::text IS NULL OR mode = $4)', [merchant_id, id, api, mode ?? null])
  return row
}

/** Newest first. */
export async function listLinks(db: Queryable, { merchant_id, api, mode }: Scope, limit: number, offset: number): Promise<{ links: PaymentLink[]; total: number }> {
  const where = 'merchant_id = $1 AND api = $2 AND mode = $3'
  const links = await db.query<PaymentLink>(`SELECT * FROM payment_links WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5`, [merchant_id, api, mode, limit, offset])
  const [count] = await db.query<{ total: bigint }>(`SELECT count(*) AS total FROM payment_links WHERE ${where}`, [merchant_id, api, mode])
  return { links, total: Number(count?.total ?? 0) }
}

/** Ends a link; undefined when it had ended before. */
export async function cancelLink(db: Queryable, { merchant_id, api, mode }: Scope, id: string, now: Date): Promise<PaymentLink | undefined> {
  const [row] = await db.query<PaymentLink>(
    `UPDATE payment_links SET canceled_at = $5 WHERE merchant_id = $1 AND id = $2 AND api = $3 AND mode = $4
     AND canceled_at IS NULL AND (expires_at IS NULL OR expires_at > $5) RETURNING *`,
    [merchant_id, id, api, mode, now],
  )
  return row
}
