/** An account is pinned to a version by its first call, and its webhooks speak that version ("Fintoc reference: Versioning"). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFintocAccount } from '../../src/apis/fintoc/demo.ts'
import { pin } from '../../src/apis/fintoc/account/pinned.ts'
import { createMerchants } from '../../src/merchants/service.ts'
import { findMerchant, insertMerchant } from '../../src/merchants/store.ts'
import type { Called } from '../support/server.ts'
import { createShop, RECIPIENT, type Shop } from './support.ts'

let shop: Shop
let count = 0
beforeAll(async () => {
  shop = await createShop()
})
afterAll(() => shop.close())

interface Account {
  readonly id: string
  readonly public_key: string
  call(path: string, version?: string, json?: object): Promise<Called>
  /** What the account speaks, by its own word. */
  speaks(): Promise<unknown>
}

/** A merchant that has never called. */
async function newcomer(): Promise<Account> {
  const id = `mer_new_${++count}`
  const keys = { secret_key: `sk_test_Newcomer${count}`, public_key: `pk_test_Newcomer${count}` }
  await insertMerchant(shop.server.db, { id, number: 1_000 + count, name: 'New shop', settings: { fintoc: { refund_delay_s: 1 } }, demo: true, created_at: shop.server.clock.now() })
  await openFintocAccount(shop.server.tender.merchants, id, 'test', keys)
  const call: Account['call'] = (path, version, json) =>
    shop.api(json === undefined ? 'GET' : 'POST', path, json, { authorization: keys.secret_key, ...(version === undefined ? {} : { 'fintoc-version': version }) })
  return { id, public_key: keys.public_key, call, speaks: async () => (await call('/v1/whoami')).get('api_version') }
}

describe('the first call', () => {
  test('pins the version that it names; later ones only override it for themselves', async () => {
    const account = await newcomer()
    expect((await account.call('/v1/whoami', '2026-02-01')).get('api_version')).toBe('2026-02-01')
    expect((await account.call('/v1/whoami', '2021-03-23')).get('api_version')).toBe('2021-03-23')
    expect(await account.speaks()).toBe('2026-02-01')
    expect((await account.call('/v2/payment_intents')).status).toBe(200)
    expect((await findMerchant(shop.server.db, { id: account.id }))?.settings).toEqual({ fintoc: { refund_delay_s: 1, version: '2026-02-01' } })
  })

  test('without a header pins the usual one', async () => {
    const account = await newcomer()
    expect(await account.speaks()).toBe('2023-11-15')
    await account.call('/v1/whoami', '2026-02-01')
    expect(await account.speaks()).toBe('2023-11-15')
    expect((await account.call('/v2/payment_intents')).get('error.code')).toBe('invalid_api_version')
  })

  test('that is refused pins nothing', async () => {
    const account = await newcomer()
    expect((await account.call('/v1/whoami', '1999-01-01')).get('error.code')).toBe('invalid_api_version')
    await shop.api('GET', '/v1/whoami', undefined, { authorization: 'sk_test_nobody', 'fintoc-version': '2021-03-23' })
    expect((await findMerchant(shop.server.db, { id: account.id }))?.settings).toEqual({ fintoc: { refund_delay_s: 1 } })
  })

  test('is one, of sixty at once that name different versions; and those after it write nothing', async () => {
    const account = await newcomer()
    const versions = ['2021-03-23', '2023-11-15', '2025-08-13', '2026-02-01']
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => account.call('/v1/whoami', versions[n % 4])))
    expect(answers.map((answer) => answer.get('api_version'))).toEqual(answers.map((_, n) => versions[n % 4]))
    const row = (): Promise<unknown> => shop.server.db.query('SELECT xmin::text, settings FROM merchants WHERE id = $1', [account.id])
    const claims = (): Promise<unknown> => shop.server.db.query(`SELECT xmin::text, answer FROM claims WHERE merchant_id = $1`, [account.id])
    const before = [await row(), await claims()]
    const spoken = await Promise.all(Array.from({ length: 20 }, () => account.speaks()))
    expect(new Set(spoken).size).toBe(1)
    shop.server.clock.advance(10_000)
    await account.call('/v1/whoami', '2021-03-23')
    expect([await row(), await claims()]).toEqual(before)
  })

  test('is one in two processes too, also when the first died before it had written it down', async () => {
    const { db, clock, vault } = shop.server
    const account = await newcomer()
    const merchant = await findMerchant(db, { id: account.id })
    if (merchant === undefined) throw new Error('no merchant')
    const processes = [0, 1].map(() => ({ db, clock, merchants: createMerchants({ db, clock, vault }) }))
    const [one, two] = await Promise.all(processes.map((process, n) => pin(process, merchant, n === 0 ? '2021-03-23' : '2026-02-01')))
    expect(one).toBe(two)
    await db.query(`UPDATE merchants SET settings = '{}' WHERE id = $1`, [account.id])
    shop.server.clock.advance(10_000)
    expect((await account.call('/v1/whoami', '2025-08-13')).get('api_version')).toBe('2025-08-13')
    expect(await account.speaks()).toBe(one)
  })
})

describe('a checkout session', () => {
  const wanted = { amount: 700, currency: 'CLP', payment_methods: ['payment_intent'], payment_method_options: { payment_intent: { recipient_account: RECIPIENT } } }

  async function finished(account: Account, version: string): Promise<{ made: Called; told: Record<string, unknown>; read: Called }> {
    const path = `/hooks/${account.id}`
    await account.call('/v1/webhook_endpoints', undefined, { url: `${shop.server.receiver.url}${path}`, enabled_events: ['checkout_session.finished'] })
    const made = await account.call('/v1/checkout_sessions', version, wanted)
    const token = String(made.get('session_token'))
    const who = { token, public_key: account.public_key }
    const flow = (await shop.widget('sign_in', { ...who, institution: 'cl_banco_estado', username: '416148503', password: 'jonsnow' })).get('flow')
    await shop.widget('confirm', { ...who, flow, account: 'acc_4' })
    await shop.widget('answer', { ...who, flow, code: ['0000'] })
    await shop.server.work()
    const [told] = shop.server.receiver.at(path).map(({ body }) => body as { id: string; data: Record<string, unknown> })
    // An event is the account's, whatever version it is asked for in.
    const read = await account.call(`/v1/events/${String(told?.id)}`, version)
    expect(read.body).toEqual(told)
    return { made, told: told?.data ?? {}, read }
  }

  test('is told of in the pinned version, an old one, though the request spoke a new one', async () => {
    const account = await newcomer()
    await account.call('/v1/whoami', '2021-03-23')
    const { made, told } = await finished(account, '2026-02-01')
    expect(made.body).toMatchObject({ payment_method_types: ['bank_transfer'] })
    expect(made.body).not.toHaveProperty('payment_methods')
    expect(told).toMatchObject({ status: 'finished', payment_methods: ['payment_intent'], payment_method_types: ['bank_transfer'] })
  })

  test('is told of in the pinned version, a new one, though the request spoke an old one', async () => {
    const account = await newcomer()
    await account.call('/v1/whoami', '2026-02-01')
    const { made, told } = await finished(account, '2023-11-15')
    expect(made.body).toMatchObject({ payment_methods: ['payment_intent'], payment_method_types: ['bank_transfer'] })
    expect(told).toMatchObject({ status: 'finished', payment_method_types: ['bank_transfer'] })
    expect(told).not.toHaveProperty('payment_methods')
  })
})
