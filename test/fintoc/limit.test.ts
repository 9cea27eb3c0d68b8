/** `TENDER_RATE_LIMIT`: too many requests of one merchant are told so, and nobody else notices ("Fintoc reference: Rate limits"). */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createShop, INTENT, type Shop } from './support.ts'

/** So few that thirty requests take a slow machine long enough to be too many. */
const PER_SECOND = 2

let shop: Shop
beforeAll(async () => {
  shop = await createShop({ env: { TENDER_RATE_LIMIT: String(PER_SECOND) } })
})
afterAll(() => shop.close())

const create = (key: string): ReturnType<Shop['api']> => shop.api('POST', '/v1/payment_intents', INTENT, { 'idempotency-key': key })
const burst = (name: string): Promise<Awaited<ReturnType<Shop['api']>>[]> => Promise.all(Array.from({ length: 30 }, (_, n) => create(`${name} ${n}`)))

test('too many are refused with the error object and the time to wait; the others are served', async () => {
  const answers = await burst('first')
  const refused = answers.filter(({ status }) => status === 429)
  expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(PER_SECOND)
  expect(refused.length).toBeGreaterThan(0)
  expect(refused[0]?.body).toEqual({ error: { type: 'invalid_request_error', code: 'rate_limit_exceeded', message: expect.any(String) as unknown, param: null, doc_url: null } })
  expect(refused[0]?.headers.get('retry-after')).toBe('1')
})

test('what was refused is not the result of its key: sent again, it is served', async () => {
  const refused = (await burst('again')).findIndex(({ status }) => status === 429)
  expect(refused).toBeGreaterThanOrEqual(0)
  shop.server.clock.advance(1_000)
  expect((await create(`again ${refused}`)).status).toBe(201)
})

test('another merchant, the payers and the pages are not held up', async () => {
  shop.server.clock.advance(1_000)
  const { token } = await shop.create()
  await burst('busy')
  expect((await shop.api('GET', '/v1/whoami', undefined, { authorization: shop.other.secret_key })).status).toBe(200)
  expect((await shop.pay(token)).get('step')).toBe('done')
  expect((await shop.server.call('GET', `${shop.base}/v1/`)).status).toBe(200)
})

test('who has no key is not counted against anybody', async () => {
  shop.server.clock.advance(1_000)
  await Promise.all(Array.from({ length: 30 }, () => shop.api('GET', '/v1/whoami', undefined, { authorization: 'sk_test_nobody' })))
  expect((await shop.api('GET', '/v1/whoami')).status).toBe(200)
})
