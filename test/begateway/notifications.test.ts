/** Notifications as a shop gets them: the body, both proofs of who sent it, when it is sent, and when again (beGateway reference 5, 7 and 8). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { apm, card, createHarness, statusOf, uidOf, type Harness, type Json } from './harness.ts'
import { openSslVerifies } from './openssl.ts'
import type { Received } from '../support/server.ts'

let h: Harness
beforeAll(async () => {
  h = await createHarness()
})
afterAll(() => h.close())
beforeEach(() => h.server.receiver.answer(200))

let hooks = 0
/** A notification address of its own. */
const hook = (): { notification_url: string; heard: () => Received[]; statuses: () => unknown[] } => {
  const path = `/hook${++hooks}`
  const heard = (): Received[] => h.server.receiver.at(path)
  return { notification_url: `${h.server.receiver.url}${path}`, heard, statuses: () => heard().map(({ body }) => ((body as Json)['transaction'] as Json | undefined)?.['status']) }
}
const wallet = { method: { type: 'q_pay' } }

describe('what is sent', () => {
  test('the transaction object of the answer, with Basic and a signature that OpenSSL accepts', async () => {
    const { notification_url, heard } = hook()
    const answer = await h.shop.post('/beyag/transactions/payments', apm({ notification_url, description: 'Café "€" \\ /' }))
    await h.server.work()
    expect(heard()).toHaveLength(1)
    const [told] = heard() as [Received]
    expect(told.method).toBe('POST')
    expect(told.body).toEqual(answer.body)
    expect(told.headers['content-type']).toBe('application/json')
    expect(told.headers.authorization).toBe(`Basic ${Buffer.from(`${h.shop.shop_id}:${h.shop.secret_key}`).toString('base64')}`)
    const signature = String(told.headers['content-signature'])
    expect(await openSslVerifies(told.raw, signature, h.shop.public_key)).toBe(true)
    expect(await openSslVerifies(told.raw.replace('3245', '3246'), signature, h.shop.public_key)).toBe(false)
  })

  test('a card payment: the same envelope', async () => {
    const { notification_url, heard } = hook()
    const answer = await h.shop.post('/transactions/payments', card({ notification_url }))
    await h.server.work()
    expect(heard().map(({ body }) => body)).toEqual([answer.body])
    expect(answer.get('transaction.payment_method_type')).toBe('credit_card')
  })
})

describe('when', () => {
  test('pending, then expired', async () => {
    const { notification_url, statuses } = hook()
    const expired_at = new Date(h.server.clock.now().getTime() + 60_000).toISOString()
    await h.shop.post('/beyag/transactions/payments', apm({ ...wallet, notification_url, expired_at }))
    await h.server.work()
    expect(statuses()).toEqual(['pending'])
    h.server.clock.advance(61_000)
    await h.server.work()
    expect(statuses()).toEqual(['pending', 'expired'])
  })

  test('pending, then successful: an ERIP bill', async () => {
    const { notification_url, statuses } = hook()
    await h.shop.post('/beyag/payments', apm({ currency: 'BYN', payment_method: { type: 'erip', account_number: '1' }, method: undefined, notification_url }))
    await h.server.work()
    h.server.clock.advance(11_000)
    await h.server.work()
    expect(statuses()).toEqual(['pending', 'successful'])
  })

  test('pending once: of a payment that the provider knows later, at once or after its page', async () => {
    const { notification_url, statuses } = hook()
    await h.shop.post('/beyag/transactions/payments', apm({ amount: 10_000, notification_url }))
    await h.server.work()
    expect(statuses()).toEqual(['pending'])
    h.server.clock.advance(11_000)
    await h.server.work()
    expect(statuses()).toEqual(['pending', 'successful'])
  })

  test('failed', async () => {
    const { notification_url, statuses } = hook()
    await h.shop.post('/beyag/transactions/payments', apm({ amount: 15_000, notification_url }))
    await h.server.work()
    expect(statuses()).toEqual(['failed'])
  })

  test('not for refused requests, not on deletion, not without a URL', async () => {
    const { notification_url, statuses } = hook()
    await h.shop.post('/beyag/transactions/payments', apm({ amount: 0, notification_url }))
    const uid = uidOf(await h.shop.post('/beyag/transactions/payments', apm({ ...wallet, notification_url })))
    await h.shop.request('DELETE', `/beyag/transactions/${uid}`)
    await h.shop.post('/beyag/transactions/payments', apm())
    await h.server.work()
    expect(statuses()).toEqual(['pending'])
  })

  test('an authorization once: its captures were answered by themselves', async () => {
    const { notification_url, statuses } = hook()
    const parent_uid = uidOf(await h.shop.post('/transactions/authorizations', card({ amount: 900, notification_url })))
    await h.shop.post('/transactions/captures', { request: { parent_uid, amount: 900 } })
    await h.server.work()
    expect(statuses()).toEqual(['successful'])
  })

  test('a refund only where its request names a URL', async () => {
    const payment = hook()
    const refund = hook()
    const parent_uid = uidOf(await h.shop.post('/beyag/transactions/payments', apm({ notification_url: payment.notification_url })))
    await h.shop.post('/beyag/transactions/refunds', { request: { parent_uid, reason: 'x', amount: 1 } })
    await h.shop.post('/beyag/transactions/refunds', { request: { parent_uid, reason: 'x', amount: 2, notification_url: refund.notification_url } })
    await h.server.work()
    expect(payment.statuses()).toEqual(['successful'])
    expect(refund.heard().map(({ body }) => ((body as Json)['transaction'] as Json)['type'])).toEqual(['refund'])
  })
})

describe('again', () => {
  test.each([201, 302, 404, 500])('%i is no receipt', async (status) => {
    const { notification_url, heard } = hook()
    h.server.receiver.answer(status)
    await h.shop.post('/beyag/transactions/payments', apm({ notification_url }))
    await h.server.work()
    expect(heard()).toHaveLength(1)
    h.server.clock.advance(7_000)
    await h.server.work()
    expect(heard()).toHaveLength(1)
    h.server.receiver.answer(200)
    h.server.clock.advance(60_000)
    await h.server.work()
    expect(heard()).toHaveLength(2)
    expect(heard()[1]?.raw).toBe(heard()[0]?.raw)
    h.server.clock.advance(40 * 3600_000)
    await h.server.work()
    expect(heard()).toHaveLength(2)
  })

  test('sixteen times in all, over about 36 hours, then no more', async () => {
    const { notification_url, heard } = hook()
    h.server.receiver.answer(500)
    await h.shop.post('/beyag/transactions/payments', apm({ notification_url }))
    for (let i = 0; i < 25; i++) {
      await h.server.work()
      h.server.clock.advance(9 * 3600_000)
    }
    expect(heard()).toHaveLength(16)
  })

  test('renotify sends the newest one again', async () => {
    const { notification_url, heard } = hook()
    const uid = uidOf(await h.shop.post('/beyag/transactions/payments', apm({ notification_url })))
    await h.server.work()
    expect((await h.shop.post(`/beyag/transactions/${uid}/renotify`, { request: { uid } })).body).toEqual({ response: { message: 'Notification has been sent' } })
    await h.server.work()
    expect(heard().map(({ raw }) => raw)).toEqual([heard()[0]?.raw, heard()[0]?.raw])
    const silent = uidOf(await h.shop.post('/beyag/transactions/payments', apm()))
    expect((await h.shop.post(`/beyag/transactions/${silent}/renotify`, { request: {} })).status).toBe(422)
  })
})

describe('checkout tokens', () => {
  test('an expired one is told as the checkout object, twice more on its own schedule', async () => {
    const { notification_url, heard } = hook()
    h.server.receiver.answer(500)
    const answer = await h.shop.post('/ctp/api/checkouts', { checkout: { transaction_type: 'payment', order: { amount: 100, currency: 'USD', description: 'd', tracking_id: 't' }, settings: { notification_url } } })
    const token = String(answer.get('checkout.token'))
    h.server.clock.advance(24 * 3600_000 + 1000)
    await h.server.work()
    expect(heard().map(({ body }) => body)).toEqual([expect.objectContaining({ token, expired: true, finished: false, status: 'error', message: 'Token is expired.', shop_id: Number(h.shop.shop_id) })])
    expect(await openSslVerifies(heard()[0]!.raw, String(heard()[0]!.headers['content-signature']), h.shop.public_key)).toBe(true)
    for (let i = 0; i < 5; i++) {
      h.server.clock.advance(200_000)
      await h.server.work()
    }
    expect(heard()).toHaveLength(3)
  })
})

test('the state that is told is the one of the event, also when it is told late', async () => {
  const { notification_url, statuses } = hook()
  const uid = uidOf(await h.shop.post('/beyag/transactions/payments', apm({ ...wallet, notification_url })))
  await h.shop.post(`/beyag/transactions/${uid}/recover`, { request: { uid, transaction: { status: 'failed' } } })
  await h.server.work()
  // Both are due at once, so either may arrive first.
  expect(new Set(statuses())).toEqual(new Set(['pending', 'failed']))
  expect(statusOf(await h.shop.get(`/beyag/transactions/${uid}`))).toBe('failed')
})
