/** Nothing that a client can send makes the API fail: every answer is below 500, and every refusal carries the error object. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createShop, INTENT, type Shop } from './support.ts'

let shop: Shop
beforeAll(async () => {
  shop = await createShop()
})
afterAll(() => shop.close())

/** What JSON can say and a database, a calendar or a conversion to text cannot take. */
const traps = fc.constantFrom<unknown>({ toString: 1 }, { valueOf: null, toString: 'x' }, { a: 'x\u0000' }, { '\u0000': 1 }, { a: [{ b: '\u0000' }] }, { constructor: { prototype: 1 } }, ['2099-01-01'], 8_640_000_000_000, 1e300, -0, '0000-01-01', '9999-12-31T23:59:59-12:00')
const odd = fc.oneof(fc.string(), traps, fc.constantFrom('\u0000', 'x\u0000y', '\ud800', '__proto__', '%', '../..', '\u202e', '9'.repeat(400), 'pi_001', 'we_001\u0000', "'; --"), fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.array(fc.string(), { maxLength: 3 }), fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }))
const FIELDS = ['amount', 'currency', 'recipient_account', 'metadata', 'customer_email', 'business_profile', 'expires_at', 'sender_account', 'reference_number', 'payment_type_options', 'url', 'enabled_events', 'description', 'type', 'overrides', 'resource_id', 'resource_type', 'payment_method_options', 'payment_methods', 'customer', 'checkout', 'token', 'flow', 'public_key', 'code', 'account', 'institution', 'username', 'password'] as const
const body = fc.dictionary(fc.constantFrom(...FIELDS), odd, { maxKeys: 5 }).chain((fields) => fc.boolean().map((good) => (good ? { ...INTENT, ...fields } : fields)))
const POSTS = ['payment_intents', 'payment_intents/check_eligibility', 'payment_intents/pi_x/expire', 'refunds', 'webhook_endpoints', 'webhook_endpoints/we_x/test', 'events/trigger', 'checkout_sessions', 'payment_links', 'widget/open', 'widget/sign_in', 'widget/confirm', 'widget/answer', 'widget/state', 'widget/leave'] as const
const GETS = ['payment_intents', 'refunds', 'webhook_endpoints', 'events', 'checkout_sessions', 'payment_links', 'institutions'] as const

function judge({ status, text, get }: { status: number; text: string; get(path: string): unknown }): void {
  const isWhole = status < 400 || (status < 500 && typeof get('error.type') === 'string' && typeof get('error.code') === 'string')
  expect(isWhole ? '' : `${status} ${text}`).toBe('')
}

describe('anything goes', () => {
  test('in bodies', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(...POSTS), body, async (path, json) => judge(await shop.api('POST', `/v1/${path}`, json))), { numRuns: 300 })
  })

  test('in raw bodies', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...POSTS), fc.uint8Array({ maxLength: 200 }), fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data'), async (path, bytes, type) => {
        judge(await shop.server.call('POST', `${shop.base}/v1/${path}`, { raw: new Uint8Array(bytes), headers: { authorization: shop.keys.secret_key, 'content-type': type } }))
      }),
      { numRuns: 200 },
    )
  })

  test('in ids and queries', async () => {
    const word = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('0000-01-01', '0001-01-01T00:00:00+12:00', '9999-12-31T23:59:59-12:00', '+275760-09-13', '\u0000', 'pi_\u0000', 'plink_001\u0000', 'cs_001\u0000', 'evt_x', '..', '%', '\ud83d\ude00'))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...GETS), word, fc.constantFrom('status', 'since', 'until', 'page', 'per_page', 'type', 'country', 'resource_id', 'limit', 'starting_after', 'ending_before', '__proto__', 'x'), async (path, text, name) => {
        judge(await shop.api('GET', `/v1/${path}?${name}=${encodeURIComponent(text.toWellFormed())}`))
        judge(await shop.api('GET', `/v2/${path}?${name}=${encodeURIComponent(text.toWellFormed())}`, undefined, { 'fintoc-version': '2026-02-01' }))
        judge(await shop.api('GET', `/v1/${path}/${encodeURIComponent(text.toWellFormed())}`))
      }),
      { numRuns: 200 },
    )
  })

  test.each(['/v1/%E0%A4%A', '/v1/payment_intents/%', '/checkout/cs_001%00', '/pay/%00', '/v1/widget?public_key=%00', '/widget.html?username[value]=%00'])('in an address like %s', async (path) => {
    const answered = await shop.api('GET', path)
    expect(answered.status).toBeLessThan(500)
    // The pages of payers answer in HTML.
    if (!answered.headers.get('content-type')?.includes('html')) judge(answered)
  })

  test('and the log says of nothing that it failed', () => {
    expect(shop.server.log.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })
})
