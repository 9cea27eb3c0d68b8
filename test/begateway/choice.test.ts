/** The payer's choice at the hosted checkout: whatever is clicked at once, the transaction is told as what really pays it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHarness, type Harness, type Json } from './harness.ts'
import type { Called } from '../support/server.ts'

let h: Harness
beforeAll(async () => {
  h = await createHarness()
})
afterAll(() => h.close())

interface Open {
  readonly token: string
  readonly url: string
  readonly hook: string
}

let count = 0

async function begin(types: readonly string[]): Promise<Open> {
  const hook = `/choice/${++count}`
  const order = { amount: 700 + count, currency: 'EUR', description: 'A lamp' }
  const made = await h.shop.post('/ctp/api/checkouts', { checkout: { transaction_type: 'payment', test: true, order, settings: { notification_url: `${h.server.receiver.url}${hook}` }, payment_method: { types } } })
  return { token: String(made.get('checkout.token')), url: String(made.get('checkout.redirect_url')), hook }
}

const byCard = ({ url, token }: Open): Promise<Called> =>
  h.server.call('POST', `${url}&method=credit_card`, { form: { session: token, card_number: '4200000000000000', exp: '01/31', cvv: '123', card_holder: 'Jane Doe' } })
const choose = ({ url, token }: Open, service: string): Promise<Called> => h.server.call('POST', url, { form: { session: token, service } })

async function uidOf({ token }: Open): Promise<string> {
  const { payment } = (await h.shop.get(`/ctp/api/checkouts/${token}`)).get('checkout.gateway_response') as { payment: { uid: string } }
  return payment.uid
}

/** How the transaction is told: by the gateway, or by the APM API under the name of its method. */
async function toldAs(uid: string): Promise<unknown> {
  const card = await h.shop.get(`/transactions/${uid}`)
  return card.status === 200 ? card.get('transaction.payment_method_type') : (await h.shop.get(`/beyag/transactions/${uid}`)).get('transaction.method_type')
}

test('a card and two wallets at once: one of them pays, and is the one that is told', { timeout: 60_000 }, async () => {
  for (let round = 0; round < 12; round++) {
    const open = await begin(['credit_card', 'q_pay', 'bank_transfer'])
    await Promise.all([choose(open, 'q_pay'), byCard(open), choose(open, 'bank_transfer'), byCard(open), choose(open, 'q_pay')])
    const uid = await uidOf(open)
    const rows = await h.server.db.query<{ method: string; facts: { account?: { type: string } } }>('SELECT p.method, a.facts FROM payments p JOIN attempts a ON a.merchant_id = p.merchant_id AND a.payment_id = p.id WHERE p.id = $1', [uid])
    expect(rows).toHaveLength(1)
    expect(await toldAs(uid)).toBe(rows[0]?.method === 'card' ? 'credit_card' : rows[0]?.facts.account?.type)
  }
})

test('a wallet is pending once, on its way and when it says that it will know later', async () => {
  const open = await begin(['credit_card', 'q_pay'])
  await choose(open, 'q_pay')
  await h.server.work()
  const told = (): unknown[] => h.server.receiver.at(open.hook).map(({ body }) => (body as { transaction: Json }).transaction['status'])
  expect(told()).toEqual(['pending'])
  const action = String((await h.shop.get(`/beyag/transactions/${await uidOf(open)}`)).get('transaction.form.action'))
  await h.server.call('POST', action, { form: { account: 'slow', pin: '1234', decision: 'enter' } })
  const done = await h.server.call('POST', action, { form: { decision: 'pay' } })
  await h.server.call('GET', String(done.headers.get('refresh')).replace('0; url=', ''))
  await h.server.work()
  expect(told()).toEqual(['pending'])
  h.server.clock.advance(60_000)
  await h.server.work()
  expect(told()).toEqual(['pending', 'successful'])
})

test('the shop that is asked before reads the chosen method', async () => {
  const made = await h.shop.post('/ctp/api/checkouts', { checkout: { transaction_type: 'payment', test: true, order: { amount: 5, currency: 'EUR', description: 'd' }, settings: { verification_url: `${h.server.receiver.url}/asked` }, payment_method: { types: ['credit_card', 'q_pay'] } } })
  const open = { token: String(made.get('checkout.token')), url: String(made.get('checkout.redirect_url')), hook: '' }
  await choose(open, 'q_pay')
  // The receiver answers no verdict: refused.
  expect(h.server.receiver.at('/asked').map(({ body }) => (body as { transaction: Json }).transaction)).toMatchObject([{ method_type: 'q_pay', q_pay: {}, status: 'initial' }])
})
