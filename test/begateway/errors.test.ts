/** What is refused before any work begins, in the shape that the path has (beGateway reference 6). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { card, createHarness, type Harness } from './harness.ts'

let h: Harness
beforeAll(async () => {
  h = await createHarness()
})
afterAll(() => h.close())

const V3 = { 'x-api-version': '3' }

describe('services that are not offered', () => {
  test.each(['fraud_advices', 'p2ps'])('transactions/%s, in every version, also asked for later', async (name) => {
    const phrase = 'Transaction type is not supported'
    const answer = await h.shop.post(`/transactions/${name}`, card())
    expect([answer.status, answer.body]).toEqual([422, { response: { message: phrase, errors: { base: [phrase] } } }])
    const flat = await h.shop.post(`/transactions/${name}`, card(), V3)
    expect([flat.status, flat.get('code'), flat.get('errors.base')]).toEqual([422, 'E.1025', [phrase]])
    const begun = await h.shop.post(`/async/transactions/${name}`, card())
    await expect.poll(async () => (await h.shop.get(String(begun.get('response_url')))).status).toBe(422)
  })

  test.each([['plans', 'Plans'], ['subscriptions', 'Subscriptions'], ['customers', 'Customers']])('%s', async (path, name) => {
    const phrase = `${name} is not supported`
    for (const answer of [await h.shop.post(`/${path}`, { title: 'Gold' }), await h.shop.get(`/${path}/1`), await h.shop.request('DELETE', `/${path}/1/cancel`)]) {
      expect([answer.status, answer.body]).toEqual([422, { message: phrase, errors: { base: [phrase] } }])
    }
    expect((await h.server.call('GET', `/begateway/${path}/1`)).body).toEqual({ message: 'Unauthorized' })
  })
})

describe('credentials', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
  test.each([
    ['no number', 'me:x'], ['U+0000', '10\u000001:x'], ['no secret', '1001'], ['an empty one', '1001:'], ['a long one', `${'1'.repeat(5_000)}:x`],
  ])('%s', async (_, text) => {
    for (const path of ['/beyag/transactions/x', '/transactions/x']) expect((await h.server.call('GET', `/begateway${path}`, { headers: { authorization: basic(text) } })).status).toBe(401)
  })

  test('another scheme, and none', async () => {
    for (const authorization of ['Bearer x', 'Basic', '']) expect((await h.server.call('GET', '/begateway/transactions/x', { headers: { authorization } })).status).toBe(401)
  })
})

describe('at a host name of its own', () => {
  let own: Harness
  beforeAll(async () => {
    own = await createHarness({ env: { TENDER_HOSTS: 'begateway=pay.test' } })
  })
  afterAll(() => own.close())

  test.each([
    ['/beyag/nowhere', '', { message: 'Not found.' }],
    ['/beyag/transactions/%E0', '', { message: 'The address cannot be read' }],
    ['/ctp/api/checkouts', 'x'.repeat(300_000), { message: 'Request body is too large' }],
    ['//beyag//nowhere', '', { message: 'Not found.' }],
    ['/transactions/a/b/c', '', { response: { message: 'Record not found' } }],
  ])('the path decides all the same: %s', async (url, payload, body) => {
    const authorization = `Basic ${Buffer.from(`${own.shop.shop_id}:${own.shop.secret_key}`).toString('base64')}`
    const answer = await own.server.tender.server.inject({ method: payload === '' ? 'GET' : 'POST', url, headers: { host: 'pay.test', authorization }, ...(payload === '' ? {} : { payload }) })
    expect(answer.json()).toEqual(body)
  })
})

describe('addresses and bodies', () => {
  test('an unknown address, by path and version', async () => {
    const bodies = [await h.shop.get('/beyag/nowhere'), await h.shop.get('/transactions/a/b/c'), await h.shop.get('/transactions/a/b/c', V3)].map(({ status, body }) => [status, body])
    expect(bodies).toEqual([
      [404, { message: 'Not found.' }],
      [404, { response: { message: 'Record not found' } }],
      [404, { code: 'E.1002', error_code: 'not_found', status: 'error', message: 'Record not found', friendly_message: 'Record not found' }],
    ])
  })

  test.each([['/beyag/transactions/%E0', 'message'], ['/transactions/%E0', 'response.message']])('an address that cannot be decoded: %s', async (path, member) => {
    const answer = await h.server.call('GET', `/begateway${path}`)
    expect([answer.status, answer.get(member)]).toEqual([400, 'The address cannot be read'])
  })

  test.each([['/beyag/transactions/payments', 'message', {}], ['/transactions/payments', 'response.message', {}], ['/transactions/payments', 'code', V3]])('a body beyond all limits: %s %s', async (path, member, headers) => {
    const answer = await h.shop.post(path, { request: { description: 'x'.repeat(300_000) } }, headers)
    expect([answer.status, typeof answer.get(member)]).toEqual([413, 'string'])
  })
})
