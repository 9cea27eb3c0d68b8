import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestServer, type TestServer } from './server.ts'

describe('a whole server in the test process', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await createTestServer()
  })
  afterAll(() => server.close())

  test('has the demo merchant, and delivers to the receiver', async () => {
    const { account_id = '', api_key = '', base_url } = server.demo['corefy'] ?? {}
    expect(base_url).toBe(`${server.url}/corefy`)
    const attributes = { reference_id: 'R-1', currency: 'USD', amount: 1, service: 'payment_card_usd_hpp', test_mode: true, callback_url: `${server.receiver.url}/hook` }
    const before = await server.rowCounts()
    const created = await server.call('POST', '/corefy/payment-invoices', { auth: [account_id, api_key], json: { data: { type: 'payment-invoices', attributes } } })
    expect(created.status).toBe(201)
    expect((await server.rowCounts())['public.payments']).toBe((before['public.payments'] ?? 0) + 1)
    await server.work()
    expect(server.receiver.at('/hook')).toHaveLength(1)
    server.clock.advance(2 * 3_600_000)
    await server.work()
    expect(server.receiver.at('/hook').at(-1)?.body).toMatchObject({ data: { id: created.get('data.id'), attributes: { status: 'expired' } } })
    expect(server.log.length).toBeGreaterThan(0)
  })
})
