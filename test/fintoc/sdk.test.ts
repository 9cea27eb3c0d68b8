/** The official npm package, 1.15.0, against the running server: a check by a client that nobody here wrote. Only its base URL is changed. */
import { Fintoc, WebhookSignature } from 'fintoc'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createShop, INTENT, RECIPIENT, type Shop } from './support.ts'

let shop: Shop
let fintoc: Fintoc
beforeAll(async () => {
  shop = await createShop()
  fintoc = new Fintoc(shop.keys.secret_key)
  // All managers share one client; it has no option for its address.
  ;(fintoc.paymentIntents as unknown as { _client: { baseUrl: string } })._client.baseUrl = shop.base
})
afterAll(() => shop.close())

type Plain = Record<string, unknown>
const plain = (resource: unknown): Plain => (resource as { serialize(): Plain }).serialize()
const idOf = (resource: unknown): string => String((resource as Plain)['id'])

/** Class and code: the package puts the code into the message. */
async function rejection(call: Promise<unknown>): Promise<string> {
  const error = await call.then(() => new Error('it did not fail'), (reason: unknown) => reason as Error)
  return `${error.constructor.name} ${/: (\w+)/.exec(error.message)?.[1] ?? error.message}`
}

describe('payment intents', () => {
  test('create, get, expire, checkEligibility', async () => {
    const made = await fintoc.paymentIntents.create({ amount: 1000, currency: 'clp', recipient_account: RECIPIENT, metadata: { order: 'A' }, idempotency_key: 'sdk-1' } as never)
    expect(plain(made)).toMatchObject({ object: 'payment_intent', amount: 1000, currency: 'CLP', status: 'created' })
    const again = await fintoc.paymentIntents.create({ amount: 1000, currency: 'clp', recipient_account: RECIPIENT, metadata: { order: 'A' }, idempotency_key: 'sdk-1' } as never)
    expect(idOf(again)).toBe(idOf(made))
    expect(plain(await fintoc.paymentIntents.get(idOf(made)))).toMatchObject({ id: idOf(made), widget_token: null })
    expect(plain(await fintoc.paymentIntents.expire(idOf(made)))).toMatchObject({ status: 'expired' })
    const eligible = await fintoc.paymentIntents.checkEligibility({ amount: 1000, currency: 'clp', sender_account: { holder_id: '416148503' } } as never)
    expect(plain(eligible)).toMatchObject({ eligible_payment: true })
  })

  test('list walks all pages by itself', async () => {
    for (let n = 0; n < 7; n++) await shop.create()
    const seen: string[] = []
    for await (const intent of (await fintoc.paymentIntents.list({ per_page: 3, status: 'created' } as never)) as AsyncIterable<unknown>) seen.push(idOf(intent))
    expect(new Set(seen).size).toBe(7)
    expect(await fintoc.paymentIntents.list({ lazy: false, status: 'created', per_page: 2 } as never)).toHaveLength(7)
  })

  test('errors arrive as errors of the package', async () => {
    expect(await rejection(fintoc.paymentIntents.create({ ...INTENT, amount: 0 } as never))).toBe('InvalidRequestError invalid_positive_integer')
    expect(await rejection(fintoc.paymentIntents.get('pi_nobody'))).toBe('InvalidRequestError missing_resource')
    expect(await rejection(fintoc.charges.create({} as never))).toBe('InvalidRequestError invalid_url')
    const stranger = new Fintoc('sk_test_nobody')
    ;(stranger.paymentIntents as unknown as { _client: { baseUrl: string } })._client.baseUrl = shop.base
    expect(await rejection(stranger.paymentIntents.get('pi_x'))).toBe('AuthenticationError invalid_api_key')
  })
})

test('refunds: create, get, list, cancel', async () => {
  const { id, token } = await shop.create()
  await shop.pay(token)
  const refund = await fintoc.refunds.create({ resource_id: id, resource_type: 'payment_intent', amount: 400 } as never)
  expect(plain(refund)).toMatchObject({ object: 'refund', status: 'created', amount: 400 })
  expect(plain(await fintoc.refunds.get(idOf(refund)))).toMatchObject({ resource_id: id })
  expect(plain(await fintoc.refunds.cancel(idOf(refund)))).toMatchObject({ status: 'canceled' })
  expect(await fintoc.refunds.list({ lazy: false } as never)).toHaveLength(1)
})

test('webhook endpoints: create, list, get, update, delete; and the signature is taken', async () => {
  const made = await fintoc.webhookEndpoints.create({ url: `${shop.server.receiver.url}/sdk`, enabled_events: ['payment_intent.succeeded'] } as never)
  const secret = String(plain(made)['secret'])
  const id = idOf(made)
  expect(plain(await fintoc.webhookEndpoints.get(id))).toMatchObject({ secret: null, disabled: false })
  expect(plain(await fintoc.webhookEndpoints.update(id, { description: 'mine' } as never))).toMatchObject({ description: 'mine' })
  const { token } = await shop.create()
  await shop.pay(token)
  await shop.server.work()
  const [told] = shop.server.receiver.at('/sdk')
  expect(() => WebhookSignature.verifyHeader(told?.raw ?? '', String(told?.headers['fintoc-signature']), secret)).not.toThrow()
  expect(() => WebhookSignature.verifyHeader(`${told?.raw} `, String(told?.headers['fintoc-signature']), secret)).toThrow(/signature/i)
  expect(await fintoc.webhookEndpoints.list({ lazy: false } as never)).toHaveLength(1)
  expect(await fintoc.webhookEndpoints.delete(id)).toBe(id)
  expect(await fintoc.webhookEndpoints.list({ lazy: false } as never)).toHaveLength(0)
})

test('checkout sessions: create, get, expire', async () => {
  const made = await fintoc.checkoutSessions.create({ amount: 5000, currency: 'CLP', success_url: 'https://s.example/ok', cancel_url: 'https://s.example/no', recipient_account: RECIPIENT } as never)
  expect(plain(await fintoc.checkoutSessions.get(idOf(made)))).toMatchObject({ object: 'checkout_session', status: 'created' })
  expect(plain(await fintoc.checkoutSessions.expire(idOf(made)))).toMatchObject({ status: 'expired' })
})

test('payment links: create, get, list, cancel', async () => {
  const made = await fintoc.paymentLinks.create({ amount: 5000, currency: 'CLP', recipient_account: RECIPIENT } as never)
  expect(plain(await fintoc.paymentLinks.get(idOf(made)))).toMatchObject({ object: 'payment_link', status: 'active' })
  expect(await fintoc.paymentLinks.list({ lazy: false } as never)).toHaveLength(1)
  expect(plain(await fintoc.paymentLinks.cancel(idOf(made)))).toMatchObject({ status: 'canceled' })
})

test('version 2: checkout sessions and payment intents, once the account speaks it', async () => {
  await shop.server.tender.merchants.updateSettings('mer_demo', 'fintoc', { version: '2026-02-01' })
  const made = await fintoc.v2.checkoutSessions.create({ amount: 5000, currency: 'CLP', payment_method_options: { bank_transfer: { recipient_account: RECIPIENT } } } as never)
  expect(plain(await fintoc.v2.checkoutSessions.get(idOf(made)))).toMatchObject({ status: 'created' })
  const listed = (await fintoc.v2.checkoutSessions.list({ lazy: false, limit: 1 } as never)) as unknown as unknown[]
  expect(listed.length).toBeGreaterThanOrEqual(2)
  expect(plain(await fintoc.v2.checkoutSessions.expire(idOf(made)))).toMatchObject({ status: 'expired' })
  const intent = await fintoc.v2.paymentIntents.create(INTENT as never)
  expect(plain(await fintoc.v2.paymentIntents.get(idOf(intent)))).toMatchObject({ object: 'payment_intent', status: 'created', widget_token: null })
  const intents = (await fintoc.v2.paymentIntents.list({ lazy: false, limit: 2 } as never)) as unknown as unknown[]
  expect(intents.map(idOf)[0]).toBe(idOf(intent))
  expect(new Set(intents.map(idOf)).size).toBe(intents.length)
})

/** What the tests above call. */
const CALLED: Readonly<Record<string, readonly string[]>> = {
  paymentIntents: ['list', 'get', 'create', 'expire', 'checkEligibility'], refunds: ['list', 'get', 'create', 'cancel'],
  webhookEndpoints: ['list', 'get', 'create', 'update', 'delete'], checkoutSessions: ['create', 'get', 'expire'], paymentLinks: ['list', 'get', 'create', 'cancel'],
  'v2.checkoutSessions': ['list', 'get', 'create', 'expire'], 'v2.paymentIntents': ['list', 'get', 'create'],
}

describe('all that the package has', () => {
  type Manager = Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>
  /** Name, manager, and the methods that its class says it has. */
  const managers = (): [string, Manager, readonly string[]][] =>
    [...Object.entries(fintoc), ...Object.entries(fintoc.v2).map(([name, manager]) => [`v2.${name}`, manager as unknown] as const)]
      .filter(([name]) => name !== 'v2' && !/^(?:v2\.)?_/.test(name))
      .map(([name, manager]) => [name, manager as Manager, ((manager as object).constructor as unknown as { methods: readonly string[] }).methods])

  test('is a payment call that is called here, or of another product, and refused as an error of the package', async () => {
    const payments = managers().filter(([name]) => name in CALLED)
    expect(Object.fromEntries(payments.map(([name, , methods]) => [name, methods.toSorted()]))).toEqual(Object.fromEntries(Object.entries(CALLED).map(([name, methods]) => [name, methods.toSorted()])))
    const others = managers().filter(([name]) => !(name in CALLED))
    expect(others.length).toBeGreaterThan(15)
    for (const [name, manager, methods] of others) {
      for (const method of methods) {
        const args = method === 'list' ? [{ lazy: false }] : method === 'create' || method === 'receiveTransfer' ? [{}] : ['x_1', {}]
        expect(`${name}.${method}: ${await rejection((async () => manager[method]?.(...args))())}`).toBe(`${name}.${method}: InvalidRequestError invalid_url`)
      }
    }
  })
})
