/**
 * What a beGateway shop does while its server is killed: each request under a RequestID, repeated until it is answered, then asked about until
 * it is over. Corefy's flows try every step of the core; here are those at which a RequestID has to do its work.
 */
import { randomUUID } from 'node:crypto'
import { BEGATEWAY_DEMO } from '../../src/apis/begateway/demo.ts'
import { persist, send, until, type Answered, type Request } from '../crash/client.ts'
import { check, type Flow, type Shop } from '../crash/flow.ts'

const auth = [BEGATEWAY_DEMO.shop_id, BEGATEWAY_DEMO.secret_key] as const

interface Seen {
  readonly uid: string
  readonly status: string
}

/** One request with its answer, whatever happens to the server meanwhile. */
async function make(shop: Shop, path: string, request: Readonly<Record<string, unknown>>): Promise<Seen> {
  const headers = { RequestID: randomUUID() }
  const answer = await persist('POST', `${shop.url}/begateway${path}`, { auth, headers, json: { request } })
  check(answer.status === 200, `${path}: ${answer.status} ${answer.text}`)
  const uid = String(answer.get('transaction.uid'))
  const again = await persist('POST', `${shop.url}/begateway${path}`, { auth, headers, json: { request } })
  check(again.get('transaction.uid') === uid, `${path}: the same RequestID made ${uid} and ${again.text}`)
  const service = path.startsWith('/beyag') ? '/beyag/transactions' : '/transactions'
  const status = await until(`the end of ${path}`, async () => {
    const now = String((await persist('GET', `${shop.url}/begateway${service}/${uid}`, { auth })).get('transaction.status'))
    return now === 'successful' || now === 'failed' ? now : undefined
  })
  return { uid, status }
}

const hook = (shop: Shop, name: string): string => `${shop.hooks_url}/${encodeURIComponent(shop.reference)}/${name}`

/** The shop is told how it ended. */
async function told(shop: Shop, name: string, { uid, status }: Seen): Promise<void> {
  const { pathname } = new URL(hook(shop, name))
  await until(`the notification of ${status}`, () =>
    shop.told.some(({ path, body }) => path === pathname && (body as { transaction?: Partial<Seen> }).transaction?.uid === uid && (body as { transaction: Seen }).transaction.status === status) || undefined)
}

const card = (shop: Shop, name: string): Record<string, unknown> => ({
  amount: 1234, currency: 'USD', description: 'd', test: true, duplicate_check: false, notification_url: hook(shop, name),
  credit_card: { number: '4200000000000000', exp_month: 1, exp_year: 2031, verification_value: '123', holder: 'ANN LEE' },
})

const payment: Flow = {
  name: 'beGateway card payment',
  labels: ['accept.before', 'accept.after', 'sale.intend.after', 'sale.execute.after', 'sale.record.before', 'sale.record.after', 'delivery.sent', 'delivery.recorded'],
  run: async (shop) => {
    await told(shop, 'a', await make(shop, '/transactions/payments', card(shop, 'a')))
  },
}

const apm: Flow = {
  name: 'beGateway APM payment',
  labels: ['accept.after', 'sale.execute.after'],
  run: async (shop) => {
    const request = { amount: 1234, currency: 'EUR', description: 'd', test: true, return_url: 'https://shop.example/', notification_url: hook(shop, 'a'), method: { type: 'bogus' }, additional_data: { contract: ['recurring'] } }
    await told(shop, 'a', await make(shop, '/beyag/transactions/payments', request))
  },
}

/** A sale or authorization that has passed; a server killed before may have ended one. */
async function paid(shop: Shop, path: string): Promise<string> {
  for (let tries = 0; tries < 3; tries++) {
    const made = await make(shop, path, card(shop, `a${tries}`))
    await told(shop, `a${tries}`, made)
    if (made.status === 'successful') return made.uid
  }
  throw new Error(`${path} fails again and again`)
}

/** The other steps of captures, and those of voids, are in `test/crash/flows/begateway.ts`, under RequestIDs as well. */
const capture: Flow = {
  name: 'beGateway capture',
  labels: ['capture.record.before'],
  run: async (shop) => {
    const parent_uid = await paid(shop, '/transactions/authorizations')
    const first = await make(shop, '/transactions/captures', { parent_uid, amount: 1000 })
    // A capture that never reached the network has failed, and can be made again.
    if (first.status === 'failed') await make(shop, '/transactions/captures', { parent_uid, amount: 1000 })
  },
}

const refund: Flow = {
  name: 'beGateway refund',
  labels: ['refund.accept.after', 'refund.intend.after', 'refund.execute.after', 'refund.record.after'],
  run: async (shop) => {
    const authorization = await paid(shop, '/transactions/authorizations')
    // Of a capture: there a refund waits for its turn, also for one whose process has died.
    const { uid: parent_uid } = await make(shop, '/transactions/captures', { parent_uid: authorization, amount: 1000 })
    await make(shop, '/transactions/refunds', { parent_uid, amount: 1000, reason: 'r', duplicate_check: false })
  },
}

/** A shop may state one of play money itself: it is booked once, however often it is stated under its key. */
const chargeBack: Flow = {
  name: 'beGateway charge-back',
  labels: ['charge_back.before', 'charge_back.after'],
  run: async (shop) => {
    const parent_uid = await paid(shop, '/transactions/payments')
    const { status } = await make(shop, '/transactions/chargebacks', { parent_uid, amount: 1000 })
    check(status === 'successful', `a charge-back is ${status}`)
    const rest = await persist('POST', `${shop.url}/begateway/transactions/chargebacks`, { auth, json: { request: { parent_uid, amount: 235 } } })
    check(rest.status === 422, `of 12.34 were taken 10.00, and 2.35 more: ${rest.status} ${rest.text}`)
  },
}

/** The last one of a product: whoever has its place keeps it through the crash, and nobody else gets one. */
const payLink: Flow = {
  name: 'beGateway pay link',
  labels: ['sale.intend.before', 'sale.execute.after'],
  run: async (shop) => {
    const product = { name: 'Lamp', description: 'A lamp', currency: 'USD', amount: 1234, quantity: 1, test: true }
    const id = String((await persist('POST', `${shop.url}/begateway/products`, { auth, json: product })).get('id'))
    const visit = async (): Promise<string> => new URL((await persist('GET', `${shop.url}/begateway/products/${id}/pay`)).location ?? '').searchParams.get('token') ?? ''
    const form = (session: string): Record<string, string> => ({ session, card_number: '4200000000000000', exp: '01/31', cvv: '123', card_holder: 'ANN LEE' })
    const page = (token: string): string => `${shop.url}/begateway/widget/hpp.html?token=${token}&method=credit_card`
    const [first, second] = [await visit(), await visit()]
    await persist('POST', page(first), { form: form(first) })
    await until('the first one to have paid', async () => {
      const { status } = (await persist('GET', `${shop.url}/begateway/ctp/api/checkouts/${first}`, { auth })).get('checkout') as { status: string }
      return status === 'successful' || undefined
    })
    // Whoever gets no answer knows nothing.
    const answer = (method: string, url: string, request?: Request): Promise<Answered> => until('an answer', () => send(method, url, request))
    const late = await answer('POST', page(second), { form: form(second) })
    check(late.status === 503, `the second one is answered ${late.status}`)
    const { status } = await answer('GET', `${shop.url}/begateway/products/${id}/pay`)
    check(status === 503, `the link is still open: ${status}`)
  },
}

export const BEGATEWAY_FLOWS: readonly Flow[] = [payment, apm, capture, refund, chargeBack, payLink]
