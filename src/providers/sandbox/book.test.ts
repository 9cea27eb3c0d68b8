import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/support/database.ts'
import { money } from '../../core/money.ts'
import { createMemoryBook, type Book, type BookRecord } from './book.ts'
import { createDbBook } from './book-db.ts'
import { draft } from './records.ts'
import { operation } from './testing/support.ts'

const now = new Date('2026-11-02T12:00:00.123Z')
const record = (change: Partial<BookRecord> = {}): BookRecord => ({ ...draft(operation(), 'test', {}, now), status: 'approved', ...change })

let database: TestDatabase
let other: Book
const books: { memory: Book | undefined; database: Book | undefined } = { memory: undefined, database: undefined }

beforeAll(async () => {
  database = await createTestDatabase()
  // Two processes that start at once.
  const [one, two] = await Promise.all([createDbBook(database.db), createDbBook(database.db)])
  books.memory = createMemoryBook()
  books.database = one
  other = two
})
afterAll(() => database.close())

describe.each(['memory', 'database'] as const)('the book in the %s', (kind) => {
  let book: Book
  beforeAll(() => {
    const chosen = books[kind]
    if (!chosen) throw new Error('no book')
    book = chosen
  })

  it('gives back what it took, to the last field', async () => {
    const full = record({
      key: 'full', status: 'action_required', amount: money(10n ** 15n, 'CLP'), parent_key: 'p', captured: 3n, refunded: 2n, released: 4n,
      card: { first6: '424242', last4: '4242' }, reason: 'declined', handle: 'h', expires_at: now, due_at: now,
      action: { kind: 'redirect', url: 'https://x.example', method: 'POST', fields: { a: `"'\\\u20ac\n` } },
      facts: { rrn: '1', authentication: { version: '2.2.0', eci: '05', status: 'Y' } },
      notes: { then: { status: 'declined', reason: 'lost_card' }, tries: 2 },
    })
    expect(await book.claim(full)).toBe('new')
    expect(await book.find('full')).toEqual(full)
    expect(await book.findByHandle('h')).toEqual(full)
    const plain = record({ key: 'plain' })
    await book.claim(plain)
    expect(await book.find('plain')).toEqual(plain)
    expect(await book.find('nobody')).toBeUndefined()
    expect(await book.findByHandle('nobody')).toBeUndefined()
    expect((await book.due()).map(({ key }) => key)).toEqual(['full'])
  })

  it('lets the first of many claims win', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => book.claim(record({ key: 'same', facts: { code: String(index) } }))))
    expect(answers.filter((answer) => answer === 'new')).toHaveLength(1)
    const stored = await book.find('same')
    for (const answer of answers.filter((one) => one !== 'new')) expect(answer).toEqual(stored)
  })

  it('updates one after the other, new records too', async () => {
    await book.claim(record({ key: 'sum', amount: money(100n, 'USD') }))
    const add = (index: number): Promise<boolean> =>
      book.update(['sum', `part-${index}`], (records) => {
        const sum = records.get('sum')
        if (!sum || sum.captured + 7n > 100n) return { write: [], value: false }
        return { write: [{ ...sum, captured: sum.captured + 7n }, record({ key: `part-${index}` })], value: true }
      })
    const done = await Promise.all(Array.from({ length: 40 }, (_, index) => add(index)))
    expect(done.filter(Boolean)).toHaveLength(14)
    expect((await book.find('sum'))?.captured).toBe(98n)
    expect((await book.list({ network: 'test', after: 'part-' })).filter(({ key }) => key.startsWith('part-'))).toHaveLength(14)
  })

  it('fails one update without its neighbours', async () => {
    await book.claim(record({ key: 'calm' }))
    const broken = book.update(['calm'], () => {
      throw new Error('a mistake')
    })
    const fine = book.update(['calm'], (records) => ({ write: [], value: records.size }))
    await expect(broken).rejects.toThrow('a mistake')
    expect(await fine).toBe(1)
  })

  it('takes text that a database cannot store, and fails nobody for it', async () => {
    const odd = record({ key: 'odd', notes: { description: 'zero\0 half\ud800 and \\u0000' } })
    const answers = await Promise.all([book.claim(record({ key: 'before' })), book.claim(odd), book.claim(record({ key: 'after' }))])
    expect(answers).toEqual(['new', 'new', 'new'])
    expect((await book.find('odd'))?.notes.description).toContain('\\u0000')
  })

  it('lists in pages', async () => {
    const first = await book.list({ limit: 2 })
    expect(first).toHaveLength(2)
    const [next] = await book.list({ limit: 1, after: first[1]!.key })
    expect(next!.key > first[1]!.key).toBe(true)
    expect(await book.list({ network: 'nobody' })).toEqual([])
  })
})

it('a record that the table refuses fails alone', async () => {
  const book = books.database!
  const results = await Promise.allSettled([
    book.claim(record({ key: 'good-0' })), book.claim(record({ key: 'good-1' })),
    book.claim(record({ key: 'bad', amount: money(5n, 'USD'), captured: 6n })), book.claim(record({ key: 'good-2' })),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
})

describe('two processes with one book', () => {
  it('do a thing once', async () => {
    const book = books.database!
    await book.claim(record({ key: 'shared', amount: money(100n, 'USD') }))
    const refund = (which: Book, key: string): Promise<boolean> =>
      which.update(['shared', key], (records) => {
        const shared = records.get('shared')!
        if (records.has(key)) return { write: [], value: false }
        return { write: [{ ...shared, captured: shared.captured + 1n }, record({ key })], value: true }
      })
    const done = await Promise.all(Array.from({ length: 60 }, (_, index) => refund(index % 2 ? book : other, `twice-${index >> 1}`)))
    expect(done.filter(Boolean)).toHaveLength(30)
    expect((await book.find('shared'))?.captured).toBe(30n)
    const claims = await Promise.all([book, other, book, other].map((which) => which.claim(record({ key: 'race' }))))
    expect(claims.filter((answer) => answer === 'new')).toHaveLength(1)
  })
})

it('a book of before partial voids is taken over', async () => {
  const old = await createTestDatabase()
  try {
    const before = await createDbBook(old.db)
    for (const [key, kind] of [['hold', 'authorize'], ['sale', 'sale'], ['kept', 'authorize']] as const) await before.claim(record({ key, kind, amount: money(100n, 'USD'), captured: 30n }))
    await old.db.query('ALTER TABLE public.sandbox_operations DROP COLUMN released')
    await old.db.query('ALTER TABLE public.sandbox_operations ADD COLUMN voided boolean NOT NULL DEFAULT false')
    await old.db.query(`UPDATE public.sandbox_operations SET voided = key <> 'kept'`)
    const after = await createDbBook(old.db)
    expect(await Promise.all(['hold', 'sale', 'kept'].map(async (key) => (await after.find(key))?.released))).toEqual([70n, 100n, 0n])
    await after.claim(record({ key: 'new' }))
  } finally {
    await old.close()
  }
})
