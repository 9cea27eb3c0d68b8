/** Lists of invoices: by which status, in which pages. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dig, type Called } from '../support/server.ts'
import { CARD, CARDS, idOf, openShop, reference, sessionOf, statusOf, type Shop } from './shop.ts'

let shop: Shop
/** One invoice of each status that this server can bring about, by its word. */
const made = new Map<string, string>()
/** Invoices that were paid twice. */
let doubled: string[]

const keep = async (created: Called): Promise<void> => {
  const now = await shop.api(`/payment-invoices/${idOf(created)}`)
  made.set(String(statusOf(now)), idOf(now))
}
const refund = (created: Called, amount: number): Promise<Called> => shop.api(`/payment-invoices/${idOf(created)}/refund`, { data: { type: 'refund', attributes: { amount } } })
const broke = { ...CARD, card_number: '4000000000009995' }
const verify = { flow: 'verify', customer: { reference_id: 'c' } }

beforeAll(async () => {
  shop = await openShop()
  const { db, clock } = shop.server
  await keep(await shop.paid())
  await keep(await shop.paid(verify))
  await keep(await shop.paid({}, broke))
  await keep(await shop.paid(verify, broke))
  const [half, whole, pending, refused, partial, ended] = [await shop.paid(), await shop.paid(), await shop.paid(), await shop.paid(), await shop.paid(), await shop.invoice()]
  await refund(half, 4)
  await refund(whole, 10)
  await refund(refused, 1)
  await shop.server.work()
  await refund(pending, 1)
  // What only a provider or a moderator could bring about is written as it would then stand.
  await db.query(`UPDATE payments SET refunded = 0, refunding = 0 WHERE id = $1`, [idOf(refused)])
  await db.query(`UPDATE refunds SET state = 'failed' WHERE payment_id = $1`, [idOf(refused)])
  await db.query(`UPDATE payments SET captured = 900 WHERE id = $1`, [idOf(partial)])
  await db.query(`UPDATE payments SET state = 'canceled', finished_at = now() WHERE id = $1`, [idOf(ended)])
  const tried = await shop.invoice({ expires: Math.floor(clock.now().getTime() / 1000) + 60 })
  await shop.server.call('POST', `${shop.base}/hpp/${sessionOf(tried)}`, { headers: { accept: 'application/json' }, json: { ...broke, exp: '12/31' } })
  const late = await shop.invoice({ expires: Math.floor(clock.now().getTime() / 1000) + 60 })
  clock.advance(61_000)
  await shop.server.work()
  const [taken, bitten, twice, twiceBack, twiceGiven] = [await shop.paid(), await shop.paid(), await shop.paid(), await shop.paid(), await shop.paid()]
  const chargeBack = (created: Called, amount: bigint): Promise<unknown> => shop.server.tender.payments.chargeBack('mer_demo', idOf(created), { id: reference('ref_'), attempt_id: reference('att_'), amount, request: {} })
  const refunding = await shop.paid()
  const unheard = await shop.paid()
  const waiting = await shop.paid({}, { card_number: CARDS.ok, exp_month: '07', exp_year: '77' })
  for (const [created, state, inquiries] of [[refunding, 'pending', 0], [pending, 'processing', 0], [unheard, 'processing', 1]] as const) {
    if (created !== pending) await refund(created, 1)
    await db.query(`UPDATE payments SET refunding = 100, refunded = 0 WHERE id = $1`, [idOf(created)])
    await db.query('UPDATE refunds SET state = $2 WHERE payment_id = $1', [idOf(created), state])
    await db.query(`UPDATE attempts SET state = 'sent', inquiries = $2 WHERE payment_id = $1 AND kind = 'refund'`, [idOf(created), inquiries])
  }
  const handed = await shop.paid({}, { card_number: CARDS.ok, exp_month: '07', exp_year: '77' })
  await db.query(`UPDATE attempts SET state = 'sent' WHERE payment_id = $1`, [idOf(handed)])
  // The provider could not do it, and the payer has tries left.
  const unlucky = await shop.invoice()
  await shop.server.call('POST', `${shop.base}/hpp/${sessionOf(unlucky)}`, { headers: { accept: 'application/json' }, json: { ...CARD, card_number: CARDS.fail, exp: '06/54' } })
  for (const created of [refunding, pending, unheard, waiting, handed, unlucky]) await keep(created)
  await chargeBack(taken, 1_000n)
  await refund(bitten, 1)
  await chargeBack(bitten, 300n)
  // Paid twice, and what came twice is on its way back, is back, or is back beside a refund that the merchant made.
  await refund(twiceGiven, 4)
  for (const [created, state] of [[twice, 'processing'], [twiceBack, 'succeeded'], [twiceGiven, 'succeeded']] as const) {
    await db.query(`UPDATE payments SET authorized = authorized + 1000, captured = captured + 1000, ${state === 'succeeded' ? 'refunded = refunded' : 'refunding = refunding'} + 1000 WHERE id = $1`, [idOf(created)])
    await db.query(`INSERT INTO refunds (merchant_id, id, payment_id, state, currency, amount, fee, request, created_at, updated_at) VALUES ('mer_demo', $1, $2, $3, 'USD', 1000, 0, '{"surplus": "x"}', now(), now())`, [reference('ref_'), idOf(created), state])
  }
  for (const created of [half, whole, refused, partial, ended, tried, late, taken, bitten, await shop.invoice()]) await keep(created)
  doubled = [twice, twiceBack, twiceGiven].map(idOf)
})
afterAll(() => shop.close())

const list = (query: string): Promise<Called> => shop.api(`/payment-invoices/?${query}`)
const idsOf = (listed: Called): unknown[] => (listed.get('data') as unknown[]).map((item) => dig(item, 'id'))

describe('by status', () => {
  it('there is an invoice of every word', () => {
    expect([...made.keys()].toSorted()).toEqual([
      'charged_back', 'expired', 'partially_charged_back', 'partially_processed', 'partially_refunded', 'process_error', 'process_failed', 'process_pending', 'processed', 'processing', 'refund_error', 'refund_failed', 'refund_pending', 'refunded', 'refunding', 'terminated', 'verified', 'verify_failed',
    ])
  })

  it('each word finds those that are shown with it, and no other; together they are all', async () => {
    let total = 0
    for (const [status, id] of made) {
      const found = await list(`filter[status]=${status}&page[size]=100`)
      expect(new Set((found.get('data') as unknown[]).map((item) => dig(item, 'attributes.status')))).toEqual(new Set([status]))
      expect(idsOf(found)).toContain(id)
      total += Number(found.get('meta.total'))
    }
    expect(total).toBe((await list('')).get('meta.total'))
  })

  it('an invoice that was paid twice is called as if it had been paid once', async () => {
    const shown = await Promise.all(doubled.map(async (id) => (await shop.api(`/payment-invoices/${id}`)).get('data.attributes')))
    expect(shown).toMatchObject([
      { status: 'processed', processed_amount: 10, refunded_amount: null, refunded: null, refunds: [{ attributes: { amount: 10, status: 'process_pending' } }] },
      { status: 'processed', processed_amount: 10, refunded_amount: null, refunded: null, refunds: [{ attributes: { amount: 10, status: 'processed' } }] },
      { status: 'partially_refunded', processed_amount: 10, refunded_amount: 4, refunds: expect.arrayContaining([expect.objectContaining({ attributes: expect.objectContaining({ amount: 4 }) as unknown })]) as unknown },
    ])
    for (const [status, id] of [['processed', doubled[0]], ['processed', doubled[1]], ['partially_refunded', doubled[2]]]) expect(idsOf(await list(`filter[status]=${status}&page[size]=100`))).toContain(id)
  })

  it('a word that nothing is called finds nothing', async () => {
    for (const status of ['paid', 'constructor', "' OR true --"]) expect((await list(`filter[status]=${encodeURIComponent(status)}`)).body).toMatchObject({ data: [], meta: { total: 0 } })
  })
})

it('links lead through the pages of the same list', async () => {
  const name = reference('links&')
  await shop.invoice({ reference_id: name })
  const first = await list('filter[test_mode]=true&filter[status]=process_failed&page[size]=1')
  expect(first.get('meta.total')).toBe(2)
  const second = await shop.server.call('GET', `${shop.base}${String(first.get('links.next'))}`, { auth: shop.auth })
  expect(second.get('data.0.attributes.status')).toBe('process_failed')
  expect(idsOf(second)).not.toEqual(idsOf(first))
  expect(second.get('links.next')).toBeUndefined()
  const back = await shop.server.call('GET', `${shop.base}${String(second.get('links.prev'))}`, { auth: shop.auth })
  expect(idsOf(back)).toEqual(idsOf(first))
  expect((await list(`filter[reference_id]=${encodeURIComponent(name)}`)).get('data.0.attributes.reference_id')).toBe(name)
})
