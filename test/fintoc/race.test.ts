import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ACCOUNTS, createShop, INTENT, type Shop } from './support.ts'

let shop: Shop
beforeAll(async () => {
  shop = await createShop()
})
afterAll(() => shop.close())

const hundred = <T>(work: (n: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 100 }, (_, n) => work(n)))
const count = async (sql: string): Promise<number> => Number((await shop.server.db.query<{ n: bigint }>(sql))[0]?.n)

// A busy machine takes its time over a hundred of anything.
describe('one key', { timeout: 60_000 }, () => {
  test('a hundred equal creates at once make one intent, and all get the same answer, token included', async () => {
    const answers = await hundred(() => shop.api('POST', '/v1/payment_intents', INTENT, { 'idempotency-key': 'race-1' }))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers[0]?.get('widget_token')).toMatch(/_sec_/)
    expect(await count(`SELECT count(*) AS n FROM payments WHERE api = 'fintoc'`)).toBe(1)
  })

  test('the stored answer does not show the token', async () => {
    const [row] = await shop.server.db.query<{ answer: string }>(`SELECT answer FROM claims WHERE key = 'race-1'`)
    expect(row?.answer).not.toContain('_sec_')
  })

  test('the same key with other parameters is refused; in another place too', async () => {
    const other = await shop.api('POST', '/v1/payment_intents', { ...INTENT, amount: 1001 }, { 'idempotency-key': 'race-1' })
    expect([other.status, other.get('error.code')]).toEqual([400, 'invalid_request'])
    expect((await shop.api('POST', '/v1/payment_links', INTENT, { 'idempotency-key': 'race-1' })).get('error.code')).toBe('invalid_request')
  })

  test('the order of members does not matter; the mode and the merchant do', async () => {
    const reordered = { recipient_account: INTENT.recipient_account, currency: INTENT.currency, amount: INTENT.amount }
    const first = await shop.api('POST', '/v1/payment_intents', INTENT, { 'idempotency-key': 'order' })
    expect((await shop.api('POST', '/v1/payment_intents', reordered, { 'idempotency-key': 'order' })).text).toBe(first.text)
    const live = await shop.api('POST', '/v1/payment_intents', INTENT, { 'idempotency-key': 'order', authorization: shop.live.secret_key })
    expect(live.get('id')).not.toBe(first.get('id'))
  })

  test('an address has many spellings; the request is the same', async () => {
    const first = await shop.api('POST', '/v1/payment_intents', INTENT, { 'idempotency-key': 'spelling' })
    for (const path of ['/v1/payment_intents//', '/v1//payment_intents', '/v1/payment%5Fintents', '/%761/payment_intents?x=1']) {
      expect((await shop.api('POST', path, INTENT, { 'idempotency-key': 'spelling' })).text).toBe(first.text)
      expect((await shop.api('POST', path, INTENT, { 'idempotency-key': path })).get('widget_token')).toMatch(/_sec_/)
    }
    expect((await shop.api('POST', '/%762/payment_intents', INTENT)).get('error.code')).toBe('invalid_api_version')
  })

  test('refusals are replayed too', async () => {
    const ask = (): Promise<{ text: string }> => shop.api('POST', '/v1/payment_intents', { amount: 0 }, { 'idempotency-key': 'bad' })
    expect((await ask()).text).toBe((await ask()).text)
    expect((await shop.api('POST', '/v1/payment_intents', INTENT, { 'idempotency-key': 'k'.repeat(256) })).get('error.code')).toBe('invalid_string_size')
  })

  test('a hundred equal endpoints, links and expiries are one', async () => {
    const hooks = await hundred(() => shop.api('POST', '/v1/webhook_endpoints', { url: 'https://x.example', enabled_events: ['*'] }, { 'idempotency-key': 'hook' }))
    expect(new Set(hooks.map(({ text }) => text)).size).toBe(1)
    const links = await hundred(() => shop.api('POST', '/v1/payment_links', INTENT, { 'idempotency-key': 'link' }))
    expect(new Set(links.map((link) => link.get('id'))).size).toBe(1)
    const { id } = await shop.create()
    const expiries = await hundred(() => shop.api('POST', `/v1/payment_intents/${id}/expire`, {}, { 'idempotency-key': 'expire' }))
    expect(new Set(expiries.map(({ status }) => status))).toEqual(new Set([201]))
  })
})

describe('one token', { timeout: 60_000 }, () => {
  test('of twenty sign-ins one gets the payment', async () => {
    const { token } = await shop.create()
    const answers = await Promise.all(Array.from({ length: 20 }, () => shop.signIn(token)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter((answer) => answer.get('problem') === 'problem_used')).toHaveLength(19)
  })

  test('thirty wrong passwords at once are five tries', async () => {
    const { id, token } = await shop.create()
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => shop.signIn(token, '41614850-3', `guess ${n}`)))
    // Four may be put right, and the fifth is the last.
    expect(answers.filter((answer) => answer.get('problem') === 'problem_credentials').length).toBeLessThanOrEqual(4)
    for (let n = 0; n < 5; n++) await shop.signIn(token, '41614850-3', `once more ${n}`)
    expect((await shop.signIn(token)).get('step')).toBe('failed')
    expect((await shop.get(id)).body).toMatchObject({ status: 'failed', error_reason: 'login_invalid_credentials' })
  })

  test('confirm a hundred times: one transfer at the bank', async () => {
    const { id, token } = await shop.create()
    const flow = (await shop.signIn(token)).get('flow')
    const answers = await hundred(() => shop.widget('confirm', { token, flow, account: ACCOUNTS.sms }))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const answered = await hundred(() => shop.widget('answer', { token, flow, code: ['0000'], decline: false }))
    expect(answered.at(-1)?.status).toBe(200)
    expect((await shop.get(id)).get('status')).toBe('succeeded')
    expect(await count(`SELECT count(*) AS n FROM attempts WHERE payment_id = '${id}'`)).toBe(1)
    expect(await count(`SELECT count(*) AS n FROM postings WHERE payment_id = '${id}' AND kind = 'sale'`)).toBe(1)
  })

  test('two tabs that share the flow, two accounts: one transfer', async () => {
    const { id, token } = await shop.create()
    const flow = (await shop.signIn(token)).get('flow')
    await Promise.all([ACCOUNTS.sms, ACCOUNTS.device].map((account) => shop.widget('confirm', { token, flow, account })))
    expect(await count(`SELECT count(*) AS n FROM attempts WHERE payment_id = '${id}'`)).toBe(1)
  })

  test('leaving and paying at once end in one of both', async () => {
    const { id, token } = await shop.create()
    const flow = (await shop.signIn(token)).get('flow')
    await shop.widget('confirm', { token, flow, account: ACCOUNTS.sms })
    await Promise.all([shop.widget('answer', { token, flow, code: ['0000'] }), shop.widget('leave', { token, flow }), shop.api('POST', `/v1/payment_intents/${id}/expire`)])
    await shop.server.work()
    const paid = await count(`SELECT count(*) AS n FROM postings WHERE payment_id = '${id}' AND kind = 'sale'`)
    expect((await shop.get(id)).get('status') === 'succeeded').toBe(paid === 1)
  })

  test('thirty refunds of a tenth each give back no more than was paid', async () => {
    const { id, token } = await shop.create()
    await shop.pay(token)
    const refunds = await Promise.all(Array.from({ length: 30 }, (_, n) => shop.api('POST', '/v1/refunds', { resource_id: id, amount: 100 }, { 'idempotency-key': `refund-${n}` })))
    expect(refunds.filter(({ status }) => status === 201)).toHaveLength(10)
  })
})
