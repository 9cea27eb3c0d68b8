import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { checkAccessibility, desktop, openBrowser, phone, screenshot } from '../../test/support/browser.ts'
import { startFakeGateway } from './fake-gateway.ts'
import type { FakeGateway } from './fake-gateway.ts'
import { renderCardPage, renderCheckoutPage, renderErrorPage, renderReceiptPage, renderRedirectPage, renderStatusPage } from './index.ts'
import type { CheckoutPageView, Look, Page as Rendered } from './index.ts'
import { CATALOGUES } from './text/catalogue.ts'

const about = {
  merchant_name: 'Acme Books', amount: { minor: 4990n, currency: 'EUR' }, description: 'Order A-1042', submit_url: '/submit', status_url: '/status', session: 's1',
  cancel_url: 'https://shop.example/', return_url: 'https://shop.example/', test_mode: true, powered_by: true,
}
const cards = [
  { id: 'c1', brand: 'visa', last4: '4242', exp_month: 4, exp_year: 2041 },
  { id: 'c2', brand: 'mastercard', last4: '4444', exp_month: 1, exp_year: 2024 },
]
const checkout: CheckoutPageView = {
  ...about,
  services: [
    { code: 'payment_card_eur_hpp', name: 'Card', currency: 'EUR', kind: 'card' },
    { code: 'bank_eur_hpp', name: 'Bank transfer', currency: 'EUR', kind: 'bank', fields: [{ key: 'iban', label: 'IBAN', required: true, hint: 'From your bank statement' }] },
    { code: 'wallet_usd', name: 'Wallet', currency: 'USD', kind: 'wallet', amount: { minor: 5412n, currency: 'USD' } },
  ],
  customer_fields: [{ key: 'email', type: 'email', required: true }, { key: 'phone', type: 'tel' }],
}

/** Colours that are hard to read: the pages must stay readable all the same. */
const yellow: Look = { colours: { primary: '#ffd400', on_primary: '#ffffff', text: '#777777', background: '#fffbe6', success: '#00ff00' }, fonts: ['Georgia', 'serif'] }
const LANGUAGES = Object.keys(CATALOGUES)

/** Every page in its interesting shapes, for a language. */
const gallery: Readonly<Record<string, (language: string) => Rendered>> = {
  card: (language) => renderCardPage({ ...about, language, ask_holder: true, allow_remember: true, accepted_brands: ['visa', 'mastercard', 'amex'] }),
  'card-declined': (language) => renderCardPage({ ...about, language, last_error: 'insufficient_funds', attempts_left: 2, expires_at: new Date(Date.now() + 200_000) }),
  'card-invalid': (language) => renderCardPage({ ...about, language, errors: [{ field: 'card_number', message: 'Check the number.' }, { field: 'cvv', message: 'Check the code.' }] }),
  'card-saved': (language) => renderCardPage({ ...about, language, test_mode: false, saved_cards: cards }),
  'card-verify': (language) => renderCardPage({ ...about, language, purpose: 'verify', ask_holder: true }),
  'card-look': (language) => renderCardPage({ ...about, language, look: yellow, step: 'pay', ask_holder: true, expires_at: new Date(Date.now() + 3_000_000), counter_from_s: 86_400 }),
  'card-predefined': (language) => renderCardPage({ ...about, language, predefined: cards[0] }),
  paid: (language) => renderStatusPage({ ...about, language, state: 'paid', reference: 'cpi_1', card: { brand: 'visa', last4: '4242' }, auto_return_s: 60, receipt_url: '/receipt' }),
  verified: (language) => renderStatusPage({ ...about, language, state: 'paid', purpose: 'verify', reference: 'cpi_1', card: { brand: 'visa', last4: '4242' } }),
  'paid-look': (language) => renderStatusPage({ ...about, language, state: 'paid', look: yellow, step: 'done' }),
  pending: (language) => renderStatusPage({ ...about, language, state: 'pending', poll_url: '/poll' }),
  awaited: (language) => renderStatusPage({ ...about, language, state: 'pending', awaits_payer: true, poll_url: '/poll', how: ['ERIP → 99999999 → 12345'], account: '12345' }),
  failed: (language) => renderStatusPage({ ...about, language, state: 'failed', reason: 'card_expired', retry_url: '/card' }),
  expired: (language) => renderStatusPage({ ...about, language, state: 'expired' }),
  canceled: (language) => renderStatusPage({ ...about, language, state: 'canceled' }),
  receipt: (language) => renderReceiptPage({ ...about, language, paid_at: new Date('2026-11-20T10:00:00Z'), reference: 'cpi_1', card: { brand: 'visa', last4: '4242' } }),
  'not-found': (language) => renderErrorPage({ kind: 'not_found', language }),
  'checkout-look': (language) => renderCheckoutPage({ ...checkout, language, look: { colours: { primary: '#00b67a' }, fonts: ['Georgia', 'serif'] }, step: 'method', expires_at: new Date(Date.now() + 3_000_000) }),
  checkout: (language) => renderCheckoutPage({ ...checkout, language, chosen: 'bank_eur_hpp', errors: [{ field: 'fields[bank_eur_hpp][iban]', message: 'Check this.' }] }),
}

let browser: Browser
let gateway: FakeGateway
const complaints: string[] = []

beforeAll(async () => {
  browser = await openBrowser()
  gateway = await startFakeGateway()
  for (const [name, render] of Object.entries(gallery)) for (const language of LANGUAGES) gateway.pages.set(`/${name}/${language}`, () => render(language))
  gateway.status = { status: 'pending', poll_url: '/poll' }
})
afterAll(async () => {
  await browser.close()
  gateway.close()
})
afterEach(() => {
  const found = complaints.splice(0)
  if (found.length > 0) throw new Error(found.join('\n'))
})

async function newPage(options: BrowserContextOptions): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text())
  })
  return { context, page }
}

const devices = [['phone', phone], ['desktop', desktop]] as const

describe.each(devices)('on a %s', (device, options) => {
  it.each(['light', 'dark'] as const)('every page is accessible and fits, %s', async (colorScheme) => {
    const { context, page } = await newPage({ ...options, colorScheme })
    for (const name of Object.keys(gallery)) {
      for (const language of ['en', 'es']) {
        await page.goto(`${gateway.origin}/${name}/${language}`)
        await checkAccessibility(page)
        expect(await page.locator('html').getAttribute('lang')).toBe(language)
        if (language === 'en') await screenshot(page, `pages-${name}-${device}-${colorScheme}`)
      }
    }
    await context.close()
  })
})

describe('the narrowest phone', () => {
  it('needs no sideways scrolling and has targets that a thumb can hit', async () => {
    const { context, page } = await newPage({ ...phone, viewport: { width: 320, height: 568 } })
    for (const name of Object.keys(gallery)) {
      for (const language of LANGUAGES) {
        await page.goto(`${gateway.origin}/${name}/${language}`)
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
        const small = await page.locator('a:visible, button:visible, input:visible:not([type=radio]):not([type=checkbox]), label.choice:visible, label.check:visible, select:visible').evaluateAll(
          (targets) => targets.filter((target) => target.getBoundingClientRect().height < 44).map((target) => target.outerHTML),
        )
        expect({ name, language, small }).toEqual({ name, language, small: [] })
      }
    }
    await context.close()
  })
})

describe('text of twice the size', () => {
  it('needs no sideways scrolling, and leaves room for what is typed', async () => {
    const { context, page } = await newPage({ ...phone, viewport: { width: 360, height: 740 }, bypassCSP: true })
    for (const name of ['card', 'card-saved', 'card-predefined', 'checkout', 'paid', 'awaited', 'receipt']) {
      await page.goto(`${gateway.origin}/${name}/es`)
      await page.addStyleTag({ content: 'html { font-size: 200% }' })
      const { width, tight } = await page.evaluate(() => ({
        width: document.documentElement.scrollWidth,
        tight: [...document.querySelectorAll<HTMLElement>('.input')].filter((input) => input.clientWidth > 0 && input.clientWidth - parseFloat(getComputedStyle(input).paddingRight) < 120).map(({ id }) => id),
      }))
      expect({ name, width, tight }).toEqual({ name, width: 360, tight: [] })
    }
    await context.close()
  })
})

describe('the status page', () => {
  it('follows a pending payment to its end', async () => {
    const { context, page } = await newPage(phone)
    gateway.status = { status: 'pending', poll_url: '/poll' }
    gateway.pages.set('/wait', () => renderStatusPage({ ...about, state: 'pending', poll_url: '/poll' }))
    await page.goto(`${gateway.origin}/wait`)
    await page.getByRole('heading', { name: 'Your payment is being processed' }).waitFor()
    gateway.pages.set('/wait', () => renderStatusPage({ ...about, state: 'paid' }))
    gateway.status = { status: 'open' }
    await page.getByRole('heading', { name: 'Payment received' }).waitFor()
    expect(gateway.asked.at(-1)?.url).toBe('/poll')
    await context.close()
  })

  it('lets a payer go who waits for long', async () => {
    const { context, page } = await newPage(phone)
    gateway.status = { status: 'pending', poll_url: '/poll' }
    gateway.pages.set('/long', () => renderStatusPage({ ...about, state: 'pending', poll_url: '/poll', return_url: '/shop' }))
    await page.clock.install()
    await page.goto(`${gateway.origin}/long`)
    expect(await page.getByRole('link').count()).toBe(0)
    await page.clock.fastForward(20_000)
    await page.getByText('This takes longer than usual.').waitFor()
    await checkAccessibility(page)
    await page.getByRole('link', { name: 'Return to Acme Books' }).click()
    await page.waitForURL('**/shop')
    await context.close()
  })

  it('returns by itself, unless the payer stays', async () => {
    const { context, page } = await newPage(phone)
    gateway.pages.set('/returns', () => renderStatusPage({ ...about, state: 'paid', return_url: '/shop', auto_return_s: 2 }))
    await page.clock.install()
    await page.goto(`${gateway.origin}/returns`)
    expect(await page.locator('#returning-text').textContent()).toBe('You return to Acme Books in 2 seconds.')
    await page.clock.runFor(1_000)
    expect(await page.locator('#returning-text').textContent()).toBe('You return to Acme Books in 1 second.')
    await page.clock.runFor(1_000)
    await page.waitForURL('**/shop')
    await page.goto(`${gateway.origin}/returns`)
    await page.getByRole('button', { name: 'Stay on this page' }).click()
    await page.clock.runFor(60_000)
    expect(await page.getByRole('heading', { name: 'Payment received' }).count()).toBe(1)
    expect(page.url()).toContain('/returns')
    await context.close()
  })
})

describe('the redirect page', () => {
  it('goes by itself, with every parameter, and not again after Back', async () => {
    const { context, page } = await newPage(phone)
    gateway.pages.set('/away', () => renderRedirectPage({ ...about, action: `${gateway.issuer}/acs`, params: { creq: 'a"b', submit: '1' } }))
    await page.goto(`${gateway.origin}/start`)
    await page.goto(`${gateway.origin}/away`).catch(() => undefined)
    await page.getByRole('heading', { name: 'issuer' }).waitFor()
    expect(gateway.issued.at(-1)?.body).toBe(new URLSearchParams({ creq: 'a"b', submit: '1' }).toString())
    await context.close()
  })

  it('has a button for browsers without JavaScript', async () => {
    const { context, page } = await newPage({ ...phone, javaScriptEnabled: false })
    await page.goto(`${gateway.origin}/away`)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'issuer' }).waitFor()
    expect(gateway.issued.at(-1)?.url).toBe('/acs')
    await context.close()
  })
})

describe('the checkout page', () => {
  it('shows one kind of ways to pay, and forgets a choice that is no longer seen', async () => {
    const { context, page } = await newPage(phone)
    gateway.pages.set('/filter', () => renderCheckoutPage(checkout))
    await page.goto(`${gateway.origin}/filter`)
    await page.getByRole('radio', { name: 'Bank transfer' }).check()
    await page.getByRole('button', { name: 'Wallets' }).click()
    expect(await page.getByRole('radio').count()).toBe(1)
    expect(await page.getByRole('radio', { name: 'Wallet' }).isChecked()).toBe(false)
    expect(await page.getByLabel('IBAN').isVisible()).toBe(false)
    expect(await page.getByRole('button', { name: 'Wallets' }).getAttribute('aria-pressed')).toBe('true')
    await page.getByRole('button', { name: 'All', exact: true }).click()
    expect(await page.getByRole('radio').count()).toBe(3)
    expect(await page.getByRole('radio', { name: 'Bank transfer' }).isChecked()).toBe(false)
    await context.close()
  })

  it('counts down, speaks, and loads itself again when the time is over', async () => {
    const { context, page } = await newPage(phone)
    let isOver = false
    const now = new Date()
    gateway.pages.set('/timed', () => (isOver ? renderErrorPage({ kind: 'expired' }) : renderCheckoutPage({ ...checkout, now, expires_at: new Date(now.getTime() + 3_000) })))
    await page.clock.install()
    await page.goto(`${gateway.origin}/timed`)
    expect(await page.locator('#timer').textContent()).toMatch(/Time left to pay: 0:0\d/)
    expect(await page.locator('#spoken').textContent()).toBe('1 minute left to pay.')
    isOver = true
    await page.clock.runFor(3_000)
    await page.getByRole('heading', { name: 'The time to pay has run out' }).waitFor()
    await context.close()
  })

  it('only speaks where the counter is hidden', async () => {
    const { context, page } = await newPage(phone)
    gateway.pages.set('/silent', () => renderCheckoutPage({ ...checkout, look: { hidden: ['counter'] }, expires_at: new Date(Date.now() + 200_000) }))
    await page.goto(`${gateway.origin}/silent`)
    expect(await page.locator('#spoken').textContent()).toBe('4 minutes left to pay.')
    expect(await page.locator('#timer').isVisible()).toBe(false)
    await context.close()
  })

  it('says at the choice itself that nothing is chosen, and shows that it goes on', async () => {
    const { context, page } = await newPage(phone)
    gateway.pages.set('/unchosen', () => renderCheckoutPage({ ...checkout, errors: [{ field: 'service', message: 'Choose how to pay.' }] }))
    await page.goto(`${gateway.origin}/unchosen`)
    const first = page.getByRole('radio', { name: 'Card' })
    expect(await first.evaluate((radio) => radio === document.activeElement)).toBe(true)
    const group = page.getByRole('group', { name: 'How would you like to pay?' })
    expect(await group.getAttribute('aria-describedby')).toBe('service-error')
    expect(await page.locator('#service-error').textContent()).toBe('Choose how to pay.')
    await checkAccessibility(page)
    await first.check()
    await page.getByLabel('Email').fill('ann@example.com')
    // What the payer sees between the press and the next page, which is kept away here.
    await page.locator('#form').evaluate((form) => form.addEventListener('submit', (event) => event.preventDefault()))
    await page.getByRole('button', { name: 'Continue' }).click()
    expect(await page.locator('#continue').getAttribute('class')).toBe('button busy')
    await context.close()
  })

  it('asks what the chosen service needs and sends nothing else', async () => {
    const { context, page } = await newPage(phone)
    gateway.pages.set('/choose', () => renderCheckoutPage(checkout))
    gateway.answers.push(renderErrorPage({ kind: 'already_paid' }))
    gateway.submits.length = 0
    await page.goto(`${gateway.origin}/choose`)
    expect(await page.getByLabel('IBAN').isVisible()).toBe(false)
    await page.getByRole('radio', { name: 'Bank transfer' }).check()
    await page.getByLabel('IBAN').fill('DE1')
    await page.getByRole('radio', { name: 'Card' }).check()
    await page.getByLabel('Email').fill('ann@example.com')
    await page.getByRole('button', { name: 'Continue' }).dblclick()
    await page.getByRole('heading', { name: 'This payment is already complete' }).waitFor()
    expect(gateway.submits.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))).toEqual([
      { session: 's1', service: 'payment_card_eur_hpp', 'customer[email]': 'ann@example.com', 'customer[phone]': '' },
    ])
    await context.close()
  })
})
