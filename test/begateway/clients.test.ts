/** Requests as the official clients write them, and the smaller facts that they live on (beGateway reference 1, 2.1, 3, 10, 15 and 16). */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createShop } from '../../src/apis/begateway/account/shop.ts'
import { insertMerchant } from '../../src/merchants/store.ts'
import type { Called } from '../support/server.ts'
import { apm, card, createHarness, createVerifier, freshAmount, statusOf, uidOf, type Harness, type Json, type Verifier } from './harness.ts'

let h: Harness
beforeAll(async () => {
  h = await createHarness()
})
afterAll(() => h.close())

/** As PHP's `json_encode` writes it, with its slashes escaped. */
const asPhp = (path: string, body: Json): Promise<Called> =>
  h.server.call('POST', `/begateway${path}`, {
    auth: [h.shop.shop_id, h.shop.secret_key], raw: JSON.stringify(body).replaceAll('/', String.raw`\/`), headers: { 'content-type': 'application/json', accept: 'application/json', 'accept-encoding': 'gzip, deflate' },
  })

/** Members that the PHP client always sends, whatever is set. */
const UNSET = { notification_url: null, verification_url: null, return_url: null, tracking_id: null, expired_at: null }
const NOBODY = { first_name: null, last_name: null, address: null, country: null, state: null, city: null, zip: null, phone: null, birth_date: null, email: null, ip: null, device_id: null }
const EMPTY = { receipt_text: [], contract: [], meta: [] }

describe('the PHP client', () => {
  test('a card payment, an authorization, and what follows', async () => {
    const request = {
      ...UNSET, amount: freshAmount(), currency: 'USD', description: 'test order / 17', language: 'en', test: false, duplicate_check: true,
      credit_card: { number: '4200000000000000', verification_value: '123', holder: 'JOHN DOE', exp_month: '01', exp_year: 2030, token: null, skip_three_d_secure_verification: null },
      customer: NOBODY, billing_address: NOBODY, additional_data: EMPTY,
    }
    const paid = await asPhp('/transactions/payments', { request })
    expect(paid.get('transaction')).toMatchObject({ status: 'successful', description: 'test order / 17', tracking_id: null, credit_card: { token: expect.any(String) as string } })
    const token = paid.get('transaction.credit_card.token')
    const by_token = { ...request, amount: freshAmount(), credit_card: { ...request.credit_card, number: null, exp_month: null, exp_year: null, holder: null, token } }
    const held = await asPhp('/transactions/authorizations', { request: by_token })
    expect(statusOf(held)).toBe('successful')
    const child = { parent_uid: uidOf(held), amount: by_token.amount }
    expect(statusOf(await asPhp('/transactions/captures', { request: { ...child, duplicate_check: true } }))).toBe('successful')
    expect(statusOf(await asPhp('/transactions/refunds', { request: { ...child, reason: 'merchant request', duplicate_check: true } }))).toBe('successful')
  })

  test('a payment token and a product, with lists where objects could be', async () => {
    const order = { amount: 1299, currency: 'EUR', description: 'A lamp', tracking_id: null, expired_at: null, additional_data: EMPTY }
    const settings = { ...UNSET, success_url: 'http://127.0.0.1:9/ok', decline_url: null, fail_url: null, cancel_url: null, language: 'en', customer_fields: { visible: [], read_only: [] } }
    const token = await asPhp('/ctp/api/checkouts', { checkout: { transaction_type: 'payment', attempts: null, test: true, order, settings, customer: NOBODY, payment_method: { types: ['credit_card'] } } })
    expect([token.status, token.get('checkout.token')]).toEqual([200, expect.stringMatching(/^[0-9a-f]{64}$/)])
    const product = await asPhp('/products', { ...UNSET, name: 'Lamp', description: 'A lamp', currency: 'EUR', amount: 1299, quantity: null, infinite: true, immortal: true, language: 'en', test: true, transaction_type: 'payment', success_url: null, additional_data: EMPTY })
    expect([product.status, product.get('id')]).toEqual([200, expect.any(String)])
  })
})

describe('languages', () => {
  test.each([['ru', 'ru'], ['RU', 'ru'], ['xx', 'en'], [undefined, 'en'], [null, 'en']])('%s is %s', async (language, said) => {
    expect((await h.shop.post('/beyag/transactions/payments', apm({ language }))).get('transaction.language')).toBe(said)
    expect((await h.shop.post('/transactions/payments', card({ language }))).get('transaction.language')).toBe(said)
  })
})

describe('verification of a card payment', () => {
  let verifier: Verifier
  beforeAll(async () => {
    verifier = await createVerifier()
  })
  afterAll(() => verifier.close())

  test('asks before the card is charged; refused is failed with F.0996', async () => {
    verifier.answer = ({ uid, amount }) => ({ body: { code: 0, uid, amount } })
    expect(statusOf(await h.shop.post('/transactions/payments', card({ verification_url: verifier.url })))).toBe('successful')
    expect(verifier.requests.at(-1)?.body.transaction).toMatchObject({ type: 'payment', payment_method_type: 'credit_card', credit_card: { last_4: '0000' } })
    expect(verifier.requests.at(-1)?.raw).not.toContain('4200000000000000')
    verifier.answer = ({ uid, amount }) => ({ body: { code: 7, uid, amount, message: 'no' } })
    const refused = await h.shop.post('/transactions/authorizations', card({ verification_url: verifier.url }))
    expect(refused.get('transaction')).toMatchObject({ status: 'failed', status_code: 'F.0996', authorization: { bank_code: 'F.0996' } })
    expect(await h.server.db.query('SELECT 1 FROM attempts WHERE payment_id = $1', [uidOf(refused)])).toEqual([])
  })
})

test('a shop reads and does nothing with what is another one\'s', async () => {
  const uid = uidOf(await h.shop.post('/beyag/transactions/payments', apm({ method: { type: 'q_pay' } })))
  const begun = await h.shop.post('/beyag/async/transactions/payments', apm())
  await expect.poll(async () => (await h.shop.get(String(begun.get('response_url')))).status).toBe(200)
  const request = { uid, parent_uid: uid, reason: 'r', amount: 1, transaction: { status: 'failed' } }
  const before = await h.server.rowCounts()
  for (const action of ['confirm', 'proof', 'renotify', 'recover']) expect((await h.shop3ds.post(`/beyag/transactions/${uid}/${action}`, { request })).status).toBe(404)
  for (const path of ['transactions', 'payments']) expect((await h.shop3ds.request('DELETE', `/beyag/${path}/${uid}`)).status).toBe(404)
  expect((await h.shop3ds.post('/beyag/refunds', { request })).status).toBe(404)
  expect((await h.shop3ds.get('/beyag/transactions/tracking_id/17')).body).toEqual({ transactions: [] })
  expect((await h.shop3ds.get(String(begun.get('status_url')))).get('status')).toBe('unknown')
  expect((await h.shop3ds.get(String(begun.get('response_url')))).status).toBe(404)
  expect(await h.server.rowCounts()).toEqual(before)
  expect(statusOf(await h.shop.get(`/beyag/transactions/${uid}`))).toBe('pending')
})

test('the demo names two shops at one address, with keys as plugins take them', () => {
  for (const name of ['begateway', 'begateway_3ds']) {
    expect(h.server.demo[name]).toEqual({ base_url: h.base, shop_id: expect.stringMatching(/^\d+$/) as string, secret_key: expect.stringMatching(/^[0-9a-f]{64}$/) as string, public_key: expect.stringMatching(/^MIIBIjANBgkq[A-Za-z0-9+/]+=*$/) as string })
  }
  expect(h.shop.shop_id).not.toBe(h.shop3ds.shop_id)
})

describe('a real shop', () => {
  const shop: [string, string] = ['70001', 'a'.repeat(64)]
  const post = (path: string, json: unknown): Promise<Called> => h.server.call('POST', `/begateway${path}`, { auth: shop, json })
  beforeAll(async () => {
    const { db, tender, clock } = h.server
    await insertMerchant(db, { id: 'mer_real', number: 70_001, name: 'Real', settings: {}, demo: false, created_at: clock.now() })
    await createShop(tender.merchants, { merchant_id: 'mer_real', shop_id: shop[0], secret_key: shop[1] })
  })

  test('asks and tells no address inside the network, and the payment that nobody could agree to fails', async () => {
    const path = `/${randomUUID()}`
    const url = `${h.server.receiver.url}${path}`
    for (const verification_url of [url, 'http://[::1]/', 'http://169.254.169.254/', 'http://localhost/', 'http://0x7f.1/']) {
      expect((await post('/beyag/transactions/payments', apm({ verification_url, notification_url: url }))).get('transaction.code')).toBe('F.0996')
    }
    await post('/beyag/transactions/payments', apm({ notification_url: url }))
    await h.server.work()
    expect(h.server.receiver.at(path)).toEqual([])
  })

  test('has no live provider yet: what is no test fails as not allowed, and nothing is booked', async () => {
    const answer = await post('/transactions/payments', card({ test: false }))
    expect([answer.status, statusOf(answer), answer.get('transaction.status_code')]).toEqual([200, 'failed', 'F.0104'])
    expect(statusOf(await post('/transactions/payments', card({ test: true })))).toBe('successful')
  })

  test('asks for 3-D Secure once an operator has switched it on', async () => {
    await h.server.tender.merchants.updateSettings('mer_real', 'begateway', { three_d_secure: true, billing_descriptor: 'REAL*SHOP' })
    h.server.clock.advance(3_000)
    const answer = await post('/transactions/payments', card({ test: true }, '4012000000003010'))
    expect([statusOf(answer), answer.get('transaction.payment.billing_descriptor')]).toEqual(['incomplete', 'REAL*SHOP'])
  })

  test('a merchant\'s word makes no real money: proof waits, recover is refused', async () => {
    const uid = uidOf(await post('/beyag/transactions/payments', apm({ test: false })))
    const document = { content_type: 'image/png', file_name: 'a.png', file_size: 3, content: 'cG5n', checksum: 'c' }
    const proved = await post(`/beyag/transactions/${uid}/proof`, { request: { amount: 3245, currency: 'EUR', transaction_reference: 'r', document } })
    expect(proved.get('transaction')).toMatchObject({ type: 'proof', status: 'pending', message: 'Waiting' })
    expect((await post(`/beyag/transactions/${uid}/recover`, { request: { uid, transaction: { status: 'successful' } } })).status).toBe(422)
    expect(await h.server.db.query('SELECT 1 FROM postings WHERE payment_id = $1', [uid])).toEqual([])
  })
})

describe('the APM API', () => {
  const pay = (changes: Json = {}, headers: Record<string, string> = {}): Promise<Called> => h.shop.post('/beyag/transactions/payments', apm(changes), headers)

  test('equal payments without a RequestID are two: no duplicate filter is documented', async () => {
    const [first, second] = [await pay(), await pay()]
    expect([statusOf(first), statusOf(second)]).toEqual(['successful', 'successful'])
    expect(uidOf(first)).not.toBe(uidOf(second))
  })

  test('a RequestID on GET and DELETE says nothing', async () => {
    const headers = { RequestID: randomUUID() }
    const uid = uidOf(await pay({ method: { type: 'q_pay' } }, headers))
    for (let n = 0; n < 2; n++) expect(statusOf(await h.shop.get(`/beyag/transactions/${uid}`, headers))).toBe('pending')
    expect((await h.shop.request('DELETE', `/beyag/transactions/${uid}`, undefined, headers)).body).toEqual({ message: 'Successfully deleted' })
    expect(statusOf(await h.shop.get(`/beyag/transactions/${uid}`, headers))).toBe('deleted')
  })

  test('a tracking id in the address as it is written, and of full length', async () => {
    const tracking_id = `${randomUUID()};${randomUUID()}`
    const uid = uidOf(await pay({ tracking_id }))
    expect((await h.shop.get(`/beyag/transactions/tracking_id/${tracking_id}`)).get('transactions.0.uid')).toBe(uid)
    const long = `${randomUUID()}/${'é'.repeat(218)}`
    expect(long).toHaveLength(255)
    const other = uidOf(await pay({ tracking_id: long }))
    expect((await h.shop.get(`/beyag/transactions/tracking_id/${encodeURIComponent(long)}`)).get('transactions.0.uid')).toBe(other)
  })

  test('at most a hundred transactions of one tracking id, the newest', async () => {
    const tracking_id = randomUUID()
    const first = uidOf(await pay({ tracking_id }))
    // The other hundred and one are copies, each a second younger.
    const copies = await h.server.db.query<{ id: string; created_at: Date }>(
      `INSERT INTO payments SELECT c.* FROM payments p, generate_series(1, 101) AS n,
         jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'created_at', p.created_at + n * interval '1 second')) AS c WHERE p.id = $1 RETURNING id, created_at`, [first])
    const found = (await h.shop.get(`/beyag/transactions/tracking_id/${tracking_id}`)).get('transactions') as Json[]
    expect(found.map(({ uid }) => uid)).toEqual(copies.toSorted((a, b) => b.created_at.getTime() - a.created_at.getTime()).map(({ id }) => id).slice(0, 100))
  })

  test('a page that nobody finishes fails by itself, with the code for that, and the shop is told', async () => {
    const hook = `/${randomUUID()}`
    const uid = uidOf(await pay({ method: { type: 'q_pay' }, notification_url: `${h.server.receiver.url}${hook}` }))
    h.server.clock.advance(61 * 60_000)
    await h.server.work()
    expect((await h.shop.get(`/beyag/transactions/${uid}`)).get('transaction')).toMatchObject({ status: 'failed', code: 'F.0998', payment: { status: 'failed' } })
    expect(h.server.receiver.at(hook).map(({ body }) => (body as { transaction: Json }).transaction['status'])).toEqual(['pending', 'failed'])
  })

  test('a payout is told as well', async () => {
    const hook = `/${randomUUID()}`
    const uid = uidOf(await h.shop.post('/beyag/transactions/payouts', apm({ method: { type: 'q_pay' }, notification_url: `${h.server.receiver.url}${hook}` })))
    await h.server.work()
    expect(h.server.receiver.at(hook).map(({ body }) => (body as { transaction: Json }).transaction)).toMatchObject([{ uid, type: 'payout', status: 'successful', payout: { status: 'successful' } }])
  })

  test('precheck of a payout, in both spellings', async () => {
    for (const path of ['payout', 'payouts']) {
      const request = { amount: 1, currency: 'EUR', method: { type: 'q_pay' } }
      expect((await h.shop.post(`/beyag/transactions/${path}/precheck`, { request })).body).toMatchObject({ code: 'S.0000', precheck: { status: 'successful' }, smart_routing_verification: { status: 'successful' } })
    }
    const refused = await h.shop.post('/beyag/transactions/payout/precheck', { request: { amount: 1, currency: 'EUR', method: { type: 'dove' } } })
    expect([refused.status, refused.body]).toEqual([202, expect.objectContaining({ code: 'F.0223', status: 'failed' })])
  })

  test('an ERIP bill is refunded on its own resource', async () => {
    const order_id = randomUUID()
    const bill = uidOf(await h.shop.post('/beyag/payments', apm({ currency: 'BYN', order_id, method: { type: 'erip', account_number: '5' } })))
    h.server.clock.advance(11_000)
    await h.server.work()
    const refund = await h.shop.post('/beyag/refunds', { request: { parent_uid: bill, amount: 100, reason: 'returned' } })
    expect(refund.get('transaction')).toMatchObject({ type: 'refund', parent_uid: bill, amount: 100, status: 'successful', refund: { status: 'successful' } })
    expect((await h.shop.get(`/beyag/refunds/${uidOf(refund)}`)).get('transaction.uid')).toBe(uidOf(refund))
    for (const path of ['refunds', 'transactions', 'payments']) expect((await h.shop.get(`/beyag/${path}/${randomUUID()}`)).body).toEqual({ message: 'Not found.' })
  })

  test('customer members that have no place in an address come back under customer', async () => {
    const customer = { email: 'p@shop.example', gender: 'female', taxpayer_id: 't', id_number: 'i', external_id: 'e', device_id: 'd', middle_name: 'Q' }
    const answer = await pay({ customer, additional_data: { customer: { id: 'c-1' }, browser: { user_agent: 'Mozilla' }, receipt_text: ['First line', 'Second line'], platform_data: 'Woo' } })
    const { middle_name, ...others } = customer
    expect(answer.get('transaction.customer')).toEqual(others)
    expect(answer.get('transaction.billing_address')).toEqual({ middle_name })
    expect(answer.get('transaction.additional_data')).toEqual({
      customer: { id: 'c-1' }, browser: { user_agent: 'Mozilla' }, receipt_text: ['First line', 'Second line'], platform_data: 'Woo', payment_method: { type: 'alternative' },
    })
  })
})
