import type { Queryable } from '../db/db.ts'

/** The tenant. */
export interface Merchant {
  readonly id: string
  /** Carried inside public handles. */
  readonly number: number
  readonly name: string
  /** One member per API. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly demo: boolean
  readonly created_at: Date
}

/** One key of one merchant for one API. */
export interface Credential {
  readonly merchant_id: string
  readonly id: string
  readonly api: string
  readonly kind: string
  readonly mode: 'test' | 'live' | null
  readonly lookup: string
  readonly secret_hash: Uint8Array | null
  readonly sealed: Uint8Array | null
  readonly key_version: number | null
  readonly public: Readonly<Record<string, unknown>>
  readonly created_at: Date
  readonly revoked_at: Date | null
}

export async function insertMerchant(db: Queryable, merchant: Merchant): Promise<void> {
  await db.query('INSERT INTO merchants (id, number, name, settings, demo, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING', [
    merchant.id, merchant.number, merchant.name, JSON.stringify(merchant.settings), merchant.demo, merchant.created_at,
  ])
}

export async function findMerchant(db: Queryable, by: { id: string } | { number: number }): Promise<Merchant | undefined> {
  const [column, value] = 'id' in by ? ['id', by.id] : ['number', by.number]
  const [row] = await db.query<Merchant>(`SELECT * FROM merchants WHERE ${column} = $1`, [value])
  return row
}

/** Merges `patch` into the merchant's settings for one API. */
export async function updateSettings(db: Queryable, merchant_id: string, api: string, patch: Readonly<Record<string, unknown>>): Promise<void> {
  await db.query(`UPDATE merchants SET settings = jsonb_set(settings, ARRAY[$2], coalesce(settings->$2, '{}') || $3::jsonb) WHERE id = $1`, [merchant_id, api, JSON.stringify(patch)])
}

export async function insertCredential(db: Queryable, credential: Credential): Promise<void> {
  await db.query(
    `INSERT INTO credentials (merchant_id, id, api, kind, mode, lookup, secret_hash, sealed, key_version, public, created_at, revoked_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (merchant_id, id) DO NOTHING`,
    [
      credential.merchant_id, credential.id, credential.api, credential.kind, credential.mode, credential.lookup, credential.secret_hash, credential.sealed, credential.key_version,
      JSON.stringify(credential.public), credential.created_at, credential.revoked_at,
    ],
  )
}

export async function findCredential(db: Queryable, api: string, kind: string, lookup: string): Promise<Credential | undefined> {
  const [row] = await db.query<Credential>('SELECT * FROM credentials WHERE api = $1 AND kind = $2 AND lookup = $3 AND revoked_at IS NULL', [api, kind, lookup])
  return row
}

export function credentialsOf(db: Queryable, merchant_id: string, api: string): Promise<Credential[]> {
  return db.query<Credential>('SELECT * FROM credentials WHERE merchant_id = $1 AND api = $2 AND revoked_at IS NULL ORDER BY id', [merchant_id, api])
}
