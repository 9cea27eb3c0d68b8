import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import type { Claim } from './claims.ts'
import { createCommitter, type CommitResult, type Committer, type WriteSet } from './commit.ts'
import { guardedUpdates, inserts } from './parts.ts'

const thing = guardedUpdates('things', 'things', ['merchant_id', 'id'], { merchant_id: 'text', id: 'text', version: 'int', note: 'text' })
const line = inserts('things_log', { id: 'text', thing: 'text' })

let database: TestDatabase
let committer: Committer
beforeAll(async () => {
  database = await createTestDatabase()
  await database.db.script('CREATE TABLE things (merchant_id text, id text, version int NOT NULL, note text, PRIMARY KEY (merchant_id, id)); CREATE TABLE things_log (id text PRIMARY KEY, thing text NOT NULL)')
})
afterAll(() => database.close())
beforeEach(async () => {
  committer = createCommitter(database.db)
  await database.db.script("DELETE FROM things; DELETE FROM things_log; DELETE FROM claims; INSERT INTO things SELECT 'm', 't' || n, 1, 'old' FROM generate_series(1, 40) AS n")
})

const set = (n: number, version: number, more: Partial<WriteSet> = {}): WriteSet => ({ rows: [[thing, { merchant_id: 'm', id: `t${n}`, version, note: `v${version}` }], [line, { id: `l${n}.${version}`, thing: `t${n}` }]], ...more })
const claim = (key: string, owner: string): Claim => ({ merchant_id: 'm', scope: 's', key, owner, request_hash: null, status: null, answer: null, created_at: new Date(), expires_at: null })
const together = (sets: readonly WriteSet[]): Promise<CommitResult[]> => Promise.all(sets.map((writes) => committer.commit(writes)))
const versions = async (): Promise<Record<string, number>> => Object.fromEntries((await database.db.query<{ id: string; version: number }>(`SELECT id, version FROM things WHERE version > 1`)).map(({ id, version }) => [id, version]))
const lines = async (): Promise<string[]> => (await database.db.query<{ id: string }>('SELECT id FROM things_log ORDER BY id')).map(({ id }) => id)
const keys = async (): Promise<string[]> => (await database.db.query<{ key: string; owner: string }>('SELECT key, owner FROM claims ORDER BY key')).map(({ key, owner }) => `${key} ${owner}`)

/** What one condition does alone, and neighbours to each other, is in test/races/groups.test.ts. */
describe('a group', () => {
  it('with a key and a version writes neither when one of them fails', async () => {
    await committer.commit({ claim: claim('taken', 'first'), rows: [] })
    const results = await together([
      set(1, 2, { claim: claim('a', 'o1') }), set(2, 2, { claim: claim('taken', 'o2') }), set(3, 9, { claim: claim('b', 'o3') }), set(4, 9, { claim: claim('taken', 'o4') }), set(5, 2), set(6, 9),
      { claim: claim('c', 'o7'), rows: [[line, { id: 'l7', thing: 'x' }]] },
    ])
    expect(results).toEqual(['done', 'claimed', 'stale', 'stale', 'done', 'stale', 'done'])
    expect(await versions()).toEqual({ t1: 2, t5: 2 })
    expect(await lines()).toEqual(['l1.2', 'l5.2', 'l7'])
    expect(await keys()).toEqual(['a o1', 'c o7', 'taken first'])
  })

  it('never has two of one row: the second sees the version of the first', async () => {
    expect((await together([set(1, 2), set(1, 2), set(1, 2)])).toSorted()).toEqual(['done', 'stale', 'stale'])
    expect(await together([set(1, 3), set(1, 4)])).toEqual(['done', 'done'])
    expect(await versions()).toEqual({ t1: 4 })
  })

  it('of another process at the same rows: each version is written once, whatever the order, and nobody waits for ever', async () => {
    const others = [committer, createCommitter({ ...database.db }), createCommitter({ ...database.db })]
    for (let version = 2; version < 12; version++) {
      const order = (who: number): number[] => Array.from({ length: 40 }, (_, n) => (who % 2 === 0 ? n + 1 : 40 - n))
      const results = await Promise.all(others.flatMap((other, who) => order(who).map(async (n) => [n, await other.commit({
        ...set(n, version), rows: [[thing, { merchant_id: 'm', id: `t${n}`, version, note: String(who) }], [line, { id: `l${n}.${version}`, thing: `t${n}` }]], ...(n % 3 === 0 ? { claim: claim(`${n}.${version}`, `o${who}.${n}.${version}`) } : {}),
      })] as const)))
      for (let n = 1; n <= 40; n++) expect(results.filter(([one, result]) => one === n && result === 'done')).toHaveLength(1)
    }
    expect(Object.values(await versions())).toEqual(Array.from({ length: 40 }, () => 11))
    expect(await lines()).toHaveLength(400)
    expect(await keys()).toHaveLength(130)
  })
})
