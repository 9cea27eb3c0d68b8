/** Corefy's flows: invoices, sales by card and by token, 3-D Secure, refunds, expiry, payouts. */
import { COREFY_DEMO } from '../../../src/apis/corefy/demo.ts'
import { dig } from '../../support/server.ts'
import { persist, until } from '../client.ts'
import { check, stepsOf, type Flow } from '../flow.ts'
import { CARD, CHALLENGED, comeBack, create, ending, hookOf, passChallenge, read, refund, sale, told } from './corefy.ts'

const createOnly: Flow = {
  name: 'Corefy create',
  labels: ['accept.before', 'accept.after', 'delivery.rendered', 'delivery.sent', 'delivery.recorded'],
  run: async (shop) => {
    const invoice = await create(shop, 'a')
    check((await read(shop, invoice.id)).status === 'process_pending', 'a fresh invoice waits')
    await told(shop, 'a', 'process_pending')
  },
}

const byCard: Flow = {
  name: 'Corefy sale by card',
  labels: [...stepsOf('sale'), 'delivery.rendered#2', 'delivery.sent#2', 'delivery.recorded#2'],
  run: async (shop) => {
    const invoice = await create(shop, 'a')
    await sale(shop, invoice)
    const { status } = await ending(shop, invoice, 'a')
    check(status === 'processed' || status === 'process_failed', `a sale ended as ${status}`)
  },
}

const byToken: Flow = {
  name: 'Corefy sale by token',
  labels: stepsOf('sale', 2),
  run: async (shop) => {
    const first = await create(shop, 'first')
    await sale(shop, first)
    const { token_of_card } = await ending(shop, first, 'first', new Set(['processed']))
    check(typeof token_of_card === 'string', 'a paid invoice brings a token')
    const second = await create(shop, 'second', { token: token_of_card })
    await sale(shop, second, {})
    await ending(shop, second, 'second')
  },
}

const declined: Flow = {
  name: 'Corefy sale, declined',
  labels: ['sale.execute.after', 'sale.record.before', 'sale.record.after'],
  run: async (shop) => {
    const invoice = await create(shop, 'a')
    await sale(shop, invoice, { ...CARD, card_number: '4000000000000002' })
    const { status } = await ending(shop, invoice, 'a')
    check(status === 'process_failed', `a declined sale ended as ${status}`)
  },
}

const threeDs: Flow = {
  name: 'Corefy 3-D Secure',
  labels: ['sale.execute.after', 'sale.record.before', 'sale.record.after', 'sale.resume.before', 'sale.resume.after', 'sale.record.before#2', 'sale.record.after#2'],
  run: async (shop) => {
    const invoice = await create(shop, 'a')
    const answer = await sale(shop, invoice, CHALLENGED)
    check(answer.get('auth_payload') !== null, `no challenge: ${answer.text}`)
    await comeBack(await passChallenge(answer))
    const { status } = await ending(shop, invoice, 'a')
    check(status === 'processed', `who passed the challenge has paid, not ${status}`)
  },
}

const refunded: Flow = {
  name: 'Corefy refund',
  labels: ['refund.accept.before', 'refund.accept.after', ...stepsOf('refund'), 'delivery.sent#3', 'delivery.recorded#4'],
  run: async (shop) => {
    const invoice = await create(shop, 'a')
    await sale(shop, invoice)
    await ending(shop, invoice, 'a', new Set(['processed']))
    await refund(shop, invoice, 'a', 4)
  },
}

/** The answer of the network gets lost: the resolver asks, and dies over it. */
const lostAnswer: Flow = {
  name: 'Corefy sale, answer lost',
  labels: ['sale.inquire.before', 'sale.inquire.after', 'sale.record.before', 'sale.record.after'],
  run: async (shop) => {
    shop.faults('cards', { timeout_after_work: 1 })
    const invoice = await create(shop, 'a')
    await sale(shop, invoice)
    const { status } = await ending(shop, invoice, 'a')
    check(status === 'processed', `the network did it, and the invoice is ${status}`)
  },
}

/** Nobody comes to the challenge before the invoice's time is over. */
const abandoned: Flow = {
  name: 'Corefy expiry of a challenge',
  labels: ['sale.abandon.before', 'sale.abandon.after', 'sale.record.before#2', 'sale.record.after#2', 'end.before', 'end.after'],
  run: async (shop) => {
    const invoice = await create(shop, 'a', { expires: Math.floor(Date.now() / 1000) + 3 })
    await sale(shop, invoice, CHALLENGED)
    const { status } = await ending(shop, invoice, 'a')
    // This API's word for an invoice that somebody tried to pay, and whose time is over.
    check(status === 'process_failed', `who never came has not ${status}`)
  },
}

const paidOut: Flow = {
  name: 'Corefy payout',
  labels: ['accept.after', ...stepsOf('payout')],
  run: async (shop) => {
    const auth = [COREFY_DEMO.account_id, COREFY_DEMO.api_key] as const
    const reference_id = `${shop.reference}/out`
    const attributes = { reference_id, currency: 'USD', amount: 10, service: 'test_usd', test_mode: true, fields: { account: '1234567890' }, callback_url: hookOf(shop, 'out') }
    const made = await persist('POST', `${shop.url}/corefy/payout-invoices`, { auth, json: { data: { type: 'payout-invoice', attributes } } })
    const known = made.status === 201 ? made.get('data.id') : (await persist('GET', `${shop.url}/corefy/payout-invoices?filter[reference_id]=${encodeURIComponent(reference_id)}`, { auth })).get('data.0.id')
    const url = `${shop.url}/corefy/payout-invoices/${String(known)}`
    const sent = await persist('POST', `${url}/process`, { auth })
    check(sent.status === 201 || (sent.repeated && (sent.status === 409 || sent.status === 422)), `process: ${sent.status} ${sent.text}`)
    const status = await until('the end of the payout', async () => {
      const now = String((await persist('GET', url, { auth })).get('data.attributes.status'))
      return now === 'processed' || now === 'process_failed' ? now : undefined
    })
    const { pathname } = new URL(hookOf(shop, 'out'))
    await until('the callback', () => shop.told.some(({ path, body }) => path === pathname && dig(body, 'data.attributes.status') === status) || undefined)
  },
}

/** Where the networks die with the server, and only their book outlives them. */
export const INSIDE_FLOWS: readonly Flow[] = [
  { ...byCard, labels: ['sale.execute.after', 'sale.record.before', 'sale.record.after'] },
  { ...threeDs, labels: ['sale.execute.after', 'sale.resume.after'] },
  { ...refunded, labels: ['refund.execute.after'] },
]

export const COREFY_FLOWS: readonly Flow[] = [createOnly, byCard, byToken, declined, threeDs, refunded, lostAnswer, abandoned, paidOut]
