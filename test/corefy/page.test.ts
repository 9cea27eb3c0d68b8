/** What the card page is made of, as its HTTP answer shows it; what it does is in page.browser.test.ts. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Called } from '../support/server.ts'
import { openShop, reference, sessionOf, type Shop } from './shop.ts'

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

  it.each([['', 'en'], ['?locale=es', 'es'], ['?language=es-CL', 'es-CL'], ['?locale=uk', 'en'], ['?locale=%22%3E', 'en']])('with the query "%s" speaks %s', async (query, language) => {
    expect((await pageOf({}, query)).text).toContain(`<html lang="${language}"`)
  })
})
