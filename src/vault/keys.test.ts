import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import { localKeyEncryption, type KeyEncryptions } from './key_encryption.ts'
import { ephemeralKeys, isFirstStart, openKeys, readKeyRows, wrapNewKey, type DataKeys } from './keys.ts'
import { openVault } from './open.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(() => database.close())

const encryptions = (...previous: Uint8Array[]): KeyEncryptions => ({
  current: localKeyEncryption(randomBytes(32)),
  previous: previous.map(localKeyEncryption),
})

async function opened(with_: KeyEncryptions): Promise<DataKeys> {
  const keys = await openKeys(database.db, with_)
  if (!keys.ok) throw new Error(keys.error)
  return keys.value
}

describe('data keys', () => {
  it('are made at the first start and are the same at the next', async () => {
    expect(await isFirstStart(database.db)).toBe(true)
    const kek = encryptions()
    const first = await opened(kek)
    const second = await opened(kek)
    expect(await isFirstStart(database.db)).toBe(false)
    expect(first.newest()).toMatchObject({ version: 1, purpose: 'seal' })
    expect(first.fingerprint()).toMatchObject({ version: 2, purpose: 'fingerprint' })
    expect(second.newest().secret.equals(first.newest().secret)).toBe(true)
    expect(second.fingerprint().secret.equals(first.fingerprint().secret)).toBe(true)
    expect(first.newest().secret.equals(first.fingerprint().secret)).toBe(false)
  })

  it('are one pair when many processes start first', async () => {
    const kek = encryptions()
    const all = await Promise.all(Array.from({ length: 12 }, () => opened(kek)))
    expect(all.every((keys) => keys.newest().secret.equals(all[0]!.newest().secret))).toBe(true)
    expect(await readKeyRows(database.db)).toHaveLength(2)
  })

  it('are never in the database in the clear', async () => {
    const keys = await opened(encryptions())
    for (const row of await readKeyRows(database.db)) {
      const secret = keys.get(row.version)!.secret.export()
      expect(Buffer.from(row.wrapped).includes(secret)).toBe(false)
    }
  })

  it('name the master key that is missing', async () => {
    const kek = encryptions()
    await opened(kek)
    expect(await openKeys(database.db, encryptions())).toEqual({ ok: false, error: expect.stringContaining(kek.current.id) })
    expect((await openKeys(database.db, { current: encryptions().current, previous: [kek.current] })).ok).toBe(true)
  })

  it('cannot take each other’s place', async () => {
    const kek = encryptions()
    await opened(kek)
    // The fingerprint key's bytes in the row of the seal key: an attacker who can write the table but has no master key.
    await database.db.query('UPDATE vault_keys SET wrapped = (SELECT wrapped FROM vault_keys WHERE version = 2) WHERE version = 1')
    expect(await openKeys(database.db, kek)).toEqual({ ok: false, error: expect.stringContaining('Data key 1 in table vault_keys is damaged') })
  })

  it('made by another process are found when they are needed', async () => {
    const kek = encryptions()
    const keys = await opened(kek)
    const insert = async (version: number, retired: boolean): Promise<void> => {
      await database.db.query(
        `INSERT INTO vault_keys (version, purpose, wrapped, kek_id, retired_at) VALUES ($1, 'seal', $2, $3, ${retired ? 'now()' : 'NULL'})`,
        [version, await wrapNewKey(kek.current, version, 'seal'), kek.current.id],
      )
    }
    await insert(3, true)
    await insert(4, false)
    expect(keys.newest().version).toBe(1)
    expect(keys.get(4)).toBeUndefined()
    expect((await keys.find(4))?.version).toBe(4)
    expect(keys.newest().version).toBe(4)
    // Retired keys are not loaded with the rest, but still open what a backup brings back.
    expect(keys.get(3)).toBeUndefined()
    expect((await keys.find(3))?.version).toBe(3)
    expect(keys.newest().version).toBe(4)
    await insert(5, false)
    await keys.refresh()
    expect(keys.newest().version).toBe(5)
    expect(await keys.find(99)).toBeUndefined()
  })

  it('that cannot be unwrapped later do not take the known ones away', async () => {
    const keys = await opened(encryptions())
    const stranger = encryptions().current
    await database.db.query(`INSERT INTO vault_keys (version, purpose, wrapped, kek_id) VALUES (3, 'seal', $1, $2)`, [
      await wrapNewKey(stranger, 3, 'seal'),
      stranger.id,
    ])
    expect(await keys.find(3)).toBeUndefined()
    expect(keys.newest().version).toBe(1)
  })

  it('exist without a database too', async () => {
    const keys = ephemeralKeys()
    expect(keys.newest().purpose).toBe('seal')
    expect(await keys.find(7)).toBeUndefined()
    await keys.refresh()
  })
})

describe('opening the vault', () => {
  it('makes a master key for a new database only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tender-vault-'))
    try {
      const first = await openVault({ db: database.db, env: {}, folder })
      if (!first.ok) throw new Error(first.error)
      const sealed = first.value.vault.seal(Buffer.from('4242'), 'row')
      first.value.close()
      const again = await openVault({ db: database.db, env: {}, folder })
      if (!again.ok) throw new Error(again.error)
      expect(await again.value.vault.open(sealed, 'row')).toEqual({ ok: true, value: Buffer.from('4242') })
      again.value.close()
      await rm(join(folder, 'master.key'))
      expect(await openVault({ db: database.db, env: {}, folder })).toEqual({ ok: false, error: expect.stringContaining('is missing') })
      const other = await openVault({ db: database.db, env: { TENDER_MASTER_KEY: randomBytes(32).toString('base64') }, folder })
      expect(other).toEqual({ ok: false, error: expect.stringContaining('is not at hand') })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
