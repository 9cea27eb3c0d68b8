/** The card gate: sales with card data and by token, 3-D Secure, test cards, verification. */
import { createHmac, createPrivateKey, createPublicKey } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { settingsOf } from '../../src/apis/corefy/settings.ts'
import { FAILING_EXPIRIES } from '../../src/providers/sandbox/card/magic.ts'
import { attributesOf, CARD, CARDS, idOf, openShop, passChallenge, reference, sessionOf, statusOf, tokenOf, type Shop } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

const read = (id: string): ReturnType<Shop['api']> => shop.api(`/payment-invoices/${id}`)

/** The oldest trick: what everybody may know of the account's key pair, used as if it were the secret of HS256. */
const signedWithPublicKey = async (token: string): Promise<string> => {
  const { merchants } = shop.server.tender
  const pair = await merchants.secretOf((await merchants.credentials('mer_demo', 'corefy')).find(({ kind }) => kind === 'jwt_rsa')!)
  const known = createPublicKey(createPrivateKey({ key: Buffer.from(pair), format: 'der', type: 'pkcs8' })).export({ format: 'pem', type: 'spki' })
  const input = `${Buffer.from('{"typ":"JWT","alg":"HS256"}').toString('base64url')}.${token.split('.')[1] ?? ''}`
  return `${input}.${createHmac('sha256', known).update(input).digest('base64url')}`
}

describe('the bearer token', () => {
  it('is a JWT of RS512 whose claims are the session, a null expires, and an hour', async () => {
    const created = await shop.invoice()
    const [header = '', payload = ''] = tokenOf(created).split('.')
    expect(Buffer.from(header, 'base64url').toString()).toBe('{"typ":"JWT","alg":"RS512"}')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    expect(claims).toEqual({ sid: sessionOf(created), expires: null, exp: expect.any(Number) as unknown })
    expect(Number(claims['exp']) - Math.floor(shop.server.clock.now().getTime() / 1000)).toBeGreaterThan(3_590)
  })

  it('is HS256 where the account chooses so, and works', async () => {
    await shop.settings({ jwt_algorithm: 'HS256' })
    const created = await shop.invoice()
    await shop.settings({ jwt_algorithm: 'RS512' })
    expect(Buffer.from(tokenOf(created).split('.')[0] ?? '', 'base64url').toString()).toBe('{"typ":"JWT","alg":"HS256"}')
    expect((await shop.sale(created)).body).toMatchObject({ status: 'processed' })
  })

  it('is good for an hour', async () => {
    const created = await shop.invoice({ expires: Math.floor(shop.server.clock.now().getTime() / 1000) + 10_000 })
    shop.server.clock.advance(3_601_000)
    const late = await shop.sale(created)
    expect([late.status, late.get('errors.0.status')]).toEqual([401, '401'])
    const again = await read(idOf(created))
    expect((await shop.sale(again)).body).toMatchObject({ status: 'processed' })
  })

  it.each([
    ['none', () => undefined],
    ['no token', () => 'abc'],
    ['another signature', (token: string) => `${token.slice(0, -8)}AAAAAAAA`],
    ['no signature', (token: string) => `${token.split('.').slice(0, 2).join('.')}.`],
    ['alg none', (token: string) => `${Buffer.from('{"typ":"JWT","alg":"none"}').toString('base64url')}.${token.split('.')[1] ?? ''}.`],
    ['another payload', (token: string) => token.replace(/\.[^.]+\./, `.${Buffer.from('{"sid":"cgi_0010000000000000","exp":9999999999}').toString('base64url')}.`)],
    ['the public key for a secret', signedWithPublicKey],
    ['another session under the same signature', (token: string) => token.replace(/\.[^.]+\./, (payload) => `.${Buffer.from(Buffer.from(payload, 'base64url').toString().replace(/(cgi_...)./, '$1x')).toString('base64url')}.`)],
    ['a time that is over', (token: string) => token.replace(/\.[^.]+\./, (payload) => `.${Buffer.from(Buffer.from(payload, 'base64url').toString().replace(/"exp":\d+/, '"exp":1')).toString('base64url')}.`)],
    ['a header of another order', (token: string) => token.replace(/^[^.]+/, Buffer.from('{"alg":"RS512","typ":"JWT"}').toString('base64url'))],
    ['a list for claims', () => `a.${Buffer.from('[]').toString('base64url')}.b`],
  ] as ReadonlyArray<[string, (token: string) => string | undefined | Promise<string>]>)('refuses %s', async (_, change) => {
    const created = await shop.invoice()
    const sold = await shop.server.call('POST', `${shop.base}/payment/sale`, { bearer: await change(tokenOf(created)), json: { data: { type: 'sale-operation', attributes: CARD } } })
    expect(sold.status).toBe(401)
    expect(sold.body).toMatchObject({ errors: [{ status: '401', title: 'Unauthorized' }] })
    expect(sold.headers.get('www-authenticate')).toContain('Bearer')
    expect(statusOf(await read(idOf(created)))).toBe('process_pending')
  })
})

describe('a sale', () => {
  it('without 3-D Secure answers flat and as a resource at once', async () => {
    const created = await shop.invoice({ description: 'Order 17' })
    const sold = await shop.sale(created, { ...CARD, card_number: CARDS.ok })
    expect(sold.status).toBe(201)
    expect(sold.body).toMatchObject({ status: 'processed', resolution: 'ok', auth_payload: null, data: { id: sessionOf(created), attributes: { status: 'processed', amount: 10, currency: 'USD', description: 'Order 17', service: 'payment_card_usd_hpp' } } })
    expect(sold.get('errors') ?? sold.get('error')).toBeUndefined()
    expect(attributesOf(await read(idOf(created)))).toMatchObject({
      status: 'processed', processed_amount: 10, processed: expect.any(Number) as unknown, rrn: expect.stringMatching(/^\d{12}$/) as unknown, approval_code: expect.stringMatching(/^\d{6}$/) as unknown, flow_data: [],
      payload: { auth_type: 'card', client_ip: '127.0.0.1', token: null, payment_card: { first: '551928', last: '0000', mask: '551928******0000', holder: 'ANN LEE', expiry_month: '12', expiry_year: '31', network: 'MASTERCARD' } },
    })
  })

  it('has every member of the older resource', async () => {
    const created = await shop.invoice({ description: 'Order 17', customer: { reference_id: reference('c'), name: 'Ann Lee' }, metadata: { a: 1 } })
    const attributes = { amount: 10, currency: 'USD', description: 'Order 17', service: 'payment_card_usd_hpp', options: [], customer: created.get('data.relationships.customer.data.id'), repeatable: false, flow: 'charge', auto_repay: false, metadata: { fee: '0.00', fee_strategy: 'internal' }, form_data: [] }
    const waiting = await shop.sale(created, { ...CARD, card_number: CARDS.ok_3ds })
    expect(waiting.get('data')).toEqual({
      type: 'sale-operation', id: sessionOf(created),
      attributes: { ...attributes, status: 'process_pending', resolution: 'auth_3ds_required', active_request: { status: 'process_pending', resolution: 'auth_3ds_required' }, active_payment: { status: 'authorize_required', resolution: 'auth_3ds_required' } },
      payment: { id: (await read(idOf(created))).get('data.relationships.active-payment.data.id'), status: 'authorize_required', resolution: 'auth_3ds_required' },
    })
    const failed = await shop.sale(await shop.invoice(), { ...CARD, card_number: '4000000000009995' })
    expect(failed.get('data.attributes')).toMatchObject({ status: 'process_failed', customer: null, active_payment: { status: 'process_failed', resolution: 'insufficient_funds' } })
  })

  it.each([['es-CL', 'es'], ['***', 'en'], [undefined, 'en']])('with the browser’s language %s is challenged in %s', async (browser_language, lang) => {
    const sold = await shop.sale(await shop.invoice(), { ...CARD, card_number: CARDS.ok_3ds, browser_info: { browser_language } })
    const { action, params } = sold.get('auth_payload') as { action: string; params: Record<string, string> }
    const { text } = await shop.server.call('POST', action, { form: params })
    expect(text).toContain(`<html lang="${lang}"`)
    expect(text).toMatch(/class="payee">(You are paying|Está pagando a) Demo Shop</)
  })

  it('with 3-D Secure gives the form for the issuer, and ends at the return address', async () => {
    const created = await shop.invoice({ return_url: 'https://shop.example/back?x=1', return_urls: { success: 'https://shop.example/ok' }, options: { send_operation_context_on_return: true } })
    const sold = await shop.sale(created, { ...CARD, card_number: CARDS.ok_3ds, browser_info: { browser_ip: '203.0.113.5', browser_screen_width: '***' } })
    expect(sold.body).toMatchObject({ status: 'process_pending', resolution: 'auth_3ds_required', auth_mode: '3ds', auth_payload: { method: 'POST', params: { creq: expect.any(String) as unknown } } })
    expect(statusOf(await read(idOf(created)))).toBe('process_pending')
    const returned = await passChallenge(shop, sold.get('auth_payload') as { action: string; params: Record<string, string> })
    expect(returned.status).toBe(303)
    const location = new URL(returned.headers.get('location') ?? '')
    expect(location.origin + location.pathname).toBe('https://shop.example/ok')
    expect(Object.fromEntries(location.searchParams)).toEqual({ reference_id: created.get('data.attributes.reference_id'), currency: 'USD', id: idOf(created), serial_number: idOf(created).slice(4), amount: '10.00', status: 'processed' })
    const shown = attributesOf(await read(idOf(created)))
    expect(shown).toMatchObject({ status: 'processed', original_data: { original_resolution: '00', original_resolution_message: 'Approved' }, resolution_message: null, arn: null })
    expect(shown['payload']).toEqual({
      token: null, auth_type: 'card', client_ip: '203.0.113.5', provider_reference: expect.any(String) as unknown,
      payment_card: {
        first: '512381', last: '0000', mask: '512381******0000', holder: 'ANN LEE', brand: 'mastercard', network: 'MASTERCARD', type: 'CREDIT', card_id: null, expiry_month: '12', expiry_year: '31',
        issuer_name: 'FIRST DATA CORPORATION', issuer_country: 'US', verification: [{ type: '3ds', details: { eci: '02', version: '2' } }],
      },
    })
  })

  it('fails after the challenge when the issuer declines, with its reason', async () => {
    const created = await shop.invoice()
    const sold = await shop.sale(created, { ...CARD, card_number: CARDS.fail_3ds, exp_month: '05', exp_year: '29' })
    await passChallenge(shop, sold.get('auth_payload') as { action: string; params: Record<string, string> })
    expect(attributesOf(await read(idOf(created)))).toMatchObject({
      status: 'process_failed', resolution: 'insufficient_funds', resolution_message: 'Not sufficient funds', original_data: { original_resolution: '51', original_resolution_message: 'Not sufficient funds' }, failed: expect.any(Number) as unknown,
      payload: { token: null, payment_card: { last: '0000' } },
    })
  })

  it.each([
    ['required', CARDS.ok, { status: 'process_failed', resolution: 'auth_3ds_required' }],
    ['off', CARDS.ok_3ds, { status: 'processed', resolution: 'ok', auth_mode: null, auth_payload: null }],
    ['auto', CARDS.ok_3ds, { status: 'process_pending', auth_mode: '3ds' }],
  ] as const)('of an account whose 3-D Secure is %s', async (three_d_secure, card_number, answer) => {
    await shop.settings({ three_d_secure })
    const sold = await shop.sale(await shop.invoice(), { ...CARD, card_number })
    await shop.settings({ three_d_secure: 'auto' })
    expect(sold.body).toMatchObject(answer)
  })

  it.each([['203.0.113.5', '203.0.113.5'], ['2001:db8::5', '2001:db8::5'], ['***', '127.0.0.1'], [7, '127.0.0.1']])('takes the payer’s address %s', async (browser_ip, shown) => {
    const created = await shop.invoice()
    await shop.sale(created, { ...CARD, browser_info: { browser_ip, browser_screen_height: '***', browser_tz: '-180', window_width: {} } })
    expect((await read(idOf(created))).get('data.attributes.payload.client_ip')).toBe(shown)
  })

  it('tells the provider of the payer’s browser, and of who asks only where nothing is said of one', async () => {
    const pay = vi.spyOn(shop.server.tender.payments, 'pay')
    for (const browser_info of [{ browser_user_agent: 'Mozilla/5.0 (of the payer)' }, undefined]) {
      const bearer = tokenOf(await shop.invoice())
      await shop.server.call('POST', `${shop.base}/payment/sale`, { bearer, headers: { 'user-agent': 'GuzzleHttp/7' }, json: { data: { type: 'sale-operation', attributes: { ...CARD, browser_info } } } })
    }
    expect(pay.mock.calls.map(([, , { payer }]) => payer?.user_agent)).toEqual(['Mozilla/5.0 (of the payer)', 'GuzzleHttp/7'])
    pay.mockRestore()
  })

  it('fails when the payer gives wrong codes', async () => {
    const created = await shop.invoice({ return_urls: { fail: 'https://shop.example/no' } })
    const payload = (await shop.sale(created, { ...CARD, card_number: CARDS.ok_3ds })).get('auth_payload') as { action: string; params: Record<string, string> }
    for (const code of ['1', '2']) await passChallenge(shop, payload, code).catch(() => undefined)
    const returned = await passChallenge(shop, payload, '3')
    expect(returned.headers.get('location')).toBe('https://shop.example/no')
    expect(attributesOf(await read(idOf(created)))).toMatchObject({ status: 'process_failed', resolution: 'client_auth_failed' })
  })

  it('says its fee with all decimals of its currency', async () => {
    const { services } = settingsOf((await shop.server.tender.merchants.byId('mer_demo'))!)
    const fee = { strategy: 'external', reverse: false, rate: '0.0155', fixed: '5', min: '0', max: '0' } as const
    await shop.settings({ services: [...services, ...['KWD', 'JPY'].map((currency) => ({ ...services[0]!, code: `payment_card_${currency.toLowerCase()}_hpp`, currency, fee }))], expose_internal_data: true })
    const sold = async (currency: string, amount: number): Promise<unknown[]> => {
      const created = await shop.invoice({ currency, amount, service: `payment_card_${currency.toLowerCase()}_hpp` })
      return [created.get('data.attributes.fee'), created.get('included.0.attributes.metadata.fee'), (await shop.sale(created)).get('data.attributes.metadata.fee')]
    }
    expect([await sold('KWD', 1.005), await sold('JPY', 1_000)]).toEqual([[0.021, '0.021', '0.021'], [21, '21', '21']])
    await shop.settings({ services, expose_internal_data: false })
  })

  it.each([['203', '12', 'exp_year'], ['31', '012', 'exp_month']])('refuses a card until %s/%s: one digit too many or too few is another date', async (exp_year, exp_month, field) => {
    const refused = await shop.sale(await shop.invoice(), { ...CARD, exp_year, exp_month })
    expect([refused.status, refused.get('errors.0.source.pointer')]).toEqual([422, `/data/attributes/${field}`])
  })

  it('takes the customer for the holder, else CARD HOLDER', async () => {
    const { card_holder: _, ...nameless } = CARD
    const named = await shop.invoice({ customer: { reference_id: reference('c'), name: 'Ann Lee' } })
    await shop.sale(named, nameless)
    expect((await read(idOf(named))).get('data.attributes.payload.payment_card.holder')).toBe('Ann Lee')
    const inParts = await shop.invoice({ customer: { reference_id: reference('c'), first_name: 'Ann', surname: 'Lee' } })
    await shop.sale(inParts, nameless)
    expect((await read(idOf(inParts))).get('data.attributes.payload.payment_card.holder')).toBe('Ann Lee')
    const unnamed = await shop.invoice()
    await shop.sale(unnamed, nameless)
    expect((await read(idOf(unnamed))).get('data.attributes.payload.payment_card.holder')).toBe('CARD HOLDER')
  })

  it('is made once on a session: a second one is refused and charges nothing', async () => {
    const created = await shop.invoice()
    await shop.sale(created)
    const again = await shop.sale(created)
    expect([again.status, again.get('errors.0.detail')]).toEqual([422, 'The session is over: the payment is processed.'])
    const [{ n } = { n: 0n }] = await shop.server.db.query<{ n: bigint }>(`SELECT count(*) AS n FROM sandbox_operations s JOIN attempts a ON a.id = s.key WHERE a.payment_id = $1`, [idOf(created)])
    expect(Number(n)).toBe(1)
  })

  it('is refused when the invoice has expired', async () => {
    const created = await shop.invoice({ expires: Math.floor(shop.server.clock.now().getTime() / 1000) + 5 })
    shop.server.clock.advance(6_000)
    expect((await shop.sale(created)).get('errors.0.detail')).toBe('The session has expired.')
  })

  it('takes Google Pay in test mode, by a card that stands in', async () => {
    const created = await shop.invoice()
    const google_pay = { apiVersion: 2, apiVersionMinor: 0, paymentMethodData: { type: 'CARD', info: { cardNetwork: 'MASTERCARD', cardDetails: '1234' }, tokenizationData: { type: 'PAYMENT_GATEWAY', token: '{"signature":"…"}' } } }
    expect((await shop.sale(created, { google_pay })).body).toMatchObject({ status: 'processed' })
    const live = await shop.invoice({ test_mode: false })
    const refused = await shop.sale(live, { google_pay })
    expect([refused.status, refused.get('errors.0.source.pointer'), refused.get('errors.0.detail')]).toEqual([422, '/data/attributes/google_pay', 'No acquirer of this account opens Google Pay tokens.'])
    // No stand-in, no attempt: the invoice waits for a real card.
    expect(attributesOf(await read(idOf(live)))).toMatchObject({ status: 'process_pending', payload: null })
    expect(await shop.server.db.query('SELECT 1 FROM attempts WHERE payment_id = $1', [idOf(live)])).toEqual([])
  })

  it('of a live invoice finds no route, since there is no live provider', async () => {
    const created = await shop.invoice({ test_mode: false })
    expect((await shop.sale(created)).body).toMatchObject({ status: 'process_failed', resolution: 'no_routes_by_condition' })
  })
})

describe('test cards', () => {
  it('stay pending with expiry 07/77, the 3-D Secure one with auth_3ds_required', async () => {
    const created = await shop.invoice()
    await shop.sale(created, { ...CARD, card_number: CARDS.ok, exp_month: '07', exp_year: '77' })
    expect(attributesOf(await read(idOf(created)))).toMatchObject({ status: 'process_pending', resolution: 'ok' })
    const enrolled = await shop.invoice()
    const sold = await shop.sale(enrolled, { ...CARD, card_number: CARDS.ok_3ds, exp_month: '07', exp_year: '77' })
    await passChallenge(shop, sold.get('auth_payload') as { action: string; params: Record<string, string> })
    expect(attributesOf(await read(idOf(enrolled)))).toMatchObject({ status: 'process_pending', resolution: 'auth_3ds_required' })
  })

  // The documentation's table, by its own words.
  const TABLE = `0856 access_denied 0755 error 0654 provider_error 0553 unknown 0452 duplicated_transaction 0351 auth_fatal_error 0250 unable_to_determine_3ds_enrolment 0149 card_is_3ds_enrolled
    1248 card_is_not_3ds_enrolled 1147 issuer_decline 1046 client_auth_failed 0945 provider_fatal_error 0844 invalid_details 0743 invalid_pin 0642 antifraud_error 0541 invalid_card 0440 fatal_error
    0339 unable_to_reconcile 0238 invalid_amount 0137 limit_violation 1236 functionality_is_not_permitted 1135 invalid_request 1034 lost_or_stolen_card 0933 declined 0832 invalid_otp 0731 invalid_3ds_code
    0630 invalid_card_status 0529 insufficient_funds 0428 card_expired 0327 invalid_cvv 0226 invalid_pan 0125 invalid_credentials 0930 general_fatal_error`.trim().split(/\s+/)

  it('fail by their expiry with the documented resolution, past dates too', async () => {
    expect(TABLE).toHaveLength(2 * (Object.keys(FAILING_EXPIRIES).length + 1))
    const wrong: string[] = []
    for (let i = 0; i < TABLE.length; i += 2) {
      const [expiry = '', resolution = ''] = TABLE.slice(i, i + 2)
      const sold = await shop.sale(await shop.invoice(), { ...CARD, card_number: CARDS.fail, exp_month: expiry.slice(0, 2), exp_year: expiry.slice(2) })
      if (sold.get('status') !== 'process_failed' || sold.get('resolution') !== resolution) wrong.push(`${expiry}: ${sold.text}`)
    }
    expect(wrong).toEqual([])
  })
})

describe('tokens', () => {
  it('come only with tokenize, after a success, and pay for their customer alone', async () => {
    const customer = { reference_id: reference('c'), name: 'Ann Lee' }
    const tokenize = { customer, gateway_options: { cardgate: { tokenize: true } } }
    const failed = await shop.invoice(tokenize)
    await shop.sale(failed, { ...CARD, card_number: CARDS.fail })
    expect((await read(idOf(failed))).get('data.attributes.payload.token')).toBeNull()
    const token = (await shop.paid(tokenize)).get('data.attributes.payload.token')
    expect(token).toMatch(/^[0-9A-Za-z]{32}$/)
    const owner = await shop.invoice({ customer, token, gateway_options: { cardgate: { instant: true } } })
    const sold = await shop.server.call('POST', `${shop.base}/payment/sale`, { bearer: tokenOf(owner), json: { data: { type: 'sale-operation', attributes: [] } } })
    expect(sold.body).toMatchObject({ status: 'processed' })
    const other = await shop.invoice({ customer: { reference_id: reference('c') }, token })
    expect(other.get('errors.0.source.pointer')).toBe('/data/attributes/token')
    const nobody = await shop.invoice({ token })
    expect(nobody.get('errors.0.source.pointer')).toBe('/data/attributes/customer/reference_id')
  })

  it('come by verification, which moves no money', async () => {
    const before = await shop.api('/account/balances')
    const created = await shop.invoice({ flow: 'verify', customer: { reference_id: reference('c') }, gateway_options: { cardgate: { tokenize: true } } })
    expect((await shop.sale(created)).status).toBe(201)
    expect(attributesOf(await read(idOf(created)))).toMatchObject({ status: 'verified', payment_flow: 'verify', processed_amount: null, processed_fee: null, processed_deposit: null, payload: { token: expect.any(String) as unknown } })
    expect((await shop.api('/account/balances')).body).toEqual(before.body)
    const failed = await shop.invoice({ flow: 'verify' })
    await shop.sale(failed, { ...CARD, card_number: CARDS.fail })
    expect(statusOf(await read(idOf(failed)))).toBe('verify_failed')
  })

  it('are told by the invoice that asked for them, with the card’s id, and by none that they pay', async () => {
    const customer = { reference_id: reference('c') }
    const first = await shop.paid({ customer, gateway_options: { cardgate: { tokenize: true } } })
    const token = String(first.get('data.attributes.payload.token'))
    expect(first.get('data.attributes.payload.payment_card.card_id')).toMatch(/^card_\w{16}$/)
    const again = await shop.invoice({ customer, token, gateway_options: { cardgate: { instant: true } } })
    await shop.sale(again, {})
    expect(attributesOf(await read(idOf(again)))).toMatchObject({ status: 'processed', payload: { token: null, payment_card: { mask: '424242******4242', holder: 'ANN LEE' } } })
  })

  it('are always saved where the account says so', async () => {
    await shop.settings({ always_save_token: true })
    const paid = await shop.paid({ customer: { reference_id: reference('c') } })
    await shop.settings({ always_save_token: false })
    expect(paid.get('data.attributes.payload.token')).toEqual(expect.any(String))
  })

  it('are good until their card expires', async () => {
    const customer = { reference_id: reference('c') }
    const token = (await shop.paid({ customer, gateway_options: { cardgate: { tokenize: true } } }, { card_number: '5555555555554444' })).get('data.attributes.payload.token')
    shop.server.clock.advance(6 * 366 * 86_400_000)
    const late = await shop.invoice({ customer, token, gateway_options: { cardgate: { instant: true } } })
    expect((await shop.sale(late, {})).body).toMatchObject({ status: 'process_failed', resolution: 'card_expired' })
  })
})
