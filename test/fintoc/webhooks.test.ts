import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openFintocAccount } from '../../src/apis/fintoc/demo.ts'
import { verify } from '../../src/apis/fintoc/webhooks/signature.ts'
import { audit } from '../../src/ledger/audit.ts'
import { insertMerchant } from '../../src/merchants/store.ts'
import { endpointContext, rotateEndpointSecret } from '../../src/webhooks/endpoints.ts'
import type { Called } from '../support/server.ts'
import { createShop, RECIPIENT, type Shop } from './support.ts'

let shop: Shop
beforeAll(async () => {
  shop = await createShop()
})
afterAll(() => shop.close())
let path = ''
let count = 0
beforeEach(() => {
  path = `/hooks/${++count}`
  shop.server.receiver.answer(200)
})

async function paid(): Promise<string> {
  const { id, token } = await shop.create({ metadata: { order: 'Ñandú 7' } })
  await shop.pay(token)
  return id
}

const signatureOf = (index: number): string => String(shop.server.receiver.at(path)[index]?.headers['fintoc-signature'])
const isSigned = (index: number, secret: string): boolean => verify(secret, shop.server.receiver.at(path)[index]?.raw ?? '', signatureOf(index), shop.server.clock.now())

describe('a delivery', () => {
  test('is the resource itself, signed over its bytes, to those who subscribe', async () => {
    const { secret } = await shop.listen(path, ['payment_intent.succeeded'])
    const deaf = `${path}/deaf`
    await shop.listen(deaf, ['refund.failed'])
    // An endpoint of the other mode is deaf too, whatever it subscribes to.
    await shop.api('POST', '/v1/webhook_endpoints', { url: `${shop.server.receiver.url}${deaf}`, enabled_events: ['*'] }, { authorization: shop.live.secret_key })
    const id = await paid()
    await shop.server.work()
    const [told] = shop.server.receiver.at(path)
    expect(told?.body).toEqual({
      id: expect.stringMatching(/^evt_/) as unknown, object: 'event', type: 'payment_intent.succeeded', mode: 'test', created_at: expect.stringMatching(/Z$/) as unknown, data: (await shop.get(id)).body,
    })
    expect(told?.headers).toMatchObject({ 'content-type': 'application/json' })
    expect(signatureOf(0)).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/)
    expect(isSigned(0, secret)).toBe(true)
    expect(shop.server.receiver.at(deaf)).toHaveLength(0)
  })

  test('comes again, signed afresh, with the same id, until a 2xx; then never more', async () => {
    const { secret } = await shop.listen(path)
    shop.server.receiver.answer(500)
    await paid()
    await shop.server.work()
    for (const status of [500, 503, { status: 302, headers: { location: `${shop.server.receiver.url}/elsewhere` } }, 204, 204]) {
      shop.server.receiver.answer(status)
      shop.server.clock.advance(60_000)
      await shop.server.work()
    }
    const tries = shop.server.receiver.at(path)
    expect(tries).toHaveLength(5)
    expect(new Set(tries.map(({ raw }) => raw)).size).toBe(1)
    expect(new Set(tries.map((_, index) => signatureOf(index))).size).toBe(5)
    expect(isSigned(4, secret) || verify(secret, tries[4]?.raw ?? '', signatureOf(4), new Date(shop.server.clock.now().getTime() - 60_000))).toBe(true)
    expect(shop.server.receiver.at('/elsewhere')).toHaveLength(0)
  })

  test('waits three seconds for its first retry, and is given up after seventeen', async () => {
    await shop.listen(path)
    shop.server.receiver.answer(500)
    await paid()
    await shop.server.work()
    shop.server.clock.advance(2_500)
    await shop.server.work()
    expect(shop.server.receiver.at(path)).toHaveLength(1)
    shop.server.clock.advance(1_000)
    await shop.server.work()
    expect(shop.server.receiver.at(path)).toHaveLength(2)
    for (let n = 0; n < 25; n++) {
      shop.server.clock.advance(70 * 3_600_000)
      await shop.server.work()
    }
    expect(shop.server.receiver.at(path)).toHaveLength(18)
  })

  test('a retry is signed with the secret that counts now', async () => {
    const { id, secret } = await shop.listen(path)
    shop.server.receiver.answer(500)
    await paid()
    await shop.server.work()
    const scope = { merchant_id: 'mer_demo', api: 'fintoc', mode: 'test' } as const
    await rotateEndpointSecret(shop.server.db, scope, id, shop.server.vault.seal(Buffer.from('whsec_new'), endpointContext({ ...scope, id })), null)
    shop.server.receiver.answer(200)
    shop.server.clock.advance(10_000)
    await shop.server.work()
    expect(isSigned(1, 'whsec_new')).toBe(true)
    expect(isSigned(1, secret)).toBe(false)
  })

  test('a disabled or deleted endpoint hears nothing more; a moved one hears it at its new place', async () => {
    const [gone, off, moved] = await Promise.all(['/gone', '/off', '/moved'].map((place) => shop.listen(`${path}${place}`)))
    shop.server.receiver.answer(500)
    await paid()
    await shop.server.work()
    await shop.api('DELETE', `/v1/webhook_endpoints/${gone?.id}`)
    await shop.api('PATCH', `/v1/webhook_endpoints/${off?.id}`, { disabled: true })
    await shop.api('PATCH', `/v1/webhook_endpoints/${moved?.id}`, { url: `${shop.server.receiver.url}${path}/new` })
    shop.server.receiver.answer(200)
    shop.server.clock.advance(10_000)
    await shop.server.work()
    await paid()
    await shop.server.work()
    expect([`${path}/gone`, `${path}/off`, `${path}/moved`, `${path}/new`].map((place) => shop.server.receiver.at(place).length)).toEqual([1, 1, 1, 2])
  })
})

test('a merchant who is no demo has no receiver inside our network, by number or by name', async () => {
  const secret_key = 'sk_test_RealShop'
  await insertMerchant(shop.server.db, { id: 'mer_real', number: 88, name: 'Real shop', settings: {}, demo: false, created_at: shop.server.clock.now() })
  await openFintocAccount(shop.server.tender.merchants, 'mer_real', 'test', { secret_key, public_key: 'pk_test_RealShop' })
  const { port } = new URL(shop.server.receiver.url)
  const register = (url: string, id = ''): Promise<Called> => shop.api(id === '' ? 'POST' : 'PATCH', `/v1/webhook_endpoints${id === '' ? '' : `/${id}`}`, { url, enabled_events: ['*'] }, { authorization: secret_key })
  for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '0x7f000001', '169.254.169.254']) {
    const url = `http://${host}:${port}${path}`
    const refused = { error: { type: 'invalid_request_error', code: 'invalid_params', param: 'url', message: expect.stringContaining('private') as unknown } }
    expect((await register(url)).body).toMatchObject(refused)
    const made = await register('https://shop.example/hook')
    expect((await register(url, String(made.get('id')))).body).toMatchObject(refused)
    // Named before that was looked at, or a name that leads there now.
    await shop.server.db.query('UPDATE webhook_endpoints SET url = $1 WHERE id = $2', [url, made.get('id')])
  }
  await shop.api('POST', '/v1/events/trigger', { type: 'payment_intent.succeeded' }, { authorization: secret_key })
  await shop.server.work()
  expect(shop.server.receiver.at(path)).toHaveLength(0)
  const tries = await shop.server.db.query<{ error: string }>(`SELECT split_part(error, ':', 1) AS error FROM delivery_tries WHERE merchant_id = 'mer_real'`)
  expect(tries).toEqual(Array(5).fill({ error: 'refused_address' }))
})

test('metadata services are no receivers for anybody, this machine is one for a demo', async () => {
  const register = (url: string): Promise<Called> => shop.api('POST', '/v1/webhook_endpoints', { url, enabled_events: ['refund.failed'] })
  for (const url of ['http://169.254.169.254/latest', 'https://[fe80::1]/', 'http://0.0.0.0/']) expect((await register(url)).get('error.param')).toBe('url')
  for (const url of ['http://127.0.0.1:9/', 'http://localhost:9/', 'http://192.168.1.7/hook', 'http://shop:3000/']) expect((await register(url)).status).toBe(201)
})

test('refunds and checkout sessions are told of', async () => {
  await shop.listen(path)
  const id = await paid()
  await shop.api('POST', '/v1/refunds', { resource_id: id, amount: 10 })
  shop.server.clock.advance(10_000)
  await shop.server.work()
  const session = await shop.api('POST', '/v1/checkout_sessions', { amount: 700, currency: 'CLP', recipient_account: RECIPIENT })
  await shop.pay(String(session.get('session_token')))
  const never = await shop.api('POST', '/v1/checkout_sessions', { amount: 700, currency: 'CLP', recipient_account: RECIPIENT })
  await shop.api('POST', `/v1/checkout_sessions/${String(never.get('id'))}/expire`)
  await shop.server.work()
  expect(shop.told(path).sort()).toEqual(['checkout_session.expired', 'checkout_session.finished', 'payment_intent.succeeded', 'payment_intent.succeeded', 'refund.in_progress', 'refund.succeeded'])
  const finished = shop.server.receiver.at(path).map(({ body }) => body as { type: string; data: object }).find(({ type }) => type === 'checkout_session.finished')
  expect(finished?.data).toMatchObject({ id: session.get('id'), status: 'finished', payment_resource: { payment_intent: { status: 'succeeded' } } })
})

test('a refund that the account does not cover is in progress for as long as it is tried again, and then it failed; either is told once', async () => {
  await shop.listen(path, ['refund.in_progress', 'refund.succeeded', 'refund.failed'])
  const resource_id = await paid()
  const id = String((await shop.api('POST', '/v1/refunds', { resource_id, amount: 104 })).get('id'))
  const wait = async (): Promise<unknown> => {
    shop.server.clock.advance(5_000)
    await shop.server.work()
    return (await shop.api('GET', `/v1/refunds/${id}`)).body
  }
  // Ten windows are five business days; in test mode one follows the other after five seconds.
  for (let tries = 0; tries < 10; tries++) {
    expect(await wait()).toMatchObject({ status: 'in_progress', failure_code: null })
    expect((await shop.api('POST', `/v1/refunds/${id}/cancel`)).get('error.code')).toBe('operation_not_allowed')
    expect((await shop.api('POST', '/v1/refunds', { resource_id, amount: 897 })).get('error.code')).toBe('invalid_amount')
  }
  expect(await wait()).toMatchObject({ status: 'failed', failure_code: 'insufficient_funds' })
  expect(await wait()).toMatchObject({ status: 'failed' })
  expect(shop.told(path)).toEqual(['refund.in_progress', 'refund.failed'])
  expect((await shop.api('POST', '/v1/refunds', { resource_id, amount: 1000 })).status).toBe(201)
  expect(await audit(shop.server.db)).toMatchObject({ clean: true, findings: [] })
})

describe('the end of a checkout, which one guide calls completed', () => {
  const GUIDE = 'checkout_session.completed'
  const USUAL = 'checkout_session.finished'
  interface Told { readonly id: string; readonly type: string; readonly data: { readonly id: string; readonly status: string } }
  const heard = (place: string): Told[] => shop.server.receiver.at(`${path}${place}`).map(({ body }) => body as Told)
  const namesOf = async (id: string): Promise<unknown> => (await shop.api('GET', `/v1/webhook_endpoints/${id}`)).get('enabled_events')

  test('goes to each endpoint once, under the name that it subscribes to, with one id', async () => {
    const guide = await shop.listen(`${path}/guide`, ['refund.failed', GUIDE])
    const usual = await shop.listen(`${path}/usual`, [USUAL])
    const both = await shop.listen(`${path}/both`, [GUIDE, USUAL])
    const moved = await shop.listen(`${path}/moved`, [GUIDE])
    expect((await shop.api('PATCH', `/v1/webhook_endpoints/${moved.id}`, { enabled_events: [USUAL] })).get('enabled_events')).toEqual([USUAL])
    expect((await shop.api('PATCH', `/v1/webhook_endpoints/${guide.id}`, { description: 'x' })).get('enabled_events')).toEqual(['refund.failed', GUIDE])
    expect(await Promise.all([guide, usual, both, moved].map(({ id }) => namesOf(id)))).toEqual([['refund.failed', GUIDE], [USUAL], [GUIDE, USUAL], [USUAL]])

    shop.server.receiver.answer(500)
    const session = await shop.api('POST', '/v1/checkout_sessions', { amount: 700, currency: 'CLP', recipient_account: RECIPIENT })
    await shop.pay(String(session.get('session_token')))
    await shop.server.work()
    shop.server.receiver.answer(200)
    shop.server.clock.advance(10_000)
    await shop.server.work()
    await shop.server.work()

    expect(['/guide', '/usual', '/both', '/moved'].map((place) => heard(place).map(({ type }) => type))).toEqual([[GUIDE, GUIDE], [USUAL, USUAL], [USUAL, USUAL], [USUAL, USUAL]])
    const told = ['/guide', '/usual', '/both'].flatMap(heard)
    expect(new Set(told.map(({ id }) => id)).size).toBe(1)
    expect(told[0]).toEqual({ ...(await shop.api('GET', `/v1/events/${told[0]?.id}`)).body as Told, type: GUIDE })
    expect(told[0]?.data).toMatchObject({ id: session.get('id'), status: 'finished' })
    expect(verify(guide.secret, shop.server.receiver.at(`${path}/guide`)[1]?.raw ?? '', String(shop.server.receiver.at(`${path}/guide`)[1]?.headers['fintoc-signature']), shop.server.clock.now())).toBe(true)
  })

  test('can be tried out under both names: what was answered is what is told and read', async () => {
    const { id } = await shop.listen(`${path}/guide`, [GUIDE])
    await shop.listen(`${path}/usual`, [USUAL])
    const samples = [await shop.api('POST', '/v1/events/trigger', { type: GUIDE }), await shop.api('POST', `/v1/webhook_endpoints/${id}/test`, { type: USUAL })]
    for (const sample of samples) {
      expect(sample.body).toMatchObject({ type: GUIDE, data: { object: 'checkout_session', status: 'finished', payment_resource: { payment_intent: { status: 'succeeded' } } } })
      expect((await shop.api('GET', `/v1/events/${String(sample.get('id'))}`)).body).toEqual(sample.body)
    }
    await shop.api('POST', '/v1/events/trigger', { type: USUAL })
    await shop.server.work()
    expect(heard('/guide').slice(0, 2)).toEqual(samples.map(({ body }) => body))
    expect(['/guide', '/usual'].map((place) => heard(place).map(({ type }) => type))).toEqual([[GUIDE, GUIDE, GUIDE], [USUAL, USUAL]])
    // Whichever name is asked for: it is the same event.
    const [listed, other] = await Promise.all([GUIDE, USUAL].map((type) => shop.api('GET', `/v1/events?type=${type}`)))
    expect(Number(listed?.headers.get('x-total-count'))).toBeGreaterThan(3)
    expect(listed?.body).toEqual(other?.body)
  })
})

describe('samples', () => {
  test('go to one endpoint, also a disabled one, or to all that subscribe', async () => {
    const { id, secret } = await shop.listen(path, ['refund.failed'])
    const tried = await shop.api('POST', `/v1/webhook_endpoints/${id}/test`, { type: 'payment_intent.rejected', path_: 'x' })
    expect(tried.body).toMatchObject({ object: 'event', type: 'payment_intent.rejected', data: { id: 'pi_0000000000000000', status: 'rejected', widget_token: null } })
    await shop.api('POST', '/v1/events/trigger', { type: 'refund.failed', overrides: { amount: 77 } })
    await shop.api('POST', '/v1/events/trigger', { type: 'payment_intent.failed' })
    await shop.server.work()
    expect(shop.told(path)).toEqual(['payment_intent.rejected', 'refund.failed'])
    expect(isSigned(0, secret)).toBe(true)
    expect(shop.server.receiver.at(path)[1]?.body).toMatchObject({ data: { object: 'refund', amount: 77, failure_code: 'insufficient_funds' } })
  })
})

describe('events', () => {
  test('are listed and read as they were told', async () => {
    await shop.listen(path)
    await paid()
    await shop.server.work()
    const told = shop.server.receiver.at(path)[0]?.body as { id: string }
    const read = await shop.api('GET', `/v1/events/${told.id}`)
    expect(read.body).toEqual(told)
    const listed = await shop.api('GET', '/v1/events?type=payment_intent.succeeded&per_page=2')
    expect((listed.body as { type: string }[]).every(({ type }) => type === 'payment_intent.succeeded')).toBe(true)
    expect((await shop.api('GET', '/v1/events', undefined, { authorization: shop.other.secret_key })).body).toEqual([])
    expect((await shop.api('GET', `/v1/events/${told.id}`, undefined, { authorization: shop.live.secret_key })).status).toBe(404)
  })
})
