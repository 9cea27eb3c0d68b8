import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import type { Queryable } from '../db/db.ts'
import { localKeyEncryption, type KeyEncryptions } from './key_encryption.ts'
import { openKeys, readKeyRows, type DataKeys } from './keys.ts'
import { rotateKeys, type Rotation, type SealedRow, type SealedTable } from './rotate.ts'
import { createVault, versionOf } from './seal.ts'

const instrumentContext = (row: SealedRow): string => `instrument:${row.merchant_id}:${row.id}`
const tables: SealedTable[] = [
  { table: 'instruments', context: instrumentContext },
  { table: 'credentials', context: (row) => `credential:${row.merchant_id}:${row.id}` },
]

let database: TestDatabase
let db: Queryable
let encryptions: KeyEncryptions
beforeEach(async () => {
  database = await createTestDatabase()
  db = database.db
  encryptions = { current: localKeyEncryption(randomBytes(32)), previous: [] }
  await db.query(`INSERT INTO merchants (id, number, name, created_at) VALUES ('m1', 801, 'One', now()), ('m2', 802, 'Two', now())`)
})
afterEach(() => database.close())

async function open(): Promise<DataKeys> {
  const keys = await openKeys(db, encryptions)
  if (!keys.ok) throw new Error(keys.error)
  return keys.value
}

async function store(keys: DataKeys, merchant_id: string, id: string, text: string): Promise<void> {
  const sealed = createVault(keys).seal(Buffer.from(text), instrumentContext({ merchant_id, id }))
  await db.query(
    `INSERT INTO instruments (merchant_id, id, kind, sealed, key_version, summary, created_at, updated_at) VALUES ($1, $2, 'card', $3, $4, '{}', now(), now())
     ON CONFLICT (merchant_id, id) DO UPDATE SET sealed = excluded.sealed, key_version = excluded.key_version`,
    [merchant_id, id, sealed, versionOf(sealed)],
  )
}

async function stored(keys: DataKeys): Promise<Record<string, string>> {
  const vault = createVault(keys)
  const found: Record<string, string> = {}
  for (const row of await db.query<{ merchant_id: string; id: string; sealed: Uint8Array; key_version: number }>(
    `SELECT merchant_id, id, sealed, key_version FROM instruments WHERE sealed IS NOT NULL ORDER BY merchant_id, id`,
  )) {
    const opened = await vault.open(row.sealed, instrumentContext(row))
    found[`${row.merchant_id}/${row.id}`] = `${opened.ok ? Buffer.from(opened.value).toString() : opened.error} v${row.key_version}`
    expect(versionOf(row.sealed)).toBe(row.key_version)
  }
  return found
}

async function rotate(keys: DataKeys, on = db): Promise<Rotation> {
  const rotation = await rotateKeys({ db: on, keys, encryptions, tables, batch_rows: 2 })
  if (!rotation.ok) throw new Error(rotation.error)
  return rotation.value
}

/** Fails at the given statement and at all after it, as for a process that was killed. */
function dyingAfter(statements: number): Queryable {
  let left = statements
  return {
    query: async (...args) => {
      if (left-- <= 0) throw new Error('killed')
      return db.query(...args)
    },
  }
}

describe('rotating the keys', () => {
  it('seals everything again under a new key and retires the old one', async () => {
    const keys = await open()
    for (const id of ['a', 'b', 'c', 'd', 'e']) await store(keys, 'm1', id, `card ${id}`)
    await store(keys, 'm2', 'a', 'another')
    const print = createVault(keys).fingerprint('4242424242424242', 'm1')
    expect(await rotate(keys)).toEqual({ version: 3, resumed: false, rewrapped: 0, resealed: 6, retired: [1], damaged: [] })
    expect(await stored(keys)).toEqual({
      'm1/a': 'card a v3', 'm1/b': 'card b v3', 'm1/c': 'card c v3', 'm1/d': 'card d v3', 'm1/e': 'card e v3', 'm2/a': 'another v3',
    })
    expect(createVault(await open()).fingerprint('4242424242424242', 'm1')).toBe(print)
    expect((await readKeyRows(db)).map((row) => [row.version, row.retired])).toEqual([[1, true], [2, false], [3, false]])
    expect(await rotate(keys)).toMatchObject({ version: 4, resealed: 6, retired: [3] })
  })

  it('rotates an empty vault', async () => {
    expect(await rotate(await open())).toEqual({ version: 3, resumed: false, rewrapped: 0, resealed: 0, retired: [1], damaged: [] })
  })

  it('finishes after being killed at any statement, and makes one new key', async () => {
    const keys = await open()
    for (const id of ['a', 'b', 'c']) await store(keys, 'm1', id, `card ${id}`)
    let version = 1
    for (let statements = 0; ; statements++) {
      const before = (await readKeyRows(db)).length
      const finished = await rotate(await open(), dyingAfter(statements)).then(() => true, () => false)
      if (finished) break
      const rotation = await rotate(await open())
      expect(Object.values(await stored(await open()))).toEqual(['a', 'b', 'c'].map((id) => `card ${id} v${rotation.version}`))
      expect((await readKeyRows(db)).filter((row) => row.purpose === 'seal' && !row.retired).map((row) => row.version)).toEqual([rotation.version])
      // Killed before the key was made, or when all was done: a new one. Otherwise the same.
      expect((await readKeyRows(db)).length - before).toBeLessThanOrEqual(2)
      version = rotation.version
    }
    expect(version).toBeGreaterThan(3)
  })

  it('leaves the last word to concurrent writers', async () => {
    const keys = await open()
    const ids = Array.from({ length: 20 }, (_, i) => `i${String(i).padStart(2, '0')}`)
    for (const id of ids) await store(keys, 'm1', id, 'first')
    // A process that never hears of the new key writes all the time.
    const stale = await open()
    let running = true
    const writer = (async () => {
      for (let round = 0; running; round++) for (const id of ids) await store(stale, 'm1', id, `round ${round}`)
      for (const id of ids) await store(stale, 'm1', id, 'last')
    })()
    await rotate(keys)
    running = false
    await writer
    expect(Object.values(await stored(keys)).every((text) => text.startsWith('last'))).toBe(true)
    await rotate(keys)
    const newest = (await open()).newest().version
    expect(new Set(Object.values(await stored(keys)))).toEqual(new Set([`last v${newest}`]))
    // What a stale process sealed opens even after its key was retired.
    await store(stale, 'm1', 'late', 'late')
    expect((await stored(await open()))['m1/late']).toBe('late v1')
    expect(await rotate(keys)).toMatchObject({ resealed: 21, damaged: [] })
  })

  it('may run twice at once', async () => {
    const keys = await open()
    for (let i = 0; i < 15; i++) await store(keys, 'm1', `i${i}`, `card ${i}`)
    const rotations = await Promise.all([rotate(await open()), rotate(await open()), rotate(await open())])
    const newest = (await open()).newest().version
    expect(Math.max(...rotations.map(({ version }) => version))).toBe(newest)
    await rotate(keys)
    const versions = new Set(Object.values(await stored(keys)).map((text) => text.split(' v')[1]))
    expect(versions.size).toBe(1)
  })

  it('wraps every key under the new master key', async () => {
    const old = encryptions.current
    const keys = await open()
    await store(keys, 'm1', 'a', 'card')
    await rotate(keys)
    encryptions = { current: localKeyEncryption(randomBytes(32)), previous: [old] }
    expect(await rotate(await open())).toMatchObject({ rewrapped: 3, resealed: 1 })
    encryptions = { current: encryptions.current, previous: [] }
    expect(await stored(await open())).toEqual({ 'm1/a': 'card v4' })
  })

  it('says which master key it lacks', async () => {
    const keys = await open()
    const old = encryptions.current
    encryptions = { current: localKeyEncryption(randomBytes(32)), previous: [] }
    expect(await rotateKeys({ db, keys, encryptions, tables })).toEqual({ ok: false, error: expect.stringContaining(old.id) })
  })

  it('goes around rows that do not open, and reports them', async () => {
    const keys = await open()
    for (const id of ['a', 'b', 'c', 'd']) await store(keys, 'm1', id, `card ${id}`)
    await db.query(`UPDATE instruments SET sealed = (SELECT sealed FROM instruments WHERE id = 'a') WHERE id = 'b'`)
    await db.query(`UPDATE instruments SET sealed = '\\x00', key_version = NULL WHERE id = 'c'`)
    expect(await rotate(keys)).toMatchObject({ version: 3, resealed: 2, retired: [1], damaged: ['instruments m1 b', 'instruments m1 c'] })
    expect(await rotate(keys)).toMatchObject({ version: 4, resumed: false, resealed: 2 })
  })

  it('takes plain table names only', async () => {
    await expect(rotateKeys({ db, keys: await open(), encryptions, tables: [{ table: 'x; DROP TABLE y', context: () => 'x' }] })).rejects.toThrow('not a table name')
  })
})
