/** The public API and the merchant checkout: what a shop's page may do with the public key. */
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
    const asked = await open('/public-api/payout-prerequest?', { public_key: shop.keys.public_key_test, currency: 'USD', amount: 100 })
    expect(asked.body).toMatchObject({
      data: {
        type: 'payout-prerequest',
        attributes: {
          services: {
            test_usd: { amount_min: '0.00000000', amount_max: '0.00000000', exchange_rate: '1', fields: [{ key: 'account', type: 'input', label: { en: 'Account' }, regexp: '^\\d{1,15}$', required: true, weight: 1, position: 1 }, {}, {}, {}] },
            payment_card_uah: { exchange_rate: '41.5', currency: 'UAH' },
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
    const paid = await shop.paid({ customer: { reference_id: reference('c'), email: 'x@y.example' }, callback_url: 'https://shop.example/secret' })
    const shown = await open(`/public-api/payment-invoices/${idOf(paid)}`)
    expect(shown.get('data.attributes.status')).toBe('processed')
    expect(shown.text).not.toMatch(/x@y\.example|secret|payment_card":/)
    const payout = await shop.payout()
    expect((await open(`/public-api/payout-invoices/${idOf(payout)}`)).body).toMatchObject({ data: { type: 'payout-invoices', attributes: { status: 'created', fields: [] } } })
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

describe('the checkout', () => {
  const query = (more: Readonly<Record<string, string>> = {}): string => new URLSearchParams({ public_key: shop.keys.public_key_test, amount: '7.50', currency: 'USD', ...more }).toString()

  it.each(['/hpp', '/hpp/'])('at %s offers what takes the currency, in a frame, and writes nothing', async (path) => {
    const before = await shop.server.rowCounts()
    const page = await open(`${path}?${query({ description: 'Two tickets', locale: 'es' })}`)
    expect(page.status).toBe(200)
    expect(page.text).toContain('Two tickets')
    expect(page.text).toContain('lang="es"')
    expect(page.text).toContain('payment_card_usd_hpp')
    expect(page.headers.get('x-frame-options')).toBeNull()
    expect(page.headers.get('content-security-policy')).toContain('frame-ancestors *')
    expect(await shop.server.rowCounts()).toEqual(before)
  })

  it('makes the invoice when the payer goes on, once for a reference', async () => {
    const name = reference('hpp')
    const address = `/hpp?${query({ reference_id: name, return_url: 'https://shop.example/back', 'metadata[order]': '17', 'customer[reference_id]': 'c-1', callback_url: 'https://evil.example' })}`
    const sent = await open(address, undefined, { form: { session: 'checkout', service: 'payment_card_usd_hpp' } })
    expect(sent.status).toBe(303)
    const again = await open(address, undefined, { form: { session: 'checkout', service: 'payment_card_usd_hpp' } })
    expect(again.headers.get('location')).toBe(sent.headers.get('location'))
    const found = await shop.api(`/payment-invoices/?filter[reference_id]=${name}`)
    expect(found.get('data')).toHaveLength(1)
    expect(found.get('data.0.attributes')).toMatchObject({ amount: 7.5, metadata: { order: '17' }, return_url: 'https://shop.example/back', callback_url: null, test_mode: true, source: 'platform_public_api' })
    const other = await open(address.replace('7.50', '1.00'), undefined, { form: { session: 'checkout', service: 'payment_card_usd_hpp' } })
    expect(other.status).toBe(422)
  })

  it('skips the choice when the query leaves none', async () => {
    const sent = await open(`/hpp?${query({ reference_id: reference('hpp'), service: 'payment_card_usd_hpp', locale: 'es' })}`)
    expect(sent.status).toBe(303)
    expect((await shop.server.call('GET', sent.headers.get('location') ?? '')).text).toContain('lang="es"')
  })

  it('asks again when nothing was chosen', async () => {
    const page = await open(`/hpp?${query()}`, undefined, { form: { session: 'checkout' } })
    expect([page.status, page.headers.get('content-type')]).toEqual([422, 'text/html; charset=utf-8'])
  })

  it('leads to the card page of an invoice that is there; in a frame when the widget asks', async () => {
    const created = await shop.invoice()
    expect(created.get('data.attributes.hpp_url')).toBe(`${shop.base}/redirect/hpp/?cpi=${idOf(created)}`)
    for (const address of [`/hpp/?cpi=${idOf(created)}`, `/hpp?cpi=${idOf(created)}`, `/redirect/hpp/?cpi=${idOf(created)}`]) {
      expect((await open(address)).headers.get('location')).toBe(`${shop.base}/hpp/${sessionOf(created)}`)
    }
    const page = (): Promise<Called> => shop.server.call('GET', `${shop.base}/hpp/${sessionOf(created)}`)
    expect((await page()).headers.get('x-frame-options')).toBe('DENY')
    await open(`/hpp?${query()}&cpi=${idOf(created)}`)
    expect((await page()).headers.get('content-security-policy')).toContain('frame-ancestors *')
  })

  it('lets nobody frame the pages of live payments but whom the account names', async () => {
    const key = (await shop.server.tender.merchants.credentials('mer_demo', 'corefy')).find(({ kind, mode }) => kind === 'public_key' && mode === 'live')?.lookup ?? ''
    const page = (): Promise<Called> => open(`/hpp?${query({ public_key: key })}`)
    expect((await page()).headers.get('x-frame-options')).toBe('DENY')
    await shop.settings({ website: 'https://shop.example/start' })
    expect((await page()).headers.get('content-security-policy')).toContain('frame-ancestors https://shop.example;')
    await shop.settings({ frame_ancestors: ['https://a.example', 'https://b.example'] })
    expect((await page()).headers.get('content-security-policy')).toContain('frame-ancestors https://a.example https://b.example;')
    await shop.settings({ website: null, frame_ancestors: [] })
  })

  it('ends with a page that tells the frame’s owner', async () => {
    const sent = await open(`/hpp?${query({ reference_id: reference('hpp'), service: 'payment_card_usd_hpp' })}`)
    const paid = await shop.server.call('POST', sent.headers.get('location') ?? '', { headers: { accept: 'application/json' }, json: { card_number: CARD.card_number, exp: '12/31', cvv: CARD.cvv, card_holder: 'Ann Lee' } })
    expect(paid.body).toMatchObject({ status: 'done' })
    expect((await shop.server.call('GET', sent.headers.get('location') ?? '')).text).toContain(`${shop.base}/hpp/close`)
    const closed = await open('/hpp/close')
    expect(closed.text).toContain('postMessage')
  })

  it.each([
    ['no key', (): string => 'amount=1&currency=USD'], ['a wrong key', (): string => 'public_key=pk_test_x&amount=1&currency=USD'], ['no amount', (): string => query({ amount: '' })], ['a negative amount', (): string => query({ amount: '-1' })],
    ['an unknown currency', (): string => query({ currency: 'XYZ' })], ['an unknown invoice', (): string => 'cpi=cpi_0010000000000000'], ['no invoice id', (): string => 'cpi=%F0%9F%98%80'], ['a list for a key', (): string => 'public_key[]=a&amount=1&currency=USD'],
  ])('shows an error page with %s', async (_, search) => {
    const page = await open(`/hpp?${search()}`)
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
  })
})
