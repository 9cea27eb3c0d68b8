/** Whatever a client sends: an answer in the shape of the path, never a 5xx. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apm, card, createHarness, uidOf, type Harness, type Json } from './harness.ts'

let h: Harness
let actions: readonly string[]
let pages: readonly string[]
beforeAll(async () => {
  h = await createHarness()
  const [failed, waiting] = [uidOf(await h.shop.post('/beyag/transactions/payments', apm({ amount: 15_000 }))), uidOf(await h.shop.post('/beyag/transactions/payments', apm({ method: { type: 'q_pay' } })))]
  actions = [failed, waiting].flatMap((uid) => ['confirm', 'proof', 'recover', 'renotify'].map((action) => `/beyag/transactions/${uid}/${action}`))
  const { token } = (await h.shop.post('/ctp/api/checkouts', right[2])).get('checkout') as { token: string }
  const secure = uidOf(await h.shop3ds.post('/transactions/payments', card({}, '4012000000003010')))
  pages = [`/widget/hpp.html?token=${token}`, `/process/${secure}/return?shop_id=${h.shop3ds.shop_id}`, `/beyag/return/${h.shop.shop_id}/${waiting}/${waiting}`]
})
afterAll(() => h.close())

const PATHS = [
  '/beyag/transactions/payments', '/beyag/transactions/refunds', '/beyag/transactions/payouts', '/beyag/payments', '/beyag/balance', '/beyag/transactions/payment/precheck',
  '/transactions/payments', '/transactions/authorizations', '/transactions/captures', '/transactions/refunds', '/transactions/credits', '/transactions/tokenizations',
  '/credit_cards', '/ctp/api/checkouts', '/products', '/beyag/refunds', '/beyag/currencies', '/transactions/voids', '/transactions/payouts', '/services/credit_cards/charges', '/v2/credit_cards',
] as const

/** Values that break naive readers. */
const odd = fc.oneof(
  fc.constantFrom(null, true, '', ' ', '\u0000', 'a\ud800', '__proto__', 'constructor', -1, 0, 1e21, 1e300, 0.1, '1e9', '٣', '9'.repeat(400), [], {}, [[]], [null], { '': 1 }, { __proto__: 1 }),
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>,
)

/** All paths into a body. */
function pathsOf(body: Json, prefix: readonly string[] = []): (readonly string[])[] {
  return Object.entries(body).flatMap(([name, value]) => [[...prefix, name], ...(typeof value === 'object' && value !== null && !Array.isArray(value) ? pathsOf(value as Json, [...prefix, name]) : [])])
}

function spoilt(body: Json, path: readonly string[], value: unknown): Json {
  const [name = '', ...rest] = path
  return { ...body, [name]: rest.length === 0 ? value : spoilt(body[name] as Json, rest, value) }
}

const right: readonly Json[] = [apm(), card(), { checkout: { transaction_type: 'payment', order: { amount: 1, currency: 'USD', description: 'd' }, settings: { auto_return: 0 } } }]
const body = fc.oneof(
  odd,
  fc.record({ request: odd }),
  fc.record({ checkout: odd }),
  fc.constantFrom(...right).chain((whole) => fc.tuple(fc.constantFrom(...pathsOf(whole)), odd).map(([path, value]) => spoilt(whole, path, value))),
)

test('bodies', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...PATHS, ...actions), body, fc.boolean(), async (path, sent, v3) => {
      const answer = await h.shop.post(path, sent, v3 ? { 'x-api-version': '3' } : {})
      expect([answer.status < 500, answer.text]).toEqual([true, answer.text])
      expect(answer.body).toBeTypeOf('object')
      const refused = answer.status >= 400
      const told = answer.get('message') ?? answer.get('response.message')
      expect(refused ? typeof told : 'string').toBe('string')
    }),
    { numRuns: 250 },
  )
}, 60_000)

test('addresses and headers', async () => {
  const part = fc.oneof(fc.constantFrom('%', '%00', '..', '%2e%2e%2f', "'", 'a'.repeat(290), '%F0%9F%92%A9'), fc.string({ maxLength: 20 }).map(encodeURIComponent))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('/beyag/transactions/', '/transactions/', '/v2/transactions/tracking_id/', '/beyag/transactions/tracking_id/', '/ctp/api/checkouts/', '/products/', '/process/', '/beyag/async/status/', '/widget/hpp.html?token=', '/beyag/payments?order_id='), part, async (path, rest) => {
      const answer = await h.shop.get(`${path}${rest}`, { RequestID: 'x'.repeat(300) })
      expect([answer.status < 500, answer.text]).toEqual([true, answer.text])
    }),
    { numRuns: 150 },
  )
}, 60_000)

test('what browsers bring to pages', async () => {
  const fields = fc.record({ session: odd, service: odd, card_number: odd, exp: odd, cvv: odd, cres: odd, decision: odd }, { requiredKeys: [] })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...pages), fc.oneof(odd, fields), fc.boolean(), async (path, json, scripted) => {
      const answer = await h.server.call('POST', `/begateway${path}`, { json, headers: scripted ? { accept: 'application/json' } : {} })
      expect([answer.status < 500, answer.text]).toEqual([true, answer.text])
    }),
    { numRuns: 60 },
  )
}, 60_000)
