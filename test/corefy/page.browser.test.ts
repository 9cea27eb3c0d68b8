/** The card page and the checkout in a real browser, on the real server. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { textsFor } from '../../src/pages/index.ts'
import { assertNoSecrets } from '../secrets/secrets.ts'
import { checkAccessibility, desktop, openBrowser, phone, screenshot } from '../support/browser.ts'
import type { Called } from '../support/server.ts'
import { attributesOf, CARDS, idOf, openShop, reference, statusOf, type Shop } from './shop.ts'

let shop: Shop
let browser: Browser
let contexts: BrowserContext[] = []
/** Everything that a browser complains about: errors, and whatever a policy stopped. */
let complaints: string[] = []

beforeAll(async () => {
  shop = await openShop({ background: true })
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await assertNoSecrets(shop.server.db, shop.server.log, shop.server.answers)
  await shop.close()
})
afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()))
  const found = complaints
  contexts = []
  complaints = []
  if (found.length > 0) throw new Error(found.join('\n'))
})

async function openContext(options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext(options)
  contexts.push(context)
  context.setDefaultTimeout(10_000)
  context.on('weberror', (error) => complaints.push(error.error().message))
  context.on('console', (message) => {
    // A refused form is an answer with status 422, and a browser logs every such answer; and a page in a frame may not take the focus.
    if (message.type() === 'error' && !/Failed to load resource|Blocked autofocusing/.test(message.text())) complaints.push(`${message.page()?.url()}: ${message.text()}`)
  })
  if (options.javaScriptEnabled !== false) await context.addInitScript(() => addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)))
  return context
}

/** Opens the page of an invoice as a payer. */
async function visit(created: Called, options: BrowserContextOptions = phone): Promise<Page> {
  const page = await (await openContext(options)).newPage()
  await page.goto(String(created.get('data.attributes.flow_data.action')))
  return page
}
/** Addresses of the shop that the payer comes back to. */
const returns = (): { success: string; pending: string; fail: string } => ({ success: `${shop.server.receiver.url}/paid`, pending: `${shop.server.receiver.url}/waiting`, fail: `${shop.server.receiver.url}/failed` })
const fill = async (page: Page, number = '4242 4242 4242 4242', expiry = '12/31', cvv = '083'): Promise<void> => {
  await page.getByLabel('Card number').fill(number)
  await page.getByLabel('Expiry date').fill(expiry)
  await page.getByLabel('Security code').fill(cvv)
  await page.getByLabel('Name on card').fill('Ann Lee')
}
const pay = (page: Page): Promise<void> => page.getByRole('button', { name: /^Pay/ }).click()
const paid = (page: Page): Promise<void> => page.getByRole('heading', { level: 1, name: textsFor('en').say('paid_title') }).waitFor()
const failed = (page: Page): Promise<void> => page.getByRole('heading', { level: 1, name: textsFor('en').say('failed_title') }).waitFor()
const read = (created: Called): Promise<Called> => shop.api(`/payment-invoices/${idOf(created)}`)
const charges = async (created: Called): Promise<number> =>
  Number((await shop.server.db.query<{ n: bigint }>('SELECT count(*) AS n FROM sandbox_operations s JOIN attempts a ON a.id = s.key WHERE a.payment_id = $1', [idOf(created)]))[0]?.n)

describe.each([['phone', phone], ['desktop', desktop]] as const)('on a %s', (name, device) => {
  it('the payer pays by card, sees that it is paid, and goes back to the shop', async () => {
    const created = await shop.invoice({ amount: 49.9, description: 'Two tickets to Valparaíso', return_urls: returns(), callback_url: `${shop.server.receiver.url}/told-${name}` })
    const page = await visit(created, device)
    await checkAccessibility(page)
    await screenshot(page, `corefy-card-${name}`)
    await fill(page)
    await screenshot(page, `corefy-card-filled-${name}`)
    await pay(page)
    await paid(page)
    await checkAccessibility(page)
    await screenshot(page, `corefy-paid-${name}`)
    await page.getByRole('link', { name: /Demo Shop/ }).click()
    await page.waitForURL(`${shop.server.receiver.url}/paid`)
    expect(attributesOf(await read(created))).toMatchObject({ status: 'processed', processed_amount: 49.9 })
    await expect.poll(() => shop.server.receiver.at(`/told-${name}`).length).toBe(2)
  })

  it('the payer passes the challenge of 3-D Secure', async () => {
    const created = await shop.invoice({ return_urls: returns() })
    const page = await visit(created, device)
    await fill(page, CARDS.ok_3ds)
    await pay(page)
    await page.waitForURL('**/sandbox/acs/challenge')
    await checkAccessibility(page)
    await page.getByLabel('Code', { exact: true }).fill('1234')
    await page.getByRole('button', { name: 'Confirm payment' }).click()
    await paid(page)
    expect(attributesOf(await read(created))).toMatchObject({ status: 'processed', payload: { payment_card: { verification: [{ type: '3ds' }] } } })
  })

  it('the payer tries again after a decline, up to the limit', async () => {
    const created = await shop.invoice({ return_urls: returns(), gateway_options: { cardgate: { retry_limit: 3 } } })
    const page = await visit(created, device)
    for (const left of [2, 1]) {
      await fill(page, '4000 0000 0000 9995')
      await pay(page)
      await page.getByText(new RegExp(`${left} attempts? left`)).waitFor()
      expect(await page.getByLabel('Security code').inputValue()).toBe('')
      await checkAccessibility(page)
    }
    await screenshot(page, `corefy-declined-${name}`)
    await fill(page, '4000 0000 0000 9995')
    await pay(page)
    await failed(page)
    await checkAccessibility(page)
    await screenshot(page, `corefy-failed-${name}`)
    expect(attributesOf(await read(created))).toMatchObject({ status: 'process_failed', resolution: 'insufficient_funds' })
    await page.getByRole('link', { name: /Demo Shop/ }).click()
    await page.waitForURL(`${shop.server.receiver.url}/failed`)
  })
})

describe('stored cards', () => {
  it('are remembered when the payer wants it, and pay again with the code alone', async () => {
    const customer = { reference_id: reference('c'), name: 'Ann Lee' }
    const first = await shop.invoice({ customer })
    const page = await visit(first)
    await fill(page)
    await page.getByLabel(/Save this card/).check()
    await pay(page)
    await paid(page)
    const second = await shop.invoice({ customer })
    const again = await visit(second)
    await again.getByText(/ending in 4242/).first().waitFor()
    await checkAccessibility(again)
    await screenshot(again, 'corefy-saved-phone')
    expect(await again.getByLabel('Card number').isVisible()).toBe(false)
    await again.getByLabel('Security code').fill('083')
    await pay(again)
    await paid(again)
    expect(attributesOf(await read(second))).toMatchObject({ status: 'processed', payload: { payment_card: { mask: '424242******4242' } } })
    const restricted = await visit(await shop.invoice({ customer, gateway_options: { cardgate: { restrict_saved_cards: true } } }))
    expect(await restricted.getByText(/ending in 4242/).count()).toBe(0)
  })

  it('are the only choice when the invoice names a token', async () => {
    const customer = { reference_id: reference('c') }
    const token = (await shop.paid({ customer, gateway_options: { cardgate: { tokenize: true } } })).get('data.attributes.payload.token')
    const created = await shop.invoice({ customer, token })
    const page = await visit(created)
    await checkAccessibility(page)
    await screenshot(page, 'corefy-predefined-phone')
    expect(await page.getByLabel('Card number').count()).toBe(0)
    await page.getByLabel('Security code').fill('083')
    await pay(page)
    await paid(page)
    expect(statusOf(await read(created))).toBe('processed')
  })

  it('come of a verification, too', async () => {
    const created = await shop.invoice({ flow: 'verify', customer: { reference_id: reference('c') }, gateway_options: { cardgate: { tokenize: true } } })
    const page = await visit(created)
    await checkAccessibility(page)
    await fill(page)
    await page.getByRole('button', { name: 'Verify card' }).click()
    await page.getByRole('heading', { level: 1, name: 'Card verified' }).waitFor()
    await page.getByText('Nothing was charged.').waitFor()
    await checkAccessibility(page)
    await screenshot(page, 'corefy-verified-phone')
    expect(statusOf(await read(created))).toBe('verified')
    expect((await read(created)).get('data.attributes.payload.token')).toEqual(expect.any(String))
  })
})

it('a stored card pays by itself where the invoice says so, once, also after Back', async () => {
  const customer = { reference_id: reference('c') }
  const token = (await shop.paid({ customer, gateway_options: { cardgate: { tokenize: true } } })).get('data.attributes.payload.token')
  const created = await shop.invoice({ customer, token, options: { bypass_hpp: true } })
  const page = await (await openContext(phone)).newPage()
  await page.goto(`${shop.server.receiver.url}/shop`)
  await page.goto(String(created.get('data.attributes.flow_data.action'))).catch(() => undefined)
  await paid(page)
  await page.goBack()
  await page.goForward()
  await paid(page)
  expect(await charges(created)).toBe(1)
})

it('the browser that paid is known when it comes back from the issuer’s own site; another one sees the outcome', async () => {
  const created = await shop.invoice({ description: 'Two tickets' })
  const page = await visit(created)
  await fill(page, CARDS.ok_3ds)
  await pay(page)
  await page.waitForURL('**/sandbox/acs/challenge')
  // The issuer's page is on this site here. So its answer is caught, and sent from another one.
  const answer = new Promise<string>((resolve) => void page.route('**/complete-auth**', (route) => {
    resolve(JSON.stringify([route.request().url(), route.request().postData() ?? '']))
    return route.fulfill({ contentType: 'text/html', body: '<title>caught</title>' })
  }))
  await page.getByLabel('Code', { exact: true }).fill('1234')
  await page.getByRole('button', { name: 'Confirm payment' }).click()
  const [action, sent] = JSON.parse(await answer) as [string, string]
  await page.unroute('**/complete-auth**')
  await page.goto(`${shop.server.receiver.url.replace('127.0.0.1', 'localhost')}/issuer`)
  await page.evaluate(([to, fields]) => {
    const form = Object.assign(document.createElement('form'), { method: 'post', action: to })
    for (const [name, value] of new URLSearchParams(fields)) form.append(Object.assign(document.createElement('input'), { name, value }))
    document.body.append(form)
    form.submit()
  }, [action, sent] as const)
  await paid(page)
  expect(await page.getByText('ending in 0000').count()).toBe(1)
  expect(await page.context().cookies(page.url())).toMatchObject([{ name: 'hpp_context', httpOnly: true, sameSite: 'Lax' }])
  expect(await page.evaluate(() => document.cookie)).toBe('')
  const elsewhere = await visit(created, desktop)
  await paid(elsewhere)
  await checkAccessibility(elsewhere)
  expect(await elsewhere.getByText(/ending in 0000|Two tickets/).count()).toBe(0)
})

describe('the way back', () => {
  it('skips the status page where the invoice says so', async () => {
    const created = await shop.invoice({ return_urls: returns(), gateway_options: { cardgate: { bypass_status_page: true } } })
    const page = await visit(created)
    await fill(page)
    await pay(page)
    await page.waitForURL(`${shop.server.receiver.url}/paid`)
    await page.goto(String(created.get('data.attributes.hpp_url')))
    await page.waitForURL(`${shop.server.receiver.url}/paid`)
    expect(statusOf(await read(created))).toBe('processed')
  })

  it('leads from a cancelled challenge to the address for failures', async () => {
    const created = await shop.invoice({ return_url: `${shop.server.receiver.url}/any`, return_urls: { fail: returns().fail }, gateway_options: { cardgate: { retry_limit: 1 } } })
    const page = await visit(created)
    await fill(page, CARDS.ok_3ds)
    await pay(page)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await failed(page)
    await page.getByRole('link', { name: /Demo Shop/ }).click()
    await page.waitForURL(returns().fail)
    expect(attributesOf(await read(created))).toMatchObject({ status: 'process_failed', resolution: 'client_auth_failed' })
  })

  it('is offered before paying, to the address for what is pending', async () => {
    const created = await shop.invoice({ return_urls: returns() })
    const page = await visit(created)
    await page.getByRole('link', { name: /Cancel/ }).click()
    await page.waitForURL(returns().pending)
    // Leaving is not cancelling: the payer may come back.
    expect(statusOf(await read(created))).toBe('process_pending')
  })

  it('says that the time is over', async () => {
    const created = await shop.invoice({ expires: Math.floor(Date.now() / 1000) + 2 })
    await expect.poll(async () => statusOf(await read(created)), { timeout: 10_000 }).toBe('expired')
    const page = await (await openContext(phone)).newPage()
    await page.goto(`${shop.base}/redirect/hpp/?cpi=${idOf(created)}`)
    await page.getByRole('heading', { level: 1, name: textsFor('en').say('expired_title') }).waitFor()
    await checkAccessibility(page)
    expect(await page.getByLabel('Card number').count()).toBe(0)
  })
})

describe('without JavaScript', () => {
  const plain = { ...desktop, javaScriptEnabled: false }
  it('the payer pays, after a mistake and a decline', async () => {
    const created = await shop.invoice({ return_urls: returns() })
    const page = await visit(created, plain)
    await fill(page, '4242 4242 4242 4241')
    await pay(page)
    await page.getByText(/card number is not right/).waitFor()
    expect(await page.content()).not.toMatch(/4242424242424241|4242 4242 4242 4241|value="083"/)
    await fill(page, '4000 0000 0000 0002')
    await pay(page)
    await page.getByRole('alert').waitFor()
    await screenshot(page, 'corefy-no-script')
    await fill(page)
    await pay(page)
    await paid(page)
    expect(await charges(created)).toBe(2)
  })

  it('the payer passes the challenge by buttons', async () => {
    const created = await shop.invoice()
    const page = await visit(created, plain)
    await fill(page, CARDS.ok_3ds)
    await pay(page)
    await page.getByRole('button').click()
    await page.getByLabel('Code', { exact: true }).fill('1234')
    await page.getByRole('button', { name: 'Confirm payment' }).click()
    await page.getByRole('button').click()
    await paid(page)
    expect(statusOf(await read(created))).toBe('processed')
  })
})

describe('haste', () => {
  it('a double click pays once', async () => {
    const created = await shop.invoice()
    const page = await visit(created, desktop)
    await fill(page)
    await page.getByRole('button', { name: /^Pay/ }).dblclick()
    await paid(page)
    expect(await charges(created)).toBe(1)
  })

  it('a reload while the payment is under way shows that it is, and pays nothing more', async () => {
    const created = await shop.invoice({ return_urls: returns() })
    const page = await visit(created)
    await fill(page, CARDS.ok, '07/77')
    await pay(page)
    await expect.poll(() => charges(created), { timeout: 10_000 }).toBe(1)
    await page.reload()
    await page.getByRole('heading', { level: 1, name: textsFor('en').say('pending_title') }).waitFor()
    expect(await page.getByText('Paid with').count()).toBe(0)
    await page.goBack()
    await page.goForward()
    await page.getByRole('heading', { level: 1, name: textsFor('en').say('pending_title') }).waitFor()
    expect(await charges(created)).toBe(1)
  })

  it('two tabs pay once: the second sees what the first did', async () => {
    const created = await shop.invoice()
    const context = await openContext(desktop)
    const [one, two] = [await context.newPage(), await context.newPage()]
    for (const page of [one, two]) {
      await page.goto(String(created.get('data.attributes.flow_data.action')))
      await fill(page)
    }
    await Promise.all([pay(one), pay(two)])
    await Promise.all([paid(one), paid(two)])
    expect(await charges(created)).toBe(1)
  })
})

it('the pages speak Spanish to a Spanish browser', async () => {
  const created = await shop.invoice({ return_urls: returns() })
  const page = await visit(created, { ...phone, locale: 'es-CL', colorScheme: 'dark' })
  expect(await page.locator('html').getAttribute('lang')).toBe('es-CL')
  await page.getByLabel('Número de tarjeta').fill('4242424242424242')
  await checkAccessibility(page)
  await screenshot(page, 'corefy-card-es-dark')
  expect(await page.getByRole('button', { name: /Pagar/ }).count()).toBe(1)
})

it.each([['uk', 'Номер картки', /^Сплатити/, 'Платіж отримано'], ['ru', 'Номер карты', /^Оплатить/, 'Платёж получен']])('the pages speak %s all the way where the address says so, through 3-D Secure too', async (locale, number, button, title) => {
  const page = await (await openContext(phone)).newPage()
  await page.goto(`${String((await shop.invoice()).get('data.attributes.flow_data.action'))}?locale=${locale}`)
  await page.getByLabel(number).fill(CARDS.ok_3ds)
  await page.locator('#exp').fill('12/31')
  await page.locator('#cvv').fill('083')
  await page.locator('#card_holder').fill('Ann Lee')
  await checkAccessibility(page)
  await page.getByRole('button', { name: button }).click()
  await page.getByLabel('Code', { exact: true }).fill('1234')
  await page.getByRole('button', { name: 'Confirm payment' }).click()
  await page.getByRole('heading', { level: 1, name: title }).waitFor()
  expect(await page.locator('html').getAttribute('lang')).toBe(locale)
  await checkAccessibility(page)
})

it('the issuer’s page speaks the payer’s language too, where it can', async () => {
  const page = await (await openContext(phone)).newPage()
  await page.goto(`${String((await shop.invoice()).get('data.attributes.flow_data.action'))}?locale=es`)
  for (const [field, value] of [['card_number', CARDS.ok_3ds], ['exp', '12/31'], ['cvv', '083'], ['card_holder', 'Ann Lee']] as const) await page.locator(`#${field}`).fill(value)
  await page.getByRole('button', { name: /^Pagar/ }).click()
  await page.waitForURL('**/sandbox/acs/challenge')
  expect(await page.locator('html').getAttribute('lang')).toBe('es')
})

describe('the checkout', () => {
  const address = (more: Readonly<Record<string, string>> = {}): string => `${shop.base}/hpp?${new URLSearchParams({ public_key: shop.keys.public_key_test, amount: '25.00', currency: 'USD', description: 'Order 17', ...more }).toString()}`

  it('offers the ways to pay, and leads to the card page', async () => {
    const page = await (await openContext(desktop)).newPage()
    await page.goto(address({ return_url: `${shop.server.receiver.url}/shop` }))
    await checkAccessibility(page)
    await screenshot(page, 'corefy-checkout-desktop')
    await page.getByRole('radio').first().check()
    await page.getByRole('button', { name: 'Continue' }).click()
    await fill(page)
    await pay(page)
    await paid(page)
    await page.getByRole('link', { name: /Demo Shop/ }).click()
    await page.waitForURL(`${shop.server.receiver.url}/shop`)
  })

  it('looks as the widget asks, in a frame of any size', async () => {
    const page = await (await openContext({ ...phone, colorScheme: 'dark' })).newPage()
    await page.goto(`${address({ reference_id: reference('look'), expires: String(Math.floor(Date.now() / 1000) + 1_200) })}&style[primary]=%23ffd400&style[font_family]=Georgia&display[hide_header]=true&pay_button_label=Donate`)
    await page.getByText(/Time left to pay: 1\d:\d\d/).waitFor()
    expect(await page.getByText('Demo Shop').count()).toBe(0)
    await checkAccessibility(page)
    await screenshot(page, 'corefy-checkout-look-phone')
    await page.getByRole('radio').first().check()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText(/Time left to pay: 1\d:\d\d/).waitFor()
    await fill(page)
    await checkAccessibility(page)
    await screenshot(page, 'corefy-card-look-phone')
    await page.getByRole('button', { name: 'Donate' }).click()
    await paid(page)
  })

  it('works in the widget’s frame, with 3-D Secure, and tells the shop’s page to close it', async () => {
    const context = await openContext(desktop)
    const page = await context.newPage()
    await page.goto(`${shop.server.receiver.url}/shop`)
    await page.evaluate((src) => {
      const heard: unknown[] = []
      Object.assign(globalThis, { heard })
      addEventListener('message', (event) => heard.push(event.data))
      const frame = document.createElement('iframe')
      Object.assign(frame, { id: 'payment_widget', src, width: '900', height: '700', title: 'Payment' })
      document.body.append(frame)
    }, address({ reference_id: reference('w'), service: 'payment_card_usd_hpp' }))
    const frame = page.frameLocator('#payment_widget')
    await frame.getByLabel('Card number').fill(CARDS.ok_3ds)
    await frame.getByLabel('Expiry date').fill('12/31')
    await frame.getByLabel('Security code').fill('083')
    await frame.getByLabel('Name on card').fill('Ann Lee')
    await frame.getByRole('button', { name: /^Pay/ }).click()
    await frame.getByLabel('Code', { exact: true }).fill('1234')
    await screenshot(page, 'corefy-widget')
    await frame.getByRole('button', { name: 'Confirm payment' }).click()
    await frame.getByRole('link', { name: /Demo Shop/ }).click()
    await expect.poll(() => page.evaluate(() => (globalThis as unknown as { heard: unknown[] }).heard)).toContain('close')
  })
})
