/** The merchant checkout: what its page shows, how it looks, and where it leads. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { settingsOf } from '../../src/apis/corefy/settings.ts'
import type { Called, CallOptions } from '../support/server.ts'
import { CARD, idOf, openShop, reference, sessionOf, type Shop } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

const open = (path: string, options: CallOptions = {}): Promise<Called> => shop.server.call(options.form === undefined ? 'GET' : 'POST', `${shop.base}${path}`, options)

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
    const sent = await open(address, { form: { session: 'checkout', service: 'payment_card_usd_hpp' } })
    expect(sent.status).toBe(303)
    const again = await open(address, { form: { session: 'checkout', service: 'payment_card_usd_hpp' } })
    expect(again.headers.get('location')).toBe(sent.headers.get('location'))
    const found = await shop.api(`/payment-invoices/?filter[reference_id]=${name}`)
    expect(found.get('data')).toHaveLength(1)
    expect(found.get('data.0.attributes')).toMatchObject({ amount: 7.5, metadata: { order: '17' }, return_url: 'https://shop.example/back', callback_url: null, test_mode: true, source: 'platform_public_api' })
    const other = await open(address.replace('7.50', '1.00'), { form: { session: 'checkout', service: 'payment_card_usd_hpp' } })
    expect(other.status).toBe(422)
  })

  it('skips the choice when the query leaves none', async () => {
    const sent = await open(`/hpp?${query({ reference_id: reference('hpp'), service: 'payment_card_usd_hpp', locale: 'es' })}`)
    expect(sent.status).toBe(303)
    expect((await shop.server.call('GET', sent.headers.get('location') ?? '')).text).toContain('lang="es"')
  })

  it('asks again when nothing was chosen', async () => {
    const page = await open(`/hpp?${query()}`, { form: { session: 'checkout' } })
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

  it('looks as its address says, on every page of the way, and takes nothing for CSS', async () => {
    const look = 'display[hide_header]=true&display[hide_footer]=true&style[primary]=%23e4002b&style[theme]=dark&style[font_family]=x%7D*%7Bcolor:red&pay_button_label=Donate'
    const address = `/hpp?${query({ description: 'Two tickets', reference_id: reference('hpp') })}&${look}`
    const page = await open(address)
    for (const shown of ['--button:#e4002b', 'data-theme="dark"', 'class="steps"', '$7.50']) expect(page.text).toContain(shown)
    for (const hidden of ['Two tickets', 'class="merchant"', 'class="foot"', '{color:red']) expect(page.text).not.toContain(hidden)
    const sent = await open(address, { form: { session: 'checkout', service: 'payment_card_usd_hpp' } })
    const card = await shop.server.call('GET', sent.headers.get('location') ?? '')
    for (const shown of ['--button:#e4002b', 'data-theme="dark"', '<span id="pay-text">Donate</span>', '<li class="past">Method</li><li aria-current="step">Payment</li>', '"counter_from_s":86400']) expect(card.text).toContain(shown)
    expect(card.text).not.toContain('class="merchant"')
    await shop.server.call('POST', sent.headers.get('location') ?? '', { headers: { accept: 'application/json' }, json: { card_number: CARD.card_number, exp: '12/31', cvv: CARD.cvv, card_holder: 'Ann Lee' } })
    const status = await shop.server.call('GET', sent.headers.get('location') ?? '')
    for (const shown of ['Payment received', '--button:#e4002b', '<li aria-current="step">Done</li>']) expect(status.text).toContain(shown)
  })

  it('does not call it done when the payment failed', async () => {
    const sent = await open(`/hpp?${query({ reference_id: reference('hpp') })}`, { form: { session: 'checkout', service: 'payment_card_usd_hpp' } })
    const page = sent.headers.get('location') ?? ''
    for (let tries = 0; tries < 3; tries++) await shop.server.call('POST', page, { headers: { accept: 'application/json' }, json: { card_number: '4000000000009995', exp: '12/31', cvv: CARD.cvv, card_holder: 'Ann Lee' } })
    const failed = await shop.server.call('GET', page)
    expect(failed.text).toContain('Payment failed')
    expect(failed.text).toContain('<li aria-current="step">Payment</li><li>Done</li>')
  })

  it('gives the look of the widget to an invoice that is there, and of nobody else', async () => {
    const created = await shop.invoice()
    const page = (): Promise<Called> => shop.server.call('GET', `${shop.base}/hpp/${sessionOf(created)}`)
    await open(`/hpp?cpi=${idOf(created)}&style[primary]=%23e4002b&display[hide_header]=true`)
    expect((await page()).text).not.toMatch(/--button:|class="steps"/)
    await open(`/hpp?${query()}&cpi=${idOf(created)}&style[primary]=%23e4002b`)
    expect((await page()).text).toContain('--button:#e4002b')
  })

  it.each([['en', 'Bank card'], ['uk', 'Банківська картка'], ['ru', 'Банковская карта'], ['es', 'Tarjeta bancaria']])('names the ways to pay in the language %s', async (locale, name) => {
    for (const parameter of ['locale', 'language', 'lang']) expect((await open(`/hpp?${query({ [parameter]: locale })}`)).text).toContain(name)
  })

  it('offers to filter what is of several kinds', async () => {
    const { services } = settingsOf((await shop.server.tender.merchants.byId('mer_demo'))!)
    const [card] = services
    await shop.settings({ services: [...services, { ...card!, code: 'googlepay_usd_hpp', method: 'googlepay' }, { ...card!, code: 'local_transfer_usd_hpp', method: 'local_transfer' }] })
    const [all, hidden] = [await open(`/hpp?${query()}`), await open(`/hpp?${query()}&display[hide_method_filter]=true`)]
    await shop.settings({ services })
    expect([...all.text.matchAll(/class="chip"[^>]*data-kind="(\w+)"/g)].map(([, kind]) => kind)).toEqual(['all', 'card', 'bank', 'wallet'])
    expect(hidden.text).not.toContain('class="chip"')
  })

  it('counts the time down that its address names, and is closed afterwards', async () => {
    const now_s = Math.floor(shop.server.clock.now().getTime() / 1000)
    const counted = await open(`/hpp?${query({ expires: String(now_s + 600) })}`)
    expect(Number(/"expires_in_s":(\d+)/.exec(counted.text)?.[1])).toBeGreaterThan(590)
    expect(counted.text).toContain('"is_counted":true')
    expect((await open(`/hpp?${query({ expires: String(now_s + 600) })}&display[hide_invoice_lifetime_counter]=true`)).text).toContain('"is_counted":false')
    const late = `/hpp?${query({ expires: String(now_s - 1) })}`
    expect((await open(late)).status).toBe(410)
    expect((await open(late, { form: { session: 'checkout', service: 'payment_card_usd_hpp' } })).status).toBe(410)
  })

  it('ends with a page that tells the frame’s owner', async () => {
    const sent = await open(`/hpp?${query({ reference_id: reference('hpp'), service: 'payment_card_usd_hpp' })}`)
    const paid = await shop.server.call('POST', sent.headers.get('location') ?? '', { headers: { accept: 'application/json' }, json: { card_number: CARD.card_number, exp: '12/31', cvv: CARD.cvv, card_holder: 'Ann Lee' } })
    expect(paid.body).toMatchObject({ status: 'done' })
    expect((await shop.server.call('GET', sent.headers.get('location') ?? '')).text).toContain(`${shop.base}/hpp/close`)
    const closed = await open('/hpp/close')
    expect(closed.text).toContain('postMessage')
    expect((await open('/hpp/close?locale=uk')).text).toContain('Можна закрити це вікно')
  })

  it.each([
    ['no key', (): string => 'amount=1&currency=USD'], ['a wrong key', (): string => 'public_key=pk_test_x&amount=1&currency=USD'], ['no amount', (): string => query({ amount: '' })], ['a negative amount', (): string => query({ amount: '-1' })],
    ['an unknown currency', (): string => query({ currency: 'XYZ' })], ['an unknown invoice', (): string => 'cpi=cpi_0010000000000000'], ['no invoice id', (): string => 'cpi=%F0%9F%98%80'], ['a list for a key', (): string => 'public_key[]=a&amount=1&currency=USD'],
  ])('shows an error page with %s', async (_, search) => {
    const page = await open(`/hpp?${search()}`)
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
  })
})
