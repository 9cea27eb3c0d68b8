/** Payouts: create, process, read, what they cost, and how test ones are steered. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { moderate } from '../../src/apis/corefy/moderation.ts'
import { createLogger } from '../../src/core/log.ts'
import { audit } from '../../src/ledger/audit.ts'
import { createTender } from '../../src/main.ts'
import { assertNoSecrets } from '../secrets/secrets.ts'
import { attributesOf, CARDS, idOf, openShop, reference, statusOf, type Shop } from './shop.ts'
import { dig, type Called } from '../support/server.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

const read = (id: string): Promise<Called> => shop.api(`/payout-invoices/${id}`)
const process = (id: string): Promise<Called> => shop.api(`/payout-invoices/${id}/process`, undefined, { method: 'POST' })
/** What became of a payout that is processed at once. */
const outcome = async (fields: Readonly<Record<string, unknown>>): Promise<[unknown, unknown]> => {
  const made = await shop.payout({ fields: { account: '1', ...fields }, options: { auto_process: true } })
  const now = await read(idOf(made))
  return [statusOf(now), now.get('data.attributes.resolution')]
}

describe('a payout', () => {
  it('is created, processed by command, and read', async () => {
    const made = await shop.payout({ description: 'Wages', metadata: { a: 1 } })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      data: {
        type: 'payout-invoices', id: expect.stringMatching(/^cpoi_\w{16}$/) as unknown,
        attributes: {
          status: 'created', resolution: 'ok', moderation_required: false, amount: 10, payout_amount: 10, currency: 'USD', service_currency: 'USD', service_amount: 10, service_payout_amount: 10, test_mode: true, description: 'Wages',
          fee: 0, writeoff: 10, exchange_rate: null, processed: null, failed: null, processed_amount: null, processed_fee: null, processed_writeoff: null, metadata: { a: 1 }, fields: { account: '1234567890' }, callback_url: null, source: 'merchant_api', callback_logs: [], payouts: [],
        },
        relationships: { 'payout-service': { data: { type: 'payout-services', id: 'test_usd' } }, 'payout-method': { data: { type: 'payout-methods', id: 'test' } }, customer: { data: null } },
        links: { self: `/api/payout-invoices/${idOf(made)}` },
      },
    })
    expect(Object.keys(made.get('data.attributes') as object).toSorted()).toEqual(`amount callback_logs callback_url created currency description exchange_rate failed fee fields metadata moderation_required options payout_amount payouts processed
      processed_amount processed_fee processed_writeoff reference_id resolution serial_number service_amount service_currency service_payout_amount source status test_mode updated writeoff`.split(/\s+/))
    const sent = await process(idOf(made))
    expect([sent.status, statusOf(sent)]).toEqual([201, 'process_pending'])
    const done = await read(idOf(made))
    expect(attributesOf(done)).toMatchObject({ status: 'processed', processed_amount: 10, processed_fee: 0, processed_writeoff: 10, processed: expect.any(Number) as unknown })
    expect(done.get('data.attributes.payouts')).toEqual([{ id: expect.stringMatching(/^po_\w{16}$/) as unknown, rrn: null, amount: 10, currency: 'USD', status: 'processed' }])
    const again = await process(idOf(made))
    expect([again.status, again.get('errors.0.detail')]).toEqual([422, 'A payout invoice that is processed cannot be processed.'])
  })

  it('is accepted in the singular, the plural, and flat, with and without /api', async () => {
    const attributes = (): Record<string, unknown> => ({ reference_id: reference('P'), service: 'test_usd', currency: 'USD', amount: '7.5', test_mode: true, fields: { account: '1' } })
    const made = [
      await shop.api('/payout-invoices', { data: { type: 'payout-invoice', attributes: attributes() } }),
      await shop.api('/api/payout-invoices', { data: { type: 'payout-invoices', attributes: attributes(), callback_url: 'https://shop.example/p' } }),
      await shop.api('/api/payout-invoices/', attributes()),
    ]
    expect(made.map((one) => [one.status, one.get('data.attributes.amount'), one.get('data.attributes.callback_url')])).toEqual([[201, 7.5, null], [201, 7.5, 'https://shop.example/p'], [201, 7.5, null]])
    expect((await shop.api('/payout-invoices', { ...attributes(), fields: {} })).get('errors.0.source.pointer')).toBe('/fields/account')
    // Also what only shows when it is made.
    const twice = { ...attributes(), reference_id: made[2]?.get('data.attributes.reference_id') }
    expect((await shop.api('/payout-invoices', twice)).get('errors.0.source.pointer')).toBe('/reference_id')
  })

  it('has its reference once', async () => {
    const name = reference('P')
    await shop.payout({ reference_id: name })
    const again = await shop.payout({ reference_id: name })
    expect([again.status, again.get('errors.0.source.pointer')]).toEqual([422, '/data/attributes/reference_id'])
    expect((await shop.api(`/payout-invoices/?filter[reference_id]=${name}`)).get('data')).toHaveLength(1)
    const found = async (test_mode: string): Promise<unknown> => (await shop.api(`/payout-invoices?filter[reference_id]=${name}&filter[test_mode]=${test_mode}`)).get('meta.total')
    expect([await found('true'), await found('1'), await found('false')]).toEqual([1, 1, 0])
    // Invoices have references of their own.
    expect((await shop.invoice({ reference_id: name })).status).toBe(201)
  })

  it('is not an invoice to pay', async () => {
    const id = idOf(await shop.invoice())
    expect((await read(id)).status).toBe(404)
    expect((await process(id)).status).toBe(404)
  })

  it('takes its money out of the balance, and gives it back when it fails', async () => {
    const held = async (): Promise<number> => Number((await shop.api('/account/balances')).get('data.attributes.currency_accounts.USD.active_balance'))
    const before = await held()
    await outcome({})
    expect(await held()).toBeCloseTo(before - 10)
    await outcome({ test_details_payout_status: 'process_failed' })
    expect(await held()).toBeCloseTo(before - 10)
    await outcome({ test_details_payout_status: 'process_pending' })
    const balances = (await shop.api('/account/balances')).get('data.attributes.currency_accounts.USD')
    expect(balances).toMatchObject({ active_balance: (before - 20).toFixed(2), pending_balance: '10.00' })
  })

  it('goes on by itself when the process that accepted it is gone, but only when it was to be sent at once', async () => {
    const [held, left] = [await shop.payout(), await shop.payout()]
    // As the process leaves it that dies between accepting and sending.
    await shop.server.db.query(`UPDATE payments SET request = jsonb_set(request::jsonb, '{options}', '{"auto_process": true}') WHERE id = $1`, [idOf(left)])
    const { config, db, vault } = shop.server
    const next = await createTender({ config, db, vault, log: createLogger({ level: 'error', write: () => undefined }) })
    await next.server.listen({ port: 0, host: '127.0.0.1' })
    await expect.poll(async () => statusOf(await read(idOf(left)))).toBe('processed')
    await next.stop()
    expect(statusOf(await read(idOf(held)))).toBe('created')
  })

  it('ends without a route in live mode', async () => {
    const made = await shop.payout({ test_mode: false, options: { auto_process: true } })
    expect(attributesOf(await read(idOf(made)))).toMatchObject({ status: 'process_failed', resolution: 'strategy_received_no_routes', failed: expect.any(Number) as unknown })
  })

  it('expires when it is not processed in time', async () => {
    const made = await shop.payout({ expires: Math.floor(shop.server.clock.now().getTime() / 1000) + 60 })
    shop.server.clock.advance(61_000)
    await shop.server.work()
    expect(attributesOf(await read(idOf(made)))).toMatchObject({ status: 'expired', resolution: 'operation_expired' })
  })

  it('shows all parts with what the provider said where the account exposes internal data', async () => {
    const made = await shop.payout({ fields: { account: '1', test_details_payout_resolution: 'LIMIT_VIOLATION' }, options: { auto_process: true } })
    expect((await read(idOf(made))).get('data.attributes.payouts')).toEqual([])
    await shop.settings({ expose_internal_data: true })
    const parts = (await read(idOf(made))).get('data.attributes.payouts')
    await shop.settings({ expose_internal_data: false })
    expect(parts).toEqual([expect.objectContaining({ status: 'process_failed', resolution: 'limit_violation', provider_code: 'sandbox-apms', provider_id: expect.any(String) as unknown, payload: null })])
  })
})

describe('the test service', () => {
  it('asks for an account of 1 to 15 digits', async () => {
    for (const account of [undefined, '', '12a', '1234567890123456']) {
      expect((await shop.payout({ fields: { account } })).get('errors.0.source.pointer')).toBe('/data/attributes/fields/account')
    }
    expect((await shop.payout({ fields: { account: 123_456_789_012_345 } })).status).toBe(201)
  })

  it.each([
    [{}, 'processed', 'ok'],
    [{ test_details_payout_status: 'processed' }, 'processed', 'ok'],
    [{ test_details_payout_status: 'process_failed' }, 'process_failed', 'declined_error'],
    [{ test_details_payout_status: 'process_failed', test_details_payout_resolution: 'INSUFFICIENT_FUNDS' }, 'process_failed', 'insufficient_funds'],
    [{ test_details_payout_resolution: 'recipient_not_found' }, 'process_failed', 'recipient_not_found'],
    [{ test_details_payout_status: 'process_pending' }, 'process_pending', 'ok'],
    [{ test_details_success_rate: '100' }, 'processed', 'ok'],
    [{ test_details_success_rate: 0 }, 'process_failed', 'declined_error'],
  ])('with %j ends %s, %s', async (fields, status, resolution) => expect(await outcome(fields)).toEqual([status, resolution]))
})

describe('options', () => {
  it('that mean nothing here are kept and shown, to nobody but the merchant', async () => {
    const options = { split_mode: 'x', parallel_mode: { any: ['thing'] }, attempts_limit: 2 }
    const made = await shop.payout({ options })
    expect([attributesOf(made)['options'], attributesOf(await read(idOf(made)))['options'], attributesOf(await shop.payout())['options']]).toEqual([options, options, []])
    expect((await shop.server.call('GET', `/corefy/public-api/payout-invoices/${idOf(made)}`)).get('data.attributes.options')).toEqual([])
    expect(await process(idOf(made))).toMatchObject({ status: 201 })
    expect((await read(idOf(made))).get('data.attributes.payouts')).toHaveLength(1)
  })
})

describe('that wait for a moderator', () => {
  const word = async (id: string, allowed: boolean): Promise<string | undefined> => {
    const { db, tender: { payments, merchants }, vault } = shop.server
    const view = await payments.find('mer_demo', id)
    return view === undefined ? 'gone' : moderate({ db, payments, merchants, vault }, view, allowed)
  }
  let made: Called[]
  beforeAll(async () => {
    await shop.settings({ moderate_payouts: true })
    made = [await shop.payout({ options: { auto_process: true } }), await shop.payout(), await shop.payout({ options: { auto_process: true }, callback_url: `${shop.server.receiver.url}/refused` })]
    await shop.settings({ moderate_payouts: false })
  })

  it('are blocked until somebody lets them go, and then go as they would have gone', async () => {
    const [auto, manual] = made.map(idOf)
    for (const created of made) expect([created.status, attributesOf(created)]).toMatchObject([201, { status: 'created', moderation_required: true, resolution: 'ok' }])
    expect([(await process(String(manual))).status, (await process(String(auto))).get('errors.0.detail')]).toEqual([422, 'The payout invoice waits for a moderator.'])
    expect([await word(String(auto), true), await word(String(manual), true)]).toEqual([undefined, undefined])
    expect(attributesOf(await read(String(auto)))).toMatchObject({ status: 'processed', moderation_required: false })
    expect(attributesOf(await read(String(manual)))).toMatchObject({ status: 'created', moderation_required: false })
    expect([(await process(String(manual))).status, statusOf(await read(String(manual)))]).toEqual([201, 'processed'])
    expect(await word(String(manual), false)).toBe(`Payment ${manual} does not wait for anybody's word.`)
  })

  it('are terminated by a no, and nothing is sent', async () => {
    const id = idOf(made[2]!)
    expect(await word(id, false)).toBeUndefined()
    expect(attributesOf(await read(id))).toMatchObject({ status: 'terminated', moderation_required: false, resolution: 'declined_error' })
    expect([await word(id, true), (await process(id)).status]).toEqual([`Payment ${id} does not wait for anybody's word.`, 422])
    expect(await shop.server.db.query('SELECT 1 FROM attempts WHERE payment_id = $1', [id])).toEqual([])
    await shop.server.work()
    expect(dig(shop.server.receiver.at('/refused').at(-1)?.body, 'data.attributes')).toMatchObject({ status: 'terminated' })
    expect(await word(idOf(await shop.payout()), true)).toMatch(/does not wait/)
  })
})

describe('that may arrive in part', () => {
  const partly = { fields: { account: '1', test_details_payout_status: 'partially_processed' } }

  it('is partially processed, costs its part of the fee, and what did not arrive is back in the balance', async () => {
    const held = async (): Promise<number> => Number((await shop.api('/account/balances')).get('data.attributes.currency_accounts.USD.active_balance'))
    await shop.service('test_usd', { fee: { strategy: 'external', reverse: false, rate: '0.05', fixed: '0', min: '0', max: '0' } })
    const before = await held()
    const made = await shop.payout({ ...partly, amount: 10.01, options: { allow_partially: true, auto_process: true } })
    await shop.service('test_usd', { fee: null })
    expect(attributesOf(made)).toMatchObject({ status: 'process_pending', amount: 10.01, fee: 0.51, writeoff: 10.52 })
    expect(attributesOf(await read(idOf(made)))).toMatchObject({
      status: 'partially_processed', resolution: 'ok', amount: 10.01, writeoff: 10.52, processed_amount: 5, processed_fee: 0.26, processed_writeoff: 5.26, failed: null, processed: expect.any(Number) as unknown,
      payouts: [{ amount: 5, currency: 'USD', status: 'processed' }],
    })
    expect(await held()).toBeCloseTo(before - 5.26)
    expect((await audit(shop.server.db)).findings).toEqual([])
  })

  it('fails where nobody said so', async () => {
    expect(await outcome(partly.fields)).toEqual(['process_failed', 'declined_error'])
    expect((await shop.payout({ options: { allow_partially: 'x' } })).get('errors.0.source.pointer')).toBe('/data/attributes/options/allow_partially')
  })
})

describe('to a card', () => {
  const toCard = { service: 'payment_card_usd', fields: { card_number: CARDS.ok }, context: { card: { card_holder: 'ANN LEE', exp_month: '12', exp_year: '31' } } }

  it('keeps the number sealed until it is processed, shows it masked, and forgets it then', async () => {
    const made = await shop.payout(toCard)
    expect(made.get('data.attributes.fields')).toEqual({ card_number: '551928******0000' })
    const cards = (): Promise<unknown[]> => shop.server.db.query('SELECT 1 FROM instruments WHERE customer_id IS NULL')
    expect(await cards()).toHaveLength(1)
    await process(idOf(made))
    expect(attributesOf(await read(idOf(made)))).toMatchObject({ status: 'processed', payouts: [{ rrn: expect.stringMatching(/^\d{12}$/) as unknown }] })
    expect(await cards()).toHaveLength(0)
    await assertNoSecrets(shop.server.db, shop.server.log, shop.server.answers)
  })

  it('fails by the card’s expiry', async () => {
    const made = await shop.payout({ ...toCard, fields: { card_number: CARDS.fail }, context: { card: { exp_month: '05', exp_year: '29' } }, options: { auto_process: true } })
    expect(attributesOf(await read(idOf(made)))).toMatchObject({ status: 'process_failed', resolution: 'insufficient_funds' })
  })

  it('refuses an expiry with a digit too many or too few', async () => {
    const dated = (card: Readonly<Record<string, string>>): ReturnType<Shop['payout']> => shop.payout({ ...toCard, context: { card } })
    expect((await dated({ exp_month: '05', exp_year: '203' })).get('errors.0.source.pointer')).toBe('/data/attributes/context/card/exp_year')
    expect((await dated({ exp_month: '005', exp_year: '2030' })).get('errors.0.source.pointer')).toBe('/data/attributes/context/card/exp_month')
  })

  it('pays a stored card by token, and a typed number wins over a token', async () => {
    const customer = { reference_id: reference('c') }
    const token = (await shop.paid({ customer, gateway_options: { cardgate: { tokenize: true } } })).get('data.attributes.payload.token')
    const made = await shop.payout({ service: 'payment_card_usd', fields: {}, token, customer, options: { auto_process: true } })
    expect(statusOf(await read(idOf(made)))).toBe('processed')
    // The token is still good.
    expect(statusOf(await shop.payout({ service: 'payment_card_usd', fields: {}, token, customer }))).toBe('created')
    const foreign = await shop.payout({ service: 'payment_card_usd', fields: {}, token, customer: { reference_id: reference('c') } })
    expect(foreign.get('errors.0.source.pointer')).toBe('/data/attributes/token')
    const typed = await shop.payout({ ...toCard, token, customer: { reference_id: reference('c') } })
    expect(typed.get('data.attributes.fields.card_number')).toBe('551928******0000')
    expect((await shop.payout({ service: 'payment_card_usd', fields: {} })).get('errors.0.source.pointer')).toBe('/data/attributes/fields/card_number')
  })
})

describe('with an exchange rate and a fee', () => {
  // Corefy reference, worked values: x = 30.959723, r = .05.
  it.each([
    ['external', false, { amount: 100 }, { amount: 100, payout_amount: 100, writeoff: 105, fee: 5, service_amount: 3095.97, service_payout_amount: 3095.97 }],
    ['external', false, { service_amount: 100 }, { amount: 3.23, payout_amount: 3.23, writeoff: 3.4, fee: 0.17, service_amount: 100, service_payout_amount: 100 }],
    ['external', true, { amount: 100 }, { amount: 100, payout_amount: 95.23, writeoff: 100, fee: 4.77, service_amount: 2948.55, service_payout_amount: 2948.55 }],
    ['internal', false, { service_amount: 100 }, { amount: 3.06, payout_amount: 3.06, writeoff: 3.24, fee: 0.18, service_amount: 100, service_payout_amount: 95 }],
    ['internal', true, { amount: 100 }, { amount: 100, payout_amount: 100, writeoff: 105.27, fee: 5.27, service_amount: 3095.97 }],
  ] as const)('%s, reverse %s, of %j', async (strategy, reverse, named, shown) => {
    await shop.settings({ exchange_rates: { 'USD/UAH': '30.959723' } })
    await shop.service('payment_card_uah', { fee: { strategy, reverse, rate: '0.05', fixed: '0', min: '0', max: '0' } })
    const made = await shop.payout({ service: 'payment_card_uah', amount: undefined, ...named, fields: { card_number: '4242424242424242' }, options: { auto_process: true } })
    expect(attributesOf(made)).toMatchObject({ ...shown, exchange_rate: 30.959723, service_currency: 'UAH', currency: 'USD' })
    expect(attributesOf(await read(idOf(made)))).toMatchObject({ status: 'processed', processed_amount: shown.payout_amount, processed_fee: shown.fee, processed_writeoff: shown.writeoff })
  })

  it('says of the amount that was named, and of no other, that the fee eats it', async () => {
    await shop.service('payment_card_uah', { fee: { strategy: 'internal', reverse: false, rate: '0', fixed: '10000', min: '0', max: '0' } })
    const refused = async (named: Readonly<Record<string, unknown>>): Promise<unknown> => (await shop.payout({ service: 'payment_card_uah', amount: undefined, ...named, fields: { card_number: CARDS.ok } })).get('errors.0.source.pointer')
    expect([await refused({ amount: 1 }), await refused({ service_amount: 50 })]).toEqual(['/data/attributes/amount', '/data/attributes/service_amount'])
  })
})
