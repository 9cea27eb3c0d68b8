/** Whatever a client sends: an answer in the shape of the path, never a 5xx. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apm, card, createHarness, type Harness, type Json } from './harness.ts'

let h: Harness
beforeAll(async () => {
  h = await createHarness()
})
afterAll(() => h.close())

const PATHS = [
  '/beyag/transactions/payments', '/beyag/transactions/refunds', '/beyag/transactions/payouts', '/beyag/payments', '/beyag/balance', '/beyag/transactions/payment/precheck',
  '/transactions/payments', '/transactions/authorizations', '/transactions/captures', '/transactions/refunds', '/transactions/credits', '/transactions/tokenizations',
  '/credit_cards', '/ctp/api/checkouts', '/products',
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
    fc.asyncProperty(fc.constantFrom(...PATHS), body, fc.boolean(), async (path, sent, v3) => {
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
