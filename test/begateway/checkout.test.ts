/** The checkout service over HTTP (beGateway reference 2.2, 9, 15 and 17); what a payer sees is in checkout.browser.test.ts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHarness, uidOf, type Harness, type Json } from './harness.ts'
import type { Called } from '../support/server.ts'

let h: Harness
beforeAll(async () => {
  h = await createHarness({ env: { TENDER_TRUST_PROXY: 'on' } })
})
afterAll(() => h.close())

const checkout = (changes: Json = {}, settings: Json = {}): { checkout: Json } => ({
  checkout: {
    version: '2.1', transaction_type: 'payment', test: true, order: { amount: 1299, currency: 'USD', description: 'A lamp', tracking_id: 'L;1' },
    settings: { success_url: 'http://127.0.0.1:9/ok?mine=1', decline_url: 'http://127.0.0.1:9/no', fail_url: 'http://127.0.0.1:9/fail', language: 'en', auto_return: 0, ...settings },
    customer: { email: 'p@shop.example', first_name: 'Pat' }, ...changes,
  },
})
const create = (changes?: Json, settings?: Json, shop = h.shop): Promise<Called> => shop.post('/ctp/api/checkouts', checkout(changes, settings), { 'x-api-version': '2' })
const tokenOf = (called: Called): string => String(called.get('checkout.token'))
const read = async (token: string): Promise<Json> => (await h.shop.get(`/ctp/api/checkouts/${token}`)).get('checkout') as Json
const form = (token: string, number = '4200000000000000'): Record<string, string> => ({ session: token, card_number: number, exp: '01/31', cvv: '123', card_holder: 'Jane Doe' })
/** Pays at the hosted page as a browser without script does. */
const pay = (token: string, number?: string): Promise<Called> => h.server.call('POST', `/begateway/widget/hpp.html?token=${token}&method=credit_card`, { form: form(token, number) })
const open = (token: string): Promise<Called> => h.server.call('GET', `/begateway/widget/hpp.html?token=${token}`)

describe('tokens', () => {
  test('64 hex digits and the address of the hosted page', async () => {
    const answer = await create()
    expect(answer.status).toBe(200)
    expect(tokenOf(answer)).toMatch(/^[0-9a-f]{64}$/)
    expect(answer.get('checkout.redirect_url')).toBe(`${h.base}/widget/hpp.html?token=${tokenOf(answer)}`)
    expect(JSON.stringify(await h.server.db.query('SELECT request, result FROM payments'))).not.toContain(tokenOf(answer))
  })

  test('errors at the top, as sentences and nested', async () => {
    const answer = await h.shop.post('/ctp/api/checkouts', { checkout: { transaction_type: 'payment', order: { amount: 0, currency: 'USD', description: 'x' } } })
    expect([answer.status, answer.body]).toEqual([422, { message: 'Amount must be greater than 0.', errors: { order: { amount: ['must be greater than 0'] } } }])
    expect((await h.shop.post('/ctp/api/checkouts', {})).status).toBe(422)
  })

  test('a token that would be over before it begins is refused, and nobody is told that it expired', async () => {
    const before = await h.server.rowCounts()
    const answer = await create({ order: { amount: 1, currency: 'USD', description: 'd', expired_at: '2019-02-09T18:20:45+03:00' } }, { notification_url: `${h.server.receiver.url}/past` })
    expect([answer.status, answer.body]).toEqual([422, { message: 'Expired at must be in the future.', errors: { order: { expired_at: ['must be in the future'] } } }])
    expect(await h.server.rowCounts()).toEqual(before)
  })

  test('read before anything happened; unknown, and another shop\'s, are not found', async () => {
    const token = tokenOf(await create())
    expect(await read(token)).toMatchObject({
      token, shop_id: Number(h.shop.shop_id), transaction_type: 'payment', gateway_response: {}, finished: false, expired: false, test: true, status: null, message: null,
      order: { amount: 1299, currency: 'USD', description: 'A lamp', tracking_id: 'L;1' }, settings: { language: 'en' }, customer: { email: 'p@shop.example' },
    })
    for (const call of [h.shop.get(`/ctp/api/checkouts/${'0'.repeat(64)}`), h.shop3ds.get(`/ctp/api/checkouts/${token}`)]) {
      const missing = await call
      expect([missing.status, missing.get('message')]).toEqual([404, 'Record not found'])
    }
    expect((await open('0'.repeat(64))).status).toBe(404)
  })
})

describe('the hosted page', () => {
  test('pays by card and goes back with token, status and uid appended', async () => {
    const token = tokenOf(await create())
    expect((await open(token)).text).toContain('$12.99')
    const paid = await pay(token)
    expect(paid.status).toBe(303)
    const checked = await read(token)
    expect(checked).toMatchObject({ finished: true, status: 'successful', message: 'Successfully processed', gateway_response: { payment: { uid: expect.any(String) as string, status: 'successful' } } })
    const { uid } = (checked['gateway_response'] as { payment: { uid: string } }).payment
    const back = await open(token)
    expect([back.status, back.headers.get('location')]).toEqual([303, `http://127.0.0.1:9/ok?mine=1&token=${token}&status=successful&uid=${uid}`])
    expect((await h.shop.get(`/transactions/${uid}`)).get('transaction')).toMatchObject({ uid, tracking_id: 'L;1', status: 'successful' })
  })

  test('the payer\'s address is the one that people write, also where the server hears of it in IPv6', async () => {
    const made = await create()
    const form = { session: tokenOf(made), card_number: '4200000000000000', exp: '01/31', cvv: '123', card_holder: 'Jane Doe' }
    await h.server.call('POST', String(made.get('checkout.redirect_url')), { form, headers: { 'x-forwarded-for': '::ffff:203.0.113.7' } })
    const { uid } = ((await read(tokenOf(made)))['gateway_response'] as { payment: { uid: string } }).payment
    expect(await h.server.db.query("SELECT result->>'client_ip' AS ip FROM payments WHERE id = $1", [uid])).toEqual([{ ip: '203.0.113.7' }])
  })

  test('one attempt by default: a decline ends it', async () => {
    const token = tokenOf(await create())
    await pay(token, '4005550000000019')
    expect(await read(token)).toMatchObject({ finished: true, status: 'failed', attempts: 1 })
    expect((await open(token)).headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:9\/no\?token=.*&status=failed&uid=/)
    await pay(token)
    expect(await read(token)).toMatchObject({ status: 'failed' })
  })

  test('several attempts: the payer may try again', async () => {
    const token = tokenOf(await create({ attempts: 3 }))
    await pay(token, '4005550000000019')
    expect(await read(token)).toMatchObject({ finished: false })
    expect((await open(token)).text).toContain('card_number')
    await pay(token)
    expect(await read(token)).toMatchObject({ finished: true, status: 'successful' })
  })

  test('who comes back to the choice after a try that failed is told so, and how many are left', async () => {
    const token = tokenOf(await create({ attempts: 3, order: { amount: 15_000, currency: 'USD', description: 'd' }, payment_method: { types: ['bogus', 'credit_card'] } }))
    expect((await open(token)).text).not.toContain('role="alert"')
    await h.server.call('POST', `/begateway/widget/hpp.html?token=${token}`, { form: { session: token, service: 'bogus' } })
    const again = (await open(token)).text
    for (const text of ['role="alert"', 'The payment did not go through', 'Your bank declined the payment.', 'You have 2 attempts left.', 'value="credit_card"']) expect(again).toContain(text)
  })

  test('the code that is expected of a test transaction', async () => {
    const token = tokenOf(await create({ order: { amount: 5, currency: 'USD', description: 'd', additional_data: { expected_bank_code: 'F.0114' } } }))
    await pay(token)
    const { uid } = ((await read(token))['gateway_response'] as { payment: { uid: string } }).payment
    expect((await h.shop.get(`/transactions/${uid}`)).get('transaction.payment.bank_code')).toBe('F.0114')
  })

  test('return_url goes before success and decline; without any, the result stays on the page', async () => {
    const own = tokenOf(await create({}, { return_url: 'http://127.0.0.1:9/return' }))
    await pay(own)
    expect((await open(own)).headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:9\/return\?token=/)
    const none = tokenOf(await h.shop.post('/ctp/api/checkouts', { checkout: { transaction_type: 'payment', order: { amount: 1, currency: 'USD', description: 'd' } } }))
    await pay(none)
    expect((await open(none)).status).toBe(200)
  })

  test('addresses of any script, and of an app: the payer gets there from every page', async () => {
    const goes = async (url: string): Promise<string> => {
      const at_once = tokenOf(await create({}, { success_url: url }))
      await pay(at_once)
      const back = await open(at_once)
      expect(back.status).toBe(303)
      return String(back.headers.get('location'))
    }
    expect(await goes('https://магазин.example/спасибо?x=ж y')).toMatch(/^https:\/\/xn--80aairftm\.example\/%D1%81%D0%BF%D0%B0%D1%81%D0%B8%D0%B1%D0%BE\?x=%D0%B6%20y&token=[0-9a-f]{64}&status=successful&uid=/)
    expect(await goes('myshop://paid/ж')).toMatch(/^myshop:\/\/paid\/%D0%B6\?token=/)
    const token = tokenOf(await create({}, { success_url: 'myshop://paid', cancel_url: 'myshop://canceled', auto_return: undefined }))
    const link = (page: Called, go: string): string => new RegExp(`href="([^"]*go=${go})"`).exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const follow = async (page: Called, go: string): Promise<string | null> => (await h.server.call('GET', link(page, go))).headers.get('location')
    expect(await follow(await open(token), 'cancel')).toBe('myshop://canceled')
    // Nobody is sent on as paid before that.
    expect((await h.server.call('GET', `/begateway/widget/hpp.html?token=${token}&go=shop`)).status).toBe(200)
    await pay(token)
    expect(await follow(await open(token), 'shop')).toMatch(/^myshop:\/\/paid\?token=[0-9a-f]{64}&status=successful&uid=/)
  })

  test('a form may lead on to the shop, also without script', async () => {
    for (const types of [['credit_card'], ['credit_card', 'bogus']]) {
      const page = await open(tokenOf(await create({ payment_method: { types } })))
      expect(page.headers.get('content-security-policy')).toMatch(/form-action 'self' [^;]*http:\/\/127\.0\.0\.1:9[ ;]/)
    }
  })

  test('what the shop says of a method is not asked again: an ERIP bill as the PHP client orders it', async () => {
    const erip = { order_id: '100001', account_number: '1234', service_no: '99999999', service_info: ['Pay for the order'] }
    const order = { amount: 1299, currency: 'BYN', description: 'A lamp' }
    const token = tokenOf(await create({ order, payment_method: { types: ['erip'], erip } }))
    expect((await open(token)).text).not.toContain('account_number')
    await h.server.call('POST', `/begateway/widget/hpp.html?token=${token}`, { form: { session: token, service: 'erip' } })
    const uid = String(((await read(token))['gateway_response'] as { payment: Json }).payment['uid'])
    expect((await h.shop.get(`/beyag/payments/${uid}`)).get('transaction')).toMatchObject({ status: 'pending', method_type: 'erip', order_id: '100001', erip: { account_number: '1234', service_no: 99999999, service_info: ['Pay for the order'], instruction: ['ERIP → 99999999 → 1234'] } })
    expect((await h.shop.get('/beyag/payments/?order_id=100001')).get('transaction.uid')).toBe(uid)
    const asked = tokenOf(await create({ order, payment_method: { types: ['erip'] } }))
    await h.server.call('POST', `/begateway/widget/hpp.html?token=${asked}`, { form: { session: asked, service: 'erip', 'fields[erip][account_number]': '77' } })
    const typed = String(((await read(asked))['gateway_response'] as { payment: Json }).payment['uid'])
    expect((await h.shop.get(`/beyag/payments/${typed}`)).get('transaction.erip')).toMatchObject({ account_number: '77', instruction: ['ERIP → Demo Shop → 77'] })
  })

  test('what it says of one names no other, and gives no token', async () => {
    const token = tokenOf(await create({ payment_method: { types: ['q_pay'], q_pay: { type: 'bogus', token: 'mine', note: 'x' } } }))
    await h.server.call('POST', `/begateway/widget/hpp.html?token=${token}`, { form: { session: token, service: 'q_pay' } })
    const uid = String(((await read(token))['gateway_response'] as { payment: Json }).payment['uid'])
    const shown = await h.shop.get(`/beyag/transactions/${uid}`)
    expect([shown.get('transaction.method_type'), shown.get('transaction.q_pay.note'), shown.get('transaction.q_pay.type'), shown.get('transaction.q_pay.token')]).toEqual(['q_pay', 'x', undefined, undefined])
  })

  test('no card number is kept of what a shop writes beside the order', async () => {
    const number = '4200000000000000'
    const token = tokenOf(await create({ order: { amount: 7, currency: 'USD', description: 'd', additional_data: { note: number } }, payment_method: { types: ['credit_card'], note: number } }))
    expect(JSON.stringify(await read(token))).not.toContain(number)
    expect(JSON.stringify(await h.server.db.query('SELECT request FROM payments'))).not.toContain(number)
  })

  test('a form without its session does nothing', async () => {
    const token = tokenOf(await create())
    const { session: _, ...fields } = form(token)
    await h.server.call('POST', `/begateway/widget/hpp.html?token=${token}`, { form: { ...fields, session: 'x' } })
    expect(await read(token)).toMatchObject({ status: null })
  })

  test('framed only when asked, and then by the shop\'s own sites', async () => {
    const policy = async (changes: Json): Promise<string> => (await open(tokenOf(await create(changes)))).headers.get('content-security-policy') ?? ''
    expect(await policy({})).toContain("frame-ancestors 'none'")
    expect(await policy({ iframe: true })).toContain('frame-ancestors http://127.0.0.1:9')
  })

  test('an expired token shows nothing to pay', async () => {
    const token = tokenOf(await create({ order: { amount: 1, currency: 'USD', description: 'd', expired_at: new Date(h.server.clock.now().getTime() + 60_000).toISOString() } }, { auto_return: undefined }))
    h.server.clock.advance(61_000)
    const over = await open(token)
    expect(over.text).toContain('The time to pay has run out')
    expect(over.text).toMatch(new RegExp(`href="http://127\\.0\\.0\\.1:9/fail\\?token=${token}&amp;status=failed&amp;uid=`))
    expect((await pay(token)).status).toBe(303)
    const told = { expired: true, finished: false, status: 'error', message: 'Token is expired.' }
    expect(await read(token)).toMatchObject(told)
    // What the page and the query say does not wait until the server has ended the payment.
    await h.server.work()
    expect((await open(token)).text).toBe(over.text)
    expect(await read(token)).toMatchObject(told)
  })

  test('a payment that is under way when its time is over is not said to have cost nothing', async () => {
    const expired_at = new Date(h.server.clock.now().getTime() + 5_000).toISOString()
    const token = tokenOf(await create({ order: { amount: 10_000, currency: 'USD', description: 'd', expired_at }, payment_method: { types: ['bogus'] } }))
    await h.server.call('POST', `/begateway/widget/hpp.html?token=${token}`, { form: { session: token, service: 'bogus' } })
    h.server.clock.advance(6_000)
    const waits = await open(token)
    expect(waits.text).toContain('Your payment is being processed')
    expect(waits.text).not.toContain('Nothing was charged')
  })

  test('authorization and tokenization', async () => {
    const held = tokenOf(await create({ transaction_type: 'authorization' }))
    await pay(held)
    const { uid } = ((await read(held))['gateway_response'] as { authorization: { uid: string } }).authorization
    expect((await h.shop.post('/transactions/captures', { request: { parent_uid: uid, amount: 1299 } })).get('transaction.status')).toBe('successful')
    const kept = tokenOf(await create({ transaction_type: 'tokenization' }))
    await pay(kept)
    const tokenization = ((await read(kept))['gateway_response'] as { tokenization: { uid: string } }).tokenization
    expect((await h.shop.get(`/transactions/${tokenization.uid}`)).get('transaction.credit_card.token')).toEqual(expect.any(String))
  })

  test('a currency without decimals on the wire: the payer reads whole rupiahs, and the shop\'s order comes back as it was', async () => {
    const token = tokenOf(await create({ order: { amount: 1234, currency: 'IDR', description: 'd' } }))
    expect((await open(token)).text).toMatch(/IDR\s1,234\.00/)
    await pay(token)
    const checked = await read(token)
    expect(checked).toMatchObject({ status: 'successful', order: { amount: 1234, currency: 'IDR' }, gateway_response: { payment: { amount: 1234 } } })
    const { uid } = (checked['gateway_response'] as { payment: { uid: string } }).payment
    expect((await h.shop.get(`/transactions/${uid}`)).get('transaction')).toMatchObject({ amount: 1234, currency: 'IDR' })
    expect(await h.server.db.query('SELECT amount::text FROM payments WHERE id = $1', [uid])).toEqual([{ amount: '123400' }])
    const refused = await create({ order: { amount: 1250, currency: 'UGX', description: 'd' } })
    expect([refused.status, refused.body]).toEqual([422, { message: 'Amount must be a multiple of 100 in UGX.', errors: { order: { amount: ['must be a multiple of 100 in UGX'] } } }])
  })

  test('other methods: the payer chooses, and the transaction is the method\'s', async () => {
    const token = tokenOf(await create({ payment_method: { types: ['credit_card', 'q_pay', 'bogus', 'sbp', 'nonsense'], excluded_types: ['bogus'] } }))
    const page = (await open(token)).text
    for (const name of ['credit_card', 'q_pay']) expect(page).toContain(name)
    for (const name of ['bogus', 'sbp', 'nonsense']) expect(page).not.toContain(`value="${name}"`)
    const chosen = await h.server.call('POST', `/begateway/widget/hpp.html?token=${token}`, { form: { session: token, service: 'q_pay' } })
    expect(chosen.status).toBe(303)
    const { uid } = ((await read(token))['gateway_response'] as { payment: { uid: string } }).payment
    expect((await h.shop.get(`/beyag/transactions/${uid}`)).get('transaction')).toMatchObject({ method_type: 'q_pay', status: 'pending', form: { method: 'GET' } })
  })

  test('a hundred submits at once are one sale', { timeout: 60_000 }, async () => {
    const token = tokenOf(await create())
    await Promise.all(Array.from({ length: 100 }, () => pay(token)))
    const { uid } = ((await read(token))['gateway_response'] as { payment: { uid: string } }).payment
    expect(await h.server.db.query('SELECT 1 FROM postings WHERE payment_id = $1', [uid])).toHaveLength(1)
  })
})

describe('products', () => {
  const product = { name: 'Lamp', description: 'A lamp', currency: 'USD', amount: 2000, quantity: 1, test: true, tracking_id: null, additional_data: [] }

  test('made, read, changed, and paid by both links; sold out', async () => {
    const made = await h.shop.post('/products', product)
    const id = String(made.get('id'))
    expect((await h.shop.get(`/products/${id}`)).body).toMatchObject({ id, name: 'Lamp', amount: 2000 })
    expect((await h.shop.request('PUT', `/products/${id}`, { amount: 2100 })).get('amount')).toBe(2100)
    const links = [`/begateway/products/${id}/pay`, `/begateway/v2/confirm_order/${id}/${h.shop.shop_id}`]
    for (const link of links) {
      const visit = await h.server.call('GET', link)
      expect([visit.status, visit.headers.get('location')]).toEqual([303, expect.stringContaining('/widget/hpp.html?token=')])
    }
    const visit = await h.server.call('GET', links[0]!)
    const token = new URL(String(visit.headers.get('location'))).searchParams.get('token')!
    expect((await open(token)).text).toContain('$21.00')
    await pay(token)
    const over = await h.server.call('GET', links[0]!)
    expect([over.status, over.text.includes('<h1>Sold out</h1>')]).toEqual([503, true])
  })

  test('a link whose time is over, and one that is immortal', async () => {
    const expired_at = new Date(h.server.clock.now().getTime() + 60_000).toISOString()
    const [mortal, immortal] = [await h.shop.post('/products', { ...product, expired_at }), await h.shop.post('/products', { ...product, expired_at, immortal: true })].map((made) => String(made.get('id')))
    const status = async (id = ''): Promise<number> => (await h.server.call('GET', `/begateway/products/${id}/pay`)).status
    expect([await status(mortal), await status(immortal)]).toEqual([303, 303])
    h.server.clock.advance(61_000)
    expect([await status(mortal), await status(immortal)]).toEqual([410, 303])
  })

  test('a price in kip is shown in whole kip; one in UGX has no cents, and a link from before that asks for some leads nowhere', async () => {
    const made = await h.shop.post('/products', { ...product, currency: 'LAK', amount: 5000 })
    expect(made.get('amount')).toBe(5000)
    const visit = await h.server.call('GET', `/begateway/products/${String(made.get('id'))}/pay`)
    expect((await h.server.call('GET', String(visit.headers.get('location')))).text).toMatch(/LAK\s5,000\.00|₭5,000\.00/)
    expect((await h.shop.post('/products', { ...product, currency: 'UGX', amount: 1250 })).get('errors')).toEqual({ amount: ['must be a multiple of 100 in UGX'] })
    await h.server.db.query(`UPDATE begateway_products SET product = product || '{"currency": "UGX", "amount": 1250}' WHERE id = $1`, [made.get('id')])
    expect((await h.server.call('GET', `/begateway/products/${String(made.get('id'))}/pay`)).status).toBe(404)
  })

  test('a link belongs to its shop, and a sale is told to the product\'s notification_url', async () => {
    const made = await h.shop.post('/products', { ...product, notification_url: `${h.server.receiver.url}/sold` })
    const id = String(made.get('id'))
    expect((await h.server.call('GET', `/begateway/v2/confirm_order/${id}/${h.shop3ds.shop_id}`)).status).toBe(404)
    const visit = await h.server.call('GET', `/begateway/v2/confirm_order/${id}/${h.shop.shop_id}`)
    await pay(new URL(String(visit.headers.get('location'))).searchParams.get('token') ?? '')
    await h.server.work()
    expect(h.server.receiver.at('/sold').map(({ body }) => (body as { transaction: Json }).transaction)).toMatchObject([{ status: 'successful', amount: 2000, description: 'Lamp' }])
  })

  test('one network opens a link a hundred times at once, and then every three seconds', async () => {
    const id = String((await h.shop.post('/products', { ...product, quantity: 1000 })).get('id'))
    const visit = (): ReturnType<typeof h.server.call> => h.server.call('GET', `/begateway/products/${id}/pay`)
    expect(new Set((await Promise.all(Array.from({ length: 100 }, visit))).map(({ status }) => status))).toEqual(new Set([303]))
    const before = await h.server.rowCounts()
    const refused = await visit()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3'])
    expect(await h.server.rowCounts()).toEqual(before)
    h.server.clock.advance(3_000)
    expect([(await visit()).status, (await visit()).status]).toEqual([303, 429])
  })

  test('errors, and other shops\' products', async () => {
    const wrong = await h.shop.post('/products', { name: 'x' })
    expect([wrong.status, wrong.get('errors.amount')]).toEqual([422, ["can't be blank"]])
    const id = String((await h.shop.post('/products', product)).get('id'))
    expect((await h.shop3ds.get(`/products/${id}`)).status).toBe(404)
    expect((await h.server.call('GET', '/begateway/products/prd_0/pay')).status).toBe(404)
  })
})

test('uids of checkouts answer the queries of the gateway', async () => {
  const token = tokenOf(await create({ order: { amount: 1, currency: 'USD', description: 'd', tracking_id: 'only-here' } }))
  await pay(token)
  const found = await h.shop.get('/v2/transactions/tracking_id/only-here')
  expect((found.get('transactions') as Json[]).length).toBe(1)
  expect(uidOf(await h.shop.get('/transactions/tracking_id/only-here'))).toBe((found.get('transactions') as Json[])[0]?.['uid'])
})
