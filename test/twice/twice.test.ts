/** Money that came twice, or too late, as each API's merchant sees it: a network that has declined says later that it has paid after all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from '../../src/ledger/audit.ts'
import { createDbBook } from '../../src/providers/sandbox/book-db.ts'
import { createHarness, uidOf, type Harness } from '../begateway/harness.ts'
import { MAGIC_USERS } from '../../src/providers/sandbox/bank/users.ts'
import { CARD, CARDS, idOf, openShop, statusOf, type Shop } from '../corefy/shop.ts'
import { ACCOUNTS, createShop, type Shop as FintocShop } from '../fintoc/support.ts'
import type { TestServer } from '../support/server.ts'

/** The network changes its mind about a payment that an operator has meanwhile stated as paid; returns the refund that follows. */
async function paidTwice(server: TestServer, payment_id: string): Promise<{ id: string; state: string }> {
  const { id, merchant_id, amount } = await attemptOf(server, payment_id)
  const corrected = await server.tender.payments.correct(merchant_id, payment_id, { id: `word_${id}`, amount, facts: {}, request: {} })
  expect(corrected.ok).toBe(true)
  return paidAfterAll(server, payment_id)
}

async function attemptOf({ db }: TestServer, payment_id: string): Promise<{ id: string; merchant_id: string; amount: bigint }> {
  const [attempt] = await db.query<{ id: string; merchant_id: string; amount: bigint }>('SELECT id, merchant_id, amount FROM attempts WHERE payment_id = $1 ORDER BY sent_at', [payment_id])
  if (attempt === undefined) throw new Error('no attempt')
  return attempt
}

/** The network changes its mind; returns the refund that follows. `meanwhile`: before that is sent. */
async function paidAfterAll(server: TestServer, payment_id: string, meanwhile?: () => Promise<void>): Promise<{ id: string; state: string }> {
  const { db, tender, work } = server
  const { id, merchant_id, amount } = await attemptOf(server, payment_id)
  const book = await createDbBook(db)
  await book.update([id], (records) => {
    const declined = records.get(id)
    return { write: declined === undefined ? [] : [{ ...declined, status: 'approved', reason: undefined, captured: amount }], value: undefined }
  })
  await tender.payments.settle(merchant_id, payment_id, id)
  await meanwhile?.()
  await work()
  const refunds = await db.query<{ id: string; state: string }>('SELECT id, state FROM refunds WHERE payment_id = $1', [payment_id])
  expect(refunds).toMatchObject([{ state: 'succeeded' }])
  expect((await book.find(id))?.refunded).toBe(amount)
  expect(await audit(db)).toMatchObject({ clean: true, findings: [] })
  return refunds[0] ?? { id: '', state: '' }
}

describe('Corefy', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop()
  })
  afterAll(() => shop.close())

  it('shows an invoice that is processed, and the refund beside it', async () => {
    const created = await shop.invoice()
    await shop.sale(created, { ...CARD, card_number: CARDS.fail })
    const refund = await paidTwice(shop.server, idOf(created))
    expect(refund.id).toMatch(/^ref_\w{16}$/)
    const read = await shop.api(`/payment-invoices/${idOf(created)}`)
    expect(statusOf(read)).toBe('processed')
    expect((await shop.api(`/refunds/${refund.id}`)).get('data.attributes')).toMatchObject({ status: 'processed', amount: 10, description: 'Paid twice' })
  })
})

describe('beGateway', () => {
  let harness: Harness
  beforeAll(async () => {
    harness = await createHarness()
  })
  afterAll(() => harness.close())

  it('shows a refund of the payment that nobody asked for, and a charge-back as what it is', async () => {
    const { server, shop } = harness
    const made = await shop.post('/beyag/transactions/payments', { request: { amount: 15_000, currency: 'EUR', description: 'Order', test: true, return_url: 'https://shop.example/back', customer: { email: 'p@shop.example', country: 'LV' }, method: { type: 'bogus' } } })
    const uid = uidOf(made)
    expect(made.get('transaction.status')).toBe('failed')
    const refund = await paidTwice(server, uid)
    expect((await shop.get(`/beyag/transactions/${refund.id}`)).get('transaction')).toMatchObject({ type: 'refund', status: 'successful', parent_uid: uid, amount: 15_000, reason: 'Paid twice' })
    const [payment] = await server.db.query<{ merchant_id: string }>('SELECT merchant_id FROM payments WHERE id = $1', [uid])
    await server.tender.payments.chargeBack(payment?.merchant_id ?? '', uid, { id: 'b0a7e1c2-0000-4000-8000-000000000001', attempt_id: 'att_back', amount: 500n, request: { by: 'operator' } })
    expect((await shop.get('/beyag/transactions/b0a7e1c2-0000-4000-8000-000000000001')).get('transaction')).toMatchObject({ type: 'chargeback', status: 'successful', parent_uid: uid, amount: 500 })
    expect(await audit(server.db)).toMatchObject({ clean: true })
  })
})
describe('Fintoc', () => {
  let shop: FintocShop
  beforeAll(async () => {
    shop = await createShop()
    await shop.listen()
  })
  afterAll(() => shop.close())

  it('shows a payment that succeeded, and tells of a refund that is like any other', async () => {
    const { id, token } = await shop.create()
    await shop.pay(token, 'acc_1', `${MAGIC_USERS[3]?.body}${MAGIC_USERS[3]?.check}`)
    const refund = await paidTwice(shop.server, id)
    expect(refund.id).toMatch(/^re_\w{16}$/)
    expect((await shop.get(id)).get('status')).toBe('succeeded')
    const read = await shop.api('GET', `/v1/refunds/${refund.id}`)
    expect(read.body).toMatchObject({ object: 'refund', status: 'succeeded', amount: 1000, resource_id: id, metadata: {}, recipient_account: null, failure_code: null })
    expect((await shop.api('GET', '/v1/refunds')).body).toEqual([read.body])
    expect(shop.told()).toEqual(['payment_intent.failed', 'payment_intent.succeeded', 'refund.in_progress', 'refund.succeeded'])
  })

  it.each(['expired', 'failed'] as const)('shows a payment that has %s as it was told, once, and a refund of what came too late', async (status) => {
    await shop.listen(`/${status}`)
    const { id, token } = await shop.create()
    const flow = (await shop.signIn(token)).get('flow')
    await shop.widget('confirm', { token, flow, account: ACCOUNTS.sms })
    if (status === 'expired') await shop.api('POST', `/v1/payment_intents/${id}/expire`)
    else await shop.widget('leave', { token, flow })
    const ended = await shop.get(id)
    expect(ended.get('status')).toBe(status)
    const refund = await paidAfterAll(shop.server, id, async () => {
      const [waiting] = (await shop.api('GET', `/v1/refunds?resource_id=${id}`)).body as { id: string; status: string }[]
      expect(waiting?.status).toBe('created')
      expect((await shop.api('POST', `/v1/refunds/${waiting?.id}/cancel`)).body).toMatchObject({ error: { code: 'operation_not_allowed' } })
    })
    expect((await shop.get(id)).body).toEqual(ended.body)
    expect((await shop.api('GET', `/v1/refunds/${refund.id}`)).body).toMatchObject({ status: 'succeeded', amount: 1000, resource_id: id, metadata: {}, recipient_account: null })
    expect(shop.told(`/${status}`)).toEqual([`payment_intent.${status}`, 'refund.in_progress', 'refund.succeeded'])
    expect((await shop.api('GET', '/v1/events?type=payment_intent.succeeded')).body).not.toMatchObject([{ data: { id } }])
  })
})
