import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/open.ts'
import { createTestDatabase, createTestPlace, testEngine, type TestDatabase } from './database.ts'

let one: TestDatabase
let two: TestDatabase
beforeAll(async () => void ([one, two] = await Promise.all([createTestDatabase(), createTestDatabase()])))
afterAll(() => Promise.all([one.close(), two.close()]))

test('a test database is of the engine of the run, and migrated', async () => {
  expect(one.db.engine).toBe(testEngine)
  expect(typeof one.url).toBe(testEngine === 'postgres' ? 'string' : 'undefined')
  expect((await one.db.query('SELECT name FROM migrations')).length).toBeGreaterThan(0)
})

test('two test databases share nothing', async () => {
  await one.db.script('CREATE TABLE mark (a int)')
  await expect(two.db.query('SELECT * FROM mark')).rejects.toThrow(/mark/)
})

test('an empty one has no tables', async () => {
  const { db, close } = await createTestDatabase({ empty: true })
  expect(await db.query(`SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).toEqual([])
  await close()
})

test('a place outlives the process that used it', async () => {
  const place = await createTestPlace()
  for (const count of [1, 2]) {
    const db = await openDatabase(place)
    await db.script('CREATE TABLE IF NOT EXISTS mark (a int); INSERT INTO mark VALUES (1)')
    expect(await db.query('SELECT * FROM mark')).toHaveLength(count)
    await db.close()
  }
  await place.remove()
})
