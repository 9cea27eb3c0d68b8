/** Payouts of an account that may not go below its balance, and what is forgotten of a payout that is never sent. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { forgetPayoutCards } from '../../src/apis/corefy/payouts/resume.ts'
import type { Called } from '../support/server.ts'
import { attributesOf, idOf, openShop, statusOf, type Shop } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterEach(() => shop.settings({ overdraft_limit: null }))
afterAll(() => shop.close())

const read = (made: Called): Promise<Called> => shop.api(`/payout-invoices/${idOf(made)}`)
const process = (made: Called): Promise<Called> => shop.api(`/payout-invoices/${idOf(made)}/process`, undefined, { method: 'POST' })
const held = async (): Promise<number> => Number((await shop.api('/account/balances')).get('data.attributes.currency_accounts.USD.active_balance'))
/** Leaves exactly so many dollars in the balance. */
const leave = async (amount: number): Promise<void> => {
  const more = amount - (await held())
  if (more > 0) await shop.paid({ amount: more })
  else if (more < 0) await shop.payout({ amount: -more, options: { auto_process: true } })
  expect(await held()).toBe(amount)
}
const statuses = async (made: readonly Called[]): Promise<Record<string, number>> => {
  const words = (await Promise.all(made.map(read))).map((now) => String(statusOf(now)))
  return Object.fromEntries([...new Set(words)].map((word) => [word, words.filter((other) => other === word).length]))
}

describe('a hundred payouts at once against a balance for one', () => {
  it.each([['that are sent when they are made', true], ['that are sent by command', false]])('%s pay exactly one', async (_, auto_process) => {
    await leave(10)
    await shop.settings({ overdraft_limit: '0' })
    const answers = await Promise.all(Array.from({ length: 100 }, () => shop.payout({ options: { auto_process } })))
    const made = answers.filter(({ status }) => status === 201)
    if (!auto_process) await Promise.all(made.map(process))
    expect((await statuses(made))['processed']).toBe(1)
    expect(await held()).toBe(0)
  })
})

describe('a payout that the balance does not cover', () => {
  it('is told at once where it would be sent at once: nothing waits to be sent behind the merchant’s back', async () => {
    await leave(10)
    await shop.settings({ overdraft_limit: '0' })
    const callback_url = `${shop.server.receiver.url}/no-funds`
    const made = await Promise.all([1, 2].map(() => shop.payout({ callback_url, options: { auto_process: true }, service: 'payment_card_usd', fields: { card_number: '4242424242424242' } })))
    const stored = made.filter(({ status }) => status === 201)
    for (const refused of made.filter(({ status }) => status !== 201)) expect([refused.status, refused.get('errors.0.source.pointer')]).toEqual([422, '/data/attributes/amount'])
    for (const one of await Promise.all(stored.map(read))) {
      expect(['processed', 'process_failed']).toContain(statusOf(one))
      expect(one.get('data.attributes.resolution')).toBe(statusOf(one) === 'processed' ? 'ok' : 'insufficient_funds')
    }
    await shop.server.work()
    expect(await shop.server.db.query('SELECT 1 FROM instruments WHERE customer_id IS NULL')).toEqual([])
  })

  it('waits where it is sent by command, and goes when there is money', async () => {
    await leave(10)
    await shop.settings({ overdraft_limit: '0' })
    const [first, second] = [await shop.payout(), await shop.payout()]
    expect((await process(first)).status).toBe(201)
    const refused = await process(second)
    expect([refused.status, refused.get('errors.0.detail')]).toEqual([422, 'The USD account does not hold enough.'])
    expect(statusOf(await read(second))).toBe('created')
    await shop.paid()
    expect((await process(second)).status).toBe(201)
    expect(attributesOf(await read(second))).toMatchObject({ status: 'processed', processed_amount: 10 })
  })
})

describe('the card of a payout', () => {
  const cards = async (): Promise<number> => (await shop.server.db.query('SELECT 1 FROM instruments WHERE customer_id IS NULL')).length
  const toCard = { service: 'payment_card_usd', fields: { card_number: '4242424242424242' } }

  it('is forgotten when the payout ends without being sent, and not before', async () => {
    const waits = await shop.payout(toCard)
    await shop.payout({ ...toCard, expires: Math.floor(shop.server.clock.now().getTime() / 1000) + 60 })
    await forgetPayoutCards(shop.server.db)
    expect(await cards()).toBe(2)
    shop.server.clock.advance(61_000)
    await shop.server.work()
    await forgetPayoutCards(shop.server.db)
    expect(await cards()).toBe(1)
    expect((await process(waits)).status).toBe(201)
    expect(await cards()).toBe(0)
  })

  it('is nobody’s token', async () => {
    const made = await shop.payout(toCard)
    const [card] = await shop.server.db.query<{ id: string }>('SELECT id FROM instruments WHERE customer_id IS NULL')
    for (const customer of [{ reference_id: 'c' }, {}]) {
      expect((await shop.invoice({ token: card?.id, customer })).status).toBe(422)
      expect((await shop.payout({ service: 'payment_card_usd', fields: {}, token: card?.id, customer })).status).toBe(422)
    }
    await process(made)
  })
})
