/** The document that integrations are written from, with its own bodies: only addresses and the tokens are ours. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Called, CallOptions } from '../support/server.ts'
import { CARD, CARDS, idOf, openShop, passChallenge, statusOf, tokenOf, type Shop } from './shop.ts'

/** The requests of the guide, character by character; only the tokens are ours. */
const TOKENISE = `{
"data":{
"type":"payment-invoices",
"attributes":{
"test_mode":true,
"reference_id":"ORDER1233",
"description":"TEST",
"currency":"USD",
"amount":1,
"customer":{
"reference_id":"my_customer_1",
"name":"John Doe"
},
"service":"payment_card_usd_hpp",
"gateway_options":{
"cardgate":{
"tokenize":true
}
}
}
}
}`
const predefine = (token: string): string => `{
"data":{
"type":"payment-invoices",
"attributes":{
"reference_id":"test_live_recurrent_11",
"amount":100,
"currency":"USD",
"service":"payment_card_usd_hpp",
"flow":"charge",
"test_mode": true,
"description":"Invoice by Token Example",
"token": "${token}",
"customer":{
"reference_id":"my_customer_1"
}
},
"callback_url":"https://example.com"
}
}`
const writeOff = (token: string): string => `{
"data":{
"type":"payment-invoices",
"attributes":{
"test_mode": true,
"reference_id":"ORDER1233",
"currency":"USD",
"amount":1,
"service":"payment_card_usd_hpp",
"token":"${token}",
"customer":{
"reference_id":"my_customer_1"
},
"gateway_options":{
"cardgate":{
"instant":true
}
}
}
}
}`
const SALE = `{
"data": {
"type": "sale-operation",
"attributes": {
}
}
}`

describe('card payments with tokenisation, as documented', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop()
  })
  afterAll(() => shop.close())

  const sample = (invoice: unknown): void => {
    // The sample of the documentation, with every value that differs replaced by what kind of value it is.
    const text = expect.any(String) as unknown
    const number = expect.any(Number) as unknown
    expect(invoice).toMatchObject({
      data: {
        type: 'payment-invoices', id: expect.stringMatching(/^cpi_[0-9A-Za-z]{16}$/) as unknown,
        attributes: {
          serial_number: expect.stringMatching(/^[0-9A-Za-z]{16}$/) as unknown, status: 'process_pending', resolution: 'ok', moderation_required: false, currency: 'USD', service_currency: 'USD', test_mode: true, fee: 0,
          amount: number, payment_amount: number, deposit: number, processed: null, processed_amount: null, refunded_amount: null, processed_fee: null, processed_deposit: null, metadata: [],
          flow_data: { action: text, method: 'GET', params: [], metadata: { sid: expect.stringMatching(/^cgi_[0-9A-Za-z]{16}$/) as unknown } },
          flow: 'hpp', payment_flow: 'charge', created: number, updated: number, payload: null, original_data: null, rrn: null, approval_code: null, return_url: null,
        },
        relationships: {
          'payment-service': { data: { type: 'payment-services', id: 'payment_card_usd_hpp' } },
          'payment-method': { data: { type: 'payment-methods', id: 'payment_card' } },
          customer: { data: { type: 'customers', id: expect.stringMatching(/^cus_[0-9A-Za-z]{16}$/) as unknown } },
        },
        links: { self: expect.stringMatching(/^\/api\/payment-invoices\/cpi_/) as unknown },
      },
    })
  }

  const JSON_TYPE = { 'content-type': 'application/json' }
  const post = (raw: string, options: CallOptions = {}): Promise<Called> => shop.api('/payment-invoices', undefined, { method: 'POST', headers: JSON_TYPE, raw, ...options })

  let token = ''

  it('tokenises: an invoice with tokenize, one successful payment, and the token in payload', async () => {
    const created = await post(TOKENISE)
    expect(created.status).toBe(201)
    sample(created.body)
    expect(created.body).toMatchObject({ data: { attributes: { reference_id: 'ORDER1233', amount: 1, payment_amount: 1, deposit: 1 } } })
    const page = await shop.server.call('POST', String(created.get('data.attributes.flow_data.action')), {
      headers: { accept: 'application/json' }, json: { card_number: CARDS.ok_3ds, exp: '12/32', cvv: '019', card_holder: 'John Doe' },
    })
    expect(page.body).toMatchObject({ status: 'done' })
    // 512381 8172… is enrolled: the challenge stands between; the invoice waits for it.
    expect(statusOf(await shop.api(`/payment-invoices/${idOf(created)}`))).toBe('process_pending')
    await passChallenge(shop, String(page.get('url')))
    const read = await shop.api(`/payment-invoices/${idOf(created)}`)
    expect(read.body).toMatchObject({
      data: {
        attributes: {
          status: 'processed', resolution: 'ok', processed_amount: 1, processed_deposit: 1, processed_fee: 0, flow_data: [],
          payload: {
            payment_card: { last: '0000', mask: '512381******0000', brand: 'mastercard', first: '512381', holder: 'John Doe', expiry_year: '32', expiry_month: '12', issuer_name: 'FIRST DATA CORPORATION', issuer_country: 'US' },
            token: expect.stringMatching(/^[0-9A-Za-z]{32}$/) as unknown,
          },
        },
      },
    })
    token = String(read.get('data.attributes.payload.token'))
  })

  it('predefines the card for the checkout page; callback_url stands beside the attributes', async () => {
    const created = await post(predefine(token))
    expect(created.status).toBe(201)
    sample(created.body)
    expect(created.body).toMatchObject({ data: { attributes: { amount: 100, callback_url: 'https://example.com', descriptor: 'DEMO SHOP:Order №:test_live_recurrent_11' } } })
    const page = await shop.server.call('GET', String(created.get('data.attributes.flow_data.action')), { headers: { accept: 'text/html' } })
    expect(page.text).toContain('0000')
    expect(page.text).not.toContain('name="card_number"')
    const paid = await shop.server.call('POST', String(created.get('data.attributes.flow_data.action')), { headers: { accept: 'application/json' }, json: { cvv: '019' } })
    expect(paid.body).toMatchObject({ status: 'done' })
    await passChallenge(shop, String(paid.get('url')))
    expect(statusOf(await shop.api(`/payment-invoices/${idOf(created)}`))).toBe('processed')
  })

  it('writes off by token: an instant invoice, then a sale with empty attributes', async () => {
    // The sample's reference is that of the first request, and references are unique: so it is posted to an account of its own.
    const { auth } = await shop.another()
    const first = await shop.invoice({ customer: { reference_id: 'my_customer_1', name: 'John Doe' }, gateway_options: { cardgate: { tokenize: true } } }, { auth })
    await shop.sale(first, { ...CARD, card_number: CARDS.ok })
    const own = String((await shop.api(`/payment-invoices/${idOf(first)}`, undefined, { auth })).get('data.attributes.payload.token'))
    const created = await post(writeOff(own), { auth })
    expect(created.status).toBe(201)
    sample(created.body)
    expect(tokenOf(created)).toMatch(/^eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzUxMiJ9\./)
    const sold = await shop.server.call('POST', `${shop.base}/payment/sale`, { bearer: tokenOf(created), headers: JSON_TYPE, raw: SALE })
    expect(sold.status).toBe(201)
    expect(sold.body).toMatchObject({ status: 'processed', auth_payload: null })
    expect((await shop.api(`/payment-invoices/${idOf(created)}`, undefined, { auth })).body).toMatchObject({ data: { attributes: { status: 'processed', reference_id: 'ORDER1233' } } })
  })
})
