import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import { createUpkeep } from './upkeep.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

const insert = (from: number, to: number): Promise<unknown> =>
  database.db.query(`INSERT INTO customers (merchant_id, id, created_at, updated_at) SELECT 'm', 'c' || g, now(), now() FROM generate_series($1::int, $2::int) g`, [from, to])

/** Statistics arrive when the connection that made them is idle for a moment. */
async function settled(): Promise<void> {
  await database.db.query('SELECT pg_stat_force_next_flush()')
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  await database.db.query('SELECT 1')
}

describe('upkeep', () => {
  it('analyzes a table when it has its first rows, and vacuums it only where nobody else does', async () => {
    const { db } = database
    const upkeep = createUpkeep(db, () => Promise.resolve())
    await upkeep.run()
    // A server's own upkeep, once a minute, must not come in between.
    await db.query('ALTER TABLE customers SET (autovacuum_enabled = false)')
    await db.query(`INSERT INTO merchants (id, number, name, created_at) VALUES ('m', 999, 'M', now())`)
    await insert(1, 1000)
    await settled()
    expect(await upkeep.run()).toEqual(['ANALYZE public.customers'])
    const [{ tuples } = { tuples: 0 }] = await db.query<{ tuples: number }>(`SELECT reltuples::int AS tuples FROM pg_class WHERE relname = 'customers'`)
    expect(tuples).toBe(1000)
    await settled()
    expect(await upkeep.run()).toEqual([])
    await db.query(`UPDATE customers SET reference = id WHERE id < 'c5'`)
    await settled()
    const embedded = db.engine === 'pglite'
    // While much changes, only what has doubled: less than half of the rows have not.
    expect(await upkeep.run()).toEqual([])
    expect(await upkeep.run()).toEqual(embedded ? ['VACUUM (TRUNCATE false) public.customers', 'ANALYZE public.customers'] : [])
    await db.query(`UPDATE customers SET reference = id || '!'`)
    await settled()
    expect(await upkeep.run()).toEqual(embedded ? ['VACUUM (TRUNCATE false) public.customers', 'ANALYZE public.customers'] : [])
  }, 30_000)
})
