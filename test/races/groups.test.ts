/** Groups of writes and of reads: what is wrong with one item is its own affair. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCommitter, type CommitResult, type Committer, type WriteSet } from '../../src/db/commit.ts'
import type { Db } from '../../src/db/db.ts'
import { lookUp, type Lookup } from '../../src/db/lookup.ts'
import { guardedUpdates, inserts } from '../../src/db/parts.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const NOW = new Date('2030-01-01T00:00:00Z')

const customerInsert = inserts('customers', { merchant_id: 'text', id: 'text', reference: 'text', profile: 'jsonb', created_at: 'timestamptz', updated_at: 'timestamptz' })
const paymentUpdate = guardedUpdates('race_payment', 'payments', ['merchant_id', 'id'], { merchant_id: 'text', id: 'text', version: 'int', tries: 'int' })

const customer = (id: string, more: Readonly<Record<string, unknown>> = {}): WriteSet => ({ rows: [[customerInsert, { merchant_id: 'm1', id, reference: id, profile: {}, created_at: NOW, updated_at: NOW, ...more }]] })

const claimed = (id: string, key: string): WriteSet => ({
  ...customer(id),
  claim: { merchant_id: 'm1', scope: 'race', key, owner: id, request_hash: null, status: null, answer: null, created_at: NOW, expires_at: null },
})

const guarded = (payment_id: string, version: number, extra: WriteSet = { rows: [] }): WriteSet => ({
  rows: [[paymentUpdate, { merchant_id: 'm1', id: payment_id, version: version + 1, tries: version }], ...extra.rows],
})

describe('group commit', () => {
  let database: TestDatabase
  let statements: number
  let committer: Committer
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase()
    await database.db.query(`INSERT INTO merchants (id, number, name, created_at) VALUES ('m1', 1, 'Shop', now())`)
    // What looks a row's type up, once, is none of a group's.
    db = { ...database.db, query: (text, params, options) => ((statements += text.includes('_reg') || text.startsWith('CREATE TYPE') ? 0 : 1), database.db.query(text, params, options)) }
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    await database.db.query('DELETE FROM customers')
    await database.db.query('DELETE FROM claims')
    // Payments are kept for good; only a test may sweep them.
    await database.db.transaction(async (tx) => {
      await tx.query(`SET LOCAL session_replication_role = 'replica'`)
      await tx.query('DELETE FROM payments')
    })
    for (let n = 0; n < 20; n++) {
      await database.db.query(`INSERT INTO payments (merchant_id, id, api, kind, mode, method, state, version, currency, amount, payable, created_at, updated_at) VALUES ('m1', $1, 'x', 'charge', 'test', 'card', 'created', 5, 'USD', 1, 1, now(), now())`, [`p${n}`])
    }
    statements = 0
    committer = createCommitter(db, { lanes: 1 })
  })

  type Ended = CommitResult | 'failed'
  const all = (sets: readonly WriteSet[]): Promise<Ended[]> => Promise.all(sets.map((set) => committer.commit(set).catch((): Ended => 'failed')))
  const ids = async (): Promise<string[]> => (await database.db.query<{ id: string }>('SELECT id FROM customers ORDER BY id')).map(({ id }) => id)

  it('writes what comes together in one statement', async () => {
    expect(new Set(await all(Array.from({ length: 50 }, (_, n) => customer(`c${n}`))))).toEqual(new Set(['done']))
    expect(statements).toBe(1)
    expect(await ids()).toHaveLength(50)
  })

  it('tells a stale guard alone that it is stale', async () => {
    const sets = Array.from({ length: 20 }, (_, n) => guarded(`p${n}`, n % 4 === 0 ? 4 : 5, customer(`c${n}`)))
    const results = await all(sets)
    expect(results).toEqual(sets.map((_, n) => (n % 4 === 0 ? 'stale' : 'done')))
    expect(statements).toBe(1)
    expect(await ids()).toHaveLength(15)
    const rows = await database.db.query<{ id: string; version: number }>('SELECT id, version FROM payments WHERE version = 5')
    expect(rows.map(({ id }) => id).sort()).toEqual(['p0', 'p12', 'p16', 'p4', 'p8'])
  })

  it('gives a key to one of those that want it in the same statement, and to none when it is taken', async () => {
    const results = await all([...Array.from({ length: 10 }, (_, n) => claimed(`same${n}`, 'same')), customer('beside')])
    expect(results.filter((result) => result === 'done')).toHaveLength(2)
    expect(results.filter((result) => result === 'claimed')).toHaveLength(9)
    expect(statements).toBe(1)
    expect(await ids()).toHaveLength(2)
    const later = await all([claimed('late', 'same'), claimed('free', 'free'), customer('beside2')])
    expect(later).toEqual(['claimed', 'done', 'done'])
    expect(await ids()).not.toContain('late')
  })

  it('a set without its guard takes no key', async () => {
    const stale = { ...guarded('p1', 1), claim: claimed('x', 'kept').claim }
    expect(await all([stale, customer('beside')])).toEqual(['stale', 'done'])
    expect(await all([claimed('y', 'kept')])).toEqual(['done'])
  })

  it.each([
    ['a key that is there', () => customer('dup'), 'failed'],
    ['a key twice in the group', () => ({ rows: [...customer('twin').rows, ...customer('twin', { reference: 'other' }).rows] }), 'failed'],
    ['a merchant that is not there', () => customer('stranger', { merchant_id: 'nobody' }), 'failed'],
    ['a missing value', () => customer('null', { created_at: null }), 'failed'],
    ['a date that is none', () => customer('date', { created_at: 'not a date' }), 'failed'],
    ['a number out of range', () => guarded('p3', 5, { rows: [[paymentUpdate, { merchant_id: 'm1', id: 'p3', version: 2 ** 40, tries: 0 }]] }), 'failed'],
    ['a text that cannot be stored', () => customer('zero', { reference: 'a\u0000b' }), 'failed'],
  ] as const)('fails %s alone, and not its neighbours', async (_what, bad, end) => {
    await all([customer('dup')])
    const sets = [customer('before'), claimed('keyed', 'k'), bad(), guarded('p7', 5), guarded('p8', 1), customer('after')]
    expect(await all(sets)).toEqual(['done', 'done', end, 'done', 'stale', 'done'])
    expect(await ids()).toEqual(['after', 'before', 'dup', 'keyed'])
  })

  it('of changes of one payment the first counts, and each of the others hears that it is stale', async () => {
    const results = await all(Array.from({ length: 30 }, () => guarded('p9', 5)))
    expect(results.filter((result) => result === 'done')).toHaveLength(1)
    expect(results.filter((result) => result === 'stale')).toHaveLength(29)
  })

  it('two committers over one database: one done, whoever was first', async () => {
    const second = createCommitter(db, { lanes: 1 })
    const results = await Promise.all(Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? committer : second).commit(guarded(`p${n % 10}`, 5))))
    expect(results.filter((result) => result === 'done')).toHaveLength(10)
  })

  it('says it is drained when everything has been answered', async () => {
    const answered: string[] = []
    for (let n = 0; n < 20; n++) void committer.commit(customer(`d${n}`)).then((result) => answered.push(result))
    await committer.drain()
    expect(answered).toHaveLength(20)
  })

  describe('grouped reads', () => {
    const CUSTOMER: Lookup = { name: 'race_customer', table: 'customers', key: ['merchant_id', 'id'] }

    it('give everybody their own row, or none', async () => {
      await all(Array.from({ length: 40 }, (_, n) => customer(`c${n}`)))
      statements = 0
      const rows = await Promise.all(Array.from({ length: 120 }, (_, n) => lookUp<{ id: string }>(db, CUSTOMER, ['m1', n % 3 === 2 ? `none${n}` : `c${n % 40}`])))
      rows.forEach((row, n) => expect(row?.id).toBe(n % 3 === 2 ? undefined : `c${n % 40}`))
      expect(statements).toBeLessThan(5)
    })

    it('see what was committed before they were asked', async () => {
      for (let n = 0; n < 10; n++) {
        await committer.commit(customer(`fresh${n}`))
        const [row, other] = await Promise.all([lookUp<{ id: string }>(db, CUSTOMER, ['m1', `fresh${n}`]), lookUp(db, CUSTOMER, ['m1', 'nobody'])])
        expect([row?.id, other]).toEqual([`fresh${n}`, undefined])
      }
    })

    it('fail for those who asked together, and work for those who ask next', async () => {
      const broken: Lookup = { ...CUSTOMER, name: 'race_broken', table: 'nothing_of_this_name' }
      const asked = await Promise.allSettled([lookUp(db, broken, ['m1', 'a']), lookUp(db, broken, ['m1', 'b'])])
      expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      expect(await lookUp(db, CUSTOMER, ['m1', 'a'])).toBeUndefined()
    })
  })
})
