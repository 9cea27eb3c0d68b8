/** What a `RequestID` does, and how long it is remembered: 24 hours, on every path that makes something (beGateway reference 1.1). */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apm, card, createHarness, uidOf, type Harness, type Json } from './harness.ts'

let h: Harness
beforeAll(async () => {
  h = await createHarness()
})
afterAll(() => h.close())

const HOUR_MS = 3_600_000
const twice = (): { request: Json } => card({ duplicate_check: false })

test.each([
  ['/beyag/transactions/payments', async () => apm()],
  ['/transactions/payments', async () => twice()],
  ['/beyag/transactions/refunds', async () => ({ request: { parent_uid: uidOf(await h.shop.post('/beyag/transactions/payments', apm())), amount: 5, reason: 'r' } })],
  ['/transactions/captures', async () => ({ request: { parent_uid: uidOf(await h.shop.post('/transactions/authorizations', twice())), amount: 5 } })],
])('%s', async (path, request) => {
  const body = await request()
  const headers = { RequestID: randomUUID() }
  const first = uidOf(await h.shop.post(path, body, headers))
  h.server.clock.advance(24 * HOUR_MS - 5_000)
  expect(uidOf(await h.shop.post(path, body, headers))).toBe(first)
  h.server.clock.advance(6_000)
  const second = uidOf(await h.shop.post(path, body, headers))
  expect(second).toMatch(/^[0-9a-f-]{36}$/)
  expect(second).not.toBe(first)
  // From now on the key is the new transaction's.
  expect(uidOf(await h.shop.post(path, body, headers))).toBe(second)
})

test('another body under the key gets the first one\'s answer, and changes nothing', async () => {
  const headers = { RequestID: randomUUID() }
  const first = await h.shop.post('/transactions/payments', twice(), headers)
  const before = await h.server.rowCounts()
  const second = await h.shop.post('/transactions/payments', card({ amount: 999_999, currency: 'EUR' }, '5204240000015003'), headers)
  expect([uidOf(second), second.get('transaction.amount')]).toEqual([uidOf(first), first.get('transaction.amount')])
  expect(await h.server.rowCounts()).toEqual(before)
})

test('a key of any length counts, and its end makes a difference', async () => {
  const key = 'k'.repeat(2_000)
  const uids = await Promise.all([key, key, `${key}!`].map(async (RequestID) => uidOf(await h.shop.post('/beyag/transactions/payments', apm(), { RequestID }))))
  expect([uids[0] === uids[1], uids[0] === uids[2]]).toEqual([true, false])
})

test('a checkout is no request of this kind: each gets a token of its own', async () => {
  const headers = { RequestID: randomUUID() }
  const checkout = { transaction_type: 'payment', order: { amount: 5, currency: 'EUR', description: 'd' } }
  const tokens = [await h.shop.post('/ctp/api/checkouts', { checkout }, headers), await h.shop.post('/ctp/api/checkouts', { checkout }, headers)].map((answer) => answer.get('checkout.token'))
  expect(new Set(tokens).size).toBe(2)
})
