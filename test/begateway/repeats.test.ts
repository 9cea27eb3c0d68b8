/** How long a `RequestID` is remembered: 24 hours, on every path that makes something (beGateway reference 1.1). */
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
