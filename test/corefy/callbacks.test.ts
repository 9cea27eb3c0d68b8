/** Callbacks as a merchant's server sees them: what is told, how it is signed, when it is told again. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Accounts } from '../../src/apis/corefy/accounts.ts'
import { callbackSignature, createNotifier } from '../../src/apis/corefy/notify.ts'
import { replay } from '../../src/webhooks/store.ts'
import { assertNoSecrets } from '../secrets/secrets.ts'
import { dig, type Received } from '../support/server.ts'
import { attributesOf, CARD, CARDS, idOf, openShop, reference, sessionOf, tokenOf, type Shop } from './shop.ts'

let shop: Shop
let paths = 0
beforeAll(async () => {
  shop = await openShop()
})
afterEach(() => shop.server.receiver.answer(200))
afterAll(() => shop.close())

/** A receiver's address of its own. */
const hook = (): Hook => {
  const path = `/hook-${++paths}`
  const told = (): Received[] => shop.server.receiver.at(path)
  const status = ({ body }: Received): string => String(dig(body, 'data.attributes.status'))
  return { url: `${shop.server.receiver.url}${path}`, told, statuses: () => told().map(status), of: (wanted) => told().filter((received) => status(received) === wanted).at(-1) }
}
interface Hook {
  readonly url: string
  readonly told: () => Received[]
  /** In the order of arrival, which is nobody's promise. */
  readonly statuses: () => string[]
  /** The last callback with a status. */
  readonly of: (status: string) => Received | undefined
}
const sorted = (words: readonly unknown[]): string[] => words.map(String).toSorted()
/** What a receiver computes, in its own words. */
const signature = (secret: string, raw: string): string => createHash('sha1').update(secret + raw + secret, 'utf8').digest('base64')

describe('the signature', () => {
  it.each([
    ['sk_test_example', '{"data":{"type":"payment-invoices","id":"cpi_AAAAAAAAAAAAAAAA"}}', '0orB6CI/nz6FU4GNAK7wDDr7k+c='],
    ['sk_live_example', '{}', 'PXWZishx9yCWOz3UXJDug4bc6hw='],
  ])('of the published vectors with %s', (secret, body, expected) => {
    expect(callbackSignature(Buffer.from(secret), body)).toBe(expected)
    expect(signature(secret, body)).toBe(expected)
  })

  it('is over exactly the bytes that are sent, with the test key for test invoices', async () => {
    const { url, told } = hook()
    await shop.paid({ callback_url: url, description: 'Año nuevo – 東京 😀', customer: { reference_id: reference('c'), name: 'Zoë' } })
    const now_s = (): number => Math.floor(shop.server.clock.now().getTime() / 1000)
    const before_s = now_s()
    await shop.server.work()
    expect(told()).toHaveLength(2)
    for (const { method, headers, raw } of told()) {
      expect(method).toBe('POST')
      expect(Object.keys(headers).filter((name) => name.includes('retry') || name.startsWith('x-')).toSorted()).toEqual(['next-retry', 'retry-count', 'x-signature'])
      expect(Number(headers['next-retry'])).toBeGreaterThanOrEqual(before_s + 60)
      expect(Number(headers['next-retry'])).toBeLessThanOrEqual(now_s() + 60)
      expect(raw).toBe(JSON.stringify(JSON.parse(raw)))
      expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-signature': signature(shop.keys.private_key_test, raw), 'retry-count': '1', 'user-agent': 'Webhook-Client', 'next-retry': expect.stringMatching(/^\d{10}$/) as unknown })
    }
  })

  it('stands in headers that are written as documented, over bytes that are counted', async () => {
    const heard: string[] = []
    const receiver = createServer((socket) => void socket.on('data', (bytes: Buffer) => {
      heard.push(bytes.toString())
      if (heard.join('').includes('"included":[]}')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    })).listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    await shop.invoice({ callback_url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook?order=1`, description: 'Año 😀' })
    await shop.server.work()
    receiver.close()
    const [head = '', raw = ''] = heard.join('').split('\r\n\r\n')
    const [request, ...lines] = head.split('\r\n')
    const headers = Object.fromEntries(lines.map((line) => line.split(': ', 2)))
    expect(request).toBe('POST /hook?order=1 HTTP/1.1')
    expect(headers).toMatchObject({ 'Content-Type': 'application/json', 'X-Signature': signature(shop.keys.private_key_test, raw), 'Retry-Count': '1', 'Next-Retry': expect.stringMatching(/^\d{10}$/) as unknown, 'User-Agent': 'Webhook-Client' })
    expect(Number(Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-length')?.[1])).toBe(Buffer.byteLength(raw))
    expect(JSON.parse(raw)).toMatchObject({ data: { attributes: { description: 'Año 😀' } } })
  })

  it('is made with the live key for live invoices', async () => {
    const { url, told } = hook()
    const created = await shop.invoice({ callback_url: url, test_mode: false })
    await shop.sale(created)
    await shop.server.work()
    const credential = (await shop.server.tender.merchants.credentials('mer_demo', 'corefy')).find(({ id }) => id === 'corefy_private_key_live')
    const key = Buffer.from(await shop.server.tender.merchants.secretOf(credential!)).toString()
    expect(key).toMatch(/^sk_live_[\w-]{43}$/)
    for (const { headers, raw } of told()) expect(headers['x-signature']).toBe(signature(key, raw))
  })
})

describe('what is told', () => {
  it('is the document that a read gives, at creation and at every change of status', async () => {
    const { url, told, statuses, of } = hook()
    const created = await shop.invoice({ callback_url: url, customer: { reference_id: reference('c'), name: 'Ann' }, gateway_options: { cardgate: { tokenize: true } } })
    await shop.server.work()
    expect(dig(told()[0]?.body, 'data.attributes.flow_data.metadata')).toEqual({ sid: sessionOf(created) })
    await shop.sale(created)
    await shop.server.work()
    for (const amount of [4, 5]) {
      await shop.api(`/payment-invoices/${idOf(created)}/refund`, { data: { type: 'refund', attributes: { amount } } })
      shop.server.clock.advance(1_000)
      await shop.server.work()
    }
    expect(sorted(statuses())).toEqual(['partially_refunded', 'partially_refunded', 'process_pending', 'processed', 'refund_pending', 'refund_pending'])
    const { callback_logs, ...now } = attributesOf(await shop.api(`/payment-invoices/${idOf(created)}`))
    const { callback_logs: none, ...last } = dig(of('partially_refunded')?.body, 'data.attributes') as Record<string, unknown>
    expect(last).toEqual(now)
    expect([none, callback_logs]).toEqual([[], expect.arrayContaining([expect.objectContaining({ url, status: 'delivered', tries: 1, log: [expect.objectContaining({ http_code: 200 })] })])])
    expect(dig(of('partially_refunded')?.body, 'included.0.attributes.name')).toBe('Ann')
    expect(dig(of('processed')?.body, 'data.attributes.payload')).toMatchObject({ token: expect.stringMatching(/^\w{32}$/) as unknown, payment_card: { mask: '424242******4242' } })
  })

  it('grows in updated, so that a receiver can order what comes out of order', async () => {
    const { url, told } = hook()
    const created = await shop.invoice({ callback_url: url })
    shop.server.clock.advance(1_000)
    await shop.sale(created)
    shop.server.clock.advance(1_000)
    await shop.api(`/payment-invoices/${idOf(created)}/refund`, undefined, { method: 'POST' })
    await shop.server.work()
    const updated = ({ body }: Received): number => Number(dig(body, 'data.attributes.updated'))
    const ordered = told().toSorted((a, b) => updated(a) - updated(b)).map(({ body }) => dig(body, 'data.attributes.status'))
    expect([ordered[0], ordered[1], sorted(ordered.slice(2))]).toEqual(['process_pending', 'processed', ['refund_pending', 'refunded']])
  })

  it('leaves the card out where the account says so', async () => {
    const { url, of } = hook()
    await shop.settings({ hide_card_in_callbacks: true })
    const paid = await shop.paid({ callback_url: url })
    await shop.server.work()
    await shop.settings({ hide_card_in_callbacks: false })
    expect(dig(of('processed')?.body, 'data.attributes.payload')).toMatchObject({ auth_type: 'card' })
    expect(of('processed')?.raw).not.toContain('payment_card":')
    expect(paid.text).toContain('424242******4242')
  })

  it('goes to the account’s address when the invoice names none', async () => {
    const { url, statuses } = hook()
    await shop.settings({ callback_url: url })
    await shop.invoice()
    await shop.settings({ callback_url: null })
    await shop.server.work()
    expect(statuses()).toEqual(['process_pending'])
  })

  it('is only final statuses where the account says so', async () => {
    const { url, statuses } = hook()
    await shop.settings({ only_final_callbacks: true })
    const id = idOf(await shop.paid({ callback_url: url }))
    await shop.payout({ callback_url: url, options: { auto_process: true } })
    await shop.settings({ only_final_callbacks: false })
    await shop.api(`/payment-invoices/${id}/refund`, undefined, { method: 'POST' })
    await shop.server.work()
    expect(sorted(statuses())).toEqual(['processed', 'processed', 'refunded'])
  })

  it('is told of payouts too', async () => {
    const { url, statuses, of } = hook()
    const made = await shop.payout({ callback_url: url })
    await shop.api(`/payout-invoices/${idOf(made)}/process`, undefined, { method: 'POST' })
    await shop.server.work()
    expect(sorted(statuses())).toEqual(['created', 'processed'])
    expect(dig(of('processed')?.body, 'data')).toMatchObject({ type: 'payout-invoices', id: idOf(made), attributes: { payouts: [{ status: 'processed', amount: 10 }] } })
    expect(of('processed')?.headers['x-signature']).toBe(signature(shop.keys.private_key_test, of('processed')?.raw ?? ''))
  })

  it('says why a payment failed, expired, or stays open', async () => {
    const { url, of } = hook()
    const created = await shop.invoice({ callback_url: url })
    await shop.sale(created, { ...CARD, card_number: CARDS.fail, exp_month: '05', exp_year: '29' })
    await shop.server.work()
    expect(dig(of('process_failed')?.body, 'data.attributes')).toMatchObject({ status: 'process_failed', resolution: 'insufficient_funds', flow_data: [] })
  })
})

describe('delivery', () => {
  it.each([201, 204, 301, 302, 307, 400, 404, 500, 503])('counts %d as a failure', async (status) => {
    const { url, told } = hook()
    shop.server.receiver.answer({ status, headers: { location: `${shop.server.receiver.url}/elsewhere` } })
    await shop.invoice({ callback_url: url })
    await shop.server.work()
    expect(told()).toHaveLength(1)
    expect(shop.server.receiver.at('/elsewhere')).toEqual([])
    shop.server.receiver.answer(200)
    shop.server.clock.advance(67_000)
    await shop.server.work()
    expect(told()).toHaveLength(2)
    expect(told()[1]?.raw).toBe(told()[0]?.raw)
    expect(told()[1]?.headers['retry-count']).toBe('2')
    shop.server.clock.advance(600_000)
    await shop.server.work()
    expect(told()).toHaveLength(2)
  })

  it('waits for a receiver as long as documented, and less in test mode', () => {
    const { timeouts, test_timeouts } = createNotifier({} as Accounts, shop.base)
    expect(test_timeouts).toEqual({ connect_ms: 10_000, read_ms: 10_000, total_ms: 20_000 })
    expect(timeouts).toEqual({ connect_ms: 20_000, read_ms: 20_000, total_ms: 60_000 })
  })

  it('is tried again after 60, 120, 180 seconds, and on', async () => {
    const { url, told } = hook()
    shop.server.receiver.answer(500)
    await shop.invoice({ callback_url: url })
    await shop.server.work()
    for (const [tries, wait_s] of [[1, 60], [2, 120], [3, 180], [4, 240]] as const) {
      expect(told()).toHaveLength(tries)
      // A tenth is jitter.
      shop.server.clock.advance(wait_s * 1000 - 2_000)
      await shop.server.work()
      expect(told()).toHaveLength(tries)
      shop.server.clock.advance(wait_s * 100 + 2_500)
      await shop.server.work()
      expect(told()).toHaveLength(tries + 1)
    }
    expect(told().map(({ headers }) => headers['retry-count'])).toEqual(['1', '2', '3', '4', '5'])
  })

  it('has the interval and the number of tries of the account, is then given up, and can be sent again by hand', async () => {
    const { url, told } = hook()
    shop.server.receiver.answer(500)
    await shop.settings({ callback_interval_s: 10, callback_retries_max: 2 })
    const created = await shop.invoice({ callback_url: url })
    await shop.settings({ callback_interval_s: 60, callback_retries_max: 100 })
    await shop.server.work()
    for (let i = 0; i < 5; i++) {
      shop.server.clock.advance(30_000)
      await shop.server.work()
    }
    expect(told()).toHaveLength(3)
    shop.server.receiver.answer(200)
    expect(await replay(shop.server.db, 'mer_demo', { payment_id: idOf(created) }, shop.server.clock.now())).toBe(1)
    await shop.server.work()
    expect(told()).toHaveLength(4)
    expect((await shop.api(`/payment-invoices/${idOf(created)}`)).get('data.attributes.callback_logs.0.status')).toBe('delivered')
  })

  it('never leads into our own network for a merchant that is no demo, live or test, and the merchant can read why', async () => {
    const { url, told } = hook()
    const { auth } = await shop.another()
    for (const [callback_url, test_mode] of [[url, true], [url, false], [url.replace('127.0.0.1', 'localhost'), true], ['http://169.254.169.254/latest/meta-data', true], ['http://[::ffff:127.0.0.1]:1/', true]] as const) {
      const created = await shop.invoice({ callback_url, test_mode }, { auth })
      await shop.server.work()
      expect((await shop.api(`/payment-invoices/${idOf(created)}`, undefined, { auth })).get('data.attributes.callback_logs.0.log.0')).toMatchObject({ http_code: null, error: expect.stringContaining('public internet') as unknown })
    }
    expect(told()).toEqual([])
  })

  it('goes on when one of many receivers is down', async () => {
    const { url, told } = hook()
    await shop.invoice({ callback_url: 'http://127.0.0.1:1/nobody' })
    await shop.invoice({ callback_url: url })
    await shop.server.work()
    expect(told()).toHaveLength(1)
  })

  it('never carries a card number or a code', async () => {
    const { url, told } = hook()
    const paid = await shop.paid({ callback_url: url, customer: { reference_id: reference('c') }, gateway_options: { cardgate: { tokenize: true } } })
    expect(tokenOf(paid)).toBe('undefined')
    await shop.server.work()
    await assertNoSecrets(shop.server.db, shop.server.log, [...shop.server.answers, ...told().map(({ raw }) => raw)])
  })
})
