/** Refunds in both generations, and what of a fee goes back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attributesOf, idOf, openShop, reference, statusOf, type Shop } from './shop.ts'
import type { Called } from '../support/server.ts'

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
