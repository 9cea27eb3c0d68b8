/**
 * Data keys: AES-256 keys that seal cards and secrets, and one key for fingerprints. Stored wrapped, held in memory unwrapped.
 *
 * A key is made once, is never changed and never deleted. The newest seal key seals; every older one only opens, until rotation
 * has re-sealed what was sealed under it and retires it. Another process may have made a newer key at any time: a version that is
 * not in memory is looked up in the database once, when something needs it, and `refresh` does the same on a timer.
 */
import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto'
import { assert, fail, ok, type Result } from '../core/result.ts'
import type { Queryable } from '../db/db.ts'
import type { KeyEncryption, KeyEncryptions } from './key_encryption.ts'

export type Purpose = 'seal' | 'fingerprint'

export interface DataKey {
  readonly version: number
  readonly purpose: Purpose
  readonly secret: KeyObject
}

/** What sealing needs of the keys: all in memory. */
export interface DataKeys {
  /** The newest seal key: the one to seal with. */
  newest(): DataKey
  fingerprint(): DataKey
  /** A key of this process's memory. */
  get(version: number): DataKey | undefined
  /** The same, after a look into the database when it is not in memory. */
  find(version: number): Promise<DataKey | undefined>
  /** Learns keys that other processes made. */
  refresh(): Promise<void>
}

/** One row of `vault_keys`. */
export interface KeyRow {
  readonly version: number
  readonly purpose: Purpose
  readonly wrapped: Uint8Array
  readonly kek_id: string
  readonly retired: boolean
}

const KEY_BYTES = 32
const HEADER_BYTES = 5

/** All keys, oldest first. */
export async function readKeyRows(db: Queryable): Promise<KeyRow[]> {
  return db.query<KeyRow & Record<string, unknown>>(
    'SELECT version, purpose, wrapped, kek_id, retired_at IS NOT NULL AS retired FROM vault_keys ORDER BY version',
  )
}

/** True before the first start: nothing was ever sealed, so a master key may be made. */
export async function isFirstStart(db: Queryable): Promise<boolean> {
  return (await readKeyRows(db)).length === 0
}

/**
 * Loads the keys, and makes the first two when there are none. Fails with one sentence for the operator when a key in use was
 * wrapped under a master key that is not at hand.
 */
export async function openKeys(db: Queryable, encryptions: KeyEncryptions): Promise<Result<DataKeys, string>> {
  if (await isFirstStart(db)) {
    const wrapped = await Promise.all([wrapNewKey(encryptions.current, 1, 'seal'), wrapNewKey(encryptions.current, 2, 'fingerprint')])
    // Two processes at first start: the second statement waits for the first one's commit, inserts nothing, and both read one pair.
    await db.query(
      `INSERT INTO vault_keys (version, purpose, wrapped, kek_id)
       VALUES (1, 'seal', $1, $3), (2, 'fingerprint', $2, $3) ON CONFLICT DO NOTHING`,
      [...wrapped, encryptions.current.id],
    )
  }
  const known = new Map<number, DataKey>()
  for (const row of await readKeyRows(db)) {
    if (row.retired) continue
    const key = await unwrapKey(row, encryptions)
    if (!key.ok) return key
    known.set(row.version, key.value)
  }
  return ok(keysInMemory(known, loader(db, encryptions, known)))
}

/** Keys without a database: for tests and simulations. Gone with the process. */
export function ephemeralKeys(): DataKeys {
  const key = (version: number, purpose: Purpose): DataKey => ({ version, purpose, secret: createSecretKey(randomBytes(KEY_BYTES)) })
  return keysInMemory(new Map([[1, key(1, 'seal')], [2, key(2, 'fingerprint')]]), async () => undefined)
}

/** A new key, wrapped together with its version and purpose so that a row of the table cannot pass for another one. */
export async function wrapNewKey(encryption: KeyEncryption, version: number, purpose: Purpose): Promise<Uint8Array> {
  const bytes = Buffer.concat([header(version, purpose), randomBytes(KEY_BYTES)])
  const wrapped = await encryption.wrap(bytes)
  bytes.fill(0)
  return wrapped
}

/** The same key wrapped under another key-encryption key. */
export async function rewrapKey(row: KeyRow, encryptions: KeyEncryptions): Promise<Result<Uint8Array, string>> {
  const bytes = await unwrapBytes(row, encryptions)
  if (!bytes.ok) return bytes
  const wrapped = await encryptions.current.wrap(bytes.value)
  bytes.value.fill(0)
  return ok(wrapped)
}

async function unwrapKey(row: KeyRow, encryptions: KeyEncryptions): Promise<Result<DataKey, string>> {
  const bytes = await unwrapBytes(row, encryptions)
  if (!bytes.ok) return bytes
  const secret = createSecretKey(bytes.value.subarray(HEADER_BYTES))
  bytes.value.fill(0)
  return ok({ version: row.version, purpose: row.purpose, secret })
}

async function unwrapBytes(row: KeyRow, encryptions: KeyEncryptions): Promise<Result<Uint8Array, string>> {
  const encryption = [encryptions.current, ...encryptions.previous].find(({ id }) => id === row.kek_id)
  if (encryption === undefined) {
    return fail(
      `Data key ${row.version} is wrapped under master key ${row.kek_id}, which is not at hand (this is ${encryptions.current.id}): ` +
        'put back that master.key or TENDER_MASTER_KEY, or add it to TENDER_MASTER_KEYS_OLD.',
    )
  }
  const bytes = await encryption.unwrap(row.wrapped).catch(() => undefined)
  const intact = bytes?.length === HEADER_BYTES + KEY_BYTES && header(row.version, row.purpose).equals(bytes.subarray(0, HEADER_BYTES))
  return bytes !== undefined && intact ? ok(bytes) : fail(`Data key ${row.version} in table vault_keys is damaged: restore that row from a backup.`)
}

function header(version: number, purpose: Purpose): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.writeUInt32BE(version)
  bytes.writeUInt8(purpose === 'seal' ? 1 : 2, 4)
  return bytes
}

/** Adds to `known` what the database has more: keys not retired, and the version asked for. One that cannot be unwrapped stays unknown. */
function loader(db: Queryable, encryptions: KeyEncryptions, known: Map<number, DataKey>): (version?: number) => Promise<void> {
  return async (version) => {
    for (const row of await readKeyRows(db)) {
      if (known.has(row.version) || (row.retired && row.version !== version)) continue
      const key = await unwrapKey(row, encryptions)
      if (key.ok) known.set(row.version, key.value)
    }
  }
}

function keysInMemory(known: Map<number, DataKey>, load: (version?: number) => Promise<void>): DataKeys {
  const last = (purpose: Purpose): DataKey => {
    let found: DataKey | undefined
    for (const key of known.values()) if (key.purpose === purpose && key.version > (found?.version ?? 0)) found = key
    assert(found !== undefined, `the vault has no ${purpose} key`)
    return found
  }
  return {
    newest: () => last('seal'),
    fingerprint: () => last('fingerprint'),
    get: (version) => known.get(version),
    find: async (version) => {
      if (!known.has(version)) await load(version)
      return known.get(version)
    },
    refresh: () => load(),
  }
}
