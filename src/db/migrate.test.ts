import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, testEngine, type TestDatabase } from '../../test/support/database.ts'
import { migrate, pendingMigrations } from './migrate.ts'
import { openDatabase } from './open.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase({ empty: true })
})
afterAll(() => database.close())

describe('migrations', () => {
  it('are applied once, whoever starts at the same time', async () => {
    // The embedded engine is for one process; there the three share it.
    const others = database.url === undefined ? [database.db, database.db] : await Promise.all([1, 2].map(() => openDatabase({ url: database.url, connections_max: 2 })))
    await Promise.all([database.db, ...others].map((db) => migrate(db)))
    expect(await pendingMigrations(database.db)).toEqual([])
    await migrate(database.db)
    for (const other of others) if (other !== database.db) await other.close()
  }, 60_000)

  it.runIf(testEngine === 'postgres')('wait for others, and take their time, however little a statement has otherwise', async () => {
    const hasty = await openDatabase({ url: `${database.url}?options=-c%20statement_timeout%3D50`, connections_max: 2 })
    const migrated = await database.db.transaction(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock(724001)')
      const waiting = migrate(hasty).then(() => 'done', String)
      await tx.query('SELECT pg_sleep(0.3)')
      return { waiting }
    })
    expect(await migrated.waiting).toBe('done')
    await hasty.close()
  }, 60_000)

  it('refuse a database that is newer, or whose migration was edited', async () => {
    await database.db.query(`INSERT INTO migrations (name, checksum) VALUES ('9999_from_the_future.sql', 'x')`)
    await expect(migrate(database.db)).rejects.toThrow('the database has a migration that this version does not know: 9999_from_the_future.sql')
    await database.db.query(`DELETE FROM migrations WHERE name = '9999_from_the_future.sql'`)
    await database.db.query(`UPDATE migrations SET checksum = 'another' WHERE name = '0002_vault.sql'`)
    await expect(migrate(database.db)).rejects.toThrow('migration 0002_vault.sql was changed after it had been applied')
  })
})
