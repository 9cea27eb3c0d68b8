/** Look-ups by tracking id and order id go through their indexes: a shop with a million payments must not be read from end to end. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { followUpUidsByTrackingId, refundUidsByTrackingId, uidByOrderId, uidsByTrackingId } from '../../src/apis/begateway/store.ts'
import type { Queryable } from '../../src/db/db.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

/** The plans of whatever `work` asks. */
async function plansOf(work: (db: Queryable) => Promise<unknown>): Promise<string> {
  const plans: string[] = []
  await work({
    query: async <R extends object>(text: string, params: readonly unknown[] = []) => {
      const lines = await database.db.query<Record<string, string>>(`EXPLAIN ${text}`, params)
      plans.push(...lines.map((line) => Object.values(line).join(' ')))
      return [] as R[]
    },
  })
  return plans.join('\n')
}

test.each([
  ['payments_begateway_tracking', (db: Queryable) => uidsByTrackingId(db, 'm1', 'a', ['apm'], 100)],
  ['refunds_begateway_tracking', (db: Queryable) => refundUidsByTrackingId(db, 'm1', 'a', ['apm'], 100)],
  ['attempts_begateway_tracking', (db: Queryable) => followUpUidsByTrackingId(db, 'm1', 'a', ['card'], 10)],
  ['payments_begateway_order', (db: Queryable) => uidByOrderId(db, 'm1', '17')],
])('%s', async (index, work) => {
  const plan = await plansOf(work)
  expect(plan).toContain(index)
  expect(plan).not.toContain('Seq Scan')
})
