import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layWire } from '../../test/support/cut.ts'
import { createTestDatabase, testEngine, type TestDatabase } from '../../test/support/database.ts'
import { openDatabase } from './open.ts'

describe.runIf(testEngine === 'postgres')('a server that falls silent', () => {
  it('keeps nobody waiting for ever, and the next statement goes over another connection', async () => {
    const database = await createTestDatabase()
    const wire = await layWire(database.url ?? '')
    const db = await openDatabase({ url: wire.url, connections_max: 2, answer_ms_max: 200 })
    await db.query('CREATE TABLE t (n int)')
    wire.silence()
    await expect(db.query('INSERT INTO t VALUES (1)')).rejects.toThrow('Query read timeout')
    await wire.mend()
    await db.query('INSERT INTO t VALUES (2)')
    expect(await db.query('SELECT n FROM t')).toEqual([{ n: 2 }])
    await db.close()
    await wire.close()
    await database.close()
  })
})

describe.runIf(testEngine === 'postgres')('a server that goes away', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.close())

  it('fails the transaction under way, also between two statements, and nothing else', async () => {
    const { db } = database
    const broken = db.transaction(async (tx) => {
      const [row] = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      await db.query('SELECT pg_terminate_backend($1, 5000)', [row?.pid])
      // Meanwhile the connection breaks, and no statement is waiting that could be told. A listener that is missing ends the process.
      await new Promise((resolve) => setTimeout(resolve, 50))
      await tx.query('SELECT 1')
    })
    await expect(broken).rejects.toThrow('connection error')
    expect(await db.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})
