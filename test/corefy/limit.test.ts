/** `TENDER_RATE_LIMIT`: one merchant's server that asks too often is told so; payers and other merchants do not notice (Corefy reference: HTTP codes). */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Called } from '../support/server.ts'
import { idOf, openShop, sessionOf, statusOf, type Shop } from './shop.ts'

const PER_SECOND = 5

let shop: Shop
beforeAll(async () => {
  shop = await openShop({ env: { TENDER_RATE_LIMIT: String(PER_SECOND) } })
})
beforeEach(() => shop.server.clock.advance(1_000))
afterAll(() => shop.close())

const burst = (send: () => Promise<Called>): Promise<Called[]> => Promise.all(Array.from({ length: 30 }, send))

it('too many calls are refused in the shape of all errors, with the time to wait; the others are served', async () => {
  const answers = await burst(() => shop.invoice())
  const refused = answers.filter(({ status }) => status === 429)
  expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(PER_SECOND)
  expect(refused.length).toBeGreaterThan(0)
  expect(refused[0]?.body).toEqual({ errors: [{ status: '429', title: 'Too Many Requests', detail: 'Too many requests. The next may come in 1 s.' }] })
  expect(refused[0]?.headers.get('retry-after')).toBe('1')
  shop.server.clock.advance(1_000)
  expect((await shop.invoice()).status).toBe(201)
})

it('a sale that was refused was not tried: sent again, it is served', async () => {
  const created = await shop.invoice()
  const answers = await burst(() => shop.api('/account'))
  expect(answers.some(({ status }) => status === 429)).toBe(true)
  expect((await shop.sale(created)).status).toBe(429)
  shop.server.clock.advance(1_000)
  expect((await shop.sale(created)).get('status')).toBe('processed')
  expect(statusOf(await shop.api(`/payment-invoices/${idOf(created)}`))).toBe('processed')
})

it('payers, their pages, and who has no key are not counted against the merchant', async () => {
  const created = await shop.invoice()
  await burst(() => shop.api('/account'))
  expect((await shop.server.call('GET', `${shop.base}/hpp/${sessionOf(created)}`)).status).toBe(200)
  expect((await shop.server.call('POST', `${shop.base}/public-api/payment-prerequest`, { json: { public_key: shop.keys.public_key_test, currency: 'USD' } })).status).toBe(200)
  shop.server.clock.advance(1_000)
  await burst(() => shop.api('/account', undefined, { auth: ['coma_nobody', 'x'] }))
  expect((await shop.api('/account')).status).toBe(200)
})
