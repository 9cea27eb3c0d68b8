/** More requests than the server lets one shop make (beGateway reference 1: 429, and clients come again later), in the shape of each path. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apm, card, createHarness, statusOf, type Harness } from './harness.ts'

let h: Harness
beforeAll(async () => {
  h = await createHarness({ env: { TENDER_RATE_LIMIT: '3' } })
})
afterAll(() => h.close())

const V3 = { 'x-api-version': '3' }
const message = 'Too many requests'

test.each([
  ['GET', '/beyag/transactions/tracking_id/x', {}, { message }],
  ['GET', '/products/prd_0', {}, { message }],
  ['GET', '/v2/transactions/tracking_id/x', {}, { response: { message } }],
  ['GET', '/v2/transactions/tracking_id/x', V3, { code: 'E.1004', error_code: 'too_many_requests', status: 'error', message, friendly_message: 'Please try again later' }],
] as const)('%s %s', async (method, path, headers, body) => {
  h.server.clock.advance(10_000)
  const answers = await Promise.all(Array.from({ length: 10 }, () => h.shop.request(method, path, undefined, headers)))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThanOrEqual(6)
  for (const answer of refused) expect([answer.body, answer.headers.get('retry-after')]).toEqual([body, '1'])
})

test('a refused request has no effect, and goes through later under the same RequestID', async () => {
  h.server.clock.advance(10_000)
  for (let n = 0; n < 5; n++) await h.shop.get('/beyag/transactions/tracking_id/x')
  const before = await h.server.rowCounts()
  const headers = { RequestID: 'limited' }
  const refused = await Promise.all([h.shop.post('/beyag/transactions/payments', apm(), headers), h.shop.post('/transactions/payments', card())])
  expect(refused.map(({ status }) => status)).toEqual([429, 429])
  expect(await h.server.rowCounts()).toEqual(before)
  h.server.clock.advance(10_000)
  expect(statusOf(await h.shop.post('/beyag/transactions/payments', apm(), headers))).toBe('successful')
})

test('others are not limited by it: another shop, and payers', async () => {
  h.server.clock.advance(10_000)
  for (let n = 0; n < 5; n++) await h.shop.get('/beyag/transactions/tracking_id/x')
  expect((await h.shop.get('/beyag/transactions/tracking_id/x')).status).toBe(429)
  expect((await h.shop3ds.get('/beyag/transactions/tracking_id/x')).status).toBe(200)
  const pages = await Promise.all(Array.from({ length: 10 }, () => h.server.call('GET', '/begateway/products/prd_0/pay')))
  expect(pages.every(({ status }) => status === 404)).toBe(true)
})
