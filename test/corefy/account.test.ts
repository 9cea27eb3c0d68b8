/** The account, what it offers, and its customers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dig, type Called } from '../support/server.ts'
import { idOf, openShop, reference, type Shop } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

describe('the account', () => {
  it('has a profile', async () => {
    const profile = await shop.api('/account/profile')
    expect(profile.status).toBe(200)
    expect(profile.body).toMatchObject({ data: { type: 'account', id: shop.keys.account_id, links: { self: '/api/account/profile' } } })
    expect(Object.keys(profile.get('data.attributes') as object)).toEqual(['status', 'name', 'icon', 'website', 'payment_fee_shift_out', 'hp_domain', 'ledger_scheme', 'api_ip_white_list', 'created', 'updated', 'report', 'time_zone'])
    expect((await shop.api('/api/account')).body).toMatchObject({ data: { id: shop.keys.account_id }, included: expect.arrayContaining([expect.objectContaining({ id: 'payment_card_usd_hpp' })]) as unknown })
  })

  it('has balances as text, by currency', async () => {
    expect((await shop.api('/account/balances')).body).toMatchObject({
      data: {
        attributes: { currency_accounts: { EUR: { account_id: expect.stringMatching(/^comca_\w{16}$/) as unknown, active_balance: '0.00', pending_balance: '0.00', reserved_balance: '0.00', overdraft_limit: '0.00', balance_lower_limit: null } } },
        links: { self: '/api/account/balances' },
      },
    })
    await shop.paid({ amount: 12.5 })
    expect((await shop.api('/api/account/balances/')).get('data.attributes.currency_accounts.USD.active_balance')).toBe('12.50')
    expect((await shop.api('/account/balances?test_mode=false')).get('data.attributes.currency_accounts.USD.active_balance')).toBe('0.00')
  })

  it('can be closed to all but some addresses', async () => {
    await shop.settings({ api_ip_white_list: ['203.0.113.7'] })
    const refused = await shop.api('/account/profile')
    // A server that listens on IPv6 too sees addresses of IPv4 in its words.
    const headers = { authorization: `Basic ${Buffer.from(shop.auth.join(':')).toString('base64')}` }
    const from = async (remoteAddress: string): Promise<number> => (await shop.server.tender.server.inject({ url: '/corefy/account/profile', headers, remoteAddress })).statusCode
    expect(await Promise.all(['203.0.113.7', '::ffff:203.0.113.7', '203.0.113.8', '::ffff:203.0.113.8', '::203.0.113.7'].map(from))).toEqual([200, 200, 403, 403, 403])
    await shop.settings({ api_ip_white_list: [] })
    expect([refused.status, refused.get('errors.0.status'), refused.get('errors.0.title')]).toEqual([403, '403', 'Forbidden'])
  })

  it('lists its services and methods', async () => {
    const services = await shop.api('/payment-services')
    expect((services.get('data') as unknown[]).map((service) => dig(service, 'id'))).toEqual(expect.arrayContaining(['payment_card_usd_hpp', 'payment_card_eur_hpp', 'test_usd']))
    expect((await shop.api('/payment-services/payment_card_usd_hpp')).body).toMatchObject({ data: { type: 'payment-services', attributes: { code: 'payment_card_usd_hpp', method: 'payment_card', currency: 'USD', flow: 'hpp' }, relationships: { 'payment-method': { data: { id: 'payment_card' } } } } })
    expect((await shop.api('/payment-services/nothing')).status).toBe(404)
    const method = (await shop.api('/payment-methods')).get('data.0')
    expect(method).toMatchObject({ type: 'payment-methods', id: 'payment_card', attributes: { name: 'Bank card' }, links: { self: '/api/payment-methods/payment_card' } })
    expect((await shop.api('/api/payment-methods/payment_card')).body).toEqual({ data: method })
    expect((await shop.api('/payment-methods/constructor')).status).toBe(404)
  })

  it('is asked with the right keys only', async () => {
    for (const auth of [undefined, ['', ''], [shop.keys.account_id, 'wrong'], ['coma_nobody', shop.keys.api_key], [shop.keys.account_id, ''], [`${shop.keys.account_id}\0`, 'x']] as const) {
      const refused = await shop.api('/account/profile', undefined, { auth })
      expect([refused.status, refused.get('errors.0.status')]).toEqual([401, '401'])
      expect(refused.headers.get('www-authenticate')).toContain('Basic')
    }
  })
})

describe('a new account', () => {
  it('has keys of the documented shapes, as the demo account has', async () => {
    const key = (prefix: string): unknown => expect.stringMatching(new RegExp(`^${prefix}[\\w-]{43}$`))
    const account_id = expect.stringMatching(/^coma_\w{16}$/) as unknown
    const shapes = { account_id, api_key: key(''), public_key_test: key('pk_test_'), private_key_test: key('sk_test_') }
    expect(shop.keys).toEqual({ base_url: shop.base, ...shapes })
    expect((await shop.another()).keys).toEqual({ ...shapes, public_key_live: key('pk_live_'), private_key_live: key('sk_live_') })
  })

  it('has no exchange rates of the demo account: real money is converted by the merchant’s own', async () => {
    const { auth } = await shop.another()
    const asked = (currency: string): Promise<Called> => shop.api('/payment-invoices', { data: { type: 'payment-invoices', attributes: { reference_id: reference(), currency, amount: 1, service: 'payment_card_uah_hpp' } } }, { auth })
    expect([(await asked('UAH')).status, (await asked('USD')).get('errors.0.source.pointer')]).toEqual([201, '/data/attributes/currency'])
  })
})

describe('customers', () => {
  const attributes = (name: string): Record<string, unknown> => ({ reference_id: name, name: 'Ann Lee', email: 'ann@shop.example', address: { country: 'ES' }, metadata: { a: 1 } })

  it('are made, found, changed and listed', async () => {
    const name = reference('cus')
    const made = await shop.api('/customers', { data: { type: 'customers', attributes: attributes(name) } })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ data: { type: 'customers', id: expect.stringMatching(/^cus_\w{16}$/) as unknown, attributes: { ...attributes(name), phone: null }, links: { self: `/api/customers/${idOf(made)}` } } })
    const again = await shop.api('/customers', { data: { type: 'customers', attributes: { reference_id: name, phone: '+34' } } })
    expect([again.status, idOf(again), again.get('data.attributes.phone'), again.get('data.attributes.name')]).toEqual([200, idOf(made), '+34', 'Ann Lee'])
    const changed = await shop.api(`/customers/${idOf(made)}`, { data: { type: 'customers', attributes: { email: 'lee@shop.example' } } }, { method: 'PATCH' })
    expect(changed.get('data.attributes')).toMatchObject({ email: 'lee@shop.example', phone: '+34' })
    expect((await shop.api(`/customers/${idOf(made)}`)).body).toEqual(changed.body)
    expect((await shop.api(`/customers?filter[reference_id]=${name}`)).get('data')).toHaveLength(1)
    expect((await shop.api('/customers?page[size]=1')).get('data')).toHaveLength(1)
    // The customer of an invoice with the same reference is this one.
    expect((await shop.invoice({ customer: { reference_id: name } })).get('included.0.id')).toBe(idOf(made))
  })

  it('keep their reference, and need one', async () => {
    const made = await shop.api('/customers', { data: { type: 'customers', attributes: attributes(reference('cus')) } })
    expect((await shop.api(`/customers/${idOf(made)}`, { data: { type: 'customers', attributes: { reference_id: 'other' } } }, { method: 'PATCH' })).get('errors.0.source.pointer')).toBe('/data/attributes/reference_id')
    expect((await shop.api('/customers', { data: { type: 'customers', attributes: { name: 'Nobody' } } })).get('errors.0.source.pointer')).toBe('/data/attributes/reference_id')
    expect((await shop.api('/customers/cus_0000000000000000')).status).toBe(404)
  })
})
