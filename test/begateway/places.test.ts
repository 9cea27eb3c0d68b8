/** A pay link never sells more than there is (beGateway reference 17, `quantity`), however many want the last one at once. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../../src/ledger/audit.ts'
import type { Called } from '../support/server.ts'
import { createHarness, type Harness, type Json } from './harness.ts'

let h: Harness
beforeAll(async () => {
  h = await createHarness()
})
afterAll(() => h.close())

const GOOD = '4200000000000000'
const DECLINED = '4005550000000019'

const makeProduct = async (changes: Json): Promise<string> =>
  String((await h.shop.post('/products', { name: 'Lamp', description: 'A lamp', currency: 'USD', amount: 2000, test: true, ...changes })).get('id'))

const visit = (id: string): Promise<Called> => h.server.call('GET', `/begateway/products/${id}/pay`)
const tokenOf = (called: Called): string => new URL(String(called.headers.get('location'))).searchParams.get('token') ?? ''
const visits = async (id: string, count: number): Promise<string[]> => (await Promise.all(Array.from({ length: count }, () => visit(id)))).map(tokenOf)
const page = (token: string): string => `/begateway/widget/hpp.html?token=${token}&method=credit_card`
const open = (token: string): Promise<Called> => h.server.call('GET', page(token))
const pay = (token: string, number = GOOD): Promise<Called> => h.server.call('POST', page(token), { form: { session: token, card_number: number, exp: '01/31', cvv: '123', card_holder: 'Jane Doe' } })

interface Sold {
  readonly state: string
  readonly captured: bigint
  readonly attempts: bigint
}

const paymentsOf = (id: string): Promise<Sold[]> =>
  h.server.db.query<Sold>(
    `SELECT p.state, p.captured, (SELECT count(*) FROM attempts a WHERE a.payment_id = p.id) AS attempts FROM payments p WHERE p.request->'checkout'->>'product_id' = $1`, [id])

const placesOf = async (id: string): Promise<[bigint, bigint]> => {
  const [row] = await h.server.db.query<{ places: bigint; rows: bigint }>('SELECT places, (SELECT count(*) FROM begateway_places b WHERE b.product_id = g.id) AS rows FROM begateway_products g WHERE id = $1', [id])
  return [row?.places ?? -1n, row?.rows ?? -1n]
}

test('a hundred payers of the last one: one pays, and of the others nothing is even asked for', { timeout: 60_000 }, async () => {
  const id = await makeProduct({ quantity: 1 })
  const tokens = await visits(id, 100)
  expect(new Set(tokens).size).toBe(100)
  const answers = await Promise.all(tokens.map((token) => pay(token)))
  const payments = await paymentsOf(id)
  expect(payments.filter(({ captured }) => captured > 0n)).toEqual([{ state: 'succeeded', captured: 2000n, attempts: 1n }])
  expect(payments.reduce((sum, { attempts }) => sum + attempts, 0n)).toBe(1n)
  expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([303, ...Array.from({ length: 99 }, () => 503)])
  expect((await visit(id)).status).toBe(503)
  expect((await audit(h.server.db)).clean).toBe(true)
})

test('what is declined comes free again; three are sold, no more', { timeout: 60_000 }, async () => {
  const id = await makeProduct({ quantity: 3 })
  for (let round = 0; round < 4; round++) {
    const tokens = await visits(id, 8)
    await Promise.all(tokens.map((token, n) => pay(token, n % 3 === round % 3 ? DECLINED : GOOD)))
    if ((await visit(id)).status === 503) break
  }
  const payments = await paymentsOf(id)
  expect(payments.filter(({ captured }) => captured > 0n)).toHaveLength(3)
  expect(await placesOf(id)).toEqual([3n, 3n])
})

test('a hundred submits of one page take one place', { timeout: 60_000 }, async () => {
  const id = await makeProduct({ quantity: 2 })
  const [token = ''] = await visits(id, 1)
  await Promise.all(Array.from({ length: 100 }, () => pay(token)))
  expect(await placesOf(id)).toEqual([1n, 1n])
  expect((await visit(id)).status).toBe(303)
})

test('a page that was opened before the last one was sold says so, also to its script', async () => {
  const id = await makeProduct({ quantity: 1 })
  const [first = '', second = ''] = await visits(id, 2)
  expect((await open(second)).status).toBe(200)
  await pay(first)
  expect((await open(second)).status).toBe(503)
  const answer = await h.server.call('POST', page(second), { headers: { accept: 'application/json' }, json: { session: second, card_number: GOOD, exp: '01/31', cvv: '123', card_holder: 'Jane Doe' } })
  expect(answer.body).toEqual({ status: 'gone', url: `${h.base}/widget/hpp.html?token=${second}` })
  // Who has paid sees that, and not that it is sold out.
  expect((await open(first)).status).toBe(200)
})

test('a place whose payment never went to the provider is taken back after a minute, and that payment cannot start any more', async () => {
  const id = await makeProduct({ quantity: 1 })
  const [stalled = '', next = ''] = await visits(id, 2)
  // What a process leaves behind that dies between taking the place and sending the payment.
  const [of] = await h.server.db.query<{ merchant_id: string; id: string }>(
    `UPDATE begateway_products SET places = 1 WHERE id = $1 RETURNING merchant_id, (SELECT s.payment_id FROM sessions s WHERE s.hash = sha256(convert_to($2, 'UTF8'))) AS id`, [id, stalled])
  await h.server.db.query('INSERT INTO begateway_places (merchant_id, payment_id, product_id, held_until) VALUES ($1, $2, $3, $4)', [of?.merchant_id, of?.id, id, new Date(h.server.clock.now().getTime() + 60_000)])
  expect((await pay(next)).status).toBe(503)
  h.server.clock.advance(61_000)
  expect((await pay(next)).status).toBe(303)
  await pay(stalled)
  const payments = await paymentsOf(id)
  expect(payments.map(({ state }) => state).toSorted()).toEqual(['expired', 'succeeded'])
  expect(payments.reduce((sum, { attempts }) => sum + attempts, 0n)).toBe(1n)
})

test('an authorization that is released gives its place back', async () => {
  const id = await makeProduct({ quantity: 1, transaction_type: 'authorization' })
  const [token = ''] = await visits(id, 1)
  await pay(token)
  expect((await visit(id)).status).toBe(503)
  const { uid } = ((await h.shop.get(`/ctp/api/checkouts/${token}`)).get('checkout.gateway_response.authorization') ?? {}) as { uid: string }
  expect((await h.shop.post('/transactions/voids', { request: { parent_uid: uid, amount: 2000 } })).get('transaction.status')).toBe('successful')
  expect((await visit(id)).status).toBe(303)
})

test('without an end: everybody pays; with one from now on, those count', async () => {
  const id = await makeProduct({ infinite: true, quantity: 1 })
  await Promise.all((await visits(id, 5)).map((token) => pay(token)))
  expect((await paymentsOf(id)).filter(({ captured }) => captured > 0n)).toHaveLength(5)
  await h.shop.request('PUT', `/products/${id}`, { infinite: false, quantity: 6 })
  expect((await Promise.all((await visits(id, 5)).map((token) => pay(token)))).filter(({ status }) => status === 303)).toHaveLength(1)
})
