/** What a Fintoc shop and its payer do while the server is killed: each POST under an Idempotency-Key; the payer does what the screen says. */
import { randomBytes } from 'node:crypto'
import { FINTOC_DEMO } from '../../src/apis/fintoc/demo.ts'
import { persist, until, type Answered } from '../crash/client.ts'
import { check, stepsOf, type Flow, type Shop } from '../crash/flow.ts'
import { ACCOUNTS, INTENT } from './support.ts'

function api(shop: Shop, path: string, json: object, name: string): Promise<Answered> {
  return persist('POST', `${shop.url}/fintoc/v1/${path}`, { headers: { authorization: FINTOC_DEMO.secret_key, 'idempotency-key': `${shop.reference} ${name}` }, json })
}

const HOOK = '/fintoc'

/** One endpoint for all cases over one database: the key sees to that. */
async function listen(shop: Shop): Promise<void> {
  const url = `${new URL(shop.hooks_url).origin}${HOOK}`
  const made = await api({ ...shop, reference: 'every case' }, 'webhook_endpoints', { url, enabled_events: ['*'] }, 'hook')
  check(made.status === 201, `webhook_endpoints: ${made.text}`)
}

async function told(shop: Shop, type: string, id: unknown): Promise<void> {
  await until(`${type} of ${String(id)}`, () =>
    shop.told.some(({ path, body }) => path === HOOK && (body as { type?: string }).type === type && (body as { data: { id: string } }).data.id === id) || undefined)
}

/**
 * Orders until one is paid. A server that died before the transfer left the building has failed that payment, because nobody could know
 * whether it had left; then the shop was told so, and the payer buys once more.
 */
async function buy(shop: Shop, account: string): Promise<string> {
  const first = await order(shop, account, 'order')
  if (first.paid) return first.id
  await told(shop, 'payment_intent.failed', first.id)
  const second = await order(shop, account, 'second order')
  check(second.paid, 'one crash cost two payments')
  return second.id
}

/** From the order to the last screen. */
async function order(shop: Shop, account: string, name: string): Promise<{ id: string; paid: boolean }> {
  const intent = await api(shop, 'payment_intents', INTENT, name)
  const again = await api(shop, 'payment_intents', INTENT, name)
  check(intent.text === again.text, `the same key made ${intent.text} and ${again.text}`)
  const token = String(intent.get('widget_token'))
  // As the widget's frame does: chosen before the sign-in, so that a sign-in whose answer is lost can be sent again.
  const who = { public_key: FINTOC_DEMO.public_key, token, flow: randomBytes(20).toString('hex') }
  const ask = (name: string, body: object): Promise<Answered> => persist('POST', `${shop.url}/fintoc/v1/widget/${name}`, { json: { ...who, ...body } })
  let screen = await ask('sign_in', { institution: 'cl_banco_estado', username: '416148503', password: 'jonsnow', holder_type: 'individual' })
  const step = await until('the last screen', async () => {
    const step = screen.get('step')
    if (step === 'done' || step === 'failed') return step
    check(screen.status === 200, `the payer was told ${screen.text}`)
    screen = step === 'account' ? await ask('confirm', { account }) : step === 'code' ? await ask('answer', { code: ['0000'], decline: false }) : await ask('state', {})
    return undefined
  })
  return { id: String(intent.get('id')), paid: step === 'done' }
}

/** A refund, and what the shop was told of it in the end. */
async function giveBack(shop: Shop, resource_id: string, name: string): Promise<string> {
  const made = await api(shop, 'refunds', { resource_id, amount: 400 }, name)
  check(made.status === 201, `refunds: ${made.text}`)
  const ends = ['refund.succeeded', 'refund.failed']
  return until(`the end of refund ${String(made.get('id'))}`, () => {
    const end = shop.told.find(({ path, body }) => path === HOOK && ends.includes((body as { type: string }).type) && (body as { data: { id: string } }).data.id === made.get('id'))
    return (end?.body as { type: string } | undefined)?.type
  })
}

const ACCEPT = ['accept.before', 'accept.after']
const DELIVERY = ['delivery.rendered', 'delivery.sent', 'delivery.recorded']

/** Among the labels the worst of all: the bank did it, and we died before we could write it down (`transfer.resume.after`). */
const bySms: Flow = {
  name: 'Fintoc transfer with a code',
  labels: [...ACCEPT, ...stepsOf('transfer'), 'transfer.resume.before', 'transfer.resume.after', 'transfer.record.before#2', 'transfer.record.after#2', ...DELIVERY],
  run: async (shop) => {
    await listen(shop)
    await told(shop, 'payment_intent.succeeded', await buy(shop, ACCOUNTS.sms))
  },
}

const byApp: Flow = {
  name: 'Fintoc transfer approved in an app',
  labels: ['transfer.execute.after', 'transfer.record.after', 'transfer.inquire.before', 'transfer.inquire.after'],
  run: async (shop) => {
    await listen(shop)
    await told(shop, 'payment_intent.succeeded', await buy(shop, ACCOUNTS.app))
  },
}

const refund: Flow = {
  name: 'Fintoc refund',
  labels: ['refund.accept.before', 'refund.accept.after', ...stepsOf('refund')],
  run: async (shop) => {
    await listen(shop)
    const resource_id = await buy(shop, ACCOUNTS.sms)
    if ((await giveBack(shop, resource_id, 'refund')) === 'refund.succeeded') return
    // It had never left the building; the shop was told that it failed, and asks once more.
    check((await giveBack(shop, resource_id, 'second refund')) === 'refund.succeeded', 'one crash cost two refunds')
  },
}

/** Ended by the shop: the call is answered by what it did, also when the server that did it could not say so any more. */
const onDemand: Flow = {
  name: 'Fintoc intent expired on demand',
  labels: ['end.before', 'end.after'],
  run: async (shop) => {
    await listen(shop)
    const intent = await api(shop, 'payment_intents', INTENT, 'order')
    const expired = await api(shop, `payment_intents/${String(intent.get('id'))}/expire`, {}, 'expire')
    check(expired.status === 201 && expired.get('status') === 'expired', `expire: ${expired.text}`)
    await told(shop, 'payment_intent.expired', intent.get('id'))
  },
}

export const FINTOC_FLOWS: readonly Flow[] = [bySms, byApp, refund, onDemand]
