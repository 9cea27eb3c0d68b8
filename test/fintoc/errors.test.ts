import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createShop, INTENT, MEXICAN, RECIPIENT, type Shop } from './support.ts'

let shop: Shop
beforeAll(async () => {
  shop = await createShop()
})
afterAll(() => shop.close())

const to = (change: object): object => ({ ...INTENT, recipient_account: { ...RECIPIENT, ...change } })
const without = (name: string): object => Object.fromEntries(Object.entries(INTENT).filter(([key]) => key !== name))
const mexican = (change: object): object => ({ amount: 100, currency: 'MXN', recipient_account: { ...MEXICAN, number: '646180157000000004', ...change } })
const INTENTS = '/v1/payment_intents'
const HOOKS = '/v1/webhook_endpoints'

/** Method, path, body, code, param. */
const BAD: readonly (readonly [string, string, unknown, string, string | null])[] = [
  ['POST', INTENTS, {}, 'missing_parameter', 'amount'],
  ['POST', INTENTS, without('currency'), 'missing_parameter', 'currency'],
  ['POST', INTENTS, without('recipient_account'), 'missing_parameter', 'recipient_account'],
  ['POST', INTENTS, { ...INTENT, amount: null }, 'missing_parameter', 'amount'],
  ['POST', INTENTS, { ...INTENT, amount: '' }, 'invalid_integer', 'amount'],
  ['POST', INTENTS, { ...INTENT, amount: 'much' }, 'invalid_integer', 'amount'],
  ['POST', INTENTS, { ...INTENT, amount: 10.5 }, 'invalid_integer', 'amount'],
  ['POST', INTENTS, { ...INTENT, amount: [1] }, 'invalid_integer', 'amount'],
  ['POST', INTENTS, { ...INTENT, amount: true }, 'invalid_integer', 'amount'],
  ['POST', INTENTS, { ...INTENT, amount: 0 }, 'invalid_positive_integer', 'amount'],
  ['POST', INTENTS, { ...INTENT, amount: -1000 }, 'invalid_positive_integer', 'amount'],
  ['POST', INTENTS, { ...INTENT, amount: 1e18 }, 'invalid_amount', 'amount'],
  ['POST', INTENTS, { ...INTENT, currency: 'USD' }, 'invalid_currency', 'currency'],
  ['POST', INTENTS, { ...INTENT, currency: 152 }, 'invalid_currency', 'currency'],
  ['POST', INTENTS, { ...INTENT, recipient_account: 'acc' }, 'invalid_hash', 'recipient_account'],
  ['POST', INTENTS, { ...INTENT, recipient_account: [] }, 'invalid_hash', 'recipient_account'],
  ['POST', INTENTS, { ...INTENT, recipient_account: {} }, 'missing_parameter', 'recipient_account.holder_id'],
  ['POST', INTENTS, to({ holder_id: '111111112' }), 'invalid_holder_id', 'recipient_account.holder_id'],
  ['POST', INTENTS, to({ holder_id: 111111111 }), 'invalid_holder_id', 'recipient_account.holder_id'],
  ['POST', INTENTS, to({ number: 'AB12' }), 'invalid_account_number', 'recipient_account.number'],
  ['POST', INTENTS, to({ number: 123 }), 'invalid_account_number', 'recipient_account.number'],
  ['POST', INTENTS, to({ number: '1'.repeat(21) }), 'invalid_account_number', 'recipient_account.number'],
  ['POST', INTENTS, to({ type: 'credit_card' }), 'invalid_account_type', 'recipient_account.type'],
  ['POST', INTENTS, to({ institution_id: 'cl_nobody' }), 'invalid_institution_id', 'recipient_account.institution_id'],
  ['POST', INTENTS, to({ institution_id: 'mx_stp' }), 'invalid_institution_id', 'recipient_account.institution_id'],
  ['POST', INTENTS, mexican({ number: '646180157000000005' }), 'invalid_clabe', 'recipient_account.number'],
  ['POST', INTENTS, mexican({ institution_id: 'mx_banco_banamex' }), 'invalid_clabe', 'recipient_account.number'],
  ['POST', INTENTS, mexican({ holder_id: '111111111' }), 'invalid_holder_id', 'recipient_account.holder_id'],
  ['POST', INTENTS, { ...mexican({}), reference_number: '12345678' }, 'invalid_payment_reference_number', 'reference_number'],
  ['POST', INTENTS, { ...INTENT, reference_number: '1' }, 'invalid_payment_reference_number', 'reference_number'],
  ['POST', INTENTS, { ...INTENT, metadata: 'x' }, 'invalid_hash', 'metadata'],
  ['POST', INTENTS, { ...INTENT, metadata: { a: { b: 1 } } }, 'invalid_hash', 'metadata.a'],
  ['POST', INTENTS, { ...INTENT, metadata: { a: 'x'.repeat(501) } }, 'invalid_string_size', 'metadata.a'],
  ['POST', INTENTS, { ...INTENT, metadata: { ['k'.repeat(41)]: 1 } }, 'invalid_string_size', `metadata.${'k'.repeat(40)}`],
  ['POST', INTENTS, { ...INTENT, metadata: { [`a${'😀'.repeat(40)}`]: 1 } }, 'invalid_string_size', `metadata.a${'😀'.repeat(19)}\ufffd`],
  ['POST', INTENTS, { ...INTENT, metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, n])) }, 'invalid_hash', 'metadata'],
  ['POST', INTENTS, { ...INTENT, metadata: { a: 'nul \u0000' } }, 'invalid_string', 'metadata'],
  ['POST', INTENTS, { ...INTENT, metadata: { 'nul \u0000': 1 } }, 'invalid_string', 'metadata'],
  ['POST', INTENTS, { ...INTENT, payment_type_options: { a: 'nul \u0000' } }, 'invalid_string', 'payment_type_options'],
  ['POST', INTENTS, { ...INTENT, payment_type_options: { a: [{ 'nul \u0000': 1 }] } }, 'invalid_string', 'payment_type_options'],
  ['POST', INTENTS, { ...mexican({}), reference_number: { toString: 1, valueOf: 1 } }, 'invalid_payment_reference_number', 'reference_number'],
  ['POST', INTENTS, { ...INTENT, customer_email: 'nobody' }, 'invalid_string', 'customer_email'],
  ['POST', INTENTS, { ...INTENT, business_profile: { tax_id: '123' } }, 'invalid_business_profile_tax_id', 'business_profile.tax_id'],
  ['POST', INTENTS, { ...INTENT, payment_type: 'card' }, 'invalid_product', 'payment_type'],
  ['POST', INTENTS, { ...INTENT, payment_type: 'shells' }, 'invalid_enum', 'payment_type'],
  ['POST', INTENTS, { ...INTENT, expires_at: '2001-01-01' }, 'invalid_expires_at', 'expires_at'],
  ['POST', INTENTS, { ...INTENT, expires_at: 'soon' }, 'invalid_expires_at', 'expires_at'],
  ['POST', INTENTS, { ...INTENT, expires_at: ['2099-01-01'] }, 'invalid_expires_at', 'expires_at'],
  ['POST', INTENTS, { ...INTENT, expires_at: { toString: 1 } }, 'invalid_expires_at', 'expires_at'],
  ['POST', INTENTS, { ...INTENT, expires_at: 8_640_000_000_000 }, 'invalid_expires_at', 'expires_at'],
  ['POST', INTENTS, { ...INTENT, expires_at: '9999-12-31T23:59:59-12:00' }, 'invalid_expires_at', 'expires_at'],
  ['POST', INTENTS, { ...INTENT, sender_account: { institution_id: 'cl_nobody' } }, 'invalid_institution_id', 'sender_account.institution_id'],
  ['POST', INTENTS, { ...INTENT, amount: 8_000_000, sender_account: { institution_id: 'cl_banco_bci' } }, 'invalid_amount', 'amount'],
  ['GET', `${INTENTS}?status=paid`, undefined, 'invalid_enum', 'status'],
  ['GET', `${INTENTS}?since=yesterday`, undefined, 'invalid_date', 'since'],
  ['GET', `${INTENTS}?since=2020-02-30`, undefined, 'invalid_date', 'since'],
  ['GET', `${INTENTS}?since=0000-01-01`, undefined, 'invalid_date', 'since'],
  ['GET', `${INTENTS}?since=0001-01-01T00:00:00%2B12:00`, undefined, 'invalid_date', 'since'],
  ['GET', `${INTENTS}?until=9999-12-31T23:59:59-12:00`, undefined, 'invalid_date', 'until'],
  ['GET', `${INTENTS}?since=2020-01-01&since=2020-01-02`, undefined, 'invalid_date', 'since'],
  ['GET', `${INTENTS}?per_page=301`, undefined, 'invalid_positive_integer', 'per_page'],
  ['GET', `${INTENTS}?per_page=0`, undefined, 'invalid_positive_integer', 'per_page'],
  ['GET', `${INTENTS}?page=x`, undefined, 'invalid_positive_integer', 'page'],
  ['GET', `${INTENTS}/pi_nobody`, undefined, 'missing_resource', 'id'],
  ['GET', `${INTENTS}/%00`, undefined, 'missing_resource', 'id'],
  ['POST', `${INTENTS}/pi_nobody/expire`, {}, 'missing_resource', 'id'],
  ['POST', `${INTENTS}/check_eligibility`, { currency: 'CLP' }, 'missing_parameter', 'amount'],
  ['POST', `${INTENTS}/check_eligibility`, { amount: 100, currency: 'MXN', sender_account: { institution_id: 'cl_banco_bci' } }, 'currency_mismatch', 'currency'],
  ['POST', '/v1/refunds', {}, 'missing_parameter', 'resource_id'],
  ['POST', '/v1/refunds', { resource_id: 'pi_nobody', resource_type: 'charge' }, 'invalid_enum', 'resource_type'],
  ['POST', '/v1/refunds', { resource_id: 'pi_nobody', amount: -1 }, 'invalid_positive_integer', 'amount'],
  ['POST', '/v1/refunds/re_nobody/cancel', {}, 'missing_resource', 'id'],
  ['POST', HOOKS, { enabled_events: ['*'] }, 'missing_parameter', 'url'],
  ['POST', HOOKS, { url: 'ftp://x.example', enabled_events: ['*'] }, 'invalid_params', 'url'],
  ['POST', HOOKS, { url: 'https://user:pass@x.example', enabled_events: ['*'] }, 'invalid_params', 'url'],
  ['POST', HOOKS, { url: 'https://:pass@x.example', enabled_events: ['*'] }, 'invalid_params', 'url'],
  ['POST', HOOKS, { url: 'https:x.example', enabled_events: ['*'] }, 'invalid_params', 'url'],
  ['POST', HOOKS, { url: 'https://x.example' }, 'missing_parameter', 'enabled_events'],
  ['POST', HOOKS, { url: 'https://x.example', enabled_events: [] }, 'invalid_array', 'enabled_events'],
  ['POST', HOOKS, { url: 'https://x.example', enabled_events: ['payment_intent.paid'] }, 'invalid_webhook_subscription', 'enabled_events'],
  ['POST', HOOKS, { url: 'https://x.example', enabled_events: ['link.created'] }, 'invalid_webhook_subscription', 'enabled_events'],
  ['POST', '/v1/events/trigger', { type: 'payment_intent.failed', overrides: { a: 'nul \u0000' } }, 'invalid_string', 'overrides'],
  ['POST', '/v1/events/trigger', { type: 'payment_intent.paid' }, 'invalid_webhook_subscription', 'type'],
  ['GET', '/v1/events/evt_nobody', undefined, 'missing_resource', 'id'],
  ['POST', '/v1/checkout_sessions', { amount: 1, currency: 'CLP', success_url: 'javascript:alert(1)', recipient_account: RECIPIENT }, 'invalid_params', 'success_url'],
  ['POST', '/v1/checkout_sessions', { amount: 1, currency: 'CLP', payment_methods: ['cash'], recipient_account: RECIPIENT }, 'invalid_enum', 'payment_methods'],
  ['POST', '/v1/checkout_sessions', { amount: 1, currency: 'CLP', payment_method_options: { payment_intent: {} } }, 'missing_parameter', 'payment_method_options.payment_intent.recipient_account'],
  ['POST', '/v1/checkout_sessions', { ...INTENT, customer: { name: 'nul \u0000' } }, 'invalid_string', 'customer'],
  ['POST', '/v1/checkout_sessions', { ...INTENT, expires_at: 8_640_000_000_000 }, 'invalid_expires_at', 'expires_at'],
  ['POST', '/v1/payment_links', { ...INTENT, expires_at: 8_640_000_000_000 }, 'invalid_expires_at', 'expires_at'],
  ['POST', '/v1/payment_links', { currency: 'CLP' }, 'missing_parameter', 'amount'],
  ['GET', '/v1/payment_links/plink_nobody', undefined, 'missing_resource', 'id'],
  ['GET', '/v1/institutions?country=ar', undefined, 'invalid_enum', 'country'],
  ['GET', '/v1/nothing/here', undefined, 'invalid_url', null],
  ['DELETE', '/v1/payment_intents', undefined, 'invalid_url', null],
  ['GET', '/nothing', undefined, 'invalid_url', null],
]

describe('every refusal carries the error object', () => {
  test.each(BAD)('%s %s %j: %s', async (method, path, body, code, param) => {
    const refused = await shop.api(method, path, body)
    expect(refused.body).toEqual({ error: { type: expect.any(String) as unknown, code, message: expect.any(String) as unknown, param, doc_url: null } })
    expect(refused.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.status).toBeLessThan(500)
    expect(refused.headers.get('x-request-id')).toBeTruthy()
  })

  test.each([
    ['{"amount":', 'invalid_json', 400],
    ['[]', 'invalid_params', 400],
    [`{"amount":${'9'.repeat(400)}}`, 'invalid_integer', 400],
    [JSON.stringify({ ...INTENT, metadata: { a: 0 } }).replace('"a":0', '"a":1e999'), 'invalid_hash', 400],
    ['{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000), 'invalid_json', 400],
    [`{"metadata":"${'x'.repeat(300_000)}"}`, 'invalid_request', 400],
  ])('a body like %.20s', async (raw, code, status) => {
    const refused = await shop.server.call('POST', `${shop.base}${INTENTS}`, { raw, headers: { authorization: shop.keys.secret_key, 'content-type': 'application/json' } })
    expect([refused.status, refused.get('error.code')]).toEqual([status, code])
  })

  test.each(['[bad', 'a b', 'x/v1?', 'x:99999', '']
    // What stands in a header that no browser sends says nothing about the request.
  )('an address like %s names no host, and is no failure', async (host) => {
    const { hostname, port } = new URL(shop.base)
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write(`GET /fintoc/v2/payment_intents HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${shop.keys.secret_key}\r\nConnection: close\r\n\r\n`))
      let text = ''
      socket.on('data', (chunk) => (text += String(chunk)))
      socket.on('error', reject)
      socket.on('close', () => resolve(text))
    })
    expect(answer).toMatch(/^HTTP\/1\.1 403 [^]*"invalid_api_version"/)
  })

  test('and none of it left a trace', async () => {
    expect((await shop.api('GET', INTENTS)).body).toEqual([])
    expect((await shop.api('GET', HOOKS)).body).toEqual([])
  })
})
