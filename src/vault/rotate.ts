/**
 * Rotation: a new seal key, every data key wrapped under the current key-encryption key, every row sealed again under the newest key.
 *
 * It runs beside a service that works, in any process, and may be killed anywhere: everything it does is a single statement that is
 * either not done, or done. What tells an unfinished rotation from a finished one is the table of keys itself: more than one seal key
 * that is not retired. Then running again finishes that one and makes no further key. Two at once help each other.
 *
 * A row is replaced only if it still holds the bytes that were read, so a writer in between always wins, and its value, sealed under
 * an older key perhaps, is found by the next pass. One row per statement: it never holds two row locks, so it cannot deadlock with a
 * payment. Old keys are retired, never deleted: a process that has not heard of the new key may still seal under the old one for a
 * minute, a backup brings old rows back (the next rotation re-seals those too), and short-lived values are sealed inside of JSON, where
 * rotation does not reach. All of them go on opening.
 *
 * To change the master key: first give it to every process (the old one goes to TENDER_MASTER_KEYS_OLD), then rotate, then drop the old
 * one. A process that does not have it cannot open what is sealed from then on.
 */
import { fail, ok, type Result } from '../core/result.ts'
import type { Queryable } from '../db/db.ts'
import type { KeyEncryptions } from './key_encryption.ts'
import { readKeyRows, rewrapKey, wrapNewKey, type DataKey, type DataKeys } from './keys.ts'
import { sealWith, unsealWith, versionOf } from './seal.ts'

/** A table with the columns merchant_id, id, sealed and key_version. */
export interface SealedTable {
  readonly table: string
  /** The context that its rows are sealed for. */
  context(row: SealedRow): string
}

export interface SealedRow {
  readonly merchant_id: string
  readonly id: string
}

export interface RotateOptions {
  readonly db: Queryable
  readonly keys: DataKeys
  readonly encryptions: KeyEncryptions
  readonly tables: readonly SealedTable[]
  readonly batch_rows?: number
  /** Rest between batches, to leave the database to payments. */
  readonly pause_ms?: number
  /** Called after every batch with the number of rows sealed again so far. */
  readonly progress?: (rows: number) => void
}

export interface Rotation {
  /** The version that everything is sealed under now. */
  readonly version: number
  /** Finished what an earlier run had begun, instead of making a new key. */
  readonly resumed: boolean
  readonly rewrapped: number
  readonly resealed: number
  readonly retired: readonly number[]
  /** Rows that do not open under their key and context, as `table merchant id`. Something else wrote them; restore them from a backup. */
  readonly damaged: readonly string[]
}

interface StoredRow extends SealedRow {
  readonly sealed: Uint8Array
}

/** Passes over the tables: a second finds what writers sealed under an old key during the first. */
const PASSES_MAX = 5

/** Rotates the keys; on failure one sentence for the operator. Safe to run again at any time. */
export async function rotateKeys(options: RotateOptions): Promise<Result<Rotation, string>> {
  const rewrapped = await rewrapAll(options.db, options.encryptions)
  if (!rewrapped.ok) return rewrapped
  const resumed = (await activeSealVersions(options.db)).length > 1
  if (!resumed) await addSealKey(options.db, options.encryptions)
  await options.keys.refresh()
  const newest = options.keys.newest()
  // Another rotation, with another master key, came in between.
  if (!(await activeSealVersions(options.db)).every((version) => version <= newest.version)) return fail('Another rotation is under way: run this again.')
  const damaged = new Set<string>()
  let resealed = 0
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    let done = 0
    for (const table of options.tables) done += await resealTable(options, table, newest, damaged, resealed + done)
    resealed += done
    if (done === 0) break
  }
  const retired = await retireUnused(options, newest.version, damaged)
  return ok({ version: newest.version, resumed, rewrapped: rewrapped.value, resealed, retired, damaged: [...damaged] })
}

async function rewrapAll(db: Queryable, encryptions: KeyEncryptions): Promise<Result<number, string>> {
  let rewrapped = 0
  for (const row of await readKeyRows(db)) {
    if (row.kek_id === encryptions.current.id) continue
    const wrapped = await rewrapKey(row, encryptions)
    if (!wrapped.ok) return fail(wrapped.error)
    const changed = await db.query('UPDATE vault_keys SET wrapped = $3, kek_id = $4 WHERE version = $1 AND kek_id = $2 RETURNING version', [
      row.version,
      row.kek_id,
      wrapped.value,
      encryptions.current.id,
    ])
    rewrapped += changed.length
  }
  return ok(rewrapped)
}

async function activeSealVersions(db: Queryable): Promise<number[]> {
  return (await readKeyRows(db)).filter((row) => row.purpose === 'seal' && !row.retired).map((row) => row.version)
}

/** Of two rotations that begin together one inserts; the other finds the number taken, and goes on with that key. */
async function addSealKey(db: Queryable, encryptions: KeyEncryptions): Promise<void> {
  const version = Math.max(...(await readKeyRows(db)).map((row) => row.version)) + 1
  await db.query(`INSERT INTO vault_keys (version, purpose, wrapped, kek_id) VALUES ($1, 'seal', $2, $3) ON CONFLICT DO NOTHING`, [
    version,
    await wrapNewKey(encryptions.current, version, 'seal'),
    encryptions.current.id,
  ])
}

/** One pass over one table in the order of its key; the cursor steps over rows that cannot be opened. Returns how many it sealed again. */
async function resealTable(options: RotateOptions, table: SealedTable, newest: DataKey, damaged: Set<string>, before: number): Promise<number> {
  const { db, batch_rows = 200, pause_ms = 0, progress } = options
  const name = identifier(table.table)
  let done = 0
  let cursor: readonly [string, string] = ['', '']
  for (;;) {
    const rows = await db.query<StoredRow>(
      `SELECT merchant_id, id, sealed FROM ${name}
       WHERE (merchant_id, id) > ($1, $2) AND sealed IS NOT NULL AND key_version IS DISTINCT FROM $3
       ORDER BY merchant_id, id LIMIT $4`,
      [...cursor, newest.version, batch_rows],
    )
    for (const row of rows) {
      const fresh = await reseal(options.keys, row, table.context(row), newest)
      if (fresh === undefined) damaged.add(nameOf(table.table, row))
      else done += await replace(db, name, row, fresh, newest.version)
    }
    progress?.(before + done)
    const last = rows.at(-1)
    if (last === undefined || rows.length < batch_rows) return done
    cursor = [last.merchant_id, last.id]
    if (pause_ms > 0) await new Promise((resume) => setTimeout(resume, pause_ms))
  }
}

async function reseal(keys: DataKeys, row: StoredRow, context: string, newest: DataKey): Promise<Uint8Array | undefined> {
  const key = await keys.find(versionOf(row.sealed) ?? 0)
  const plain = key === undefined ? undefined : unsealWith(key, row.sealed, context)
  if (plain?.ok !== true) return undefined
  const fresh = sealWith(newest, plain.value, context)
  plain.value.fill(0)
  return fresh
}

/** Compare and set: a writer that came in between has the last word. */
async function replace(db: Queryable, name: string, row: StoredRow, fresh: Uint8Array, version: number): Promise<number> {
  const changed = await db.query(
    `UPDATE ${name} SET sealed = $4, key_version = $5 WHERE merchant_id = $1 AND id = $2 AND sealed = $3 RETURNING id`,
    [row.merchant_id, row.id, row.sealed, fresh, version],
  )
  return changed.length
}

/** Rows that open under no key do not count: they would keep every later rotation from starting, and retired keys are not lost. */
async function retireUnused({ db, tables }: RotateOptions, newest: number, damaged: ReadonlySet<string>): Promise<number[]> {
  const retired: number[] = []
  for (const version of await activeSealVersions(db)) {
    if (version >= newest) continue
    let uses = 0
    for (const { table } of tables) {
      const rows = await db.query<SealedRow>(
        `SELECT merchant_id, id FROM ${identifier(table)} WHERE sealed IS NOT NULL AND (key_version = $1 OR key_version IS NULL) LIMIT $2`,
        [version, damaged.size + 1],
      )
      uses += rows.filter((row) => !damaged.has(nameOf(table, row))).length
    }
    if (uses > 0) continue
    await db.query('UPDATE vault_keys SET retired_at = now() WHERE version = $1 AND retired_at IS NULL', [version])
    retired.push(version)
  }
  return retired
}

function nameOf(table: string, row: SealedRow): string {
  return `${table} ${row.merchant_id} ${row.id}`
}

/** Table names cannot be parameters; only plain ones are let through. */
function identifier(name: string): string {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new RangeError(`not a table name: ${name}`)
  return name
}
