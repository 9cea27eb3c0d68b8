/** The APM API over HTTP: one test per documented fact (beGateway reference 1–16, and the guide). */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apm, card, createHarness, createVerifier, statusOf, uidOf, type Harness, type Json, type Verifier } from './harness.ts'
import { openSslVerifies } from './openssl.ts'
import type { Called } from '../support/server.ts'

let h: Harness
let verifier: Verifier
beforeAll(async () => {
  h = await createHarness()
  verifier = await createVerifier()
})
afterAll(async () => {
  await verifier.close()
  await h.close()
})

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const wallet = { method: { type: 'q_pay' } }
const pay = (changes: Json = {}): ReturnType<Harness['shop']['post']> => h.shop.post('/beyag/transactions/payments', apm(changes))

describe('authentication', () => {
  test('wrong or missing credentials are 401 with a top-level message', async () => {
    for (const auth of [undefined, ['1001', 'wrong'], ['9', h.shop.secret_key]] as const) {
      const answer = await h.server.call('POST', '/begateway/beyag/transactions/payments', { auth, json: apm() })
      expect([answer.status, answer.body]).toEqual([401, { message: 'Unauthorized' }])
    }
  })

  test('a shop sees only its own transactions', async () => {
    const uid = uidOf(await pay())
    const other = await h.shop3ds.get(`/beyag/transactions/${uid}`)
    expect([other.status, other.body]).toEqual([404, { message: 'Not found.' }])
    expect((await h.shop3ds.post('/beyag/transactions/refunds', { request: { parent_uid: uid, reason: 'x' } })).status).toBe(404)
  })
})

describe('a payment', () => {
  test('answers 200 with one key, and all members that clients read', async () => {
    const answer = await pay({ ip: '203.0.113.9', order_id: 77, language: 'es' })
    expect(answer.status).toBe(200)
    expect(Object.keys(answer.body as Json)).toEqual(['transaction'])
    const uid = uidOf(answer)
    expect(uid).toMatch(UUID)
    expect(answer.body).toMatchObject({
      transaction: {
        uid, id: uid, type: 'payment', status: 'successful', amount: 3245, currency: 'EUR', description: 'Order 17', method_type: 'bogus', payment_method_type: 'bogus',
        bogus: {}, payment: { status: 'successful', gateway_id: expect.any(Number) as number }, message: 'Successfully processed', tracking_id: '17;a1b2', order_id: '77', test: true, language: 'es',
        customer: { ip: '203.0.113.9', email: 'p@shop.example' }, billing_address: { first_name: 'Pat', country: 'LV' }, additional_data: { payment_method: { type: 'alternative' } },
        expired_at: null, paid_at: expect.stringMatching(/Z$/) as string,
      },
    })
    expect(answer.get('transaction.receipt_url')).toMatch(new RegExp(`/customer/transactions/${uid}/[0-9a-f]{64}$`))
    expect(answer.get('transaction.form')).toBeUndefined()
  })

  test('the singular path is the same operation', async () => {
    expect(statusOf(await h.shop.post('/beyag/transactions/payment', apm()))).toBe('successful')
  })

  test('customer members are split between customer and billing_address, and the birth date is normalised', async () => {
    const answer = await pay({ customer: { first_name: 'A', last_name: 'B', country: 'US', state: 'CA', city: 'C', zip: '12345', address: 'D', phone: '1', birth_date: '16/12/1997', email: 'a@b.example', device_id: 'dev' } })
    expect(answer.get('transaction.billing_address')).toEqual({ first_name: 'A', last_name: 'B', country: 'US', state: 'CA', city: 'C', zip: '12345', address: 'D', phone: '1', birth_date: '1997-12-16' })
    expect(answer.get('transaction.customer')).toEqual({ email: 'a@b.example', device_id: 'dev', birth_date: '1997-12-16' })
  })

  test('a brand may be answered by another method type, and is kept in its section', async () => {
    const answer = await pay({ method: { type: 'visa' } })
    expect(answer.get('transaction.method_type')).toBe('u_pay_safe')
    expect(answer.get('transaction.u_pay_safe.type')).toBe('visa')
  })

  test.each([
    [9999, 'successful'],
    [10001, 'failed'],
    [19999, 'failed'],
  ])('the emulator decides %i as %s', async (amount, status) => {
    const answer = await pay({ amount })
    expect([answer.status, statusOf(answer), answer.get('transaction.payment.status')]).toEqual([200, status, status])
    expect(answer.get('transaction.paid_at') === null).toBe(status === 'failed')
  })

  test('the tracking id falls back to the order id, and is echoed verbatim', async () => {
    expect((await pay({ tracking_id: undefined, order_id: 'o-5' })).get('transaction.tracking_id')).toBe('o-5')
    expect((await pay({ tracking_id: ' a;b#c ; d' })).get('transaction.tracking_id')).toBe(' a;b#c ; d')
  })

  test('a redirect method is pending with a form: GET, no fields, no submit input', async () => {
    const answer = await pay({ method: { type: 'qiwi' } })
    expect(statusOf(answer)).toBe('pending')
    expect(answer.get('transaction.form')).toEqual({ action: expect.stringMatching(/^http/) as string, method: 'GET', fields: [] })
    expect(answer.get('transaction.paid_at')).toBeNull()
    const page = await h.server.call('GET', String(answer.get('transaction.form.action')))
    expect(page.status).toBe(200)
    expect(page.headers.get('x-frame-options')).toBeNull()
  })

  test('QPay\'s form names bank apps as well', async () => {
    const { action, ...form } = (await pay(wallet)).get('transaction.form') as Json
    expect(form).toEqual({ method: 'GET', fields: [], urls: [expect.objectContaining({ link: action })] })
  })

  test.each([
    ['https://shop.example/спасибо?a=1+2', 'https://shop.example/%D1%81%D0%BF%D0%B0%D1%81%D0%B8%D0%B1%D0%BE?a=1+2&'],
    ['myshop://paid', 'myshop://paid?'],
  ])('a payer comes back to %s', async (return_url, begins) => {
    const answer = await pay({ ...wallet, return_url })
    const action = String(answer.get('transaction.form.action'))
    await h.server.call('POST', action, { form: { account: 'pat', pin: '1234', decision: 'enter' } })
    const paid = await h.server.call('POST', action, { form: { decision: 'pay' } })
    const back = await h.server.call('GET', String(paid.headers.get('refresh')).replace('0; url=', ''))
    expect([back.status, back.headers.get('location')]).toEqual([303, `${begins}status=successful&uid=${uidOf(answer)}`])
  })

  test.each([['a wallet', wallet], ['a bank', { method: { type: 'bank_transfer' } }], ['a voucher', { method: { type: 'voucher' } }], ['the emulator', { amount: 20_000 }]])('iframe: the page of %s may be framed', async (_, how) => {
    const action = async (iframe: boolean): Promise<string> => String((await pay({ ...how, iframe })).get('transaction.form.action'))
    const policy = async (iframe: boolean): Promise<string> => (await h.server.call('GET', await action(iframe))).headers.get('content-security-policy') ?? ''
    expect(await policy(true)).toContain('frame-ancestors *')
    expect(await policy(false)).toContain("frame-ancestors 'none'")
  })

  test('422 with the nested phrases', async () => {
    const answer = await h.shop.post('/beyag/transactions/payments', { request: { currency: 'EUR', description: 'x', return_url: 'https://a.example', method: { type: 'bogus' } } })
    expect([answer.status, answer.body]).toEqual([422, { message: 'Unprocessable entity', errors: { request: { amount: ['is missing'] } } }])
  })

  test.each([['{', 400], ['', 422], ['[]', 422], ['{"request":[]}', 422], ['null', 422], ['"x"', 422]])('body %j is %i with a message', async (raw, status) => {
    const answer = await h.server.call('POST', '/begateway/beyag/transactions/payments', { auth: [h.shop.shop_id, h.shop.secret_key], raw, headers: { 'content-type': 'application/json' } })
    expect(answer.status).toBe(status)
    expect(answer.get('message')).toEqual(expect.any(String))
  })

  test('a refused request writes nothing', async () => {
    const before = await h.server.rowCounts()
    await pay({ amount: 0 })
    expect(await h.server.rowCounts()).toEqual(before)
  })
})

test('success_url is the older name of return_url, and as closely looked at', async () => {
  const { return_url: _, ...request } = apm(wallet).request
  const post = (success_url: string, path = 'transactions/payment'): ReturnType<typeof pay> => h.shop.post(`/beyag/${path}`, { request: { ...request, success_url } })
  const made = await post('https://shop.example/done')
  expect(statusOf(made)).toBe('pending')
  const paid = await h.server.call('POST', String(made.get('transaction.form.action')), { form: { decision: 'cancel' } })
  const back = await h.server.call('GET', String(paid.headers.get('refresh')).replace('0; url=', ''))
  expect(back.headers.get('location')).toBe(`https://shop.example/done?status=failed&uid=${uidOf(made)}`)
  for (const path of ['transactions/payment', 'payments', 'transactions/payouts']) expect((await post('javascript:alert(1)', path)).get('errors.request.return_url')).toEqual(['is invalid'])
})

describe('RequestID', () => {
  test('the same value is the same request: one payment, the current state', async () => {
    const headers = { RequestID: randomUUID() }
    const first = await h.shop.post('/beyag/transactions/payments', apm(wallet), headers)
    const second = await h.shop.post('/beyag/transactions/payments', apm(wallet), headers)
    expect(uidOf(second)).toBe(uidOf(first))
    // Scoped by path: the other spelling is another request.
    expect(uidOf(await h.shop.post('/beyag/transactions/payment', apm(wallet), headers))).not.toBe(uidOf(first))
    expect(uidOf(await h.shop3ds.post('/beyag/transactions/payments', apm(wallet), headers))).not.toBe(uidOf(first))
  })

  test('a hundred at once have one effect', async () => {
    const headers = { RequestID: randomUUID() }
    const before = (await h.server.rowCounts())['public.payments']!
    const answers = await Promise.all(Array.from({ length: 100 }, () => h.shop.post('/beyag/transactions/payments', apm({ tracking_id: 'race' }), headers)))
    expect(new Set(answers.map(uidOf)).size).toBe(1)
    expect(new Set(answers.map(statusOf))).toEqual(new Set(['successful']))
    expect((await h.server.rowCounts())['public.payments']).toBe(before + 1)
  })
})

describe('verification_url', () => {
  const verified = (changes: Json = {}): ReturnType<typeof pay> => pay({ verification_url: verifier.url, ...changes })
  const chargedAt = async (uid: string): Promise<number> => (await h.server.db.query('SELECT 1 FROM attempts WHERE payment_id = $1', [uid])).length

  test('is asked before the money moves, with Basic, and 0 accepts', async () => {
    verifier.answer = ({ uid, amount }) => ({ body: { code: 0, uid, amount } })
    const answer = await verified()
    expect(statusOf(answer)).toBe('successful')
    const asked = verifier.requests.at(-1)!
    expect(Object.keys(asked.body)).toEqual(['transaction'])
    expect(Object.keys(asked.body.transaction)).toEqual(Object.keys(answer.get('transaction') as Json))
    expect(await openSslVerifies(asked.raw, String(asked.headers['content-signature']), h.shop.public_key)).toBe(true)
    expect(asked.body.transaction).toMatchObject({ uid: uidOf(answer), amount: 3245, status: 'initial' })
    expect(asked.headers.authorization).toBe(`Basic ${Buffer.from(`${h.shop.shop_id}:${h.shop.secret_key}`).toString('base64')}`)
  })

  test('another code declines as F.0996, with the merchant\'s words, and nothing reaches the provider', async () => {
    verifier.answer = ({ uid, amount }) => ({ body: { code: 1, uid, amount, message: 'stock gone', friendly_message: 'Sorry, sold out' } })
    const answer = await verified()
    expect(answer.get('transaction')).toMatchObject({ status: 'failed', code: 'F.0996', message: 'stock gone', friendly_message: 'Sorry, sold out' })
    expect(await chargedAt(uidOf(answer))).toBe(0)
  })

  test.each([
    ['another amount', (t: Json) => ({ body: { code: 0, uid: t['uid'], amount: 1 } })],
    ['another uid', (t: Json) => ({ body: { code: 0, uid: 'x', amount: t['amount'] } })],
    ['HTTP 500', (t: Json) => ({ status: 500, body: { code: 0, uid: t['uid'], amount: t['amount'] } })],
    ['HTML', () => ({ body: '<html>' })],
  ])('%s declines', async (_, answer) => {
    verifier.answer = answer
    const refused = await verified()
    expect(refused.get('transaction')).toMatchObject({ status: 'failed', code: 'F.0996' })
    expect(await chargedAt(uidOf(refused))).toBe(0)
  })

  test.each([['says nothing', ''], ['stops in the middle', 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"code":0,']])('a server that takes the request and %s declines when the time is over', async (_, said) => {
    const heard: string[] = []
    const sockets: Socket[] = []
    const silent = createTcpServer((socket) => {
      sockets.push(socket)
      socket.on('data', (bytes) => {
        heard.push(bytes.toString())
        socket.write(said)
      }).on('error', () => undefined)
    }).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    await h.server.tender.merchants.updateSettings('mer_demo', 'begateway', { verification_timeout_ms: 700 })
    try {
      const refused = await pay({ verification_url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/` })
      expect(heard.join('')).toContain(uidOf(refused))
      expect([refused.status, refused.get('transaction')]).toMatchObject([200, { status: 'failed', code: 'F.0996', message: expect.stringMatching(/^Verification has failed: /) as string }])
      expect(await chargedAt(uidOf(refused))).toBe(0)
      expect(statusOf(await h.shop.get(`/beyag/transactions/${uidOf(refused)}`))).toBe('failed')
    } finally {
      await h.server.tender.merchants.updateSettings('mer_demo', 'begateway', { verification_timeout_ms: 10_000 })
      for (const socket of sockets) socket.destroy()
      silent.close()
    }
  })

  test('a server that is not there declines', async () => {
    expect((await pay({ verification_url: 'http://127.0.0.1:1/' })).get('transaction.code')).toBe('F.0996')
  })
})

describe('status', () => {
  test('by uid on both resources; unknown is 404', async () => {
    const uid = uidOf(await pay())
    expect((await h.shop.get(`/beyag/transactions/${uid}`)).get('transaction.uid')).toBe(uid)
    expect((await h.shop.get(`/beyag/payments/${uid}`)).get('transaction.uid')).toBe(uid)
    const unknown = await h.shop.get(`/beyag/transactions/${randomUUID()}`)
    expect([unknown.status, unknown.body]).toEqual([404, { message: 'Not found.' }])
    expect((await h.shop.get(`/transactions/${uid}`)).body).toEqual({ response: { message: 'Record not found' } })
  })

  test('a GET that says JSON and sends nothing is not refused', async () => {
    const uid = uidOf(await pay())
    expect((await h.shop.get(`/beyag/transactions/${uid}`, { 'content-type': 'application/json', accept: '*/*' })).status).toBe(200)
  })

  test('by tracking id: whole or any part, newest first, refunds too; no match is an empty list', async () => {
    const [a, b] = [randomUUID(), randomUUID()]
    const first = uidOf(await pay({ tracking_id: `${a};${b}` }))
    const second = uidOf(await pay({ tracking_id: a }))
    const refund = uidOf(await h.shop.post('/beyag/transactions/refunds', { request: { parent_uid: first, reason: 'r', amount: 5, tracking_id: `x; ${b}` } }))
    const list = async (id: string): Promise<unknown[]> => ((await h.shop.get(`/beyag/transactions/tracking_id/${encodeURIComponent(id)}`)).get('transactions') as Json[]).map(({ uid }) => uid)
    expect(await list(a)).toEqual([second, first])
    expect(await list(b)).toEqual([refund, first])
    expect(await list(`${a};${b}`)).toEqual([first])
    expect(await list(a.slice(0, 8))).toEqual([])
    // As the clients write it: nothing of it is encoded.
    const slashed = `${randomUUID()}/17`
    const found = [uidOf(await pay({ tracking_id: slashed })), uidOf(await h.shop.post('/transactions/payments', card({ tracking_id: slashed })))]
    const raw = [await h.shop.get(`/beyag/transactions/tracking_id/${slashed}`), await h.shop.get(`/v2/transactions/tracking_id/${slashed}`)]
    expect(raw.map((answer) => (answer.get('transactions') as Json[]).map(({ uid }) => uid))).toEqual(found.map((uid) => [uid]))
    expect((await h.shop.get(`/transactions/tracking_id/${slashed}`)).get('transaction.uid')).toBe(found[1])
    expect(((await h.shop.get(`/beyag/transactions/tracking_id/${a};${b}`)).get('transactions') as Json[]).map(({ uid }) => uid)).toEqual([first])
    const none = await h.shop.get('/beyag/transactions/tracking_id/nothing')
    expect([none.status, none.body]).toEqual([200, { transactions: [] }])
  })
})

describe('refunds', () => {
  const refund = (request: Json, headers?: Record<string, string>): ReturnType<typeof pay> => h.shop.post('/beyag/transactions/refunds', { request: { reason: 'returned', ...request } }, headers)

  test('a partial refund, then the rest by leaving the amount out', async () => {
    const parent_uid = uidOf(await pay())
    const first = await refund({ parent_uid, amount: 1000, tracking_id: 'r1' })
    expect(first.get('transaction')).toMatchObject({
      type: 'refund', parent_uid, status: 'successful', amount: 1000, currency: 'EUR', tracking_id: 'r1', reason: 'returned', test: true, method_type: 'bogus', refund: { status: 'successful', gateway_id: 1, ref_id: expect.any(String) as string, message: 'Successfully processed' },
      message: 'Successfully processed', language: 'en', created_at: expect.stringMatching(/Z$/) as string, updated_at: expect.stringMatching(/Z$/) as string, paid_at: expect.stringMatching(/Z$/) as string,
    })
    expect((await h.server.call('GET', String(first.get('transaction.receipt_url')))).status).toBe(200)
    expect((await refund({ parent_uid: uidOf(first), amount: 5 })).get('errors.base')).toEqual(["Parent transaction can't be refunded"])
    expect((await h.shop.post('/beyag/transactions/refund', { request: { parent_uid, reason: 'rest' } })).get('transaction.amount')).toBe(2245)
    const over = await refund({ parent_uid, amount: 1 })
    expect(over.status).toBe(422)
    expect(over.text).toContain("can't be greater than")
    expect((await h.shop.get(`/beyag/refunds/${uidOf(first)}`)).get('transaction.type')).toBe('refund')
  })

  test('more than was paid is refused, and a failed payment cannot be refunded', async () => {
    const over = await refund({ parent_uid: uidOf(await pay()), amount: 3246 })
    expect([over.status, over.get('errors')]).toEqual([422, { request: { amount: ["can't be greater than 3245"] } }])
    const failed = await refund({ parent_uid: uidOf(await pay({ amount: 15000 })) })
    expect([failed.status, failed.get('errors.base')]).toEqual([422, ["Parent transaction can't be refunded"]])
  })

  test('the same parent and amount within 30 seconds is a duplicate; later, or unasked, it is not', async () => {
    const parent_uid = uidOf(await pay())
    expect((await refund({ parent_uid, amount: 7 })).status).toBe(200)
    const again = await refund({ parent_uid, amount: 7 })
    expect([again.status, again.get('errors.base')]).toEqual([422, ['Duplicate transaction']])
    expect((await refund({ parent_uid, amount: 7, duplicate_check: false })).status).toBe(200)
    h.server.clock.advance(31_000)
    expect((await refund({ parent_uid, amount: 7 })).status).toBe(200)
  })

  test('a hundred equal RequestIDs make one refund', async () => {
    const parent_uid = uidOf(await pay())
    const headers = { RequestID: randomUUID() }
    const answers = await Promise.all(Array.from({ length: 100 }, () => refund({ parent_uid, amount: 3000 }, headers)))
    expect(new Set(answers.map(uidOf)).size).toBe(1)
    expect(answers.every(({ status }) => status === 200)).toBe(true)
  })

  test('ERIP refunds name their amount', async () => {
    expect((await h.shop.post('/beyag/refunds', { request: { parent_uid: randomUUID(), reason: 'x' } })).get('errors.request.amount')).toEqual(['is missing'])
  })
})

test('a brand that another method answers stays in its section to the end', async () => {
  const made = await pay({ method: { type: 'visa' } })
  const action = String(made.get('transaction.form.action'))
  await h.server.call('POST', action, { form: { account: 'pat@shop.example', pin: '1234', decision: 'enter' } })
  const done = await h.server.call('POST', action, { form: { decision: 'pay' } })
  await h.server.call('GET', String(done.headers.get('refresh')).replace('0; url=', ''))
  expect((await h.shop.get(`/beyag/transactions/${uidOf(made)}`)).get('transaction')).toMatchObject({ status: 'successful', method_type: 'u_pay_safe', u_pay_safe: { type: 'visa' } })
})

test('the section of a method holds the same before and after it is paid', async () => {
  const section = (answer: Called, name: string): Json => answer.get(`transaction.${name}`) as Json
  expect(section(await pay(), 'bogus')).toEqual({})
  const bill = await h.shop.post('/beyag/payments', apm({ currency: 'BYN', method: { type: 'erip', account_number: '5' } }))
  h.server.clock.advance(11_000)
  await h.server.work()
  const paid = await h.shop.get(`/beyag/payments/${uidOf(bill)}`)
  expect(statusOf(paid)).toBe('successful')
  expect(section(paid, 'erip')).toEqual(section(bill, 'erip'))
})

describe('payouts, credits, precheck', () => {
  test.each([['payouts', 'payout'], ['payout', 'payout'], ['credits', 'credit'], ['credit', 'credit']])('%s', async (path, type) => {
    const { return_url: _, ...request } = apm({ method: { type: 'q_pay' } }).request
    const answer = await h.shop.post(`/beyag/transactions/${path}`, { request })
    expect(answer.get('transaction')).toMatchObject({ type, status: 'successful', [type]: { status: 'successful', gateway_id: 12 } })
  })

  test('a payout has no end: what a shop sends of one is no part of it, whatever it is', async () => {
    for (const expired_at of ['2019-02-09T18:20:45+03:00', 'garbage']) {
      const answer = await h.shop.post('/beyag/transactions/payouts', apm({ ...wallet, expired_at }))
      expect([statusOf(answer), answer.get('transaction.expired_at')]).toEqual(['successful', null])
    }
  })

  test('precheck: allowed, not allowed, wrong', async () => {
    const ask = (request: Json): ReturnType<typeof pay> => h.shop.post('/beyag/transactions/payment/precheck', { request })
    expect((await ask({ amount: 1, currency: 'EUR', method: { type: 'q_pay' } })).body).toMatchObject({ code: 'S.0000', status: 'successful', commission: { currency: 'EUR' }, precheck: { status: 'successful', gateway_id: 12 } })
    expect((await ask({ amount: 1, currency: 'EUR', method: { type: 'dove' } })).status).toBe(202)
    const wrong = await ask({ amount: 1, currency: 'EUR', method: {} })
    expect([wrong.status, wrong.get('code'), wrong.get('errors')]).toEqual([422, 'E.0625', [{ type: ['is missing'] }]])
  })
})

describe('recurring', () => {
  test('a token is given on success, and charges without a customer', async () => {
    const first = await pay({ additional_data: { contract: ['recurring'] } })
    const token = String(first.get('transaction.bogus.token'))
    expect(token.length).toBeGreaterThan(20)
    const { return_url: _, ...request } = apm({ method: { type: 'bogus', token }, amount: 500 }).request
    const later = await h.shop.post('/beyag/transactions/payments', { request })
    expect([statusOf(later), later.get('transaction.form')]).toEqual(['successful', undefined])
    expect((await h.shop3ds.post('/beyag/transactions/payments', { request })).status).toBe(422)
  })

  test('no contract, no token; an unknown token is refused', async () => {
    expect((await pay()).get('transaction.bogus.token')).toBeUndefined()
    expect((await pay({ method: { type: 'bogus', token: '' } })).get('transaction.bogus.token')).toBeUndefined()
    expect((await pay({ method: { type: 'bogus', token: 'nope' } })).get('errors.request.method.token')).toEqual(['Token does not exist.'])
  })
})

describe('expiry and deletion', () => {
  test('an unpaid payment expires by itself', async () => {
    const expired_at = new Date(h.server.clock.now().getTime() + 60_000).toISOString().replace('.000', '').replace(/\.\d+Z$/, '+00:00')
    const answer = await pay({ ...wallet, expired_at })
    expect(answer.get('transaction.expired_at')).toBe(expired_at)
    h.server.clock.advance(61_000)
    await h.server.work()
    expect(statusOf(await h.shop.get(`/beyag/transactions/${uidOf(answer)}`))).toBe('expired')
    expect((await h.shop.request('DELETE', `/beyag/transactions/${uidOf(answer)}`)).body).toEqual({ message: 'Successfully deleted' })
    expect(statusOf(await h.shop.get(`/beyag/transactions/${uidOf(answer)}`))).toBe('deleted')
  })

  test.each(['+05:30', '-11:00', '+14:00', '+00:00', 'Z'])('the end is the moment that is meant, and is echoed as it was written: %s', async (zone) => {
    const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d+):(\d+)/.exec(zone) ?? []
    const offset_ms = Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000
    const end = new Date(Math.ceil(h.server.clock.now().getTime() / 1000) * 1000 + 60_000)
    const expired_at = new Date(end.getTime() + offset_ms).toISOString().replace(/\.\d+Z$/, zone)
    const answer = await pay({ ...wallet, expired_at })
    expect(answer.get('transaction.expired_at')).toBe(expired_at)
    expect(await h.server.db.query('SELECT expires_at FROM payments WHERE id = $1', [uidOf(answer)])).toEqual([{ expires_at: end }])
  })

  test('one that lies in the past is refused', async () => {
    expect((await pay({ ...wallet, expired_at: '2019-02-09T18:20:45+03:00' })).get('errors.request.expired_at')).toEqual(['must be in the future'])
  })

  test('pending may be deleted, also with an empty JSON body; paid may not', async () => {
    const uid = uidOf(await pay(wallet))
    const deleted = await h.shop.request('DELETE', `/beyag/payments/${uid}`, undefined, { 'content-type': 'application/json' })
    expect([deleted.status, deleted.body]).toEqual([200, { message: 'Successfully deleted' }])
    expect(statusOf(await h.shop.get(`/beyag/transactions/${uid}`))).toBe('deleted')
    expect((await h.shop.request('DELETE', `/beyag/transactions/${uidOf(await pay())}`)).status).toBe(422)
  })
})

describe('confirm, proof, recover', () => {
  test('confirm asks the provider: a page that nobody paid on is not confirmed, and a repeat is a duplicate', async () => {
    const uid = uidOf(await pay(wallet))
    const confirm = (request: Json = {}): ReturnType<typeof pay> => h.shop.post(`/beyag/transactions/${uid}/confirm`, { request: { transaction_reference: '42', ...request } })
    expect((await confirm()).get('response')).toMatchObject({ parent_uid: uid, type: 'confirm', status: 'failed', amount: 3245, currency: 'EUR' })
    expect((await confirm()).get('response.message')).toBe('Duplicate transaction')
    expect((await confirm({ skip_duplicate_check: true })).get('response.message')).not.toBe('Duplicate transaction')
    expect((await h.shop.post(`/beyag/transactions/${randomUUID()}/confirm`, { request: {} })).body).toEqual({ response: { message: 'Record not found' } })
  })

  test('the same RequestID is the same confirmation or proof, and gets the same answer; a confirm_type moves it under transaction', async () => {
    const uid = uidOf(await pay())
    const confirm = (request: Json, RequestID: string): ReturnType<typeof pay> => h.shop.post(`/beyag/transactions/${uid}/confirm`, { request }, { RequestID })
    const [key, other] = [randomUUID(), randomUUID()]
    const answers = await Promise.all([confirm({}, key), confirm({}, key), confirm({}, key)])
    for (const answer of [...answers, await confirm({}, key)]) expect(answer.body).toEqual(answers[0]!.body)
    expect(answers[0]!.get('response.status')).toBe('successful')
    expect((await confirm({}, other)).get('response.message')).toBe('Duplicate transaction')
    expect((await confirm({ confirm_type: 'confirm', skip_duplicate_check: true }, randomUUID())).body).toMatchObject({ transaction: { parent_uid: uid, type: 'confirm', status: 'successful', amount: 3245 } })
    const failed = uidOf(await pay({ amount: 15000 }))
    const proof = { amount: 15000, currency: 'EUR', transaction_reference: 'tr', document: { content_type: 'image/png', file_name: 'a.png', file_size: 3, content: Buffer.from('png').toString('base64'), checksum: 'c' } }
    const prove = (): ReturnType<typeof pay> => h.shop.post(`/beyag/transactions/${failed}/proof`, { request: proof }, { RequestID: key })
    const proved = await prove()
    expect([proved.get('transaction.status'), (await prove()).body]).toEqual(['successful', proved.body])
    // What was refused has not happened, and may be sent again.
    const refused = (amount: number): ReturnType<typeof pay> => h.shop.post(`/beyag/transactions/${failed}/proof`, { request: { ...proof, amount } }, { RequestID: other })
    expect([(await refused(0)).get('errors.request.amount'), (await refused(1)).get('errors.base')]).toEqual([['must be greater than 0'], ['Only a failed payment can be proved']])
  })

  test('confirm of a paid one succeeds, however often, with one sale', async () => {
    const uid = uidOf(await pay())
    const answers = await Promise.all(Array.from({ length: 10 }, () => h.shop.post(`/beyag/transactions/${uid}/confirm`, { request: { skip_duplicate_check: true } })))
    expect(new Set(answers.map((answer) => answer.get('response.status')))).toEqual(new Set(['successful']))
    expect(await h.server.db.query('SELECT 1 FROM postings WHERE payment_id = $1', [uid])).toHaveLength(1)
  })

  test('proof is kept for failed payments only', async () => {
    const proof = { amount: 15000, currency: 'EUR', transaction_reference: 'tr', document: { content_type: 'image/png', file_name: 'a.png', file_size: 3, content: Buffer.from('png').toString('base64'), checksum: 'c' } }
    const failed = uidOf(await pay({ amount: 15000 }))
    const prove = (uid: string, changes: Json = {}): ReturnType<typeof pay> => h.shop.post(`/beyag/transactions/${uid}/proof`, { request: { ...proof, ...changes } })
    expect((await prove(failed, { transaction_reference: 'decline me' })).get('transaction')).toMatchObject({ parent_uid: failed, type: 'proof', status: 'failed', amount: 15000, proof: { status: 'failed', ref_id: 'decline me' } })
    expect((await prove(failed)).get('transaction.message')).toBe('Duplicate transaction')
    expect(statusOf(await h.shop.get(`/beyag/transactions/${failed}`))).toBe('failed')
    expect((await prove(uidOf(await pay()))).status).toBe(422)
    const payout = uidOf(await h.shop.post('/beyag/transactions/payouts', apm({ ...wallet, additional_data: { expected_bank_code: 'F.0114' } })))
    expect((await prove(payout)).get('errors.base')).toEqual(['Only a failed payment can be proved'])
    expect((await h.shop.post(`/beyag/transactions/${payout}/confirm`, { request: {} })).get('errors.base')).toEqual(['Only a payment can be confirmed'])
    expect((await prove(failed, { currency: 'USD' })).get('errors.request.currency')).toEqual(['must be EUR'])
    expect((await prove(failed, { document: { ...proof.document, file_size: 4 } })).get('errors.request.document.file_size')).toEqual(['does not match the content'])
  })

  test('a proof makes a failed payment successful, with the amount that it proves, and a notification', async () => {
    const document = { content_type: 'image/png', file_name: 'a.png', file_size: 3, content: Buffer.from('png').toString('base64'), checksum: 'c' }
    const failed = uidOf(await pay({ amount: 15000, notification_url: `${h.server.receiver.url}/proved` }))
    const proofs = await Promise.all(Array.from({ length: 10 }, () => h.shop.post(`/beyag/transactions/${failed}/proof`, { request: { amount: 14000, currency: 'EUR', transaction_reference: 'bank 7', document, skip_duplicate_check: true } })))
    expect(proofs.filter((answer) => answer.status === 200).map((answer) => answer.get('transaction.status'))).toContain('successful')
    const shown = await h.shop.get(`/beyag/transactions/${failed}`)
    expect(shown.get('transaction')).toMatchObject({ status: 'successful', code: 'S.0000', amount: 14000, paid_at: expect.any(String) as string, payment: { ref_id: 'bank 7' } })
    await h.server.work()
    expect(h.server.receiver.at('/proved').at(-1)?.body).toMatchObject({ transaction: { uid: failed, status: 'successful', amount: 14000 } })
    const [booked] = await h.server.db.query<{ accounts: string[]; amounts: bigint[] }>('SELECT accounts, amounts FROM postings WHERE payment_id = $1', [failed])
    expect(booked?.accounts).toEqual(['provider:manual', 'merchant'])
    expect(booked?.amounts.map(Number)).toEqual([14000, -14000])
    expect(await h.server.db.query('SELECT 1 FROM postings WHERE payment_id = $1', [failed])).toHaveLength(1)
    const refund = await h.shop.post('/beyag/transactions/refunds', { request: { parent_uid: failed, amount: 14000, reason: 'back' } })
    expect(refund.get('transaction')).toMatchObject({ type: 'refund', status: 'successful', amount: 14000 })
    expect((await h.shop.post('/beyag/transactions/refunds', { request: { parent_uid: failed, amount: 1, reason: 'more' } })).status).toBe(422)
  })

  test('recover gives up what the payer could still pay, and books what an operator says was paid, once', async () => {
    const uid = uidOf(await pay({ ...wallet, notification_url: `${h.server.receiver.url}/by-hand` }))
    const recover = (status: string): ReturnType<typeof pay> => h.shop.post(`/beyag/transactions/${uid}/recover`, { request: { uid, notify_merchant: true, transaction: { status, message: 'by hand', paid_at: '2026-01-05T13:30:00+03:00' }, action: { rrn: '123456789012' } } })
    const answers = await Promise.all(Array.from({ length: 8 }, () => recover('successful')))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect((await h.shop.get(`/beyag/transactions/${uid}`)).get('transaction')).toMatchObject({ status: 'successful', amount: 3245, message: 'by hand', paid_at: '2026-01-05T10:30:00.000Z', manually_corrected_at: expect.any(String) as string, payment: { rrn: '123456789012', message: 'by hand' } })
    expect(await h.server.db.query('SELECT 1 FROM postings WHERE payment_id = $1', [uid])).toHaveLength(1)
    expect((await recover('failed')).status).toBe(422)
    const told = (): unknown => (h.server.receiver.at('/by-hand').at(-1)?.body as { transaction?: Json } | undefined)?.transaction
    await expect.poll(async () => {
      await h.server.work()
      return told()
    }).toMatchObject({ status: 'successful', message: 'by hand', paid_at: '2026-01-05T10:30:00.000Z' })
    // The words are about the payment: what follows has its own.
    expect((await h.shop.post('/beyag/transactions/refunds', { request: { parent_uid: uid, amount: 5, reason: 'r' } })).get('transaction.message')).toBe('Successfully processed')
  })

  test('a currency without decimals on the wire: whole rupiahs outside, at every step, and hundredths of them inside', async () => {
    const notification_url = `${h.server.receiver.url}/rupiahs`
    verifier.answer = ({ uid, amount }) => ({ body: { code: 0, uid, amount } })
    const made = await pay({ ...wallet, amount: 1234, currency: 'IDR', notification_url, verification_url: verifier.url })
    const uid = uidOf(made)
    expect(made.get('transaction')).toMatchObject({ status: 'pending', amount: 1234, currency: 'IDR' })
    expect(verifier.requests.at(-1)?.body.transaction).toMatchObject({ uid, amount: 1234 })
    const inside = async (): Promise<unknown> => (await h.server.db.query('SELECT amount::text, captured::text, refunded::text FROM payments WHERE id = $1', [uid]))[0]
    expect(await inside()).toEqual({ amount: '123400', captured: '0', refunded: '0' })
    expect((await h.server.call('GET', String(made.get('transaction.receipt_url')))).text).toMatch(/IDR\s1,234\.00/)
    expect((await h.shop.post(`/beyag/transactions/${uid}/confirm`, { request: {} })).get('response.amount')).toBe(1234)
    await h.shop.post(`/beyag/transactions/${uid}/recover`, { request: { uid, transaction: { status: 'successful' } } })
    const refund = (amount: number | undefined): ReturnType<typeof pay> => h.shop.post('/beyag/transactions/refunds', { request: { parent_uid: uid, amount, reason: 'r', notification_url: `${notification_url}/back` } })
    expect((await refund(234)).get('transaction')).toMatchObject({ type: 'refund', status: 'successful', amount: 234, currency: 'IDR' })
    expect(await inside()).toEqual({ amount: '123400', captured: '123400', refunded: '23400' })
    expect((await refund(1001)).get('errors.request.amount')).toEqual(["can't be greater than 1000"])
    expect((await h.shop.get(`/beyag/transactions/${uid}`)).get('transaction')).toMatchObject({ status: 'successful', amount: 1234 })
    const balance = await h.shop.post('/beyag/balance', {})
    expect((balance.get('provider_info.balances') as Json[]).find(({ currency }) => currency === 'IDR')).toEqual({ currency: 'IDR', amount: 1000 })
    expect((await refund(undefined)).get('transaction.amount')).toBe(1000)
    await h.server.work()
    const told = (path: string): unknown => (h.server.receiver.at(path).at(-1)?.body as { transaction?: Json } | undefined)?.transaction
    expect(told('/rupiahs')).toMatchObject({ uid, status: 'successful', amount: 1234 })
    expect(told('/rupiahs/back')).toMatchObject({ type: 'refund', amount: 1000 })
  })

  test('a proof, a payout and a credit of whole rupiahs', async () => {
    const document = { content_type: 'image/png', file_name: 'a.png', file_size: 3, content: Buffer.from('png').toString('base64'), checksum: 'c' }
    const failed = uidOf(await pay({ amount: 150, currency: 'IDR' }))
    const proof = await h.shop.post(`/beyag/transactions/${failed}/proof`, { request: { amount: 140, currency: 'IDR', transaction_reference: 'bank 8', document } })
    expect(proof.get('transaction')).toMatchObject({ status: 'successful', amount: 140 })
    expect((await h.shop.get(`/beyag/transactions/${failed}`)).get('transaction.amount')).toBe(140)
    for (const kind of ['payouts', 'credits']) {
      const out = await h.shop.post(`/beyag/transactions/${kind}`, apm({ ...wallet, amount: 77, currency: 'IDR' }))
      expect(out.get('transaction')).toMatchObject({ status: 'successful', amount: 77 })
      expect(await h.server.db.query('SELECT amount::text FROM payments WHERE id = $1', [uidOf(out)])).toEqual([{ amount: '7700' }])
    }
  })

  test('what is no whole unit inside is refused below its own path, also by a dry run; a payment from before is counted by ISO 4217, as it was', async () => {
    const phrase = 'must be a multiple of 100 in UGX'
    expect((await pay({ amount: 1250, currency: 'UGX' })).get('errors.request.amount')).toEqual([phrase])
    expect((await h.shop.post('/beyag/transactions/payments/precheck', apm({ amount: 1250, currency: 'UGX' }))).get('errors')).toEqual([{ amount: [phrase] }])
    const [idr, ugx] = [await pay({ amount: 50, currency: 'IDR' }), await pay({ amount: 5000, currency: 'UGX' })].map(uidOf)
    const query = async (uid = ''): Promise<unknown> => (await h.shop.get(`/beyag/transactions/${uid}`)).get('transaction.amount')
    const refund = (parent_uid: string | undefined, amount: number): ReturnType<typeof pay> => h.shop.post('/beyag/transactions/refunds', { request: { parent_uid, amount, reason: 'r' } })
    expect([await query(idr), await query(ugx)]).toEqual([50, 5000])
    expect((await refund(ugx, 25)).get('errors.request.amount')).toEqual([phrase])
    await h.server.db.query("UPDATE payments SET request = (request::jsonb - 'decimals')::json WHERE id = ANY ($1)", [[idr, ugx]])
    expect([await query(idr), await query(ugx)]).toEqual([5000, 50])
    expect((await refund(ugx, 25)).get('transaction')).toMatchObject({ status: 'successful', amount: 25 })
    expect((await refund(idr, 5001)).get('errors.request.amount')).toEqual(["can't be greater than 5000"])
  })

  test('recover ends what nobody paid', async () => {
    const uid = uidOf(await pay(wallet))
    const recover = (status: string): ReturnType<typeof pay> => h.shop.post(`/beyag/transactions/${uid}/recover`, { request: { uid, notify_merchant: false, transaction: { status, message: 'by hand' }, action: {} } })
    expect((await recover('failed')).body).toEqual({ response: { message: `Transaction ${uid} was updated` } })
    expect((await h.shop.get(`/beyag/transactions/${uid}`)).get('transaction')).toMatchObject({ status: 'failed', message: 'by hand', manually_corrected_at: expect.any(String) as string })
  })
})

describe('ERIP', () => {
  const bill = (changes: Json = {}): { request: Json } => ({ request: { amount: 100, currency: 'BYN', description: 'Bill', email: 'e@shop.example', ip: '127.0.0.1', order_id: randomUUID(), test: true, payment_method: { type: 'erip', account_number: '17', service_no: '99999999', service_info: ['x'], receipt: ['y'] }, ...changes } })

  test('is pending, and about ten seconds later successful', async () => {
    const answer = await h.shop.post('/beyag/payments', bill())
    expect(answer.get('transaction')).toMatchObject({ status: 'pending', payment_method_type: 'erip', erip: { account_number: '17', service_no: 99999999 }, customer: { email: 'e@shop.example', ip: '127.0.0.1' } })
    expect(answer.get('transaction.erip')).toMatchObject({ instruction: ['ERIP → 99999999 → 17'], service_info: ['x'], receipt: ['y'], qr_code: expect.stringMatching(/^data:image/) as string, banks: [{ name: 'Test bank', link: expect.stringMatching(/^http/) as string }] })
    expect(answer.get('transaction')).not.toHaveProperty('expired_at')
    h.server.clock.advance(11_000)
    await h.server.work()
    expect(statusOf(await h.shop.get(`/beyag/payments/${uidOf(answer)}`))).toBe('successful')
  })

  test('999 fails', async () => expect(statusOf(await h.shop.post('/beyag/payments', bill({ amount: 999 })))).toBe('failed'))

  test('is found by its order id, and can be deleted while pending', async () => {
    const order_id = randomUUID()
    const uid = uidOf(await h.shop.post('/beyag/payments', bill({ order_id })))
    expect((await h.shop.get(`/beyag/payments/?order_id=${order_id}`)).get('transaction.uid')).toBe(uid)
    expect((await h.shop.request('DELETE', `/beyag/payments/${uid}`)).body).toEqual({ message: 'Successfully deleted' })
  })

  /** Where the payer of a bill goes: to the app of a bank, which for a test is a page. */
  const placeOf = (answer: Called): string => String(answer.get('transaction.erip.banks.0.link'))
  const kiosk = (place: string, form: Record<string, string>): Promise<Called> => h.server.call('POST', place, { form })
  /** Begins to pay; gives what confirms it. */
  const begin = async (place: string): Promise<Record<string, string>> => ({ decision: 'pay', session: /name="session" value="(\w+)"/.exec((await kiosk(place, { decision: 'begin' })).text)?.[1] ?? '' })
  const read = (uid: string): Promise<Called> => h.shop.get(`/beyag/payments/${uid}`)
  /** News of the kiosk is heard in its own time. */
  const becomes = async (uid: string, status: string): Promise<void> => {
    await expect.poll(async () => {
      await h.server.work()
      return statusOf(await read(uid))
    }, { timeout: 10_000 }).toBe(status)
    await h.server.work()
  }
  const told = (path: string): unknown[] => h.server.receiver.at(path).map(({ body }) => (body as { transaction: Json }).transaction['status'])
  const HALF_AN_HOUR_MS = 30 * 60_000

  test('begun is `start`, cannot be deleted, and is `pending` again when nobody confirms within half an hour; then it is still to be paid, once', async () => {
    const order_id = randomUUID()
    const made = await h.shop.post('/beyag/payments', bill({ order_id, notification_url: `${h.server.receiver.url}/begun` }))
    const [uid, place] = [uidOf(made), placeOf(made)]
    const first = await begin(place)
    await becomes(uid, 'start')
    const begun = await read(uid)
    expect([begun, await h.shop.get(`/beyag/payments/?order_id=${order_id}`), await h.shop.get(`/beyag/transactions/${uid}`)].map(statusOf)).toEqual(['start', 'start', 'start'])
    expect(((await h.shop.get(`/beyag/transactions/tracking_id/${order_id}`)).get('transactions') as Json[]).map(({ status }) => status)).toEqual(['start'])
    expect(begun.get('transaction.payment.status')).toBe('start')
    expect((await h.shop.request('DELETE', `/beyag/payments/${uid}`)).status).toBe(422)
    // Who comes second has to wait; the ten seconds after which a bill pays itself do not count while somebody is at it.
    expect((await begin(place))['session']).toBe('')
    h.server.clock.advance(60_000)
    await h.server.work()
    expect(statusOf(await read(uid))).toBe('start')
    h.server.clock.advance(HALF_AN_HOUR_MS)
    await becomes(uid, 'pending')
    expect((await kiosk(place, first)).status).toBe(422)
    const second = await begin(place)
    expect((await kiosk(place, first)).status).toBe(422)
    await becomes(uid, 'start')
    await Promise.all([kiosk(place, second), kiosk(place, second), kiosk(place, second)])
    await becomes(uid, 'successful')
    expect((await read(uid)).get('transaction')).toMatchObject({ status: 'successful', paid_at: expect.any(String) as string })
    expect(await h.server.db.query('SELECT 1 FROM postings WHERE payment_id = $1', [uid])).toHaveLength(1)
    expect(told('/begun')).toEqual(['pending', 'pending', 'successful'])
  })

  test('a bill whose end comes while it is being paid ends when the payer has given up, not before', async () => {
    const expired_at = new Date(h.server.clock.now().getTime() + 60_000).toISOString()
    const made = await h.shop.post('/beyag/payments', bill({ expired_at }))
    const form = await begin(placeOf(made))
    h.server.clock.advance(61_000)
    await becomes(uidOf(made), 'start')
    await kiosk(placeOf(made), { ...form, decision: 'cancel' })
    await becomes(uidOf(made), 'expired')
    expect((await kiosk(placeOf(made), form)).status).not.toBe(500)
    expect(await h.server.db.query('SELECT 1 FROM postings WHERE payment_id = $1', [uidOf(made)])).toEqual([])
  })

  test('a `permanent` bill is paid by many: each payment is a transaction of its own, `auto_created` until it is paid', async () => {
    const order_id = randomUUID()
    const method = { type: 'erip', account_number: '17', permanent: true }
    const made = await h.shop.post('/beyag/payments', bill({ order_id, payment_method: method, notification_url: `${h.server.receiver.url}/many` }))
    const uid = uidOf(made)
    expect(made.get('transaction')).toMatchObject({ status: 'permanent', payment: { status: 'permanent' }, erip: { account_number: '17', permanent: true } })
    expect((await h.server.call('GET', placeOf(made))).text).toContain('ERIP')
    const visit = async (): Promise<string> => String((await kiosk(placeOf(made), { session: placeOf(made).split('/').at(-1) ?? '', service: 'erip' })).headers.get('location'))
    const [one, two] = [await visit(), await visit()]
    await visit()
    // Nobody fills the shop's books from one network.
    const other = await h.shop.post('/beyag/payments', bill({ payment_method: method }))
    const often = await Promise.all(Array.from({ length: 101 }, () => kiosk(placeOf(other), { session: placeOf(other).split('/').at(-1) ?? '', service: 'erip' })))
    expect(often.filter(({ status }) => status === 303)).toHaveLength(100)
    expect(often.filter(({ status }) => status === 429).map(({ headers }) => headers.get('retry-after'))).toEqual(['3'])
    const list = async (): Promise<Json[]> => (await h.shop.get(`/beyag/transactions/tracking_id/${order_id}`)).get('transactions') as Json[]
    expect((await list()).map(({ status }) => status)).toEqual(['auto_created', 'auto_created', 'auto_created', 'permanent'])
    for (const place of [one, two]) await kiosk(place, await begin(place))
    await expect.poll(async () => (await list()).filter(({ status }) => status === 'successful').length, { timeout: 10_000 }).toBe(2)
    await h.server.work()
    const paid = (await list()).filter(({ status }) => status === 'successful')
    expect(paid).toMatchObject([{ amount: 100, order_id, erip: { bill_uid: uid } }, { amount: 100, order_id, erip: { bill_uid: uid } }])
    expect(await h.server.db.query('SELECT 1 FROM postings WHERE payment_id = ANY ($1)', [paid.map((each) => each['uid'])])).toHaveLength(2)
    expect((await h.shop.get(`/beyag/payments/?order_id=${order_id}`)).get('transaction')).toMatchObject({ uid, status: 'permanent' })
    expect((await h.shop.post('/beyag/refunds', { request: { parent_uid: paid[0]?.['uid'], amount: 100, reason: 'r' } })).get('transaction.status')).toBe('successful')
    expect((await h.shop.post('/beyag/refunds', { request: { parent_uid: uid, amount: 100, reason: 'r' } })).status).toBe(422)
    // The third payer never came to the kiosk, and the shop never heard of them.
    const begun = (await list()).find(({ status }) => status === 'auto_created')
    expect((await h.shop.request('DELETE', `/beyag/payments/${String(begun?.['uid'])}`)).status).toBe(422)
    h.server.clock.advance(HALF_AN_HOUR_MS)
    await h.server.work()
    expect(statusOf(await read(String(begun?.['uid'])))).toBe('expired')
    expect(told('/many')).toEqual(['successful', 'successful'])
    expect((await h.shop.post(`/beyag/transactions/${uid}/recover`, { request: { uid, transaction: { status: 'successful' } } })).status).toBe(422)
    expect((await h.shop.request('DELETE', `/beyag/payments/${uid}`)).body).toEqual({ message: 'Successfully deleted' })
    const before = await h.server.rowCounts()
    await visit()
    expect(await h.server.rowCounts()).toEqual(before)
    expect(statusOf(await read(uid))).toBe('deleted')
  })

  test.each([['permanent', 'often', 'must be boolean'], ['account_number', 'x'.repeat(31), 'size cannot be greater than 30']])('%s is checked on both paths', async (name, value, phrase) => {
    const method = { type: 'erip', account_number: '17', [name]: value }
    for (const path of ['/beyag/payments', '/beyag/transactions/payments']) expect((await h.shop.post(path, bill({ return_url: 'https://shop.example', payment_method: method }))).get(`errors.request.method.${name}`)).toEqual([phrase])
  })

  test('a permanent bill may have an end, and its shop may be asked before each payment', async () => {
    verifier.answer = () => ({ body: { code: 1 } })
    const made = await h.shop.post('/beyag/payments', bill({ payment_method: { type: 'erip', account_number: '17', permanent: true }, verification_url: verifier.url, notification_url: `${h.server.receiver.url}/refused`, expired_at: new Date(h.server.clock.now().getTime() + 60_000).toISOString() }))
    const asked = verifier.requests.length
    expect(statusOf(made)).toBe('permanent')
    const [session] = placeOf(made).split('/').slice(-1)
    await kiosk(placeOf(made), { session: session ?? '', service: 'erip' })
    expect(verifier.requests.slice(asked).map(({ body }) => body.transaction)).toMatchObject([{ status: 'auto_created', erip: { bill_uid: uidOf(made) } }])
    h.server.clock.advance(61_000)
    await h.server.work()
    expect(statusOf(await read(uidOf(made)))).toBe('expired')
    // The bill's own end: that the shop has refused a payer, it knows.
    expect(told('/refused')).toEqual(['expired'])
  })
})

describe('the shop\'s account', () => {
  test('balance and currencies are flat, without envelope', async () => {
    const balance = await h.shop.post('/beyag/balance', { gateway_id: 12, account: 'a', country: 'LV' })
    expect(balance.body).toMatchObject({ status: 'successful', code: 'S.0000', gateway_id: 12, account: 'a', country: 'LV', provider_info: { balances: expect.any(Array) as unknown[] } })
    expect((await h.shop.post('/beyag/currencies', { gateway_id: 32 })).get('provider_info.currencies')).toEqual(['RUB'])
  })

  test('banks of an open-banking gateway', async () => {
    expect((await h.shop.get('/beyag/gateways/38/bank_list')).get('response.data.channel')).toContainEqual({ id: 'ready', name: 'Ready Bank', country: 'LV' })
    expect((await h.shop.get('/beyag/gateways/777/bank_list')).status).toBe(404)
  })
})

describe('asynchronous mode', () => {
  test('an immediate answer, then the normal one', async () => {
    const begun = await h.shop.post('/beyag/async/transactions/payment', apm())
    const id = String(begun.get('request_id'))
    expect(begun.body).toEqual({ status: 'processing', request_id: id, status_url: `${h.base}/beyag/async/status/${id}`, response_url: `${h.base}/beyag/async/result/${id}` })
    await expect.poll(async () => (await h.shop.get(String(begun.get('status_url')))).get('status'), { timeout: 10_000 }).toBe('completed')
    expect(statusOf(await h.shop.get(String(begun.get('response_url'))))).toBe('successful')
  })

  test('the same RequestID, asked for twice at once, is one transaction', async () => {
    const headers = { RequestID: randomUUID() }
    const begun = await Promise.all([1, 2].map(() => h.shop.post('/beyag/async/transactions/payment', apm(), headers)))
    const uids: unknown[] = []
    for (const one of begun) {
      await expect.poll(async () => (await h.shop.get(String(one.get('response_url')))).status, { timeout: 10_000 }).toBe(200)
      uids.push(uidOf(await h.shop.get(String(one.get('response_url')))))
    }
    expect(uids[0]).toBe(uids[1])
  })

  test('425 while it runs, unknown for an unknown id', async () => {
    verifier.answer = ({ uid, amount }) => ({ delay_ms: 400, body: { code: 0, uid, amount } })
    const begun = await h.shop.post('/beyag/async/transactions/payment', apm({ verification_url: verifier.url }))
    const early = await h.shop.get(String(begun.get('response_url')))
    expect([early.status, early.get('status')]).toEqual([425, 'processing'])
    expect((await h.shop.get(`/beyag/async/status/${randomUUID()}`)).get('status')).toBe('unknown')
    await expect.poll(async () => (await h.shop.get(String(begun.get('response_url')))).status, { timeout: 10_000 }).toBe(200)
  })

  test('what is wrong comes as the result', async () => {
    const begun = await h.shop.post('/beyag/async/transactions/payments', apm({ amount: 0 }))
    await expect.poll(async () => (await h.shop.get(String(begun.get('response_url')))).status, { timeout: 10_000 }).toBe(422)
  })
})

test('the receipt page opens with its hash only', async () => {
  const answer = await pay()
  const url = String(answer.get('transaction.receipt_url'))
  const page = await h.server.call('GET', url)
  expect([page.status, page.text]).toEqual([200, expect.stringContaining('Order 17')])
  expect((await h.server.call('GET', `${url.slice(0, -1)}${url.endsWith('0') ? '1' : '0'}`)).status).toBe(404)
})
