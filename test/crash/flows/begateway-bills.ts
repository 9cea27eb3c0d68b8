/** Bills of ERIP (beGateway): somebody begins to pay at a kiosk, and confirms, while nobody is at home; and a bill that many pay. */
import { randomUUID } from 'node:crypto'
import { BEGATEWAY_DEMO } from '../../../src/apis/begateway/demo.ts'
import { dig } from '../../support/server.ts'
import { bookAt } from '../books.ts'
import { persist, until, type Answered } from '../client.ts'
import { check, type Flow, type Shop } from '../flow.ts'

const auth = [BEGATEWAY_DEMO.shop_id, BEGATEWAY_DEMO.secret_key] as const

/** Each case has its own, by which the network's book is searched; beyond what other flows ask for. */
let amount = 40_000

const pathOf = (shop: Shop): string => `/${encodeURIComponent(shop.reference)}/bill`

interface Bill {
  readonly uid: string
  readonly order_id: string
  readonly amount: number
  /** Where it is paid. */
  readonly place: string
}

async function billOf(shop: Shop, method: Readonly<Record<string, unknown>>): Promise<Bill> {
  const order_id = randomUUID()
  const own = ++amount
  const request = { amount: own, currency: 'BYN', description: 'Bill', email: 'e@shop.example', ip: '127.0.0.1', order_id, test: true, notification_url: `${shop.hooks_url}${pathOf(shop)}`, payment_method: { type: 'erip', ...method } }
  const made = await persist('POST', `${shop.url}/begateway/beyag/payments`, { auth, headers: { RequestID: order_id }, json: { request } })
  return { uid: String(made.get('transaction.uid')), order_id, amount: own, place: String(made.get('transaction.erip.banks.0.link')) }
}

const begin = async (place: string): Promise<Record<string, string>> => {
  const session = /name="session" value="(\w+)"/.exec((await persist('POST', place, { form: { decision: 'begin' } })).text)?.[1] ?? ''
  return { decision: 'pay', session }
}

const told = (shop: Shop, uid: unknown): number => shop.told.filter(({ path, body }) => path === pathOf(shop) && dig(body, 'transaction.uid') === uid && dig(body, 'transaction.status') === 'successful').length

const atKiosk: Flow = {
  name: 'beGateway bill at a kiosk',
  labels: ['sale.record.after#2', 'sale.record.before#3'],
  run: async (shop) => {
    const bill = await billOf(shop, { account_number: 'kiosk 17' })
    const status = async (): Promise<unknown> => (await persist('GET', `${shop.url}/begateway/beyag/payments/${bill.uid}`, { auth })).get('transaction.status')
    const form = await begin(bill.place)
    await until('the beginning', async () => ((await status()) === 'start' ? true : undefined))
    await persist('POST', bill.place, { form })
    await until('the success', async () => ((await status()) === 'successful' ? true : undefined))
    await until('the notification', () => told(shop, bill.uid) || undefined)
  },
}

const byMany: Flow = {
  name: 'beGateway permanent bill',
  labels: ['accept.after#2', 'sale.execute.after', 'sale.record.before#4'],
  run: async (shop) => {
    const bill = await billOf(shop, { account_number: '17', permanent: true })
    const session = bill.place.split('/').at(-1) ?? ''
    // Whose page broke when they began comes again, and has begun twice.
    const visit = async (): Promise<string> => (await persist('POST', bill.place, { form: { session, service: 'erip' } })).location ?? ''
    for (const place of [await visit(), await visit()]) await persist('POST', place, { form: await begin(place) })
    const payments = async (): Promise<Answered[]> => {
      const list = (await persist('GET', `${shop.url}/begateway/beyag/transactions/tracking_id/${bill.order_id}`, { auth })).get('transactions') as { uid: string }[]
      return Promise.all(list.filter(({ uid }) => uid !== bill.uid).map(({ uid }) => persist('GET', `${shop.url}/begateway/beyag/payments/${uid}`, { auth })))
    }
    // What reached the network is paid in the end, also when its payer was never led there.
    const paid = await until('all payers', async () => {
      for (const payment of await payments()) {
        const place = payment.get('transaction.erip.banks.0.link')
        if (typeof place === 'string' && payment.get('transaction.status') === 'auto_created') await persist('POST', place, { form: await begin(place) })
      }
      const book = (await bookAt(shop.sandbox_url)).filter((record) => record.amount.minor === BigInt(bill.amount))
      const successful = (await payments()).filter((payment) => payment.get('transaction.status') === 'successful')
      return book.every(({ status }) => status === 'approved') && book.length === successful.length ? successful.map((payment) => payment.get('transaction.uid')) : undefined
    })
    check(paid.length >= 2 && paid.length <= 3, `two came to the kiosk, and ${paid.length} have paid`)
    await until('the notifications', () => paid.every((uid) => told(shop, uid) > 0) || undefined)
    const kept = await persist('GET', `${shop.url}/begateway/beyag/payments/?order_id=${bill.order_id}`, { auth })
    check(kept.get('transaction.uid') === bill.uid && kept.get('transaction.status') === 'permanent', `the bill is ${kept.text}`)
  },
}

export const BILL_FLOWS: readonly Flow[] = [atKiosk, byMany]
