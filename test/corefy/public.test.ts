/** The public API: what a shop's page may do with the public key. */
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { settingsOf } from '../../src/apis/corefy/settings.ts'
import type { Called, CallOptions } from '../support/server.ts'
import { CARD, idOf, openShop, reference, sessionOf, type Shop } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

const open = (path: string, json?: unknown, options: CallOptions & { method?: string } = {}): Promise<Called> =>
  shop.server.call(options.method ?? (json === undefined && options.form === undefined ? 'GET' : 'POST'), `${shop.base}${path}`, { ...(json === undefined ? {} : { json }), ...options })
const flat = (more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({ public_key: shop.keys.public_key_test, reference_id: reference('pub'), description: 'Order', currency: 'USD', amount: 5, service: 'payment_card_usd_hpp', fields: {}, metadata: { a: 1 }, ...more })

describe('prerequests', () => {
  it.each(['?', '', '?include[0]=paymentService&include[1]=paymentMethod'])('list services with the query "%s", in both documented forms', async (query) => {
    const asked = await open(`/public-api/payment-prerequest${query}`, { public_key: shop.keys.public_key_test, currency: 'USD', amount: 5 })
    expect(asked.status).toBe(200)
    const content = {
      currency: 'USD', amount: 5, test_mode: true,
      services: { payment_card_usd_hpp: { code: 'payment_card_usd_hpp', method: 'payment_card', flow: 'hpp', currency: 'USD', fields: [], status: 'available' } },
      methods: { payment_card: { code: 'payment_card', name: 'Bank card', category: 'payment_card', logo: null, icon: null } },
    }
    expect(asked.body).toMatchObject({ data: { type: 'payment-prerequest', attributes: content, ...content } })
    expect(asked.get('errors') ?? asked.get('error')).toBeUndefined()
  })

  it('list payout services with bounds and rate', async () => {
    await shop.service('payment_card_uah', { amount_min: '50.5', amount_max: '60000' })
    const asked = await open('/public-api/payout-prerequest?', { public_key: shop.keys.public_key_test, currency: 'USD', amount: 100 })
    expect(asked.body).toMatchObject({
      data: {
        type: 'payout-prerequest',
        attributes: {
          services: {
            // As the SDK's own samples have them: bounds as text with eight decimals, the rate as a number. Without bounds they are those of every amount.
            test_usd: { amount_min: '0.01000000', amount_max: '1000000000.00000000', exchange_rate: 1, fields: [{ key: 'account', type: 'input', label: { en: 'Account' }, regexp: '^\\d{1,15}$', required: true, weight: 1, position: 1 }, {}, {}, {}] },
            payment_card_uah: { amount_min: '50.50000000', amount_max: '60000.00000000', exchange_rate: 41.5, currency: 'UAH' },
          },
        },
      },
    })
  })

  it('need the key and a currency', async () => {
    expect((await open('/public-api/payment-prerequest', { currency: 'USD' })).status).toBe(401)
    expect((await open('/public-api/payment-prerequest', { public_key: 'pk_test_wrong', currency: 'USD' })).status).toBe(401)
    expect((await open('/public-api/payment-prerequest', { public_key: shop.keys.public_key_test, currency: 'XXX' })).get('errors.0.source.pointer')).toBe('/currency')
    expect((await open('/public-api/payment-prerequest', { public_key: shop.keys.public_key_test, currency: 'USD', amount: -1 })).get('errors.0.source.pointer')).toBe('/amount')
  })
})

describe('invoices', () => {
  it('are created flat, in the mode of the key, and show nothing that only the merchant may know', async () => {
    const made = await open('/public-api/payment-invoices', flat({ customer: { reference_id: 'c-1', email: 'a@b.example' }, callback_url: 'https://evil.example', test_mode: false }))
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ data: { type: 'payment-invoices', attributes: { status: 'process_pending', test_mode: true, amount: 5, source: 'platform_public_api', metadata: { a: 1 }, callback_url: null, flow_data: { metadata: { sid: sessionOf(made) } } }, relationships: { customer: { data: null } } }, included: [] })
    expect(made.get('data.attributes.flow_data.metadata')).toEqual({ sid: sessionOf(made) })
    expect((await shop.api(`/payment-invoices/${idOf(made)}`)).get('included.0.attributes.email')).toBe('a@b.example')
  })

  it('are read without a key, also with a JSON body on GET', async () => {
    const id = idOf(await open('/public-api/payment-invoices', flat()))
    const read = await new Promise<{ status: number; body: unknown }>((resolve, reject) => {
      const request = httpRequest(`${shop.base}/public-api/payment-invoices/${id}`, { method: 'GET', headers: { 'content-type': 'application/json', 'content-length': '2' } }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown }))
      })
      request.on('error', reject).end('{}')
    })
    expect(read).toMatchObject({ status: 200, body: { data: { id, attributes: { status: 'process_pending', callback_url: null } } } })
    expect((await open('/public-api/payment-invoices/cpi_0010000000000000')).status).toBe(404)
    const fee = { strategy: 'internal', reverse: false, rate: '0.1', fixed: '0', min: '0', max: '0' } as const
    await shop.service('payment_card_usd_hpp', { fee })
    await shop.service('test_usd', { fee })
    const paid = await shop.paid({ customer: { reference_id: reference('c'), email: 'x@y.example' }, callback_url: 'https://shop.example/secret', metadata: { margin: 'secret' } })
    const shown = await open(`/public-api/payment-invoices/${idOf(paid)}`)
    expect(shown.get('data.attributes.status')).toBe('processed')
    expect(shown.text).not.toMatch(/x@y\.example|secret|payment_card":/)
    // What the merchant pays the platform, and what it wrote down for itself, is not for payers.
    expect(paid.get('data.attributes')).toMatchObject({ fee: 1, deposit: 9, processed_fee: 1, processed_deposit: 9 })
    expect(shown.get('data.attributes')).toMatchObject({ amount: 10, payment_amount: 10, processed_amount: 10, fee: null, deposit: null, processed_fee: null, processed_deposit: null, metadata: [] })
    const payout = await shop.payout({ metadata: { margin: 'secret' } })
    await shop.service('payment_card_usd_hpp', { fee: null })
    await shop.service('test_usd', { fee: null })
    const publicly = await open(`/public-api/payout-invoices/${idOf(payout)}`)
    expect(publicly.body).toMatchObject({ data: { type: 'payout-invoices', attributes: { status: 'created', amount: 10, fields: [], metadata: [], fee: null, writeoff: null } } })
    expect(payout.get('data.attributes')).toMatchObject({ fee: 1, writeoff: 10 })
  })

  it('can be forbidden', async () => {
    await shop.settings({ forbid_public_creation: true })
    const refused = await open('/public-api/payment-invoices', flat())
    const page = await open(`/hpp?public_key=${shop.keys.public_key_test}&amount=5&currency=USD`)
    await shop.settings({ forbid_public_creation: false })
    expect([refused.status, refused.get('errors.0.title')]).toEqual([403, 'Forbidden'])
    expect(page.status).toBe(403)
  })

  it('are refused with flat pointers', async () => {
    expect((await open('/public-api/payment-invoices', flat({ amount: -5 }))).get('errors.0.source.pointer')).toBe('/amount')
    const name = reference('pub')
    await open('/public-api/payment-invoices', flat({ reference_id: name }))
    expect((await open('/public-api/payment-invoices', flat({ reference_id: name }))).get('errors.0.source.pointer')).toBe('/reference_id')
  })

  it('ask for the fields that their service defines, on every road', async () => {
    const { services } = settingsOf((await shop.server.tender.merchants.byId('mer_demo'))!)
    const code = 'local_transfer_usd_hpp'
    await shop.settings({ services: [...services, { ...services[0]!, code, method: 'local_transfer', fields: [{ key: 'tax_id', type: 'input', label: { en: 'Tax number' }, regexp: '^\\d{4}$', required: true }] }] })
    const refused = await Promise.all([undefined, 'x', '12345'].flatMap((tax_id) => [
      shop.invoice({ service: code, service_fields: { tax_id } }), open('/public-api/payment-invoices', flat({ service: code, fields: { tax_id } })), open('/public-api/payment-invoices', flat({ service: code, service_fields: { tax_id } })),
    ]))
    expect(refused.map((answer) => answer.get('errors.0.source.pointer'))).toEqual([1, 2, 3].flatMap(() => ['/data/attributes/service_fields/tax_id', '/fields/tax_id', '/service_fields/tax_id']))
    expect((await shop.invoice({ service: code, service_fields: { tax_id: 1234 } })).status).toBe(201)
    const page = await open(`/hpp?public_key=${shop.keys.public_key_test}&amount=5&currency=USD&service=${code}&service_fields[tax_id]=4711`)
    await shop.settings({ services })
    expect(page.text).toContain('Tax number')
    expect(page.text).toContain('value="4711"')
  })

  it('of a form send the browser to the card page', async () => {
    const form = { public_key: shop.keys.public_key_test, reference_id: reference('pub'), currency: 'USD', amount: '5.00', service: 'payment_card_usd_hpp', 'customer[reference_id]': 'c-9', 'metadata[a]': '1', '__proto__[x]': '1' }
    const sent = await open('/public-api/payment-invoices/process', undefined, { form })
    expect(sent.status).toBe(303)
    const page = await shop.server.call('GET', sent.headers.get('location') ?? '')
    expect(page.text).toContain('name="card_number"')
    const found = await shop.api(`/payment-invoices/?filter[reference_id]=${form.reference_id}`)
    expect(found.get('data.0.attributes')).toMatchObject({ metadata: { a: '1' }, amount: 5 })
  })
})

/** The key is in every page of the shop, and a customer's name there may be guessed. */
describe('who only has the public key, and names a customer,', () => {
  const customer = { reference_id: reference('c'), name: 'Ann Lee', email: 'ann@shop.example' }
  const pageOf = (made: Called): Promise<Called> => shop.server.call('GET', `${shop.base}/hpp/${sessionOf(made)}`)
  beforeAll(async () => {
    const first = await shop.invoice({ customer })
    await shop.server.call('POST', `${shop.base}/hpp/${sessionOf(first)}`, { form: { card_number: CARD.card_number, exp: '12/31', cvv: CARD.cvv, card_holder: 'ANN LEE', remember: '1' } })
  })

  it('is not shown their saved cards, and has none saved for them', async () => {
    expect((await pageOf(await shop.invoice({ customer }))).text).toContain('name="saved_card"')
    const page = await pageOf(await open('/public-api/payment-invoices', flat({ customer })))
    expect(page.text).toContain('name="card_number"')
    expect(page.text).not.toMatch(/name="(saved_card|remember)"|4242|ANN LEE/)
  })

  it('changes nothing that the merchant knows of them: what is said is of that invoice', async () => {
    const made = await open('/public-api/payment-invoices', flat({ customer: { reference_id: customer.reference_id, email: 'eve@evil.example', phone: '+1' } }))
    const invoice = await shop.api(`/payment-invoices/${idOf(made)}`)
    expect(invoice.get('included.0.attributes')).toMatchObject({ reference_id: customer.reference_id, name: 'Ann Lee', email: 'eve@evil.example', phone: '+1' })
    expect((await shop.api(`/customers/${String(invoice.get('included.0.id'))}`)).get('data.attributes')).toMatchObject({ email: 'ann@shop.example', phone: null })
  })
})
