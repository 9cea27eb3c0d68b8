/** Refunds in both generations, and what of a fee goes back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attributesOf, idOf, openShop, reference, statusOf, type Shop } from './shop.ts'
import { settingsOf } from '../../src/apis/corefy/settings.ts'
import { audit } from '../../src/ledger/audit.ts'
import { caseClaim, isSameCase } from '../../src/payments/charge-back.ts'
import { dig, type Called } from '../support/server.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

const refund = (id: string, attributes: Readonly<Record<string, unknown>>, type = 'refund'): Promise<Called> => shop.api(`/payment-invoices/${id}/refund`, { data: { type, id, attributes } })

describe('the legacy form', () => {
  it('answers 200 with the whole invoice, in parts until nothing is left', async () => {
    const id = idOf(await shop.paid())
    const part = await refund(id, { amount: 4, reference_id: reference('R'), description: 'Broken' })
    expect(part.status).toBe(200)
    expect(attributesOf(part)).toMatchObject({ status: 'partially_refunded', refunded_amount: 4, refunded_fee: 0, refunded: expect.any(Number) as unknown, processed_amount: 10 })
    expect(attributesOf(await refund(id, { amount: '5.99' }))).toMatchObject({ status: 'partially_refunded', refunded_amount: 9.99 })
    const rest = await refund(id, {})
    expect(attributesOf(rest)).toMatchObject({ status: 'refunded', refunded_amount: 10 })
    expect(rest.get('data.attributes.refunds')).toHaveLength(3)
    const over = await refund(id, { amount: 0.01 })
    expect([over.status, over.get('errors.0.source.pointer')]).toEqual([422, '/data/attributes/amount'])
  })

  it('gives back all without a body', async () => {
    const id = idOf(await shop.paid())
    const all = await shop.api(`/api/payment-invoices/${id}/refund`, undefined, { method: 'POST' })
    expect(attributesOf(all)).toMatchObject({ status: 'refunded', refunded_amount: 10 })
  })

  it('refuses more than is left, and the same reference twice', async () => {
    const id = idOf(await shop.paid())
    expect((await refund(id, { amount: 10.01 })).get('errors.0')).toMatchObject({ status: '422', detail: 'At most 10.00 USD can be refunded.', source: { pointer: '/data/attributes/amount' } })
    const name = reference('R')
    await refund(id, { amount: 1, reference_id: name })
    expect((await refund(id, { amount: 1, reference_id: name })).get('errors.0.source.pointer')).toBe('/data/attributes/reference_id')
    expect(attributesOf(await shop.api(`/payment-invoices/${id}`))).toMatchObject({ refunded_amount: 1 })
  })

  it('refuses a body that names another invoice than its address', async () => {
    const [id, other] = [idOf(await shop.paid()), idOf(await shop.paid())]
    const refused = await shop.api(`/payment-invoices/${id}/refund`, { data: { type: 'refund', id: other, attributes: { amount: 1 } } })
    expect([refused.status, refused.get('errors.0.source.pointer')]).toEqual([422, '/data/id'])
    expect(attributesOf(await shop.api(`/payment-invoices/${id}`))).toMatchObject({ status: 'processed', refunded_amount: null })
  })

  it('refuses what was not paid, and what does not exist', async () => {
    const open = idOf(await shop.invoice())
    expect((await refund(open, { amount: 1 })).get('errors.0.detail')).toBe('A payment invoice that is process_pending cannot be refunded.')
    expect((await refund('cpi_0000000000000000', {})).status).toBe(404)
  })
})

describe('the newer form', () => {
  it('answers with the refund, which the invoice lists', async () => {
    const id = idOf(await shop.paid())
    const name = reference('R')
    const made = await refund(id, { invoiceId: id, amount: 5, reference_id: name, description: 'Half' })
    expect(made.body).toMatchObject({
      data: {
        type: 'refunds', id: expect.stringMatching(/^ref_\w{16}$/) as unknown,
        attributes: { reference_id: name, original_id: null, description: 'Half', status: 'processed', amount: 5, fee: 0, currency: 'USD', created: expect.any(Number) as unknown },
        links: { self: `/refunds/${idOf(made)}` },
      },
    })
    expect((await shop.api(`/payment-invoices/${id}`)).get('data.attributes.refunds.0.id')).toBe(idOf(made))
    expect((await shop.api(`/refunds/${idOf(made)}`)).body).toEqual(made.body)
    expect(idOf(await refund(id, { amount: 1, reference_id: reference('R') }, 'refunds'))).toMatch(/^ref_/)
  })

  it('needs a reference', async () => {
    const id = idOf(await shop.paid())
    expect((await refund(id, { invoiceId: id, amount: 5 })).get('errors.0.source.pointer')).toBe('/data/attributes/reference_id')
  })
})

describe('the account', () => {
  it('gets its fee back only where it says so', async () => {
    await shop.service('payment_card_gbp_hpp', { fee: { strategy: 'internal', reverse: false, rate: '0.1', fixed: '0', min: '0', max: '0' } })
    const pounds = { currency: 'GBP', service: 'payment_card_gbp_hpp', amount: 100 }
    const kept = await refund(idOf(await shop.paid(pounds)), {})
    expect(attributesOf(kept)).toMatchObject({ refunded_amount: 100, refunded_fee: 0 })
    await shop.settings({ return_fee_on_refund: true })
    const returned = await refund(idOf(await shop.paid(pounds)), { amount: 50 })
    expect(attributesOf(returned)).toMatchObject({ refunded_amount: 50, refunded_fee: 5 })
    await shop.settings({ return_fee_on_refund: false })
  })

  it('must hold enough where its overdraft is limited', async () => {
    const id = idOf(await shop.paid({ currency: 'EUR', service: 'payment_card_eur_hpp' }))
    await shop.settings({ overdraft_limit: '0' })
    expect(statusOf(await refund(id, {}))).toBe('refunded')
    // Now nothing is left of the balance.
    const poor = await shop.payout({ currency: 'EUR', service: 'payment_card_eur', fields: { card_number: '4242424242424242' } })
    expect(poor.get('errors.0.source.pointer')).toBe('/data/attributes/amount')
    await shop.settings({ overdraft_limit: null })
  })

  it('never goes below what its account may, however many refunds and payouts come at once', async () => {
    const sales = await Promise.all(Array.from({ length: 6 }, () => shop.paid({ currency: 'EUR', service: 'payment_card_eur_hpp', amount: 10 })))
    await shop.settings({ overdraft_limit: '0' })
    const made = await Promise.all(Array.from({ length: 12 }, () => shop.payout({ currency: 'EUR', service: 'payment_card_eur', amount: 10, fields: { card_number: '4242424242424242' } })))
    const answers = await Promise.all([
      ...made.map((payout) => shop.server.call('POST', `/corefy/payout-invoices/${idOf(payout)}/process`, { auth: shop.auth })),
      ...sales.map((sale) => refund(idOf(sale), { amount: 10 })),
    ])
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(6)
    for (const { status, text } of answers.filter((answer) => answer.status >= 300)) expect([status, text]).toEqual([expect.toBeOneOf([409, 422]), expect.stringContaining('The EUR account does not hold enough.')])
    await shop.settings({ overdraft_limit: null })
  })
})

describe('a charge-back', () => {
  const chargeBack = (payment_id: string, amount: bigint, case_number = reference('case-')): ReturnType<Shop['server']['tender']['payments']['chargeBack']> => {
    const id = reference('ref_')
    return shop.server.tender.payments.chargeBack('mer_demo', payment_id, { id, attempt_id: reference('att_'), amount, request: { by: 'operator' }, claim: caseClaim('mer_demo', case_number, { id, payment_id, amount }, new Date()) })
  }

  it('is the payer’s bank’s: shown and told in its own words, taken from the balance, and no refund', async () => {
    const held = async (): Promise<number> => Number((await shop.api('/account/balances')).get('data.attributes.currency_accounts.USD.active_balance'))
    const id = idOf(await shop.paid({ callback_url: `${shop.server.receiver.url}/charge-back` }))
    const before = await held()
    await refund(id, { amount: 2 })
    expect(await chargeBack(id, 300n)).toMatchObject({ ok: true })
    expect(attributesOf(await shop.api(`/payment-invoices/${id}`))).toMatchObject({ status: 'partially_charged_back', resolution: 'ok', processed_amount: 10, refunded_amount: 2, charged_back_amount: 3, charged_back: expect.any(Number) as unknown, refunds: [{ attributes: { amount: 2 } }] })
    expect(await held()).toBeCloseTo(before - 5)
    // What is gone cannot be given back, or be taken, again.
    expect((await refund(id, { amount: 5.01 })).get('errors.0.detail')).toBe('At most 5.00 USD can be refunded.')
    expect(await chargeBack(id, 501n)).toMatchObject({ ok: false, error: { kind: 'too_much', left: 500n } })
    const whole = idOf(await shop.paid())
    await chargeBack(whole, 1_000n)
    expect(attributesOf(await shop.api(`/payment-invoices/${whole}`))).toMatchObject({ status: 'charged_back', refunded_amount: null, refunded: null, charged_back_amount: 10, refunds: [] })
    expect((await refund(whole, {})).status).toBe(422)
    const [{ id: ref } = { id: '' }] = await shop.server.db.query<{ id: string }>('SELECT id FROM refunds WHERE payment_id = $1', [whole])
    expect((await shop.api(`/refunds/${ref}`)).status).toBe(404)
    await shop.server.work()
    const told = shop.server.receiver.at('/charge-back').map(({ body }) => dig(body, 'data.attributes')) as Record<string, unknown>[]
    expect(told.filter(({ status }) => status === 'partially_charged_back')).toMatchObject([{ charged_back_amount: 3, refunded_amount: 2 }])
    expect((await audit(shop.server.db)).findings).toEqual([])
  })

  it('may take what has been refunded already, when the operator says so: it is booked, and comes out of the balance', async () => {
    const held = async (): Promise<number> => Number((await shop.api('/account/balances')).get('data.attributes.currency_accounts.USD.active_balance'))
    const id = idOf(await shop.paid())
    await refund(id, { amount: 8 })
    const before = await held()
    const take = (amount: bigint, beyond: boolean): ReturnType<typeof chargeBack> => shop.server.tender.payments.chargeBack('mer_demo', id, { id: reference('ref_'), attempt_id: reference('att_'), amount, request: {}, beyond })
    expect(await take(1_000n, false)).toMatchObject({ ok: false, error: { kind: 'too_much', left: 200n } })
    expect(await take(1_001n, true)).toMatchObject({ ok: false, error: { kind: 'too_much', left: 1_000n } })
    expect(await take(1_000n, true)).toMatchObject({ ok: true, value: { payment: { captured: 1_000n, refunded: 1_800n } } })
    expect(attributesOf(await shop.api(`/payment-invoices/${id}`))).toMatchObject({ status: 'charged_back', processed_amount: 10, refunded_amount: 8, charged_back_amount: 10 })
    expect(await held()).toBeCloseTo(before - 10)
    expect((await refund(id, { amount: 0.01 })).status).toBe(422)
    expect(await shop.server.db.query(`SELECT type FROM events WHERE payment_id = $1 AND type = 'refund.exceeded'`, [id])).toHaveLength(1)
    expect((await audit(shop.server.db)).findings).toEqual([])
  })

  it('is of what was paid', async () => {
    for (const created of [await shop.invoice(), await shop.paid({ flow: 'verify' }), await shop.payout({ options: { auto_process: true } })]) expect(await chargeBack(idOf(created), 1n)).toMatchObject({ ok: false, error: { kind: 'wrong_state' } })
    expect(await chargeBack('cpi_0010000000000000', 1n)).toMatchObject({ ok: false, error: { kind: 'not_found' } })
  })

  it('is booked once for each case number, however often and at once it is told', async () => {
    const id = idOf(await shop.paid())
    const case_number = reference('case-')
    const told = await Promise.all(Array.from({ length: 10 }, () => chargeBack(id, 400n, case_number)))
    expect(told.filter(({ ok }) => ok)).toHaveLength(1)
    expect(told.filter((one) => !one.ok && one.error.kind === 'duplicate' && isSameCase(one.error.claim, id, 400n))).toHaveLength(9)
    expect(attributesOf(await shop.api(`/payment-invoices/${id}`))).toMatchObject({ charged_back_amount: 4 })
    // Also when nothing is left that could be taken.
    await chargeBack(id, 600n)
    expect(await chargeBack(id, 400n, case_number)).toMatchObject({ ok: false, error: { kind: 'duplicate' } })
    // A case is about one payment, and one amount.
    const other = idOf(await shop.paid())
    for (const [where, amount] of [[id, 1n], [other, 400n]] as const) {
      const refused = await chargeBack(where, amount, case_number)
      expect(!refused.ok && refused.error.kind === 'duplicate' && !isSameCase(refused.error.claim, where, amount)).toBe(true)
    }
    expect((await audit(shop.server.db)).findings).toEqual([])
  })

  it('happens once for all that are told at once, as far as there is money', async () => {
    const id = idOf(await shop.paid())
    const done = await Promise.all(Array.from({ length: 10 }, () => chargeBack(id, 400n)))
    expect(done.filter(({ ok }) => ok)).toHaveLength(2)
    expect(attributesOf(await shop.api(`/payment-invoices/${id}`))).toMatchObject({ charged_back_amount: 8 })
  })
})

describe('a rolling reserve', () => {
  const held = async (): Promise<unknown> => (await shop.api('/account/balances')).get('data.attributes.currency_accounts.SEK')
  const read = async (id: string): Promise<Readonly<Record<string, unknown>>> => attributesOf(await shop.api(`/payment-invoices/${id}`))
  const sek = { currency: 'SEK', service: 'payment_card_sek_hpp' }
  const NONE = { reserved_amount: null, reserve_expires: null, unreserved: null, reserves: [], reserve_options: null, processed_unreserve: null, processed_reserve_cancel: null, reserve_cancelled: null }

  it('is kept back of the deposit, shown and told, released in its time, and taken by what goes back', async () => {
    const services = settingsOf((await shop.server.tender.merchants.byId('mer_demo'))!).services
    const service = { code: sek.service, method: 'payment_card', currency: 'SEK', flow: 'hpp', enabled: true, amount_min: '0', amount_max: '0', fee: null } as const
    await shop.settings({ services: [...services, { ...service, direction: 'in' }, { ...service, direction: 'out' }], rolling_reserve: { rate: '0.1', minutes: 30 }, charge_back_fee: { rate: '0', fixed: '200', min: '0', max: '0' } })
    const fresh = await shop.invoice(sek)
    expect(attributesOf(fresh)).toMatchObject({ ...NONE, reserve_options: { rate: 0.1, minutes: 30 } })
    const id = idOf(await shop.paid({ ...sek, callback_url: `${shop.server.receiver.url}/reserve` }))
    const taken = idOf(await shop.paid(sek))
    // Terms are those of the time when an invoice is made.
    await shop.settings({ rolling_reserve: null, charge_back_fee: null })
    expect(attributesOf(await shop.paid(sek))).toMatchObject(NONE)
    expect(await held()).toMatchObject({ active_balance: '28.00', reserved_balance: '2.00' })
    const { processed, ...kept } = await read(id)
    expect(kept).toMatchObject({ status: 'processed', processed_deposit: 10, reserved_amount: 1, reserve_expires: Number(processed) + 1_800, unreserved: null, reserve_cancelled: null, reserves: [{ amount: 1, currency: 'SEK', expires: Number(processed) + 1_800 }] })
    // A payer who may read the invoice reads nothing of it.
    expect(attributesOf(await shop.server.call('GET', `${shop.base}/public-api/payment-invoices/${id}`))).toMatchObject(NONE)
    // With nothing left to spend, a charge-back and its cost take the reserve of their own invoice.
    await shop.settings({ overdraft_limit: '0' })
    expect(attributesOf(await shop.payout({ currency: 'SEK', service: sek.service, amount: 28, fields: { card_number: '4242424242424242' }, options: { auto_process: true } })).status).toBe('process_pending')
    expect((await shop.server.tender.payments.chargeBack('mer_demo', taken, { id: reference('ref_'), attempt_id: reference('att_'), amount: 50n, request: {} })).ok).toBe(true)
    expect(await read(taken)).toMatchObject({ status: 'partially_charged_back', charged_back_amount: 0.5, reserved_amount: 1, processed_reserve_cancel: 1, reserve_cancelled: expect.any(Number) as unknown, unreserved: null, processed_unreserve: null })
    expect(await held()).toMatchObject({ active_balance: '-1.50', reserved_balance: '1.00' })
    shop.server.clock.advance(1_801_000)
    await shop.server.work()
    expect(await read(id)).toMatchObject({ reserved_amount: 1, unreserved: expect.any(Number) as unknown, processed_unreserve: 1, processed_reserve_cancel: null, updated: expect.any(Number) as unknown })
    expect(await read(taken)).toMatchObject({ unreserved: null, processed_reserve_cancel: 1 })
    expect(await held()).toMatchObject({ active_balance: '-0.50', reserved_balance: '0.00' })
    expect(dig(shop.server.receiver.at('/reserve').at(-1)?.body, 'data.attributes')).toMatchObject({ status: 'processed', reserved_amount: 1, unreserved: null, processed_unreserve: null })
    expect((await audit(shop.server.db)).findings).toEqual([])
    await shop.settings({ overdraft_limit: null, services })
  })
})
