/** Payment invoices of the private API: create, representation, list, states in time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { settingsOf } from '../../src/apis/corefy/settings.ts'
import { dig } from '../support/server.ts'
import { attributesOf, CARD, CARDS, idOf, openShop, reference, sessionOf, statusOf, tokenOf, type Shop } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

describe('creating', () => {
  it('answers 201 with process_pending and the address of the page', async () => {
    const created = await shop.invoice()
    expect(created.status).toBe(201)
    expect(created.headers.get('content-type')).toContain('application/json')
    expect(statusOf(created)).toBe('process_pending')
    expect(created.get('data.attributes.flow_data.action')).toBe(`${shop.base}/hpp/${sessionOf(created)}`)
  })

  it.each(['/payment-invoices', '/payment-invoices/', '/api/payment-invoices', '/api/payment-invoices/'])('is at %s', async (path) => {
    const created = await shop.api(path, { data: { type: 'payment-invoices', attributes: { reference_id: reference(), currency: 'USD', amount: 1, service: 'payment_card_usd_hpp' } } })
    expect(created.status).toBe(201)
    expect(created.get('data.links.self')).toBe(`/api/payment-invoices/${idOf(created)}`)
    expect((await shop.api(`${path.replace(/\/$/, '')}/${idOf(created)}`)).status).toBe(200)
  })

  it.each(['application/json', 'application/vnd.api+json', 'text/plain', 'json', 'application/json charset=utf-8', 'application/json, application/json', ''])('takes the type "%s", and any accept header', async (type) => {
    const body = JSON.stringify({ data: { type: 'payment-invoice', attributes: { reference_id: reference(), currency: 'USD', amount: '100', service: 'payment_card_usd_hpp' } } })
    const created = await shop.server.call('POST', `${shop.base}/payment-invoices`, { auth: shop.auth, raw: body, headers: { 'content-type': type, accept: type } })
    expect(created.status).toBe(201)
    expect(attributesOf(created)).toMatchObject({ amount: 100, test_mode: false })
  })

  it.each([[1, 1], [100.55, 100.55], ['100.5', 100.5], ['7', 7], [1_000_000_000, 1_000_000_000]])('takes the amount %s', async (amount, shown) => {
    expect(attributesOf(await shop.invoice({ amount }))).toMatchObject({ amount: shown, payment_amount: shown })
  })

  it('keeps every attribute of the request and shows it again', async () => {
    const attributes = {
      description: 'Two tickets', metadata: { order: 17, nested: { a: [1] } }, return_url: 'https://shop.example/back', return_urls: { success: 'https://shop.example/ok', fail: 'https://shop.example/no' },
      callback_url: 'https://shop.example/hook', customer: { reference_id: reference('c'), name: 'Ann Lee', email: 'ann@shop.example', phone: '+34600', date_of_birth: '1990-12-31', address: { country: 'ES', city: 'Madrid' }, metadata: { vip: true } },
    }
    const created = await shop.invoice(attributes)
    expect(attributesOf(created)).toMatchObject({
      description: 'Two tickets', metadata: { order: 17, nested: { a: [1] } }, return_url: 'https://shop.example/back', callback_url: 'https://shop.example/hook',
      return_urls: { success: 'https://shop.example/ok', pending: null, fail: 'https://shop.example/no' }, source: 'merchant_api', hpp_url: `${shop.base}/redirect/hpp/?cpi=${idOf(created)}`,
    })
    expect(created.get('included.0')).toMatchObject({
      type: 'customers', id: created.get('data.relationships.customer.data.id'),
      attributes: { ...attributes.customer, description: null, avatar: null, processing_options: { payment_enabled: true, payout_enabled: true } },
      relationships: { 'commerce-account': { data: { type: 'commerce-accounts', id: shop.keys.account_id } } },
    })
    expect((await shop.api(`/payment-invoices/${idOf(created)}`)).get('data.attributes.metadata')).toEqual({ order: 17, nested: { a: [1] } })
    expect(Object.keys(created.get('included.0.attributes') as object).sort()).toEqual([
      'address', 'archived', 'avatar', 'created', 'date_of_birth', 'description', 'email', 'first_name', 'individual_tax_id', 'metadata', 'name', 'passport_number', 'passport_series', 'patronymic', 'phone', 'processing_options', 'reference_id', 'surname',
    ])
  })

  it('reads meta_data, the singular type, [] for maps, recurrent, and callback_url beside the attributes', async () => {
    const created = await shop.api('/payment-invoices', {
      data: {
        type: 'payment-invoice', callback_url: 'https://shop.example/beside',
        attributes: {
          reference_id: 4_711, currency: 'usd', amount: 1, service: 'payment_card_usd_hpp', meta_data: { a: 1 }, return_urls: [], options: [], service_fields: [], unknown_key: 'ignored',
          customer: { reference_id: reference('c'), meta_data: { b: 2 } }, gateway_options: { cardgate: { recurrent: true, unknown: 1 } },
        },
      },
    })
    expect(created.status).toBe(201)
    expect(attributesOf(created)).toMatchObject({ reference_id: '4711', currency: 'USD', metadata: { a: 1 }, callback_url: 'https://shop.example/beside', return_urls: { success: null } })
    expect(tokenOf(created)).toContain('eyJ0')
    expect(created.get('included.0.attributes.metadata')).toEqual({ b: 2 })
  })

  it('gives the same customer for the same reference, with what is new', async () => {
    const name = reference('c')
    const first = await shop.invoice({ customer: { reference_id: name, name: 'Ann' } })
    const second = await shop.invoice({ customer: { reference_id: name, email: 'ann@shop.example' } })
    expect(second.get('included.0.id')).toBe(first.get('included.0.id'))
    expect(second.get('included.0.attributes')).toMatchObject({ name: 'Ann', email: 'ann@shop.example' })
  })

  it('shows data null without a customer', async () => {
    const created = await shop.invoice()
    expect(created.get('data.relationships.customer')).toEqual({ data: null })
    expect(created.get('included')).toEqual([])
  })

  it('refuses a reference that was used, and finds the first by it', async () => {
    const name = reference('once')
    const created = await shop.invoice({ reference_id: name })
    const again = await shop.invoice({ reference_id: name })
    expect(again.status).toBe(422)
    expect(again.body).toMatchObject({ errors: [{ status: '422', source: { pointer: '/data/attributes/reference_id' } }] })
    for (const query of [`filter[reference_id]=${name}`, `filter%5Breference_id%5D=${name}`]) expect((await shop.api(`/payment-invoices/?${query}`)).get('data.0.id')).toBe(idOf(created))
  })

  it.each([
    ['JPY', [500, '500', 1e3], [1.5, '0.1', 500.01]],
    ['CLP', [99_997, '10.00'], [10.5]],
    ['KWD', [1.234, '0.001', 5.5, 1e2], [1.2345, '0.0001']],
  ])('has the decimals of %s', async (currency, right, wrong) => {
    const services = settingsOf((await shop.server.tender.merchants.byId('mer_demo'))!).services
    const service = `payment_card_${currency.toLowerCase()}_hpp`
    await shop.settings({ services: [...services, { ...services[0]!, code: service, currency }] })
    for (const amount of right) {
      const paid = await shop.paid({ currency, service, amount })
      expect(attributesOf(paid)).toMatchObject({ status: 'processed', currency, amount: Number(amount), payment_amount: Number(amount), processed_amount: Number(amount), processed_deposit: Number(amount) })
      const back = await shop.api(`/payment-invoices/${idOf(paid)}/refund`, { data: { type: 'refund', attributes: {} } })
      expect(attributesOf(back)).toMatchObject({ status: 'refunded', refunded_amount: Number(amount) })
    }
    for (const amount of wrong) expect((await shop.invoice({ currency, service, amount })).get('errors.0.source.pointer')).toBe('/data/attributes/amount')
    await shop.settings({ services })
  })

  it('has the descriptor of the account, and that of the request where the account lets it', async () => {
    const name = reference()
    expect(attributesOf(await shop.invoice({ reference_id: name, descriptor: 'MINE' }))).toMatchObject({ descriptor: `DEMO SHOP:Order №:${name}` })
    await shop.settings({ allow_descriptor: true })
    expect(attributesOf(await shop.invoice({ descriptor: 'MINE' }))).toMatchObject({ descriptor: 'MINE' })
    await shop.settings({ allow_descriptor: false })
  })

  it('gives the token only to instant invoices where the account switches H2H off', async () => {
    await shop.settings({ allow_h2h: false })
    const [page, instant] = [await shop.invoice(), await shop.invoice({ gateway_options: { cardgate: { instant: true } } })]
    await shop.settings({ allow_h2h: true })
    expect(page.get('data.attributes.flow_data.metadata')).toEqual({ sid: sessionOf(page) })
    expect(tokenOf(instant)).toContain('.')
  })

  it('takes a fee by the service and says what is deposited', async () => {
    await shop.service('payment_card_eur_hpp', { fee: { strategy: 'external', reverse: false, rate: '0.03', fixed: '1000', min: '0', max: '0' }, amount_min: '5', amount_max: '1000' })
    const created = await shop.invoice({ currency: 'EUR', service: 'payment_card_eur_hpp', amount: 15 })
    expect(attributesOf(created)).toMatchObject({ amount: 15, payment_amount: 25.45, deposit: 15, fee: 10.45, processed_fee: null })
    await shop.sale(created)
    expect(attributesOf(await shop.api(`/payment-invoices/${idOf(created)}`))).toMatchObject({ processed_amount: 25.45, processed_deposit: 15, processed_fee: 10.45 })
    expect((await shop.invoice({ currency: 'EUR', service: 'payment_card_eur_hpp', amount: 1 })).get('errors.0')).toMatchObject({ detail: 'amount must be between 5 and 1000.', source: { pointer: '/data/attributes/amount' } })
  })

  it('keeps the bounds of the service also where another currency is converted into its own', async () => {
    await shop.service('payment_card_uah_hpp', { amount_min: '83', amount_max: '415' })
    const asked = async (attributes: Readonly<Record<string, unknown>>): Promise<unknown> => (await shop.invoice({ currency: 'USD', service: 'payment_card_uah_hpp', amount: undefined, ...attributes })).get('errors.0.detail')
    expect(await Promise.all([asked({ amount: 1.99 }), asked({ amount: 2 }), asked({ amount: 10 }), asked({ amount: 10.01 }), asked({ service_amount: 415.01 }), asked({ amount: 2, currency: 'UAH' })])).toEqual([
      'amount must be between 83 and 415 UAH.', undefined, undefined, 'amount must be between 83 and 415 UAH.', 'service_amount must be between 83 and 415.', 'amount must be between 83 and 415.',
    ])
    await shop.service('payment_card_uah_hpp', { amount_max: '0' })
    expect(await asked({ amount: 1 })).toBe('amount must be at least 83 UAH.')
    await shop.service('payment_card_uah_hpp', { amount_min: '0' })
  })

  it('says of the amount that was named, and of no other, that the fee eats it', async () => {
    await shop.service('payment_card_uah_hpp', { fee: { strategy: 'internal', reverse: false, rate: '0', fixed: '4150', min: '0', max: '0' } })
    const refused = async (attributes: Readonly<Record<string, unknown>>): Promise<unknown> => (await shop.invoice({ currency: 'USD', service: 'payment_card_uah_hpp', amount: undefined, ...attributes })).get('errors.0.source.pointer')
    expect([await refused({ amount: 0.5 }), await refused({ service_amount: 20 })]).toEqual(['/data/attributes/amount', '/data/attributes/service_amount'])
    await shop.service('payment_card_uah_hpp', { fee: null })
  })

  it('converts where the account has a rate, and names service_amount instead of amount', async () => {
    const created = await shop.invoice({ currency: 'USD', service: 'payment_card_uah_hpp', amount: 10 })
    expect(attributesOf(created)).toMatchObject({ amount: 10, currency: 'USD', service_currency: 'UAH', service_amount: 415, payment_service_amount: 415, exchange_rate: 41.5 })
    const named = await shop.invoice({ currency: 'USD', service: 'payment_card_uah_hpp', amount: undefined, service_amount: 415 })
    expect(attributesOf(named)).toMatchObject({ amount: 10, service_amount: 415 })
    // What the merchant named is shown as it was named, also where the payer's cents make a little more of it.
    const odd = await shop.invoice({ currency: 'USD', service: 'payment_card_uah_hpp', amount: undefined, service_amount: '100' })
    expect(attributesOf(odd)).toMatchObject({ amount: 2.41, payment_amount: 2.41, service_amount: 100, payment_service_amount: 100, exchange_rate: 41.5 })
    expect((await shop.api(`/payment-invoices/${idOf(odd)}`)).get('data.attributes.service_amount')).toBe(100)
  })

  it('takes the fixed parts of a fee, which are in the service’s currency, at the account’s rate', async () => {
    await shop.service('payment_card_uah_hpp', { fee: { strategy: 'external', reverse: false, rate: '0', fixed: '4150', min: '0', max: '0' } })
    const fixed = await shop.paid({ currency: 'USD', service: 'payment_card_uah_hpp', amount: 10 })
    expect(attributesOf(fixed)).toMatchObject({ amount: 10, payment_amount: 11, deposit: 10, fee: 1, service_amount: 415, payment_service_amount: 456.5, processed_fee: 1 })
    await shop.service('payment_card_uah_hpp', { fee: { strategy: 'internal', reverse: false, rate: '0.5', fixed: '0', min: '0', max: '8300' } })
    expect(attributesOf(await shop.invoice({ currency: 'USD', service: 'payment_card_uah_hpp', amount: 100 }))).toMatchObject({ fee: 2, deposit: 98 })
    expect(attributesOf(await shop.invoice({ currency: 'UAH', service: 'payment_card_uah_hpp', amount: 1_000 }))).toMatchObject({ fee: 83, deposit: 917 })
    await shop.service('payment_card_uah_hpp', { fee: null })
  })

  it('can be called by a browser', async () => {
    const asked = await shop.server.call('OPTIONS', `${shop.base}/payment-invoices`, { headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' } })
    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-origin')).toBe('*')
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization')
    for (const auth of [shop.auth, undefined]) {
      const answer = await shop.api('/payment-invoices', undefined, { auth, headers: { origin: 'https://shop.example' } })
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([auth === undefined ? 401 : 200, '*'])
    }
  })
})

describe('reading', () => {
  it('has every attribute of the documentation, with [] for empty maps', async () => {
    const attributes = attributesOf(await shop.api(`/payment-invoices/${idOf(await shop.invoice())}`))
    expect(attributes).toMatchObject({ metadata: [], return_urls: [], payload: null, original_data: null, callback_logs: [], refunds: [], reserves: [], flow_data: { params: [] }, resolution_message: null })
    const documented = `serial_number status resolution moderation_required amount payment_amount currency service_currency service_amount payment_service_amount exchange_rate reference_id test_mode fee deposit
      processed processed_amount processed_fee processed_deposit refunded_amount refunded_fee refunded failed charged_back_amount charged_back metadata flow_data flow payment_flow created updated payload description
      descriptor callback_url return_url return_urls original_data rrn approval_code arn source callback_logs resolution_message hpp_url reserved_amount reserve_expires unreserved reserves reserve_options
      processed_unreserve processed_reserve_cancel reserve_cancelled refunds`.trim().split(/\s+/)
    expect(Object.keys(attributes).sort()).toEqual(documented.sort())
    expect(attributes['created']).toBeGreaterThan(1_700_000_000)
  })

  it('shows the active payment once there is one', async () => {
    const created = await shop.invoice()
    expect(created.get('data.relationships.active-payment')).toBeUndefined()
    await shop.sale(created)
    expect((await shop.api(`/payment-invoices/${idOf(created)}`)).get('data.relationships.active-payment.data')).toMatchObject({ type: 'payments', id: expect.stringMatching(/^pay_\w{24}$/) as unknown })
  })

  it('includes the payment request where the account exposes internal data', async () => {
    await shop.settings({ expose_internal_data: true })
    const created = await shop.invoice()
    await shop.settings({ expose_internal_data: false })
    expect(Object.keys(created.get('included.0.attributes') as object).sort()).toEqual([
      'amount', 'amount_readonly', 'callback_url', 'charged_back_amount', 'created', 'currency', 'description', 'expires', 'fields', 'metadata', 'paid_amount', 'payment_service', 'processed', 'reference_id', 'resolution', 'return_url', 'status', 'test_mode',
    ])
    expect(Number(created.get('included.0.attributes.expires')) - Number(created.get('included.0.attributes.created'))).toBe(3_600)
    expect(created.get('included.0')).toMatchObject({ type: 'payment-requests', id: idOf(created).replace('cpi_', 'prq_'), attributes: { amount: 10, reference_id: idOf(created), status: 'PROCESS_PENDING', resolution: 'OK', metadata: { fee: '0.00', fee_strategy: 'internal' } } })
  })

  it('knows nothing of other ids, nor of payouts', async () => {
    const payout = await shop.payout()
    for (const id of ['cpi_0000000000000000', idOf(payout), 'x', 'cpi_%F0%9F%98%80']) {
      const read = await shop.api(`/payment-invoices/${id}`)
      expect([read.status, read.get('errors.0.status')]).toEqual([404, '404'])
    }
  })

  it('lists newest first, in pages, filtered', async () => {
    const names = [reference('list'), reference('list'), reference('list')]
    for (const name of names) await shop.invoice({ reference_id: name })
    const page = await shop.api('/payment-invoices?page[size]=2&page[number]=1')
    expect((page.get('data') as unknown[]).map((item) => dig(item, 'attributes.reference_id'))).toEqual([names[2], names[1]])
    expect(page.get('meta.page')).toMatchObject({ number: 1, size: 2 })
    expect(page.get('links.next')).toBe('/api/payment-invoices?page[number]=2&page[size]=2')
    expect((await shop.api('/payment-invoices/?filter[reference_id]=nobody')).body).toMatchObject({ data: [], meta: { total: 0 } })
    expect((await shop.api('/payment-invoices/?filter[status]=constructor')).get('data')).toEqual([])
    expect((await shop.api(`/payment-invoices/?filter[reference_id]=a&filter[reference_id]=${names[0]}`)).get('data.0.attributes.reference_id')).toBe(names[0])
    const live = await shop.api('/payment-invoices/?filter[test_mode]=false&page[size]=100')
    expect((live.get('data') as unknown[]).every((item) => dig(item, 'attributes.test_mode') === false)).toBe(true)
  })
})

describe('in time', () => {
  it('expires an hour after it was made, or when the request says', async () => {
    await shop.settings({ invoice_life_s: 30 })
    const shortest = await shop.invoice()
    await shop.settings({ invoice_life_s: 3_600 })
    const usual = await shop.invoice()
    const short = await shop.invoice({ expires: Math.floor(shop.server.clock.now().getTime() / 1000) + 60 })
    shop.server.clock.advance(61_000)
    await shop.server.work()
    for (const over of [shortest, short]) expect(statusOf(await shop.api(`/payment-invoices/${idOf(over)}`))).toBe('expired')
    expect(attributesOf(await shop.api(`/payment-invoices/${idOf(usual)}`))).toMatchObject({ status: 'process_pending' })
    shop.server.clock.advance(3_600_000)
    await shop.server.work()
    expect(attributesOf(await shop.api(`/payment-invoices/${idOf(usual)}`))).toMatchObject({ status: 'expired', resolution: 'ok', flow_data: [] })
  })

  it('closes the status page when the time is over', async () => {
    const paid = await shop.invoice()
    await shop.sale(paid)
    const page = (): ReturnType<Shop['api']> => shop.server.call('GET', `${shop.base}/hpp/${sessionOf(paid)}`)
    expect((await page()).text).toContain('ending in 4242')
    shop.server.clock.advance(3_700_000)
    expect(await page()).toMatchObject({ status: 410, text: expect.not.stringContaining('4242') as unknown })
  })

  it('turns process_failed, not expired, when a card was tried and the time is over', async () => {
    const created = await shop.invoice({ gateway_options: { cardgate: { retry_limit: 3 } } })
    await shop.server.call('POST', `${shop.base}/hpp/${sessionOf(created)}`, { headers: { accept: 'application/json' }, json: { card_number: '4000000000000002', exp: '12/31', cvv: '083', card_holder: 'Ann Lee' } })
    expect(statusOf(await shop.api(`/payment-invoices/${idOf(created)}`))).toBe('process_pending')
    shop.server.clock.advance(3_700_000)
    await shop.server.work()
    const { status, resolution, failed, updated } = attributesOf(await shop.api(`/payment-invoices/${idOf(created)}`))
    expect([status, resolution, failed]).toEqual(['process_failed', 'timeout', updated])
  })

  it('turns process_failed when the payer left the challenge open, too, and verify_failed after a verification', async () => {
    // The invoice's time is over before the challenge's.
    const expires = Math.floor(shop.server.clock.now().getTime() / 1000) + 60
    const waiting = await Promise.all([shop.invoice({ expires }), shop.invoice({ expires, flow: 'verify' })])
    for (const created of waiting) expect((await shop.sale(created, { ...CARD, card_number: CARDS.ok_3ds })).get('auth_mode')).toBe('3ds')
    shop.server.clock.advance(61_000)
    await shop.server.work()
    const over = await Promise.all(waiting.map(async (created) => attributesOf(await shop.api(`/payment-invoices/${idOf(created)}`))))
    expect(over.map(({ status, resolution, failed, updated }) => [status, resolution, failed === updated])).toEqual([['process_failed', 'timeout', true], ['verify_failed', 'timeout', true]])
    for (const [index, status] of ['process_failed', 'verify_failed'].entries()) {
      expect((await shop.api(`/payment-invoices?filter[status]=${status}&filter[reference_id]=${String(over[index]?.['reference_id'])}`)).get('meta.total')).toBe(1)
    }
  })
})
