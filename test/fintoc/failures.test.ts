/** Failures of ours under an Idempotency-Key: stored and given again like any answer, and never over money that moved. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import type { Called } from '../support/server.ts'
import { createShop, INTENT, type Shop } from './support.ts'

let shop: Shop
/** The server's way to its database, which a test may break. */
let db: { query: Db['query'] }
let query: Db['query']
beforeAll(async () => {
  shop = await createShop()
  db = shop.server.db as { query: Db['query'] }
  query = db.query
})
afterAll(() => shop.close())
afterEach(() => {
  db.query = query
})

/** From now on `count` statements that match fail: before the database has them, or after it has done them and its answer is lost. */
function breakDatabase(matching: RegExp, when: 'before' | 'after', count = Infinity): void {
  let left = count
  const broken: Db['query'] = async (sql, params, options) => {
    if (!matching.test(sql) || left <= 0) return query.call(db, sql, params, options) as never
    left--
    if (when === 'after') await query.call(db, sql, params, options)
    throw new Error('connection terminated')
  }
  db.query = broken
}

const INSERTS = { payment: /INSERT INTO payments /, refund: /INSERT INTO refunds /, link: /INSERT INTO payment_links/, endpoint: /INSERT INTO webhook_endpoints/ }
const create = (key: string, json: object = INTENT): Promise<Called> => shop.api('POST', '/v1/payment_intents', json, { 'idempotency-key': key })
const count = async (table: string): Promise<number> => Number(((await query.call(db, `SELECT count(*) AS n FROM ${table}`)) as { n: bigint }[])[0]?.n)
const FAILURE = { error: { type: 'api_error', code: 'internal_server_error', message: expect.any(String) as unknown, param: null, doc_url: null } }

describe('a payment', () => {
  test('that could not be stored: the failure is given again, nothing is made, another key works', async () => {
    const before = await count('payments')
    breakDatabase(INSERTS.payment, 'before')
    const failed = await create('down')
    expect([failed.status, failed.body]).toEqual([500, FAILURE])
    db.query = query
    const again = await create('down')
    expect([again.status, again.text]).toEqual([500, failed.text])
    expect((await create('down', { ...INTENT, amount: 7 })).get('error.code')).toBe('invalid_request')
    expect(await count('payments')).toBe(before)
    expect((await create('down, second try')).status).toBe(201)
    expect(shop.server.log.some((line) => line.includes('connection terminated'))).toBe(true)
  })

  test('that was stored, and the answer was lost: the payment is the answer, once', async () => {
    const before = await count('payments')
    breakDatabase(INSERTS.payment, 'after', 1)
    const made = await create('lost')
    expect(made.status).toBe(201)
    expect(made.get('widget_token')).toMatch(/_sec_/)
    expect((await create('lost')).text).toBe(made.text)
    expect(await count('payments')).toBe(before + 1)
  })

  test('while the database is away for everything: nothing is stored, and the next request makes it, once', async () => {
    const before = await count('payments')
    breakDatabase(/INSERT/, 'before')
    expect((await create('away')).status).toBe(500)
    db.query = query
    const made = await create('away')
    expect(made.status).toBe(201)
    expect((await create('away')).text).toBe(made.text)
    expect(await count('payments')).toBe(before + 1)
  })

  test('whose answer and key are both out of reach: the next request finds the payment that was made', async () => {
    const before = await count('payments')
    breakDatabase(/INSERT/, 'after', 2)
    expect((await create('dark')).status).toBe(500)
    db.query = query
    const made = await create('dark')
    expect(made.status).toBe(201)
    expect(await count('payments')).toBe(before + 1)
  })

  test('a hundred equal requests while the database comes and goes: one answer, one payment at most', async () => {
    const before = await count('payments')
    breakDatabase(INSERTS.payment, 'after', 3)
    const answers = await Promise.all(Array.from({ length: 100 }, () => create('storm')))
    db.query = query
    const later = await create('storm')
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set([later.text]))
    expect(await count('payments')).toBe(before + (later.status === 201 ? 1 : 0))
  })
})

test('a refund that was stored, and the answer was lost, is the answer: nothing is given back twice', async () => {
  const { id, token } = await shop.create()
  await shop.pay(token)
  const refund = (key: string): Promise<Called> => shop.api('POST', '/v1/refunds', { resource_id: id, amount: 600 }, { 'idempotency-key': key })
  breakDatabase(INSERTS.refund, 'before')
  const failed = await refund('refund')
  expect(failed.status).toBe(500)
  db.query = query
  expect((await refund('refund')).text).toBe(failed.text)
  breakDatabase(INSERTS.refund, 'after', 1)
  const made = await refund('refund 2')
  db.query = query
  expect(made.status).toBe(201)
  expect((await refund('refund 2')).text).toBe(made.text)
  expect((await shop.api('GET', `/v1/refunds?resource_id=${id}`)).body).toHaveLength(1)
})

test.each([
  ['/v1/payment_links', INTENT, INSERTS.link],
  ['/v1/webhook_endpoints', { url: 'https://x.example', enabled_events: ['*'] }, INSERTS.endpoint],
] as const)('%s: a failure is given again', async (path, json, insert) => {
  const ask = (key: string): Promise<Called> => shop.api('POST', path, json, { 'idempotency-key': key })
  breakDatabase(insert, 'before')
  const failed = await ask(`down ${path}`)
  expect([failed.status, failed.body]).toEqual([500, FAILURE])
  db.query = query
  expect((await ask(`down ${path}`)).text).toBe(failed.text)
  expect((await ask(`up ${path}`)).status).toBe(201)
})

describe('a server that died before it could say what it had done', () => {
  /** The request is done, and its key stays reserved; then the time of whoever reserved it is over. */
  async function interrupted(path: string): Promise<Called> {
    breakDatabase(/UPDATE claims SET status/, 'before')
    expect((await shop.api('POST', path, {}, { 'idempotency-key': `key ${path}` })).status).toBe(500)
    db.query = query
    shop.server.clock.advance(11_000)
    const again = await Promise.all(Array.from({ length: 20 }, () => shop.api('POST', path, {}, { 'idempotency-key': `key ${path}` })))
    expect(new Set(again.map(({ text }) => text)).size).toBe(1)
    // Only who repeats the request is told so: to everybody else it is over.
    expect((await shop.api('POST', path, {}, { 'idempotency-key': `another ${path}` })).get('error.code')).toBe('operation_not_allowed')
    return again[0] as Called
  }

  test('an intent, a checkout session', async () => {
    const { id } = await shop.create()
    expect((await interrupted(`/v1/payment_intents/${id}/expire`)).body).toMatchObject({ id, status: 'expired', error_reason: 'manually_expired' })
    const session = await shop.api('POST', '/v1/checkout_sessions', INTENT)
    expect((await interrupted(`/v1/checkout_sessions/${String(session.get('id'))}/expire`)).get('status')).toBe('expired')
  })

  test('a refund that was canceled', async () => {
    const { id, token } = await shop.create()
    await shop.pay(token)
    const refund = await shop.api('POST', '/v1/refunds', { resource_id: id, amount: 10 })
    expect((await interrupted(`/v1/refunds/${String(refund.get('id'))}/cancel`)).get('status')).toBe('canceled')
  })

  test('a link that was canceled', async () => {
    const link = await shop.api('POST', '/v1/payment_links', INTENT)
    expect((await interrupted(`/v1/payment_links/${String(link.get('id'))}/cancel`)).get('status')).toBe('canceled')
  })
})

test('a body that cannot be read is a result too: the same one gets the same answer, another one is refused', async () => {
  const send = (raw: string): Promise<Called> => shop.server.call('POST', `${shop.base}/v1/payment_intents`, { raw, headers: { authorization: shop.keys.secret_key, 'idempotency-key': 'unreadable' } })
  expect((await send('{"amount":')).get('error.code')).toBe('invalid_json')
  expect((await send('{"amount":')).get('error.code')).toBe('invalid_json')
  expect((await send(JSON.stringify(INTENT))).get('error.code')).toBe('invalid_request')
})

test('who was not let in has no result: the key is free', async () => {
  expect((await shop.api('POST', '/v1/payment_intents', INTENT, { 'idempotency-key': 'stranger', authorization: 'sk_test_nobody' })).status).toBe(401)
  expect((await create('stranger')).status).toBe(201)
})
