/** What the card page is made of, as its HTTP answer shows it; what it does is in page.browser.test.ts. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Called } from '../support/server.ts'
import { attributesOf, CARD, CARDS, formIn, idOf, openShop, passChallenge, reference, sessionOf, type Shop } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

const pageOf = async (attributes: Readonly<Record<string, unknown>> = {}, query = ''): Promise<Called> => shop.server.call('GET', `${shop.base}/hpp/${sessionOf(await shop.invoice(attributes))}${query}`)
const themed = (theme_options: Readonly<Record<string, unknown>>): Promise<Called> => pageOf({ gateway_options: { cardgate: { theme: 'brand', theme_options } } })

describe('the card page', () => {
  it('is one small document under a strict policy, that nobody frames', async () => {
    const page = await pageOf()
    expect(page.status).toBe(200)
    expect(gzipSync(page.text).length).toBeLessThan(20_480)
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/default-src 'none'; script-src 'sha256-/)
    expect(policy).toContain("require-trusted-types-for 'script'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*/)
    expect(Object.fromEntries(page.headers)).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' })
    expect(page.text).not.toMatch(/(?:src|href)="https?:\/\/(?!127\.0\.0\.1)/)
  })

  it('has the names by which browsers fill in cards', async () => {
    const { text } = await pageOf()
    for (const name of ['cc-number', 'cc-exp', 'cc-csc', 'cc-name']) expect(text).toContain(`autocomplete="${name}"`)
  })

  it('heeds the theme options', async () => {
    expect((await themed({ merchant_name: 'Brand & Sons' })).text).toContain('Brand &amp; Sons')
    expect((await themed({ card_holder: false })).text).not.toContain('name="card_holder"')
    expect((await themed({ powered_by: true })).text).toContain('Powered by')
    expect((await themed({ card_number_length: { range: { min: 16, max: 19 } } })).text).toContain('"lengths":[16,17,18,19]')
    expect((await themed({ card_number_length: { allowedNumbers: [15, 16] } })).text).toContain('"lengths":[15,16]')
  })

  it('asks about remembering only who is named, and where the account lets it', async () => {
    expect((await pageOf()).text).not.toContain('name="remember"')
    expect((await pageOf({ customer: { reference_id: reference('c') } })).text).toContain('name="remember"')
    await shop.settings({ remember_me: false })
    const page = await pageOf({ customer: { reference_id: reference('c') } })
    await shop.settings({ remember_me: true })
    expect(page.text).not.toContain('name="remember"')
  })

  it('escapes what the merchant wrote', async () => {
    const { text } = await pageOf({ description: '<script>alert(1)</script>"\'' })
    expect(text).not.toContain('<script>alert')
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  })

  it.each([['', 'en'], ['?locale=es', 'es'], ['?language=es-CL', 'es-CL'], ['?locale=uk', 'uk'], ['?locale=ru', 'ru'], ['?lang=uk', 'uk'], ['?locale=fr', 'en'], ['?locale=%22%3E', 'en']])('with the query "%s" speaks %s', async (query, language) => {
    expect((await pageOf({}, query)).text).toContain(`<html lang="${language}"`)
  })
})

describe('what an address asks for', () => {
  it('holds for the whole way, also where the next address does not repeat it', async () => {
    const created = await shop.invoice()
    const address = `${shop.base}/hpp/${sessionOf(created)}`
    const english = { headers: { 'accept-language': 'en' } }
    await shop.server.call('GET', `${address}?locale=uk`, english)
    expect((await shop.server.call('GET', address, english)).text).toContain('<html lang="uk"')
    expect((await shop.server.call('GET', `${address}?locale=ru`, english)).text).toContain('<html lang="ru"')
    const refused = await shop.server.call('POST', address, { headers: { accept: 'application/json' }, json: { ...CARD, card_number: '4000000000009995' } })
    expect(refused.get('message')).toBe('На карте недостаточно средств. Используйте другую карту.')
  })

  it('goes along from the addresses that lead to the page', async () => {
    const created = await shop.invoice()
    for (const path of ['/redirect/hpp/?cpi=', '/hpp?cpi=']) {
      const sent = await shop.server.call('GET', `${shop.base}${path}${idOf(created)}&locale=uk`)
      expect(sent.headers.get('location')).toBe(`${shop.base}/hpp/${sessionOf(created)}?locale=uk`)
    }
  })

  it('is not kept when it is no language', async () => {
    const address = `${shop.base}/hpp/${sessionOf(await shop.invoice())}`
    await shop.server.call('GET', `${address}?locale=${'x'.repeat(500)}`)
    expect((await shop.server.call('GET', address)).text).toContain('<html lang="en"')
  })
})

describe('the way back', () => {
  // Whatever a header cannot carry goes in the form that browsers give it; nothing of it becomes another header.
  it.each([
    ['https://a.example/спасибо?имя=й', 'https://a.example/%D1%81%D0%BF%D0%B0%D1%81%D0%B8%D0%B1%D0%BE?%D0%B8%D0%BC%D1%8F=%D0%B9'],
    ['https://магазин.рф/ok', 'https://xn--80aairftm.xn--p1ai/ok'],
    ['https://a.example/ü 😀', 'https://a.example/%C3%BC%20%F0%9F%98%80'],
    ['https://a.example/\r\nSet-Cookie: x=1', 'https://a.example/Set-Cookie:%20x=1'],
    ['https://a.example/%0d%0aX:%201', 'https://a.example/%0d%0aX:%201'],
    ['https://a.example\\@evil.example/', 'https://a.example/@evil.example/'],
    [' https://a.example/?x=1#end ', 'https://a.example/?x=1#end'],
  ])('to %j leads to %s', async (return_url, location) => {
    const created = await shop.invoice({ return_url, gateway_options: { cardgate: { bypass_status_page: true } } })
    expect(created.get('data.attributes.return_url')).toBe(return_url)
    await shop.sale(created)
    const page = await shop.server.call('GET', `${shop.base}/hpp/${sessionOf(created)}`)
    expect([page.status, page.headers.get('location'), page.headers.get('set-cookie'), page.headers.get('x')]).toEqual([303, location, null, null])
  })

  it('skips the status page and says what happened where the account wants it so', async () => {
    await shop.settings({ bypass_status_page: true, send_operation_context_on_return: true })
    const [plain, own] = [await shop.invoice({ return_url: 'https://a.example/?id=mine' }), await shop.invoice({ return_url: 'https://a.example/', gateway_options: { cardgate: { bypass_status_page: false } } })]
    const pages: Called[] = []
    for (const created of [plain, own]) {
      await shop.sale(created)
      pages.push(await shop.server.call('GET', `${shop.base}/hpp/${sessionOf(created)}`))
    }
    await shop.settings({ bypass_status_page: false, send_operation_context_on_return: false })
    // What the shop has written into its address is the shop's.
    expect(Object.fromEntries(new URL(pages[0]?.headers.get('location') ?? '').searchParams)).toEqual({ id: 'mine', serial_number: idOf(plain).slice(4), reference_id: plain.get('data.attributes.reference_id'), status: 'processed', amount: '10.00', currency: 'USD' })
    expect(pages.map(({ status }) => status)).toEqual([303, 200])
  })
})

describe('the context cookie', () => {
  const submit = (created: Called, card: Readonly<Record<string, unknown>> = {}): Promise<Called> =>
    shop.server.call('POST', `${shop.base}/hpp/${sessionOf(created)}`, { headers: { accept: 'application/json' }, json: { ...CARD, exp: '12/31', ...card } })
  const show = (created: Called, cookie?: string): Promise<Called> => shop.server.call('GET', `${shop.base}/hpp/${sessionOf(created)}`, { headers: { accept: 'text/html', ...(cookie === undefined ? {} : { cookie }) } })
  const cookieOf = (called: Called): string => (called.headers.get('set-cookie') ?? '').split(';')[0] ?? ''

  it('is set when the form is taken, for this page and its time alone', async () => {
    const created = await shop.invoice({ expires: Math.floor(shop.server.clock.now().getTime() / 1000) + 600 })
    expect((await show(created)).headers.get('set-cookie')).toBeNull()
    expect((await submit(created, { card_number: '4242424242424241' })).headers.get('set-cookie')).toBeNull()
    const set = /^hpp_context=[\w-]{43}; Path=(.+); Max-Age=(\d+); HttpOnly; SameSite=Lax$/.exec((await submit(created)).headers.get('set-cookie') ?? '')
    expect(set?.[1]).toBe(`/corefy/hpp/${sessionOf(created)}`)
    expect(Number(set?.[2])).toBeGreaterThan(590)
    expect(Number(set?.[2])).toBeLessThanOrEqual(600)
    // Nobody gets one for what is paid already.
    expect((await submit(created)).headers.get('set-cookie')).toBeNull()
  })

  it('is what the details are shown to; any other browser sees the outcome and the way back', async () => {
    const [created, other] = [await shop.invoice({ description: 'Two tickets', return_url: 'https://shop.example/back' }), await shop.invoice()]
    const [mine, foreign] = [cookieOf(await submit(created)), cookieOf(await submit(other))]
    const own = await show(created, `a=b; ${mine}`)
    for (const shown of ['Payment received', 'ending in 4242', 'Two tickets', String(created.get('data.attributes.reference_id'))]) expect(own.text).toContain(shown)
    for (const cookie of [undefined, foreign, 'hpp_context=', 'hpp_context=%00;;=', `hpp_context=${'x'.repeat(4_000)}`]) {
      const page = await show(created, cookie)
      expect(page.status).toBe(200)
      for (const shown of ['Payment received', 'https://shop.example/back']) expect(page.text).toContain(shown)
      for (const hidden of ['4242', 'Two tickets', String(created.get('data.attributes.reference_id'))]) expect(page.text).not.toContain(hidden)
    }
  })

  it('comes with the way back from 3-D Secure, and opens nothing after the time is over', async () => {
    const created = await shop.invoice()
    const cookie = cookieOf(await submit(created, { card_number: CARDS.ok_3ds }))
    const returned = await passChallenge(shop, `${shop.base}/hpp/${sessionOf(created)}`)
    expect([returned.status, returned.headers.get('location')]).toEqual([303, `${shop.base}/hpp/${sessionOf(created)}`])
    expect((await show(created, cookie)).text).toContain('ending in 0000')
    shop.server.clock.advance(3_601_000)
    const closed = await show(created, cookie)
    expect([closed.status, closed.text.includes('0000')]).toEqual([410, false])
  })
})

describe('a theme', () => {
  it.each([['dark', 'data-theme="dark"'], ['basic', 'data-theme="light"'], ['brand', '<html lang="en">']])('%s is shown as %s', async (theme, shown) => {
    expect((await pageOf({ gateway_options: { cardgate: { theme } } })).text).toContain(shown)
  })

  it('names the merchant on every page', async () => {
    const created = await shop.invoice({ gateway_options: { cardgate: { theme_options: { merchant_name: 'Brand & Sons' } } } })
    await shop.sale(created)
    const status = await shop.server.call('GET', `${shop.base}/hpp/${sessionOf(created)}`)
    expect(status.text).toContain('Payment received')
    expect(status.text).toContain('Brand &amp; Sons')
    expect(status.text).not.toContain('Demo Shop')
  })

  it('has one way to say how long card numbers are, and lengths that no card has say nothing', async () => {
    const both = await shop.invoice({ gateway_options: { cardgate: { theme_options: { card_number_length: { range: { min: 16, max: 16 }, allowedNumbers: [16] } } } } })
    expect([both.status, both.get('errors.0.source.pointer')]).toEqual([422, '/data/attributes/gateway_options/cardgate/theme_options/card_number_length'])
    for (const length of [{ range: { min: 1, max: 1e9 } }, { range: { min: 19, max: 12 } }, { allowedNumbers: [] }, { allowedNumbers: ['x'] }, 16]) {
      const page = await themed({ card_number_length: length })
      expect(page.status).toBe(200)
      expect(page.text).not.toContain('"lengths":')
    }
  })
})

describe('a verification', () => {
  it('says on every page that nothing is charged', async () => {
    const created = await shop.invoice({ flow: 'verify', customer: { reference_id: reference('c') }, gateway_options: { cardgate: { tokenize: true } } })
    const page = (): Promise<Called> => shop.server.call('GET', `${shop.base}/hpp/${sessionOf(created)}`)
    expect((await page()).text).toContain('Nothing is charged.')
    await shop.sale(created)
    const { text } = await page()
    expect(text).toContain('Card verified')
    expect(text).not.toMatch(/Payment received|\$10\.00/)
  })
})

describe('a service that is no card', () => {
  const send = (path: string, form?: Readonly<Record<string, string>>): Promise<Called> => shop.server.call(form === undefined ? 'GET' : 'POST', path, form === undefined ? { headers: { accept: 'text/html' } } : { form })
  const read = (created: Called): Promise<Called> => shop.api(`/payment-invoices/${idOf(created)}`)
  const page = (created: Called): string => `${shop.base}/hpp/${sessionOf(created)}`
  const transfer = { service: 'bank_transfer_clp_hpp', currency: 'CLP' }
  /** As a browser goes: our page's form, the provider's page, and back. What is there at the end. */
  const go = async (created: Called, answer: Readonly<Record<string, string>>): Promise<Called> => {
    const ours = formIn((await send(page(created))).text)
    await send(ours.action, ours.fields)
    const away = formIn((await send(page(created))).text)
    const query = new URLSearchParams(away.fields).toString()
    const theirs = `${away.action}${query === '' ? '' : `?${query}`}`
    const answered = await send(theirs, answer)
    const [, back = ''] = /<a class="button main" href="([^"]+)"/.exec(answered.text) ?? []
    const returned = await send(back.replaceAll('&amp;', '&'))
    expect([returned.status, returned.headers.get('location')]).toEqual([303, page(created)])
    return read(created)
  }

  it('leads to the bank’s page and back, without a card', async () => {
    const created = await shop.invoice({ ...transfer, amount: 5_000, return_url: 'https://shop.example/back' })
    expect(attributesOf(created)).toMatchObject({ status: 'process_pending', flow: 'hpp', flow_data: { action: page(created), metadata: { sid: sessionOf(created) } } })
    expect(created.get('data.attributes.flow_data.metadata.token')).toBeUndefined()
    expect(created.get('data.relationships.payment-method.data.id')).toBe('bank_transfer')
    const first = await send(page(created))
    expect(first.text).not.toContain('card_number')
    // Who only looks at an address begins nothing.
    expect((await read(created)).get('data.relationships.active-payment')).toBeUndefined()
    const paid = await go(created, { bank: 'ready', decision: 'pay' })
    expect(attributesOf(paid)).toMatchObject({ status: 'processed', currency: 'CLP', processed_amount: 5_000, payload: null, flow_data: [] })
    expect((await send(page(created))).text).toContain('Payment received')
    const back = await shop.api(`/payment-invoices/${idOf(created)}/refund`, { data: { type: 'refund', attributes: { amount: 2_000 } } })
    expect(attributesOf(back)).toMatchObject({ status: 'partially_refunded', refunded_amount: 2_000 })
  })

  it.each([[99_997, 'processed', 'ok'], [99_999, 'process_failed', 'issuer_decline']])('by bank transfer in Chile, of %d, ends %s', async (amount, status, resolution) => {
    expect(attributesOf(await go(await shop.invoice({ ...transfer, amount }), { bank: 'ready', decision: 'pay' }))).toMatchObject({ status, resolution })
  })

  it('is over when the payer cancels there', async () => {
    const created = await shop.invoice({ ...transfer, amount: 5_000 })
    expect(attributesOf(await go(created, { decision: 'cancel' }))).toMatchObject({ status: 'process_failed', resolution: 'client_auth_failed' })
    expect((await send(page(created))).text).toContain('Payment failed')
  })

  it.each([['777123', 'processed', 'ok'], ['123456', 'process_failed', 'invalid_otp']])('is decided at once by the BLIK code %s: %s', async (blik_code, status, resolution) => {
    const created = await shop.invoice({ service: 'blik_pln_hpp', currency: 'PLN', service_fields: { blik_code } })
    const { action, fields } = formIn((await send(page(created))).text)
    await Promise.all([send(action, fields), send(action, fields), send(action, fields)])
    expect(attributesOf(await read(created))).toMatchObject({ status, resolution })
    expect(await shop.server.db.query('SELECT 1 FROM attempts WHERE payment_id = $1', [idOf(created)])).toHaveLength(1)
  })

  it('takes no card, no token and no verification', async () => {
    const blik = { service: 'blik_pln_hpp', currency: 'PLN', service_fields: { blik_code: '777123' } }
    expect((await shop.invoice({ ...blik, service_fields: {} })).get('errors.0.source.pointer')).toBe('/data/attributes/service_fields/blik_code')
    expect((await shop.invoice({ ...blik, flow: 'verify' })).get('errors.0.source.pointer')).toBe('/data/attributes/flow')
    expect((await shop.invoice({ ...blik, token: 'x', customer: { reference_id: 'c' } })).get('errors.0.source.pointer')).toBe('/data/attributes/token')
    const created = await shop.invoice({ ...blik, gateway_options: { cardgate: { instant: true } } })
    expect(created.get('data.attributes.flow_data.metadata.token')).toBeUndefined()
    await send(page(created), { session: sessionOf(created), card_number: CARD.card_number, exp: '12/31', cvv: CARD.cvv, card_holder: 'Ann Lee' })
    expect((await read(created)).get('data.attributes.payload')).toBeNull()
  })

  it('ends without a route where no provider has it', async () => {
    const created = await shop.invoice({ ...transfer, amount: 5_000, test_mode: false })
    const { action, fields } = formIn((await send(page(created))).text)
    await send(action, fields)
    expect(attributesOf(await read(created))).toMatchObject({ status: 'process_failed', resolution: 'no_routes_by_condition' })
  })
})

describe('the pages of the test networks', () => {
  const creq = Buffer.from(JSON.stringify({ messageType: 'CReq', messageVersion: '2.2.0', threeDSServerTransID: 'x', acsTransID: 'a\0b' })).toString('base64url')
  it.each<[string, Record<string, string> | undefined]>([['/apm/a%00b', undefined], ['/acs/answer', { challenge: 'a\0b', code: '1234' }], ['/acs/challenge', { creq }]])('know nothing under a name that no database takes: %s', async (path, form) => {
    expect((await shop.server.call(form === undefined ? 'GET' : 'POST', `${shop.server.url}/sandbox${path}`, form === undefined ? {} : { form })).status).toBe(404)
  })
})
