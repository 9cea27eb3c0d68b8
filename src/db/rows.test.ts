import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, testEngine, type TestDatabase } from '../../test/support/database.ts'
import { valueIn, type Columns, type Row } from './columns.ts'
import type { Db } from './db.ts'
import { rowSources } from './rows.ts'

const COLUMNS: Columns = { a: 'text', b: 'int', c: 'bigint', d: 'boolean', e: 'json', f: 'jsonb', g: 'timestamptz', h: 'bytea', i: 'text[]', j: 'bigint[]' }

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

async function backFrom(db: Db, columns: Columns, rows: readonly Row[]): Promise<Array<Record<string, unknown>>> {
  const source = await rowSources(db).of(columns)
  return db.query(`SELECT * FROM ${source.from(1, 'r')}`, [source.encode(rows)])
}

const text = fc.string({ unit: 'binary', maxLength: 300 }).map((value) => value.replaceAll('\0', ''))
const bigint = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const nullable = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { freq: 4 })
const document = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)), { maxKeys: 5 }).map((value): unknown => JSON.parse(JSON.stringify(value)))
const row = fc.record({
  a: nullable(text), b: nullable(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })), c: nullable(bigint), d: nullable(fc.boolean()), e: nullable(document), f: nullable(document),
  g: nullable(fc.date({ min: new Date('1900-01-01'), max: new Date('2500-01-01'), noInvalidDate: true })), h: nullable(fc.uint8Array({ maxLength: 100 })),
  i: nullable(fc.array(text, { maxLength: 5 })), j: nullable(fc.array(bigint, { maxLength: 5 })),
})

/** Drivers have their own classes for bytes, and read arrays of integers as text or not. */
const comparable = (one: Row): Row => {
  const [h, j] = [valueIn(one, 'h'), valueIn(one, 'j')]
  return { ...one, h: h === null ? null : [...(h as Uint8Array)], j: j === null ? null : (j as readonly unknown[]).map(String) }
}

describe('rows as one parameter', () => {
  it('come back as they were sent', async () => {
    await fc.assert(fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
      const back = await backFrom(database.db, COLUMNS, rows)
      expect(back.map(comparable)).toEqual(rows.map(comparable))
    }), { numRuns: 60 })
  })

  it('grow beyond any buffer', async () => {
    const rows = Array.from({ length: 40 }, (_, n) => ({ a: '€'.repeat(20_000), b: n, h: new Uint8Array(50_000).fill(n) }))
    const back = await backFrom(database.db, COLUMNS, rows)
    expect(back.map(({ a, b, h }) => [a, b, (h as Uint8Array).every((byte) => byte === b)])).toEqual(rows.map(({ a, b }) => [a, b, true]))
  })

  it('of columns that are new to several processes at once', async () => {
    const columns = (): Columns => ({ fresh: 'text' })
    const others = [database.db, { ...database.db }, { ...database.db }]
    const all = await Promise.all(others.map((db) => backFrom(db, columns(), [{ fresh: 'x' }])))
    expect(all).toEqual(others.map(() => [{ fresh: 'x' }]))
  })

  it.runIf(testEngine === 'postgres')('are looked up anew when the database is another one', async () => {
    const columns: Columns = { moved: 'text' }
    const db = { ...database.db }
    await backFrom(db, columns, [{ moved: 'a' }])
    const [type] = await database.db.query<{ name: string }>(`SELECT typname AS name FROM pg_type JOIN pg_attribute ON attrelid = typrelid WHERE attname = 'moved' AND typname LIKE 'rows_%'`)
    await database.db.query(`DROP TYPE ${type?.name ?? ''}`)
    await expect(backFrom(db, columns, [{ moved: 'b' }])).rejects.toMatchObject({ code: '42704' })
    rowSources(db).forget()
    expect(await backFrom(db, columns, [{ moved: 'c' }])).toEqual([{ moved: 'c' }])
  })
})

/** The embedded engine reads JSON, and refuses them itself. */
describe.runIf(testEngine === 'postgres')('a value that its column cannot hold is refused before it is sent', () => {
  it.each<[Row, RegExp]>([
    [{ a: 1 }, /no text/], [{ b: 2 ** 31 }, /out of range/], [{ b: 'x' }, /no integer/], [{ b: 1.5 }, /no integer/], [{ c: 2n ** 63n }, /out of range/], [{ c: 1 }, /BigInt/],
    [{ d: 'true' }, /neither true nor false/], [{ e: 1n }, /BigInt/], [{ g: 'today' }, /no time/], [{ g: new Date(Number.NaN) }, /no time/], [{ i: [1] }, /no text/],
  ])('%o', async (row, problem) => {
    const source = await rowSources(database.db).of(COLUMNS)
    expect(() => source.encode([row])).toThrow(problem)
  })
})
