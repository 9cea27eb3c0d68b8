/** beGateway's flows: what is authorized, captured and released, and a wallet whose payer pays while nobody is at home. */
import { BEGATEWAY_DEMO } from '../../../src/apis/begateway/demo.ts'
import { dig } from '../../support/server.ts'
import { persist, until, type Answered } from '../client.ts'
import { check, stepsOf, type Flow, type Shop } from '../flow.ts'

const auth = [BEGATEWAY_DEMO.shop_id, BEGATEWAY_DEMO.secret_key] as const
const CARD = { number: '4200000000000000', exp_month: '01', exp_year: '2031', holder: 'JANE DOE', verification_value: '123' }
const ENDS = new Set(['successful', 'failed', 'expired', 'declined'])

const hookOf = (shop: Shop): string => `${shop.hooks_url}/${encodeURIComponent(shop.reference)}`

const post = (shop: Shop, path: string, request: Readonly<Record<string, unknown>>, name: string): Promise<Answered> =>
  persist('POST', `${shop.url}/begateway${path}`, { auth, headers: { RequestID: `${shop.reference} ${name}` }, json: { request: { test: true, notification_url: hookOf(shop), ...request } } })

/** The same request until it has an ending. One that failed because nobody knew whether it had left the building is made once more. */
async function insist(shop: Shop, path: string, request: Readonly<Record<string, unknown>>, name: string): Promise<string> {
  for (const key of [name, `${name} again`]) {
    const answer = await until(`the end of ${name}`, async () => {
      const answered = await post(shop, path, request, key)
      return ENDS.has(String(answered.get('transaction.status'))) ? answered : undefined
    })
    if (answer.get('transaction.status') === 'successful') return String(answer.get('transaction.uid'))
  }
  throw new Error(`one crash cost two of ${path}`)
}

async function told(shop: Shop, uid: string): Promise<void> {
  const { pathname } = new URL(hookOf(shop))
  await until(`the notification of ${uid}`, () => shop.told.some(({ path, body }) => path === pathname && dig(body, 'transaction.uid') === uid && dig(body, 'transaction.status') === 'successful') || undefined)
}

let amount = 1_000

const manual: Flow = {
  name: 'beGateway authorization, capture, void',
  labels: ['authorize.intend.after', 'authorize.execute.after', 'authorize.record.after', 'capture.intend.after', 'capture.execute.after', 'capture.record.after', ...stepsOf('void')],
  run: async (shop) => {
    const [first, second] = [++amount, ++amount]
    const order = { amount: first, currency: 'USD', description: 'Order', tracking_id: shop.reference, credit_card: CARD, duplicate_check: false }
    const captured = await insist(shop, '/transactions/authorizations', order, 'first')
    await insist(shop, '/transactions/captures', { parent_uid: captured, amount: 700 }, 'capture')
    const released = await insist(shop, '/transactions/authorizations', { ...order, amount: second, tracking_id: `${shop.reference} 2` }, 'second')
    await insist(shop, '/transactions/voids', { parent_uid: released, amount: second }, 'void')
    await told(shop, captured)
  },
}

/** The payer is at the wallet's page when the server dies, and pays there all the same. */
const wallet: Flow = {
  name: 'beGateway wallet',
  labels: ['sale.execute.after', 'sale.record.before', 'sale.record.after', 'sale.inquire.before', 'sale.inquire.after', 'sale.record.after#2'],
  run: async (shop) => {
    const request = { amount: ++amount, currency: 'EUR', description: 'Order', tracking_id: shop.reference, return_url: 'https://shop.example/back', customer: { email: 'p@shop.example', country: 'LV' }, method: { type: 'q_pay' } }
    const page = await until('the way to the wallet', async () => {
      const answer = await post(shop, '/beyag/transactions/payments', request, 'pay')
      return answer.get('transaction.form.action') === undefined ? undefined : answer
    })
    const action = String(page.get('transaction.form.action'))
    await persist('POST', action, { form: { account: 'pat', pin: '1234', decision: 'enter' } })
    const paid = await persist('POST', action, { form: { decision: 'pay' } })
    check(paid.status < 400, `the wallet said ${paid.status} ${paid.text.slice(0, 2_000)}`)
    const uid = String(page.get('transaction.uid'))
    await told(shop, uid)
  },
}

/** A payment that failed, and its proof: what an operator says is booked once, however often it is said. */
const proof: Flow = {
  name: 'beGateway proof',
  labels: ['correct.before', 'correct.after'],
  run: async (shop) => {
    const order = { amount: 15_000, currency: 'EUR', description: 'Order', tracking_id: shop.reference, return_url: 'https://shop.example/back', customer: { email: 'p@shop.example', country: 'LV' }, method: { type: 'bogus' } }
    const failed = await until('the failure', async () => {
      const answer = await post(shop, '/beyag/transactions/payments', order, 'pay')
      return answer.get('transaction.status') === 'failed' ? answer : undefined
    })
    const uid = String(failed.get('transaction.uid'))
    const document = { content_type: 'image/png', file_name: 'a.png', file_size: 3, content: 'cG5n', checksum: 'c' }
    const proved = { skip_duplicate_check: true, amount: 15_000, currency: 'EUR', transaction_reference: 'bank', document }
    await until('the success', async () => {
      await persist('POST', `${shop.url}/begateway/beyag/transactions/${uid}/proof`, { auth, json: { request: proved } })
      return (await persist('GET', `${shop.url}/begateway/beyag/transactions/${uid}`, { auth })).get('transaction.status') === 'successful' || undefined
    })
    await told(shop, uid)
  },
}

export const BEGATEWAY_FLOWS: readonly Flow[] = [manual, wallet, proof]
