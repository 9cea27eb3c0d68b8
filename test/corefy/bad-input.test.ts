/**
 * Malformed requests: a clear error in the API's own shape each time, never a 500, nothing written. Every row is one request;
 * `pointer` is the field that the error names.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dig, type Called, type CallOptions } from '../support/server.ts'
import { assertNoSecrets } from '../secrets/secrets.ts'
import { jwtKeys, signToken, type GateClaims } from '../../src/apis/corefy/gate/jwt.ts'
import { CARD, CARDS, idOf, openShop, reference, tokenOf, type Neighbour, type Shop } from './shop.ts'

let shop: Shop
let open: Called
let paid: Called
let verified: Called
let expired: Called
let foreign: string
beforeAll(async () => {
  shop = await openShop()
  expired = await shop.invoice({ expires: Math.floor(shop.server.clock.now().getTime() / 1000) + 5 })
  shop.server.clock.advance(10_000)
  open = await shop.invoice({ reference_id: 'taken', expires: Math.floor(shop.server.clock.now().getTime() / 1000) + 86_400 })
  paid = await shop.paid()
  verified = await shop.paid({ flow: 'verify' })
  foreign = String((await shop.paid({ customer: { reference_id: 'owner' }, gateway_options: { cardgate: { tokenize: true } } })).get('data.attributes.payload.token'))
  await shop.payout({ reference_id: 'taken' })
  await shop.server.work()
})
afterAll(() => shop.close())

type Json = Readonly<Record<string, unknown>>
interface Wanted {
  readonly status: number
  readonly pointer?: string
}

/** The request fails as wanted, in JSON:API's shape, and leaves every table as it was. */
async function expectRefused(send: () => Promise<Called>, { status, pointer }: Wanted): Promise<void> {
  const before = await shop.server.rowCounts()
  const answer = await send()
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { errors: expect.any(Array) as unknown } })
  expect(answer.get('errors.0')).toMatchObject({ status: String(status), title: expect.any(String) as unknown, detail: expect.stringMatching(/\S/) as unknown })
  const pointers = (answer.get('errors') as unknown[]).map((error) => dig(error, 'source.pointer'))
  expect(pointers).toEqual(expect.arrayContaining(pointer === undefined ? [] : [pointer]))
  expect(answer.text).not.toMatch(/at .*\.ts:\d+|SQLSTATE|syntax error|violates/i)
  expect(await shop.server.rowCounts()).toEqual(before)
}

const nest = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)
const at = (field: string): string => `/data/attributes/${field}`

describe('POST /payment-invoices', () => {
  const send = (attributes: Json): Promise<Called> => shop.invoice(attributes)
  it.each<[string, Json, string]>([
    ['no reference', { reference_id: undefined }, 'reference_id'],
    ['an empty reference', { reference_id: '' }, 'reference_id'],
    ['a list for a reference', { reference_id: ['a'] }, 'reference_id'],
    ['a number for a reference that no JSON parser keeps', { reference_id: 2 ** 53 }, 'reference_id'],
    ['a number for a reference that is not written out', { reference_id: 1e21 }, 'reference_id'],
    ['a reference that is too long', { reference_id: 'x'.repeat(256) }, 'reference_id'],
    ['a used reference', { reference_id: 'taken' }, 'reference_id'],
    ['a used reference with a new customer', { reference_id: 'taken', customer: { reference_id: 'nobody', name: 'New' } }, 'reference_id'],
    ['a used reference with a nameless customer', { reference_id: 'taken', customer: { name: 'New' } }, 'reference_id'],
    ['no amount', { amount: undefined }, 'amount'],
    ['null for an amount', { amount: null }, 'amount'],
    ['zero', { amount: 0 }, 'amount'],
    ['a negative amount', { amount: -1 }, 'amount'],
    ['a fraction of a cent', { amount: 1.001 }, 'amount'],
    ['text for an amount', { amount: 'ten' }, 'amount'],
    ['a hexadecimal amount', { amount: '0x10' }, 'amount'],
    ['an amount with an exponent', { amount: 1e21 }, 'amount'],
    ['an amount with a comma', { amount: '1,50' }, 'amount'],
    ['an amount with a space', { amount: ' 1' }, 'amount'],
    ['an amount above the limit', { amount: 1_000_000_000.01 }, 'amount'],
    ['a list for an amount', { amount: [1] }, 'amount'],
    ['true for an amount', { amount: true }, 'amount'],
    ['no currency', { currency: undefined }, 'currency'],
    ['an unknown currency', { currency: 'XXX' }, 'currency'],
    ['a number for a currency', { currency: 840 }, 'currency'],
    ['a currency that the service does not take', { currency: 'JPY' }, 'currency'],
    ['cents of yen', { currency: 'JPY', amount: 1.5 }, 'currency'],
    ['no service', { service: undefined }, 'service'],
    ['an unknown service', { service: 'payment_card_xxx_hpp' }, 'service'],
    ['a payout service', { service: 'test_usd' }, 'service'],
    ['a prototype key for a service', { service: '__proto__' }, 'service'],
    ['an object for a service', { service: { code: 'x' } }, 'service'],
    ['an unknown flow', { flow: 'delayed_charge' }, 'flow'],
    ['text for test_mode', { test_mode: 'yes' }, 'test_mode'],
    ['a relative return_url', { return_url: '/back' }, 'return_url'],
    ['a script for return_url', { return_url: 'javascript:alert(1)' }, 'return_url'],
    ['a number in return_urls', { return_urls: { success: 'ftp://x' } }, 'return_urls/success'],
    ['text for return_urls', { return_urls: 'https://a.example' }, 'return_urls'],
    ['a callback_url that is none', { callback_url: 'not a url' }, 'callback_url'],
    ['an expiry that is over', { expires: 1 }, 'expires'],
    ['an expiry in milliseconds', { expires: 1_900_000_000_000 }, 'expires'],
    ['text for an expiry', { expires: 'tomorrow' }, 'expires'],
    ['an expiry with a fraction', { expires: 1_900_000_000.5 }, 'expires'],
    ['text for metadata', { metadata: 'a' }, 'metadata'],
    ['a list for metadata', { metadata: [1] }, 'metadata'],
    ['21 keys of metadata', { metadata: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, i])) }, 'metadata'],
    ['text for the customer', { customer: 'Ann' }, 'customer'],
    ['a number for an email', { customer: { reference_id: 'c', email: {} } }, 'customer/email'],
    ['a country of three letters', { customer: { reference_id: 'c', address: { country: 'ESP' } } }, 'customer/address/country'],
    ['a day that is none', { customer: { reference_id: 'c', date_of_birth: '1990-02-31' } }, 'customer/date_of_birth'],
    ['a tax id that is too short', { customer: { reference_id: 'c', individual_tax_id: '1' } }, 'customer/individual_tax_id'],
    ['a token without a customer', { token: 'x' }, 'customer/reference_id'],
    ['an unknown token', { token: 'nobody', customer: { reference_id: 'owner' } }, 'token'],
    ['tokenize without a customer', { gateway_options: { cardgate: { tokenize: true } } }, 'customer/reference_id'],
    ['text for tokenize', { gateway_options: { cardgate: { tokenize: 'true' } } }, 'gateway_options/cardgate/tokenize'],
    ['text for gateway_options', { gateway_options: 'x' }, 'gateway_options'],
    ['no retries', { gateway_options: { cardgate: { retry_limit: 0 } } }, 'gateway_options/cardgate/retry_limit'],
    ['51 theme options', { gateway_options: { cardgate: { theme_options: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, i])) } } }, 'gateway_options/cardgate/theme_options'],
    ['text for options', { options: 'x' }, 'options'],
    ['a description that is too long', { description: 'x'.repeat(2_049) }, 'description'],
  ])('refuses %s', (_, attributes, field) => expectRefused(() => send(attributes), { status: 422, pointer: at(field) }))

  it('refuses the token of another customer', () => expectRefused(() => send({ token: foreign, customer: { reference_id: 'thief' } }), { status: 422, pointer: at('token') }))

  it.each<[string, string | Uint8Array<ArrayBuffer>, Wanted]>([
    ['no body', '', { status: 400 }],
    ['broken JSON', '{"data":', { status: 400 }],
    ['a form', 'amount=1', { status: 400 }],
    ['text', '"hello"', { status: 400 }],
    ['a list', '[]', { status: 400 }],
    ['null', 'null', { status: 400 }],
    ['a number', '1', { status: 400 }],
    ['no data', '{}', { status: 422, pointer: '/data' }],
    ['a list of data', '{"data":[]}', { status: 422, pointer: '/data' }],
    ['no type', '{"data":{"attributes":{}}}', { status: 422, pointer: '/data/type' }],
    ['another type', '{"data":{"type":"refunds","attributes":{}}}', { status: 422, pointer: '/data/type' }],
    ['no attributes', '{"data":{"type":"payment-invoices"}}', { status: 422, pointer: '/data/attributes' }],
    ['empty attributes', '{"data":{"type":"payment-invoices","attributes":[]}}', { status: 422, pointer: at('reference_id') }],
    ['U+0000 escaped', '{"data":{"type":"payment-invoices","attributes":{"reference_id":"a\\u0000b"}}}', { status: 400 }],
    ['U+0000 as it is', '{"data":{"type":"payment-invoices","attributes":{"reference_id":"a\0b"}}}', { status: 400 }],
    ['half a surrogate pair', '{"data":{"type":"payment-invoices","attributes":{"reference_id":"a\\ud800"}}}', { status: 400 }],
    ['half a surrogate pair as a key', '{"data":{"type":"payment-invoices","attributes":{"metadata":{"\\udfff":1}}}}', { status: 400 }],
    ['a prototype', '{"data":{"type":"payment-invoices","attributes":{"__proto__":{"reference_id":"p","amount":1},"constructor":{"prototype":{"a":1}}}}}', { status: 422, pointer: at('reference_id') }],
    ['deep nesting', JSON.stringify({ data: { type: 'payment-invoices', attributes: { metadata: nest(100) } } }), { status: 400 }],
    ['deep nesting of lists', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, { status: 400 }],
    ['a huge body', `{"data":{"type":"payment-invoices","attributes":{"description":"${'x'.repeat(300_000)}"}}}`, { status: 413 }],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), { status: 400 }],
  ])('refuses %s', (_, raw, wanted) => expectRefused(() => shop.server.call('POST', `${shop.base}/payment-invoices`, { auth: shop.auth, raw, headers: { 'content-type': 'application/json' } }), wanted))

  it.each<[string, CallOptions]>([
    ['no credentials', {}], ['a wrong key', { auth: ['coma_TenderDemo000001', 'x'] }], ['an unknown account', { auth: ['coma_x', 'x'] }], ['a bearer token', { bearer: 'x' }],
    ['broken Basic', { headers: { authorization: 'Basic ???' } }], ['Basic without a colon', { headers: { authorization: `Basic ${Buffer.from('abc').toString('base64')}` } }], ['U+0000 in Basic', { auth: ['a\0b', 'c'] }],
    ['another scheme', { headers: { authorization: 'Digest username="x"' } }],
  ])('refuses %s', (_, options) => expectRefused(() => shop.server.call('POST', `${shop.base}/payment-invoices`, { json: {}, ...options }), { status: 401 }))
})

describe('POST /payment/sale', () => {
  const sell = (attributes: unknown): Promise<Called> => shop.server.call('POST', `${shop.base}/payment/sale`, { bearer: tokenOf(open), json: { data: { type: 'sale-operation', attributes } } })
  it.each<[string, Json, string]>([
    ['a number that is too short', { ...CARD, card_number: '4242' }, 'card_number'],
    ['a wrong check digit', { ...CARD, card_number: '4242424242424241' }, 'card_number'],
    ['letters for a number', { ...CARD, card_number: 'abcd' }, 'card_number'],
    ['an object for a number', { ...CARD, card_number: {} }, 'card_number'],
    ['month 13', { ...CARD, exp_month: '13' }, 'exp_month'],
    ['no month', { ...CARD, exp_month: undefined }, 'exp_month'],
    ['month 0', { ...CARD, exp_month: '00' }, 'exp_month'],
    ['letters for a year', { ...CARD, exp_year: 'xx' }, 'exp_year'],
    ['a negative year', { ...CARD, exp_year: '-1' }, 'exp_year'],
    ['two digits of code', { ...CARD, cvv: '12' }, 'cvv'],
    ['letters for a code', { ...CARD, cvv: 'abc' }, 'cvv'],
    ['a holder that is too long', { ...CARD, card_holder: 'x'.repeat(101) }, 'card_holder'],
    ['a list for a holder', { ...CARD, card_holder: [] }, 'card_holder'],
    ['nothing, without a token', {}, 'card_number'],
    ['a wallet without a token', { google_pay: { paymentMethodData: {} } }, 'google_pay/paymentMethodData/tokenizationData/token'],
    ['text for a wallet', { google_pay: 'x' }, 'google_pay'],
  ])('refuses %s', (_, attributes, field) => expectRefused(() => sell(attributes), { status: 422, pointer: at(field) }))

  it('refuses another type, no data, and broken JSON', async () => {
    const bearer = tokenOf(open)
    await expectRefused(() => shop.server.call('POST', `${shop.base}/payment/sale`, { bearer, json: { data: { type: 'refund', attributes: {} } } }), { status: 422, pointer: '/data/type' })
    await expectRefused(() => shop.server.call('POST', `${shop.base}/payment/sale`, { bearer, json: {} }), { status: 422, pointer: '/data' })
    await expectRefused(() => shop.server.call('POST', `${shop.base}/payment/sale`, { bearer, raw: '{' }), { status: 400 })
  })

  it('refuses no bearer, a wrong one, an expired session and a finished one', async () => {
    const body = { json: { data: { type: 'sale-operation', attributes: CARD } } }
    await expectRefused(() => shop.server.call('POST', `${shop.base}/payment/sale`, body), { status: 401 })
    await expectRefused(() => shop.server.call('POST', `${shop.base}/payment/sale`, { bearer: 'a.b.c', ...body }), { status: 401 })
    await expectRefused(() => shop.server.call('POST', `${shop.base}/payment/sale`, { auth: shop.auth, ...body }), { status: 401 })
    await expectRefused(() => shop.sale(expired), { status: 422 })
  })
})

describe('refunds, payouts, customers and reads', () => {
  const post = (path: string, data: unknown): (() => Promise<Called>) => () => shop.api(path, { data })
  it.each<[string, () => () => Promise<Called>, Wanted]>([
    ['a refund of more than was paid', () => post(`/payment-invoices/${idOf(paid)}/refund`, { type: 'refund', attributes: { amount: 10.01 } }), { status: 422, pointer: at('amount') }],
    ['a negative refund', () => post(`/payment-invoices/${idOf(paid)}/refund`, { type: 'refund', attributes: { amount: -1 } }), { status: 422, pointer: at('amount') }],
    ['a refund of zero', () => post(`/payment-invoices/${idOf(paid)}/refund`, { type: 'refund', attributes: { amount: 0 } }), { status: 422, pointer: at('amount') }],
    ['a refund of half a cent', () => post(`/payment-invoices/${idOf(paid)}/refund`, { type: 'refund', attributes: { amount: 0.005 } }), { status: 422, pointer: at('amount') }],
    ['a refund of an object', () => post(`/payment-invoices/${idOf(paid)}/refund`, { type: 'refund', attributes: { amount: {} } }), { status: 422, pointer: at('amount') }],
    ['a refund of what is not paid', () => post(`/payment-invoices/${idOf(open)}/refund`, { type: 'refund', attributes: {} }), { status: 422 }],
    ['a refund of a card that was only verified', () => post(`/payment-invoices/${idOf(verified)}/refund`, { type: 'refund', attributes: { amount: 1 } }), { status: 422 }],
    ['a refund of all of a card that was only verified', () => post(`/payment-invoices/${idOf(verified)}/refund`, { type: 'refund', attributes: {} }), { status: 422 }],
    ['a refund of nothing', () => post('/payment-invoices/cpi_x/refund', { type: 'refund', attributes: {} }), { status: 404 }],
    ['a new refund without a reference', () => post(`/payment-invoices/${idOf(paid)}/refund`, { type: 'refunds', attributes: { amount: 1 } }), { status: 422, pointer: at('reference_id') }],
    ['a refund for another invoice', () => post(`/payment-invoices/${idOf(paid)}/refund`, { type: 'refunds', attributes: { invoiceId: idOf(open), amount: 1, reference_id: 'x' } }), { status: 422, pointer: at('invoiceId') }],
    ['a refund of another type', () => post(`/payment-invoices/${idOf(paid)}/refund`, { type: 'sale', attributes: {} }), { status: 422, pointer: '/data/type' }],
    ['a payout without an account', () => () => shop.payout({ fields: {} }), { status: 422, pointer: at('fields/account') }],
    ['a payout of an unknown service', () => () => shop.payout({ service: 'payment_card_usd_hpp' }), { status: 422, pointer: at('service') }],
    ['a payout with a used reference', () => () => shop.payout({ reference_id: 'taken' }), { status: 422, pointer: at('reference_id') }],
    ['a payout with a used reference and a new customer', () => () => shop.payout({ reference_id: 'taken', customer: { reference_id: 'nobody' } }), { status: 422, pointer: at('reference_id') }],
    ['a negative payout', () => () => shop.payout({ amount: -5 }), { status: 422, pointer: at('amount') }],
    ['a payout of no amount', () => () => shop.payout({ amount: undefined }), { status: 422, pointer: at('amount') }],
    ['a payout of a negative service_amount', () => () => shop.payout({ amount: undefined, service_amount: -5 }), { status: 422, pointer: at('service_amount') }],
    ['a payout to a wrong card', () => () => shop.payout({ service: 'payment_card_usd', fields: { card_number: '4242424242424241' } }), { status: 422, pointer: at('fields/card_number') }],
    ['a payout in a currency without a rate', () => () => shop.payout({ currency: 'EUR' }), { status: 422, pointer: at('currency') }],
    ['a payout with a list of fields', () => () => shop.payout({ fields: ['a'] }), { status: 422, pointer: at('fields') }],
    ['a payout by somebody’s token', () => () => shop.payout({ service: 'payment_card_usd', fields: {}, token: foreign, customer: { reference_id: 'thief' } }), { status: 422, pointer: at('token') }],
    ['a payout with text for auto_process', () => () => shop.payout({ options: { auto_process: 'yes' } }), { status: 422, pointer: at('options/auto_process') }],
    ['processing nothing', () => () => shop.api('/payout-invoices/cpoi_x/process', {}, { method: 'POST' }), { status: 404 }],
    ['a customer without a reference', () => post('/customers', { type: 'customers', attributes: {} }), { status: 422, pointer: at('reference_id') }],
    ['a customer of another type', () => post('/customers', { type: 'payment-invoices', attributes: {} }), { status: 422, pointer: '/data/type' }],
    ['a page of 101', () => () => shop.api('/payment-invoices?page[size]=101'), { status: 400 }],
    ['page 0', () => () => shop.api('/payment-invoices?page[number]=0'), { status: 400 }],
    ['page x', () => () => shop.api('/customers?page[number]=x'), { status: 400 }],
    ['U+0000 in a filter', () => () => shop.api('/payment-invoices?filter[reference_id]=%00'), { status: 400 }],
    ['U+0000 in an id', () => () => shop.api('/payment-invoices/cpi_%00'), { status: 400 }],
    ['a broken escape in an id', () => () => shop.api('/payment-invoices/%zz'), { status: 400 }],
    ['a very long id', () => () => shop.api(`/payment-invoices/${'x'.repeat(700)}`), { status: 400 }],
    ['a path into nowhere', () => () => shop.api('/payment-invoices/a/b/c'), { status: 404 }],
    ['DELETE', () => () => shop.api(`/payment-invoices/${idOf(open)}`, undefined, { method: 'DELETE' }), { status: 404 }],
    ['PUT', () => () => shop.api('/payment-invoices', {}, { method: 'PUT' }), { status: 404 }],
    ['GET of the gate', () => () => shop.api('/payment/sale'), { status: 404 }],
    ['POST on a read', () => () => shop.api('/account/profile', {}), { status: 404 }],
    ['a public create without a key', () => () => shop.server.call('POST', `${shop.base}/public-api/payment-invoices`, { json: { currency: 'USD', amount: 1 } }), { status: 401 }],
    ['a public create with a list for a key', () => () => shop.server.call('POST', `${shop.base}/public-api/payment-invoices`, { json: { public_key: ['x'] } }), { status: 401 }],
    ['a public create of an unknown service', () => () => shop.server.call('POST', `${shop.base}/public-api/payment-invoices`, { json: { public_key: shop.keys.public_key_test, currency: 'USD', amount: 1, service: 'x' } }), { status: 422, pointer: '/service' }],
    ['a public create of broken JSON', () => () => shop.server.call('POST', `${shop.base}/public-api/payment-invoices`, { raw: '{' }), { status: 400 }],
    ['a prerequest of nothing', () => () => shop.server.call('POST', `${shop.base}/public-api/payment-prerequest?`), { status: 400 }],
  ])('refuses %s', (_, send, wanted) => expectRefused(send(), wanted))
})

describe('another merchant', () => {
  let other: Neighbour
  let payout: Called
  let refund: string
  let customer: string
  beforeAll(async () => {
    other = await shop.another()
    payout = await shop.payout()
    refund = String((await shop.api(`/payment-invoices/${idOf(await shop.paid())}/refund`, { data: { type: 'refunds', attributes: { amount: 1, reference_id: 'mine' } } })).get('data.id'))
    customer = String((await shop.invoice({ customer: { reference_id: 'owner' } })).get('included.0.id'))
  })
  const as = (path: string, json?: unknown, method = json === undefined ? 'GET' : 'POST'): Promise<Called> => shop.server.call(method, `${shop.base}${path}`, { auth: other.auth, ...(json === undefined ? {} : { json }) })

  it('finds nothing of this one, and changes nothing', async () => {
    const empty = { data: { type: 'customers', attributes: { name: 'Thief' } } }
    for (const send of [
      () => as(`/payment-invoices/${idOf(paid)}`), () => as(`/payment-invoices/${idOf(paid)}/refund`, { data: { type: 'refund', attributes: {} } }), () => as(`/payout-invoices/${idOf(payout)}`),
      () => as(`/payout-invoices/${idOf(payout)}/process`, {}), () => as(`/refunds/${refund}`), () => as(`/customers/${customer}`), () => as(`/customers/${customer}`, empty, 'PATCH'),
    ]) await expectRefused(send, { status: 404 })
    for (const path of ['/payment-invoices', '/payment-invoices?filter[reference_id]=taken', '/payout-invoices', '/customers', '/customers?filter[reference_id]=owner']) expect((await as(path)).get('data')).toEqual([])
  })

  it('pays nothing with this one’s token, customer and all, for a payment or a payout', async () => {
    const attributes = { reference_id: 'theft', currency: 'USD', amount: 1, test_mode: true, token: foreign, customer: { reference_id: 'owner' } }
    await expectRefused(() => as('/payment-invoices', { data: { type: 'payment-invoices', attributes: { ...attributes, service: 'payment_card_usd_hpp' } } }), { status: 422, pointer: at('token') })
    await expectRefused(() => as('/payout-invoices', { data: { type: 'payout-invoice', attributes: { ...attributes, service: 'payment_card_usd', fields: {} } } }), { status: 422, pointer: at('token') })
  })

  it('has references of its own', async () => {
    const attributes = { reference_id: 'taken', currency: 'USD', amount: 1, test_mode: true, service: 'payment_card_usd_hpp' }
    expect((await as('/payment-invoices', { data: { type: 'payment-invoices', attributes } })).status).toBe(201)
  })

  it('signs tokens that are good for its own sessions alone', async () => {
    const [, payload = ''] = tokenOf(open).split('.')
    const keys = await shop.server.tender.merchants.credentials(other.merchant_id, 'corefy')
    const secret = async (kind: string): Promise<Uint8Array> => shop.server.tender.merchants.secretOf(keys.find((key) => key.kind === kind)!)
    const theirs = jwtKeys(await secret('jwt_rsa'), await secret('jwt_secret'))
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as GateClaims
    for (const algorithm of ['RS512', 'HS256'] as const) {
      const bearer = await signToken(claims, algorithm, theirs)
      await expectRefused(() => shop.server.call('POST', `${shop.base}/payment/sale`, { bearer, json: { data: { type: 'sale-operation', attributes: CARD } } }), { status: 401 })
    }
  })
})

describe('pages', () => {
  it.each<[string, string, CallOptions & { method?: string }, number]>([
    ['an unknown session', '/hpp/cgi_0010000000000000', {}, 404],
    ['no session', '/hpp/x', {}, 404],
    ['U+0000 in a session', '/hpp/cgi_001%00', {}, 400],
    ['a return without an attempt', '/complete-auth', {}, 404],
    ['a return of an unknown attempt', '/complete-auth?pid=pay_001xxxxxxxxxxxxxxxxxxxxx', { method: 'POST', form: { cres: 'x' } }, 404],
    ['a return with a list', '/complete-auth?pid=a&pid=b', {}, 404],
    ['no invoice', '/redirect/hpp/?cpi=', {}, 404],
    ['a strange invoice', "/redirect/hpp/?cpi=cpi_001'--", {}, 404],
  ])('answer %s without a failure of ours', async (_, path, { method = 'GET', ...options }, status) => {
    const before = await shop.server.rowCounts()
    expect((await shop.server.call(method, `${shop.base}${path}`, options)).status).toBe(status)
    expect(await shop.server.rowCounts()).toEqual(before)
  })

  it('charge nothing when the time is over, and nothing twice', async () => {
    for (const created of [expired, paid]) {
      const before = await shop.server.rowCounts()
      const answer = await shop.server.call('POST', `${shop.base}/hpp/${String((await shop.server.db.query<{ sid: string }>(`SELECT request->>'sid' AS sid FROM payments WHERE id = $1`, [idOf(created)]))[0]?.sid)}`, { headers: { accept: 'application/json' }, json: { card_number: CARD.card_number, exp: '12/31', cvv: CARD.cvv, card_holder: 'Ann Lee' } })
      expect([answer.status, answer.get('status')]).toEqual([200, 'done'])
      expect(await shop.server.rowCounts()).toEqual(before)
    }
  })

  it('take no card of another customer, neither beside those that are offered nor in place of the one that is named', async () => {
    const own = String((await shop.paid({ customer: { reference_id: 'thief' }, gateway_options: { cardgate: { tokenize: true } } }, { card_number: CARDS.ok })).get('data.attributes.payload.token'))
    const paidBy = async (attributes: Json): Promise<unknown[]> => {
      const created = await shop.invoice(attributes)
      const answer = await shop.server.call('POST', String(created.get('data.attributes.flow_data.action')), { headers: { accept: 'application/json' }, json: { saved_card: foreign, cvv: '083' } })
      return [answer.status, (await shop.api(`/payment-invoices/${idOf(created)}`)).get('data.attributes.payload.payment_card.first')]
    }
    const customer = { reference_id: 'thief' }
    // Where a card is named, that one is charged, whatever the browser says.
    expect([await paidBy({}), await paidBy({ customer }), await paidBy({ customer, token: own })]).toEqual([[422, undefined], [422, undefined], [200, '551928']])
  })

  it.each<[string, CallOptions]>([
    ['nothing', { form: {} }], ['broken JSON', { raw: '{' }], ['a list', { json: [] }], ['objects for text', { json: { card_number: {}, exp: [], cvv: {}, card_holder: 1 } }], ['somebody’s card', { json: { saved_card: 'x', cvv: '123' } }],
    ['U+0000', { form: { card_number: '4242\0' } }], ['a prototype', { raw: '{"__proto__":{"card_number":"4242424242424242"},"cvv":"083"}' }],
  ])('ask again for %s', async (_, options) => {
    const before = await shop.server.rowCounts()
    const answer = await shop.server.call('POST', `${shop.base}/hpp/${String(open.get('data.attributes.flow_data.metadata.sid'))}`, { ...options, headers: { accept: 'application/json' } })
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ status: 'invalid', errors: expect.any(Array) as unknown })
    expect(await shop.server.rowCounts()).toEqual(before)
  })
})

it('leaves no card data anywhere, and no error of ours in the log', async () => {
  await assertNoSecrets(shop.server.db, shop.server.log, shop.server.answers)
  expect(shop.server.log.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([])
  expect((await shop.invoice({ reference_id: reference() })).status).toBe(201)
})
