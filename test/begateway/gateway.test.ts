/** The card gateway over HTTP: one test per documented fact (beGateway reference 1.2, 6, 10, 15 and 17). */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../../src/ledger/audit.ts'
import { card, createHarness, freshAmount, statusOf, uidOf, type Harness, type Json } from './harness.ts'
import type { Called } from '../support/server.ts'

let h: Harness
beforeAll(async () => {
  h = await createHarness()
})
afterAll(() => h.close())

const pay = (changes: Json = {}, number?: string): Promise<Called> => h.shop.post('/transactions/payments', card(changes, number))
const authorize = (changes: Json = {}): Promise<Called> => h.shop.post('/transactions/authorizations', card(changes))
const child = (kind: string, request: Json, headers?: Record<string, string>): Promise<Called> => h.shop.post(`/transactions/${kind}`, { request }, headers)

describe('payments', () => {
  test('success: message, amount, card and token', async () => {
    const request = card({ amount: 7777, tracking_id: 't;1', notification_url: undefined })
    const answer = await h.shop.post('/transactions/payments', request)
    expect(answer.status).toBe(200)
    const uid = uidOf(answer)
    expect(answer.body).toMatchObject({
      transaction: {
        uid, id: uid, type: 'payment', status: 'successful', message: 'Successfully processed', amount: 7777, currency: 'USD', tracking_id: 't;1', test: true, payment_method_type: 'credit_card',
        credit_card: { holder: 'JANE DOE', brand: 'visa', last_4: '0000', first_1: '4', bin: '420000', issuer_country: 'BY', issuer_name: 'GATE BANK', exp_month: 1, exp_year: 2031, stamp: expect.stringMatching(/^[0-9a-f]{64}$/) as string, token: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
        payment: { status: 'successful', message: 'Successfully processed', bank_code: 'S.0000', auth_code: expect.any(String) as string, rrn: expect.any(String) as string, amount: 7777, currency: 'USD', gateway_id: 1 },
        customer: { ip: '127.0.0.1', email: 'jane@shop.example' }, billing_address: { first_name: 'Jane', country: 'LV', city: null },
      },
    })
    expect(answer.get('transaction.be_protected_verification')).toBeUndefined()
    expect(answer.get('transaction.receipt_url')).toMatch(/[0-9a-f]{64}\?language=en$/)
  })

  test('a declined card', async () => {
    const answer = await pay({}, '4005550000000019')
    expect([answer.status, statusOf(answer), answer.get('transaction.message')]).toEqual([200, 'failed', 'Payment was declined'])
    const held = await h.shop.post('/transactions/authorizations', card({}, '4005550000000019'))
    expect(held.get('transaction.message')).toBe('Authorization was declined')
  })

  test('the cards of the manual pay on a demo shop with test:false as well, also the one of no network', async () => {
    const answer = await pay({ test: false }, '9112300000000000')
    expect([statusOf(answer), answer.get('transaction.test')]).toEqual(['successful', false])
  })

  test('an amount as numeric text', async () => expect((await pay({ amount: '4321' })).get('transaction.amount')).toBe(4321))

  test('errors are wrapped, nested and spoken', async () => {
    const answer = await h.shop.post('/transactions/payments', { request: { amount: 0, description: 'x', credit_card: { number: '4200000000000000', exp_month: 1, exp_year: 2015, verification_value: '123' } } })
    expect([answer.status, answer.body]).toEqual([422, { response: { message: "Amount must be greater than 0. Currency can't be blank. Date is expired.", errors: { amount: ['must be greater than 0'], currency: ["can't be blank"], credit_card: { date: ['is expired'] } } } }])
  })

  test('401, 404 and broken JSON in this dialect', async () => {
    expect((await h.server.call('POST', '/begateway/transactions/payments', { json: {} })).body).toEqual({ response: { message: 'Unauthorized' } })
    const unknown = await h.shop.get(`/transactions/${randomUUID()}`)
    expect([unknown.status, unknown.body]).toEqual([404, { response: { message: 'Record not found' } }])
    expect((await h.server.call('POST', '/begateway/transactions/payments', { auth: [h.shop.shop_id, h.shop.secret_key], raw: '{', headers: { 'content-type': 'application/json' } })).status).toBe(400)
    expect((await h.shop.get('/nowhere')).status).toBe(404)
  })

  test('the bank code that is expected of a test transaction', async () => {
    const answer = await pay({ additional_data: { expected_bank_code: 'F.0114' } })
    expect([statusOf(answer), answer.get('transaction.payment.bank_code')]).toEqual(['failed', 'F.0114'])
  })

  test('neither number nor code is anywhere in the database or the log', async () => {
    await pay({ additional_data: { note: '4200000000000000' }, customer: { email: 'a@b.example', device_id: '4200000000000000' } })
    const tables = await h.server.db.query<{ all: string }>("SELECT coalesce(json_agg(p)::text, '') || (SELECT coalesce(json_agg(a)::text, '') FROM attempts a) || (SELECT coalesce(json_agg(e)::text, '') FROM events e) AS all FROM payments p")
    expect(tables[0]!.all).not.toContain('4200000000000000')
    expect(h.server.log.join('\n')).not.toContain('4200000000000000')
  })
})

describe('the duplicate filter', () => {
  test('the same amount and card within 30 seconds', async () => {
    const amount = freshAmount()
    expect(statusOf(await pay({ amount }))).toBe('successful')
    const again = await pay({ amount })
    expect([again.status, again.get('response.message')]).toEqual([422, 'Duplicate transaction'])
    expect(statusOf(await pay({ amount, duplicate_check: false }))).toBe('successful')
    expect(statusOf(await pay({ amount: freshAmount() }))).toBe('successful')
    h.server.clock.advance(31_000)
    expect(statusOf(await pay({ amount }))).toBe('successful')
  })

  test('holds against fifty at once, also by token', async () => {
    const token = String((await pay()).get('transaction.credit_card.token'))
    const amount = freshAmount()
    const answers = await Promise.all(Array.from({ length: 50 }, () => pay({ amount, credit_card: { token } })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('a hundred equal RequestIDs are one payment, and no duplicates', async () => {
    const headers = { RequestID: randomUUID() }
    const request = card()
    const answers = await Promise.all(Array.from({ length: 100 }, () => h.shop.post('/transactions/payments', request, headers)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map(uidOf)).size).toBe(1)
    expect(await h.server.db.query('SELECT 1 FROM attempts WHERE payment_id = $1', [uidOf(answers[0]!)])).toHaveLength(1)
  })
})

describe('authorizations, captures, voids, refunds', () => {
  test('capture in parts, void the rest, refund', async () => {
    const parent_uid = uidOf(await authorize({ amount: 1000 }))
    const capture = await child('captures', { parent_uid, amount: 600 })
    expect(capture.get('transaction')).toMatchObject({ type: 'capture', parent_uid, status: 'successful', amount: 600, capture: { status: 'successful' } })
    expect((await child('captures', { parent_uid, amount: 401 })).get('response.message')).toBe("Amount can't be greater than 400.")
    expect((await child('voids', { parent_uid, amount: 400 })).get('transaction')).toMatchObject({ type: 'void', status: 'successful', amount: 400 })
    const refund = await child('refunds', { parent_uid: uidOf(capture), amount: 600, reason: 'returned' })
    expect(refund.get('transaction')).toMatchObject({ type: 'refund', parent_uid: uidOf(capture), status: 'successful', reason: 'returned' })
    expect((await h.shop.get(`/transactions/${uidOf(capture)}`)).get('transaction.type')).toBe('capture')
    expect((await h.shop.get(`/transactions/${parent_uid}`)).get('transaction')).toMatchObject({ type: 'authorization', status: 'successful', amount: 1000 })
    const lines = await h.server.db.query<{ account: string; sum: bigint }>('SELECT account, sum(amount) AS sum FROM postings, unnest(accounts, amounts) AS line(account, amount) WHERE payment_id = $1 GROUP BY account', [parent_uid])
    expect(lines.map(({ sum }) => BigInt(sum))).toEqual(lines.map(() => 0n))
  })

  test('a full void leaves the authorization successful', async () => {
    const parent_uid = uidOf(await authorize({ amount: 500 }))
    expect(statusOf(await child('voids', { parent_uid, amount: 500 }))).toBe('successful')
    expect(statusOf(await h.shop.get(`/transactions/${parent_uid}`))).toBe('successful')
    expect((await child('captures', { parent_uid, amount: 1 })).text).toContain("Amount can't be greater than")
  })

  test('errors that the PHP suite looks for', async () => {
    const parent_uid = uidOf(await pay({ amount: 300 }))
    expect((await child('refunds', { parent_uid, amount: 301, reason: 'x' })).get('response.message')).toContain("Amount can't be greater than")
    expect((await child('refunds', { parent_uid, amount: 1 })).get('response.message')).toBe("Reason can't be blank.")
    for (const kind of ['captures', 'voids']) expect((await child(kind, { parent_uid, amount: 1 })).get('response.message')).toContain("Amount can't be greater than 0. Parent transaction can't be")
    const unknown = await child('refunds', { parent_uid: randomUUID(), amount: 1, reason: 'x' })
    expect([unknown.status, unknown.get('response.message')]).toEqual([404, 'Record not found'])
  })

  test('what continues what: a refund or a capture is no parent of just anything', async () => {
    const authorization = uidOf(await authorize({ amount: 1000, duplicate_check: false }))
    const capture = uidOf(await child('captures', { parent_uid: authorization, amount: 600 }))
    const refund = uidOf(await child('refunds', { parent_uid: capture, amount: 100, reason: 'r' }))
    const before = await h.server.rowCounts()
    for (const [kind, parents, verb] of [['refunds', [refund], 'refunded'], ['captures', [capture, refund], 'captured'], ['voids', [capture, refund], 'voided']] as const) {
      for (const parent_uid of parents) {
        const answer = await child(kind, { parent_uid, amount: 10, reason: 'r' })
        expect([answer.status, answer.get('response.errors.base')]).toEqual([422, [`Parent transaction can't be ${verb}`]])
        expect((await h.shop3ds.post(`/transactions/${kind}`, { request: { parent_uid, amount: 10, reason: 'r' } })).status).toBe(404)
      }
    }
    expect(await h.server.rowCounts()).toEqual(before)
  })

  test('of one capture no more is given back than it took, in parts and at once', async () => {
    const authorization = uidOf(await authorize({ amount: 1000, duplicate_check: false }))
    const [capture] = [await child('captures', { parent_uid: authorization, amount: 600 }), await child('captures', { parent_uid: authorization, amount: 400 })].map(uidOf)
    const refund = (amount: number, headers?: Record<string, string>): Promise<Called> => child('refunds', { parent_uid: capture, amount, reason: 'r', duplicate_check: false }, headers)
    expect((await refund(150)).status).toBe(200)
    const headers = { RequestID: randomUUID() }
    const [one, others] = await Promise.all([Promise.all(Array.from({ length: 5 }, () => refund(150, headers))), Promise.all(Array.from({ length: 10 }, () => refund(150)))])
    expect(new Set([...one.filter(({ status }) => status === 200).map(uidOf), ...others.filter(({ status }) => status === 200).map(uidOf)]).size).toBe(3)
    const over = await refund(1)
    expect([over.status, over.get('response.message')]).toEqual([422, "Amount can't be greater than 0. Parent transaction can't be refunded."])
    expect((await child('refunds', { parent_uid: authorization, amount: 400, reason: 'r' })).status).toBe(200)
  })

  test('of a capture that was declined nothing is given back', async () => {
    const authorization = uidOf(await authorize({ amount: 1000, duplicate_check: false }))
    await child('captures', { parent_uid: authorization, amount: 600 })
    const declined = uidOf(await child('captures', { parent_uid: authorization, amount: 300 }))
    await h.server.db.query("UPDATE attempts SET state = 'declined' WHERE id = $1", [declined])
    expect((await child('refunds', { parent_uid: declined, amount: 300, reason: 'r' })).get('response.message')).toBe("Amount can't be greater than 0. Parent transaction can't be refunded.")
  })

  test('a hundred equal RequestIDs make one capture', async () => {
    const parent_uid = uidOf(await authorize({ amount: 1000, duplicate_check: false }))
    const headers = { RequestID: randomUUID() }
    const answers = await Promise.all(Array.from({ length: 100 }, () => child('captures', { parent_uid, amount: 1000 }, headers)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map(uidOf)).size).toBe(1)
  })

  test('thirty captures at once never take more than was authorized', async () => {
    const parent_uid = uidOf(await authorize({ amount: 1000, duplicate_check: false }))
    const answers = await Promise.all(Array.from({ length: 30 }, () => child('captures', { parent_uid, amount: 150 })))
    expect(answers.filter((answer) => statusOf(answer) === 'successful')).toHaveLength(6)
  })
})

describe('currencies that ISO 4217 counts otherwise than the wire', () => {
  const inside = async (uid: string): Promise<unknown> => (await h.server.db.query('SELECT amount::text, captured::text, refunded::text FROM payments WHERE id = $1', [uid]))[0]

  test('a card in UGX, which has no cents: they are refused in a payment and in what continues it, in the words of each version', async () => {
    const refused = await pay({ amount: 1250, currency: 'UGX' })
    const phrase = 'must be a multiple of 100 in UGX'
    expect([refused.status, refused.body]).toEqual([422, { response: { message: `Amount ${phrase}.`, errors: { amount: [phrase] } } }])
    const flat = await h.shop.post('/transactions/payments', card({ amount: 1250, currency: 'UGX' }), { 'x-api-version': '3' })
    expect([flat.status, flat.get('errors')]).toEqual([422, { amount: [phrase] }])
    const made = await h.shop.post('/transactions/payments', card({ amount: 1300, currency: 'UGX' }), { 'x-api-version': '3' })
    const parent_uid = String(made.get('uid'))
    expect([made.get('status'), made.get('amount')]).toEqual(['successful', 1300])
    expect((await child('refunds', { parent_uid, amount: 150, reason: 'r' })).get('response.errors')).toEqual({ amount: [phrase] })
    const refund = await child('refunds', { parent_uid, amount: 300, reason: 'r' })
    expect(refund.get('transaction')).toMatchObject({ status: 'successful', amount: 300, refund: { amount: 300, currency: 'UGX' } })
    expect((await child('refunds', { parent_uid, amount: 1100, reason: 'r' })).get('response.message')).toBe("Amount can't be greater than 1000.")
    const back = await child('chargebacks', { parent_uid, amount: 400 })
    expect(back.get('transaction')).toMatchObject({ type: 'chargeback', amount: 400 })
    expect(await inside(parent_uid)).toEqual({ amount: '13', captured: '13', refunded: '7' })
  })

  test('MOP has one decimal on the wire: held, taken and let go in tenths, and shown to its payer in patacas', async () => {
    const held = await authorize({ amount: 125, currency: 'MOP' })
    const parent_uid = uidOf(held)
    expect(held.get('transaction')).toMatchObject({ amount: 125, authorization: { amount: 125 } })
    const capture = await child('captures', { parent_uid, amount: 55 })
    expect(capture.get('transaction')).toMatchObject({ status: 'successful', amount: 55, capture: { amount: 55, currency: 'MOP' } })
    expect((await child('captures', { parent_uid, amount: 71 })).get('response.message')).toBe("Amount can't be greater than 70.")
    expect((await child('refunds', { parent_uid: uidOf(capture), amount: 56, reason: 'r' })).get('response.message')).toBe("Amount can't be greater than 55.")
    expect((await child('voids', { parent_uid, amount: 70 })).get('transaction')).toMatchObject({ status: 'successful', amount: 70, void: { amount: 70 } })
    expect(await inside(parent_uid)).toEqual({ amount: '1250', captured: '550', refunded: '0' })
    expect((await h.server.call('GET', String(held.get('transaction.receipt_url')))).text).toMatch(/MOP(?:\s|\$)*5\.50/)
    expect((await h.shop.get(`/transactions/${uidOf(capture)}`)).get('transaction.amount')).toBe(55)
  })

  test('a checkup, a credit and a payout in rupiahs', async () => {
    const token = String((await pay()).get('transaction.credit_card.token'))
    for (const kind of ['checkups', 'credits', 'payouts']) {
      const made = await h.shop.post(`/transactions/${kind}`, card({ amount: 321, currency: 'IDR', ...(kind === 'checkups' ? {} : { credit_card: { token } }) }))
      expect([kind, statusOf(made), made.get('transaction.amount')]).toEqual([kind, 'successful', 321])
      expect(await inside(uidOf(made))).toMatchObject({ amount: '32100' })
    }
  })
})

describe('tokens', () => {
  test('a token pays with a code, and is unknown to other shops', async () => {
    const token = String((await pay()).get('transaction.credit_card.token'))
    const by_token = (): { request: Json } => ({ request: { ...card().request, credit_card: { token, verification_value: '123' } } })
    const later = await h.shop.post('/transactions/payments', by_token())
    expect([statusOf(later), later.get('transaction.credit_card.token'), later.get('transaction.credit_card.last_4')]).toEqual(['successful', token, '0000'])
    expect((await h.shop3ds.post('/transactions/payments', by_token())).get('response.message')).toBe('Token does not exist.')
    expect(statusOf(await h.shop.post('/services/credit_cards/charges', by_token()))).toBe('successful')
  })

  test('credit by token; an unknown one', async () => {
    const token = String((await pay()).get('transaction.credit_card.token'))
    const credit = (name: string): Promise<Called> => h.shop.post('/transactions/credits', { request: { amount: freshAmount(), currency: 'USD', description: 'd', tracking_id: 't', credit_card: { token: name } } })
    expect((await credit(token)).get('transaction')).toMatchObject({ type: 'credit', status: 'successful' })
    expect((await credit('12345')).get('response.message')).toBe('Token does not exist.')
  })

  test('payout to a number', async () => {
    const answer = await h.shop.post('/transactions/payouts', { request: { amount: freshAmount(), currency: 'USD', description: 'd', credit_card: { number: '4200000000000000' } } })
    expect(answer.get('transaction')).toMatchObject({ type: 'payout', status: 'successful' })
  })

  test('tokenization moves nothing and gives a token', async () => {
    const { amount: _, description: __, ...request } = card().request
    const answer = await h.shop.post('/transactions/tokenizations', { request })
    expect(answer.get('transaction')).toMatchObject({ type: 'tokenization', status: 'successful', amount: 0, credit_card: { token: expect.any(String) as string } })
    expect(await h.server.db.query('SELECT 1 FROM postings WHERE payment_id = $1', [uidOf(answer)])).toEqual([])
  })

  test('saved cards: created, updated under the same token, and paid with', async () => {
    const saved = await h.shop.post('/credit_cards', { request: { number: '4200000000000000', holder: 'JOHN DOE', exp_month: '02', exp_year: '2030', test: true } })
    const token = saved.get('token')
    expect(saved.body).toEqual({ token, holder: 'JOHN DOE', brand: 'visa', first_1: '4', bin: '420000', last_4: '0000', exp_month: 2, exp_year: 2030, stamp: expect.any(String) as string })
    const updated = await h.shop.post('/credit_cards', { request: { token, holder: 'JANE DOE', exp_month: 3, exp_year: 2032 } })
    expect(updated.body).toMatchObject({ token, holder: 'JANE DOE', exp_month: 3, exp_year: 2032, last_4: '0000' })
    expect((await h.shop.post(`/credit_cards/${String(token)}`, { request: { holder: 'X Y' } })).body).toMatchObject({ token, holder: 'X Y', exp_year: 2032 })
    expect((await h.shop.request('PUT', `/v2/credit_cards/${String(token)}`, { request: { holder: 'Z' } })).body).toMatchObject({ token, holder: 'Z' })
    expect((await h.shop3ds.post('/credit_cards', { request: { token, holder: 'Y' } })).get('response.message')).toBe('Token does not exist.')
    expect((await h.shop.post('/v2/credit_cards', { request: { token } })).body).toMatchObject({ token, holder: 'Z', exp_month: 3 })
    expect(statusOf(await pay({ credit_card: { token, verification_value: '123' } }))).toBe('successful')
    expect((await h.shop.post('/credit_cards', { request: { number: '4200000000000001', holder: 'J', exp_month: 1, exp_year: 2030 } })).get('response.errors')).toEqual({ number: ['is not a card number'] })
  })
})

describe('what only one client asks for', () => {
  const recipient = (changes: Json = {}): Promise<Called> => h.shop.post('/transactions/recipient_tokenizations', { request: { test: true, tracking_id: 'r', credit_card: { number: '4200000000000000', holder: 'JANE DOE', ...changes } } })

  test('a charge-back of play money is a child like a refund: booked, found, once, and within what is left', async () => {
    const parent_uid = uidOf(await pay({ amount: 900, duplicate_check: false }))
    const [tracking_id, headers] = [randomUUID(), { RequestID: randomUUID() }]
    const answers = await Promise.all(Array.from({ length: 10 }, () => child('chargebacks', { parent_uid, amount: 600, tracking_id, reason: 'fraud' }, headers)))
    expect(new Set(answers.map(uidOf)).size).toBe(1)
    const uid = uidOf(answers[0]!)
    const shown = { uid, type: 'chargeback', parent_uid, status: 'successful', amount: 600, currency: 'USD', reason: 'fraud', tracking_id, message: 'Successfully processed', chargeback: { status: 'successful', amount: 600 } }
    for (const answer of [...answers, await h.shop.get(`/transactions/${uid}`), await h.shop.get(`/transactions/tracking_id/${tracking_id}`)]) expect(answer.get('transaction')).toMatchObject(shown)
    expect((await child('chargebacks', { parent_uid, amount: 301 })).get('response.message')).toBe("Amount can't be greater than 300.")
    expect((await child('refunds', { parent_uid, amount: 301, reason: 'r' })).get('response.message')).toBe("Amount can't be greater than 300.")
    expect((await child('chargebacks', {})).get('response.message')).toBe("Parent uid can't be blank. Amount can't be blank.")
    expect((await child('chargebacks', { parent_uid: uid, amount: 1 })).get('response.errors.base')).toEqual(["Parent transaction can't be charged back"])
    expect((await h.shop3ds.post('/transactions/chargebacks', { request: { parent_uid, amount: 1 } })).status).toBe(404)
    expect((await h.shop.post('/transactions/chargebacks', { request: { parent_uid, amount: 300 } }, { 'x-api-version': '3' })).body).toMatchObject({ type: 'chargeback', code: 'S.0000', parent_uid, amount: 300 })
    expect((await audit(h.server.db)).findings.filter(({ payment_id }) => payment_id === parent_uid)).toEqual([])
    const lines = await h.server.db.query<{ account: string; sum: bigint }>('SELECT account, sum(amount) AS sum FROM postings, unnest(accounts, amounts) AS line(account, amount) WHERE payment_id = $1 GROUP BY account', [parent_uid])
    expect(lines.map(({ sum }) => BigInt(sum))).toEqual(lines.map(() => 0n))
  })

  test('of a capture no more is charged back than it took, whatever is refunded beside it', async () => {
    const authorization = uidOf(await authorize({ amount: 800, duplicate_check: false }))
    const [capture] = [await child('captures', { parent_uid: authorization, amount: 300 }), await child('captures', { parent_uid: authorization, amount: 500 })].map(uidOf)
    expect(statusOf(await child('refunds', { parent_uid: capture, amount: 100, reason: 'r' }))).toBe('successful')
    const done = await Promise.all(Array.from({ length: 6 }, () => child('chargebacks', { parent_uid: capture, amount: 50 })))
    expect(done.filter(({ status }) => status === 200)).toHaveLength(4)
    expect((await child('refunds', { parent_uid: capture, amount: 1, reason: 'r' })).get('response.message')).toBe("Amount can't be greater than 0. Parent transaction can't be refunded.")
  })

  test('a charge-back of real money is not for its shop to state', async () => {
    const parent_uid = uidOf(await pay())
    await h.server.db.query("UPDATE payments SET mode = 'live' WHERE id = $1", [parent_uid])
    const answer = await child('chargebacks', { parent_uid, amount: 1 })
    await h.server.db.query("UPDATE payments SET mode = 'test' WHERE id = $1", [parent_uid])
    expect([answer.status, answer.get('response.errors.base')]).toEqual([422, ['Only a test transaction can be charged back by request']])
  })

  test('a checkup asks about a card, and neither moves money nor gives a token', async () => {
    const request = card({ amount: 4711 })
    const [good, bad] = [await h.shop.post('/transactions/checkups', request), await h.shop.post('/transactions/checkups', card({}, '4005550000000019'))]
    expect(good.get('transaction')).toMatchObject({ type: 'checkup', status: 'successful', message: 'Successfully processed', amount: 4711, currency: 'USD', checkup: { status: 'successful' }, credit_card: { last_4: '0000', token: null } })
    expect(bad.get('transaction')).toMatchObject({ type: 'checkup', status: 'failed', message: 'Checkup was declined', checkup: { status: 'failed' } })
    expect(await h.server.db.query('SELECT 1 FROM postings WHERE payment_id = ANY ($1)', [[uidOf(good), uidOf(bad)]])).toEqual([])
    expect((await child('refunds', { parent_uid: uidOf(good), amount: 1, reason: 'r' })).get('response.errors.base')).toEqual(["Parent transaction can't be refunded"])
    expect((await audit(h.server.db)).findings.filter(({ payment_id }) => payment_id === uidOf(good))).toEqual([])
    expect(statusOf(await h.shop.post('/transactions/payments', request))).toBe('successful')
    expect(statusOf(await h.shop3ds.post('/transactions/checkups', card({}, '4012000000003010')))).toBe('successful')
    expect((await h.shop.post('/transactions/checkups', { request: {} })).get('response.message')).toContain("Amount can't be blank.")
  })

  test('a recipient\'s card gets a token that is paid out to, and never charged', async () => {
    const made = await recipient()
    const token = String(made.get('transaction.credit_card.token'))
    expect(made.get('transaction')).toMatchObject({ type: 'recipient_tokenization', status: 'successful', amount: 0, recipient_tokenization: { status: 'successful' }, credit_card: { last_4: '0000', token: expect.stringMatching(/^[0-9a-f]{64}$/) as string } })
    const by = (path: string): Promise<Called> => h.shop.post(path, card({ credit_card: { token } }))
    expect([await by('/transactions/payouts'), await by('/transactions/credits')].map(statusOf)).toEqual(['successful', 'successful'])
    await h.shop.post('/credit_cards', { request: { token, holder: 'J. DOE', exp_month: 1, exp_year: 2031 } })
    for (const path of ['/transactions/payments', '/transactions/authorizations', '/transactions/tokenizations', '/transactions/checkups', '/services/credit_cards/charges']) expect((await by(path)).get('response.message')).toBe('Token can only be paid out to.')
    expect((await recipient({ number: '4200000000000001' })).get('response.errors')).toEqual({ credit_card: { number: ['is not a card number'] } })
    expect(await h.server.db.query('SELECT 1 FROM postings WHERE payment_id = $1', [uidOf(made)])).toEqual([])
  })
})

describe('queries', () => {
  test('v2 lists up to ten, newest first, and an empty list; v1 gives one', async () => {
    const tracking_id = randomUUID()
    const uids: string[] = []
    for (let i = 0; i < 11; i++) uids.push(uidOf(await pay({ tracking_id })))
    const list = (await h.shop.get(`/v2/transactions/tracking_id/${tracking_id}`)).get('transactions') as Json[]
    expect(list.map(({ uid }) => uid)).toEqual(uids.slice(1).reverse())
    expect((await h.shop.get(`/transactions/tracking_id/${tracking_id}`)).get('transaction.uid')).toBe(uids[10])
    expect((await h.shop.get('/v2/transactions/tracking_id/none')).body).toEqual({ transactions: [] })
    expect((await h.shop.get('/transactions/tracking_id/none')).status).toBe(404)
  })

  test('captures, voids and refunds are found by tracking ids of their own, whole or in part, beside payments', async () => {
    const [own, shared] = [randomUUID(), randomUUID()]
    const parent_uid = uidOf(await authorize({ amount: 1000, tracking_id: shared, duplicate_check: false }))
    const capture = uidOf(await child('captures', { parent_uid, amount: 600, tracking_id: `${own}; ${shared}` }))
    const released = uidOf(await child('voids', { parent_uid, amount: 400, tracking_id: own }))
    const refund = uidOf(await child('refunds', { parent_uid: capture, amount: 5, reason: 'r', tracking_id: own }))
    const list = async (id: string): Promise<unknown[]> => ((await h.shop.get(`/v2/transactions/tracking_id/${encodeURIComponent(id)}`)).get('transactions') as Json[]).map(({ uid, tracking_id }) => [uid, tracking_id])
    expect(await list(own)).toEqual([[refund, own], [released, own], [capture, `${own}; ${shared}`]])
    expect(await list(shared)).toEqual([[capture, `${own}; ${shared}`], [parent_uid, shared]])
    expect(await list(`${own}; ${shared}`)).toEqual([[capture, `${own}; ${shared}`]])
    expect((await h.shop.get(`/transactions/tracking_id/${own}`)).get('transaction.uid')).toBe(refund)
    expect((await h.shop3ds.get(`/v2/transactions/tracking_id/${own}`)).body).toEqual({ transactions: [] })
    expect((await h.shop.get(`/beyag/transactions/tracking_id/${own}`)).body).toEqual({ transactions: [] })
  })

  test('a card is a miss on both beyag resources, so that QueryByUid walks on', async () => {
    const uid = uidOf(await pay())
    for (const path of ['/beyag/payments', '/beyag/transactions']) {
      const miss = await h.shop.get(`${path}/${uid}`)
      expect(miss.get('transaction')).toBeUndefined()
      expect(miss.body).toEqual({ message: 'Not found.' })
    }
    expect((await h.shop.get(`/transactions/${uid}`)).get('transaction.uid')).toBe(uid)
  })
})

describe('API v3', () => {
  const v3 = { 'X-API-Version': '3' }
  test('is flat, with null for what does not apply', async () => {
    const answer = await h.shop.post('/transactions/payments', card(), v3)
    expect(answer.get('transaction.uid')).toBeUndefined()
    expect(answer.body).toMatchObject({
      uid: expect.any(String) as string, code: 'S.0000', status: 'successful', message: 'Transaction is successful.', payment_method: { payment_method_type: 'credit_card', last_4: '0000' },
      customer: { first_name: 'Jane', email: 'jane@shop.example', city: null }, transaction: { auth_code: expect.any(String) as string }, links: { receipt_url: expect.any(String) as string, redirect_url: null }, parent_uid: null, be_protected_verification: null,
    })
  })

  test('its errors', async () => {
    const { description: _, ...request } = card().request
    const answer = await h.shop.post('/transactions/payments', { request }, v3)
    expect([answer.status, answer.body]).toEqual([422, { code: 'E.1025', error_code: 'request_validation_error', status: 'error', message: "Description can't be blank.", friendly_message: 'Invalid request params', errors: { description: ["can't be blank"] } }])
  })
})

describe('3-D Secure', () => {
  const secure = (number: string, changes: Json = {}): Promise<Called> => h.shop3ds.post('/transactions/payments', card(changes, number))

  test.each([
    ['4012000000001006', 'successful'], ['4012000000001055', 'successful'], ['4012000000001022', 'failed'], ['4012000000001030', 'failed'], ['4012000000001014', 'failed'],
    ['5204240000015003', 'successful'], ['5204240000015011', 'successful'],
  ])('%s is %s without a page', async (number, status) => expect(statusOf(await secure(number))).toBe(status))

  test.each(['4012000000003010', '4012000000001097', '5204240000015029'])('%s is incomplete, with a null message and a redirect to /process/', async (number) => {
    const answer = await secure(number)
    const transaction = answer.get('transaction') as Json
    expect([transaction['status'], 'message' in transaction, transaction['message']]).toEqual(['incomplete', true, null])
    expect(transaction).toMatchObject({ status_code: 'P.9998', payment: { status: 'incomplete', bank_code: 'P.9998', message: null } })
    expect(transaction['redirect_url']).toContain(`/process/${uidOf(answer)}`)
    const page = await h.server.call('GET', String(transaction['redirect_url']))
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('/acs/challenge')])
    const creq = /name="creq" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
    expect((await h.server.call('POST', '/sandbox/acs/challenge', { form: { creq } })).text).toMatch(/You are paying Demo Shop with 3-D Secure/)
  })

  test('v3 says P.9998', async () => {
    const answer = await h.shop3ds.post('/transactions/payments', card({}, '4012000000003010'), { 'x-api-version': '3' })
    expect(answer.body).toMatchObject({ status: 'incomplete', code: 'P.9998', links: { redirect_url: expect.stringContaining('/process/') as string } })
  })

  test('a shop without 3-D Secure is never asked, and one may be skipped', async () => {
    expect(statusOf(await pay({}, '4012000000003010'))).toBe('successful')
    const { credit_card, ...request } = card({}, '4012000000003010').request
    expect(statusOf(await h.shop3ds.post('/transactions/payments', { request: { ...request, credit_card: { ...(credit_card as Json), skip_three_d_secure_verification: true } } }))).toBe('successful')
  })

  test('a client may post the issuer\'s answer by itself; one that proves nothing changes nothing', async () => {
    const uid = uidOf(await secure('4012000000003010'))
    const answer = await h.shop3ds.post(`/process/${uid}/return`, { cres: 'nonsense' })
    expect([answer.status, uidOf(answer), statusOf(answer)]).toEqual([200, uid, 'incomplete'])
    expect((await h.shop.post(`/process/${uid}/return`, {})).status).toBe(404)
  })

  test('a process page of somebody else, or of nothing', async () => {
    const url = String((await secure('4012000000003010')).get('transaction.redirect_url'))
    expect((await h.server.call('GET', url.replace('shop_id=1002', 'shop_id=1001'))).status).toBe(404)
    expect((await h.server.call('GET', url.replace(/\?.*/, ''))).status).toBe(404)
    // A payment of the same merchant at another API is none here.
    const id = 'pay_elsewhere'
    await h.server.tender.payments.accept({ merchant_id: 'mer_demo', id, api: 'elsewhere', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1n, request: {} })
    const other = `/begateway/process/${id}`
    for (const [method, path] of [['GET', other], ['GET', `${other}/return`], ['POST', `${other}/return`]] as const) expect((await h.server.call(method, `${path}?shop_id=1001`)).status).toBe(404)
    expect((await h.shop.post(`/process/${id}/return`, {})).status).toBe(404)
  })
})

test('asynchronous mode', async () => {
  const begun = await h.shop.post('/async/transactions/payments', card())
  expect(begun.get('status_url')).toBe(`${h.base}/async/status/${String(begun.get('request_id'))}`)
  await expect.poll(async () => (await h.shop.get(String(begun.get('status_url')))).get('status'), { timeout: 10_000 }).toBe('completed')
  expect(statusOf(await h.shop.get(String(begun.get('response_url'))))).toBe('successful')
  expect(JSON.stringify(await h.server.db.query('SELECT * FROM begateway_async'))).not.toContain('4200000000000000')
})

test('asynchronous mode: what a process that died left is told a minute later, in the version that is asked for', async () => {
  const begun = await h.shop.post('/async/transactions/payments', card())
  const [status_url, response_url] = [String(begun.get('status_url')), String(begun.get('response_url'))]
  await expect.poll(async () => (await h.shop.get(response_url)).status, { timeout: 10_000 }).toBe(200)
  const whole = (await h.shop.get(response_url)).body
  await h.server.db.query('UPDATE begateway_async SET status = NULL, answer = NULL WHERE id = $1', [begun.get('request_id')])
  expect((await h.shop.get(response_url)).status).toBe(425)
  h.server.clock.advance(61_000)
  expect([(await h.shop.get(status_url)).get('status'), (await h.shop.get(response_url)).body]).toEqual(['completed', whole])
  expect((await h.shop.get(response_url, { 'x-api-version': '3' })).body).toMatchObject({ code: 'S.0000', payment_method: { last_4: '0000' } })
})

test('transaction types that are not offered say so', async () => {
  expect((await child('p2ps', {})).get('response.errors.base')).toEqual(['Transaction type is not supported'])
})
