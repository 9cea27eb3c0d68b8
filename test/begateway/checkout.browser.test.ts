/** What a payer does: every sandbox method from its form to the shop, the hosted checkout by card, 3-D Secure and frame, in a real browser. */
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkAccessibility, desktop, openBrowser, phone, screenshot } from '../support/browser.ts'
import { apm, card, createHarness, freshAmount, statusOf, uidOf, type Harness, type Json } from './harness.ts'

let h: Harness
let browser: Browser
let shop: Server
let origin: string
/** What the shop's own page contains: the form of an answer, or a frame. */
let markup = ''

beforeAll(async () => {
  h = await createHarness({ background: true })
  browser = await openBrowser()
  shop = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(request.url === '/pay' ? `<!doctype html><title>Shop</title><h1>Shop</h1>${markup}` : `<!doctype html><title>Back</title><h1>Thank you</h1>`)
  })
  shop.listen(0, '127.0.0.1')
  await once(shop, 'listening')
  origin = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`
})
afterAll(async () => {
  await browser.close()
  shop.closeAllConnections()
  shop.close()
  await h.close()
})

const newPage = async (device: BrowserContextOptions = desktop): Promise<Page> => (await browser.newContext(device)).newPage()

/** The shop's page with the answered form and a button of its own, as the guide tells shops to write it. */
function formMarkup(form: { action: string; method: string; fields: readonly { type: string; name: string; value: string }[] }): string {
  const inputs = form.fields.map(({ type, name, value }) => `<input type="${type}" name="${name}" value="${value}">`).join('')
  return `<form action="${form.action}" method="${form.method}">${inputs}<input type="submit" name="submit" value="Pay"></form>`
}

async function begin(changes: Json, device?: BrowserContextOptions): Promise<{ page: Page; uid: string }> {
  const answer = await h.shop.post('/beyag/transactions/payments', apm({ return_url: `${origin}/back?order=17`, notification_url: `${h.server.receiver.url}/apm`, ...changes }))
  expect(statusOf(answer)).toBe('pending')
  markup = formMarkup(answer.get('transaction.form') as Parameters<typeof formMarkup>[0])
  const page = await newPage(device)
  await page.goto(`${origin}/pay`)
  await page.getByRole('button', { name: 'Pay' }).click()
  return { page, uid: uidOf(answer) }
}

/** Waits until the browser is back at the shop, with its own query and ours; what the API and the notifications say must agree. */
async function comesBack(page: Page, uid: string): Promise<unknown> {
  await page.waitForURL(new RegExp(`/back\\?order=17&status=[a-z]+&uid=${uid}$`))
  const status = new URL(page.url()).searchParams.get('status')
  const told = (): unknown[] => h.server.receiver.at('/apm').map(({ body }) => (body as { transaction: Json }).transaction).filter((transaction) => transaction['uid'] === uid).map((transaction) => transaction['status'])
  await expect.poll(told, { timeout: 10_000 }).toEqual(['pending', status])
  expect(statusOf(await h.shop.get(`/beyag/transactions/${uid}`))).toBe(status)
  return status
}

async function wallet(page: Page | ReturnType<Page['frameLocator']>, account = 'pat@shop.example'): Promise<void> {
  await page.getByLabel('E-mail or phone number').fill(account)
  await page.getByLabel('PIN', { exact: true }).fill('1234')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: /^Pay/ }).click()
}

describe.each([['phone', phone], ['desktop', desktop]] as const)('methods on a %s', (_, device) => {
  test('a wallet: sign in, confirm, back at the shop', async () => {
    const { page, uid } = await begin({ method: { type: 'q_pay' } }, device)
    await checkAccessibility(page)
    await wallet(page)
    expect(await comesBack(page, uid)).toBe('successful')
  })

  test('a bank redirect', async () => {
    const { page, uid } = await begin({ method: { type: 'bank_transfer' } }, device)
    await page.getByLabel(/Ready Bank/).check()
    await page.getByRole('button', { name: /^Pay/ }).click()
    expect(await comesBack(page, uid)).toBe('successful')
  })
})

test('a wallet without money fails', async () => {
  const { page, uid } = await begin({ method: { type: 'q_pay' } })
  await wallet(page, 'poor@shop.example')
  expect(await comesBack(page, uid)).toBe('failed')
  expect((await h.shop.get(`/beyag/transactions/${uid}`)).get('transaction.code')).toBe('F.0114')
})

test('a voucher is pending until it is paid at the kiosk', async () => {
  const { page, uid } = await begin({ method: { type: 'voucher' } })
  await page.getByRole('img', { name: /^QR code/ }).waitFor()
  const [kiosk] = await Promise.all([page.context().waitForEvent('page'), page.getByRole('link', { name: /Open the kiosk/ }).click()])
  await kiosk.waitForLoadState()
  expect(statusOf(await h.shop.get(`/beyag/transactions/${uid}`))).toBe('pending')
  await kiosk.getByRole('button', { name: /Put in/ }).click()
  await kiosk.getByRole('heading', { name: 'Paid' }).waitFor()
  expect(await comesBack(page, uid)).toBe('successful')
})

test('the emulator asks what to do from 20000 on', async () => {
  const { page, uid } = await begin({ amount: 20_000 })
  await page.getByRole('button', { name: 'Fail' }).click()
  expect(await comesBack(page, uid)).toBe('failed')
})

test('a token of a wallet charges later without a page', async () => {
  const { page, uid } = await begin({ method: { type: 'q_pay' }, additional_data: { contract: ['recurring'] } })
  expect((await h.shop.get(`/beyag/transactions/${uid}`)).get('transaction.q_pay.token')).toBeUndefined()
  await wallet(page)
  expect(await comesBack(page, uid)).toBe('successful')
  const token = (await h.shop.get(`/beyag/transactions/${uid}`)).get('transaction.q_pay.token')
  const { return_url: _, ...request } = apm({ method: { type: 'q_pay', token } }).request
  expect(statusOf(await h.shop.post('/beyag/transactions/payments', { request }))).toBe('successful')
})

test('iframe: the wallet works inside the shop\'s page', async () => {
  const answer = await h.shop.post('/beyag/transactions/payments', apm({ method: { type: 'q_pay' }, iframe: true, return_url: `${origin}/back` }))
  markup = `<iframe title="Payment" width="380" height="640" src="${String(answer.get('transaction.form.action'))}"></iframe>`
  const page = await newPage()
  await page.goto(`${origin}/pay`)
  await wallet(page.frameLocator('iframe'))
  await page.frameLocator('iframe').getByRole('heading', { name: 'Thank you' }).waitFor()
  expect(statusOf(await h.shop.get(`/beyag/transactions/${uidOf(answer)}`))).toBe('successful')
})

const checkout = (changes: Json = {}, settings: Json = {}): { checkout: Json } => ({
  checkout: { transaction_type: 'payment', test: true, order: { amount: freshAmount(), currency: 'USD', description: 'A lamp' }, settings: { success_url: `${origin}/ok?mine=1`, decline_url: `${origin}/no`, auto_return: 0, ...settings }, ...changes },
})

async function typeCard(page: Page | ReturnType<Page['frameLocator']>, number: string): Promise<void> {
  await page.locator('[name="card_number"]').fill(number)
  await page.locator('[name="exp"]').fill('01/31')
  await page.locator('[name="cvv"]').fill('123')
  await page.locator('[name="card_holder"]').fill('Jane Doe')
  await page.locator('#pay').click()
}

describe.each([['phone', phone], ['desktop', desktop]] as const)('the hosted checkout on a %s', (name, device) => {
  test('a card pays, and the shop gets its parameters', async () => {
    const answer = await h.shop.post('/ctp/api/checkouts', checkout())
    const page = await newPage(device)
    await page.goto(String(answer.get('checkout.redirect_url')))
    await checkAccessibility(page)
    await screenshot(page, `begateway-checkout-${name}`)
    await typeCard(page, '4200000000000000')
    await page.waitForURL(/\/ok\?mine=1&token=[0-9a-f]{64}&status=successful&uid=/)
  })

  test('a choice of methods', async () => {
    const answer = await h.shop.post('/ctp/api/checkouts', checkout({ payment_method: { types: ['credit_card', 'q_pay', 'bank_transfer'] } }))
    const page = await newPage(device)
    await page.goto(String(answer.get('checkout.redirect_url')))
    await checkAccessibility(page)
    await screenshot(page, `begateway-methods-${name}`)
    await page.locator('input[value="q_pay"]').check({ force: true })
    await page.getByRole('button', { name: /Pay|Continue/ }).click()
    await wallet(page)
    await page.waitForURL(/\/ok\?mine=1&token=.*&status=successful/)
  })
})

test('a decline is told on the page, and another card pays', async () => {
  const answer = await h.shop.post('/ctp/api/checkouts', checkout({ attempts: 2 }))
  const page = await newPage()
  await page.goto(String(answer.get('checkout.redirect_url')))
  await typeCard(page, '4005550000000019')
  await page.locator('#alert:not([hidden])').waitFor()
  await typeCard(page, '4200000000000000')
  await page.waitForURL(/\/ok\?/)
})

test('without script a card pays too, and the browser lets its form lead on to the shop', async () => {
  const answer = await h.shop.post('/ctp/api/checkouts', checkout())
  const page = await newPage({ ...desktop, javaScriptEnabled: false })
  await page.goto(String(answer.get('checkout.redirect_url')))
  await typeCard(page, '4200000000000000')
  await page.waitForURL(/\/ok\?mine=1&token=.*&status=successful/)
})

test('3-D Secure at the checkout, passed and canceled', async () => {
  for (const [code, path] of [['1234', '/ok'], [undefined, '/no']] as const) {
    const answer = await h.shop3ds.post('/ctp/api/checkouts', checkout())
    const page = await newPage()
    await page.goto(String(answer.get('checkout.redirect_url')))
    await typeCard(page, '4012000000003010')
    await challenge(page, code)
    await page.waitForURL(new RegExp(`${path}\\?.*status=`))
  }
})

/** The issuer's page: the right code, or the way out. */
async function challenge(page: Page, code: string | undefined): Promise<void> {
  await page.waitForURL(/\/sandbox\/acs/)
  if (code === undefined) return page.getByRole('button', { name: /cancel/i }).click()
  await page.getByLabel('Code').fill(code)
  await page.getByRole('button', { name: 'Confirm payment' }).click()
}

test('redirect_url of a direct card payment: the challenge, and back to the shop', async () => {
  const answer = await h.shop3ds.post('/transactions/payments', card({ return_url: `${origin}/3ds?x=1` }, '4012000000003010'))
  const page = await newPage()
  await page.goto(String(answer.get('transaction.redirect_url')))
  await challenge(page, '1234')
  await page.waitForURL(`${origin}/3ds?x=1&status=successful&uid=${uidOf(answer)}`)
  expect((await h.shop3ds.get(`/transactions/${uidOf(answer)}`)).get('transaction')).toMatchObject({ status: 'successful', three_d_secure_verification: { status: 'successful' } })
})

test('the checkout inside the shop\'s page, and not inside another one', async () => {
  const answer = await h.shop.post('/ctp/api/checkouts', checkout({ iframe: true }))
  markup = `<iframe title="Payment" width="420" height="800" src="${String(answer.get('checkout.redirect_url'))}"></iframe>`
  const page = await newPage()
  await page.goto(`${origin}/pay`)
  await typeCard(page.frameLocator('iframe'), '4200000000000000')
  await page.frameLocator('iframe').getByRole('heading', { name: 'Thank you' }).waitFor()
  const closed = await h.shop.post('/ctp/api/checkouts', checkout())
  markup = `<iframe title="Payment" src="${String(closed.get('checkout.redirect_url'))}"></iframe>`
  await page.goto(`${origin}/pay`)
  expect(await page.frameLocator('iframe').locator('#pay').count()).toBe(0)
})

test('a pay link, and the receipt', async () => {
  const product = await h.shop.post('/products', { name: 'Lamp', description: 'A lamp', currency: 'EUR', amount: 4200, test: true, success_url: `${origin}/ok` })
  const page = await newPage(phone)
  await page.goto(`${h.base}/products/${String(product.get('id'))}/pay`)
  await typeCard(page, '4200000000000000')
  await page.getByRole('link', { name: /Return/ }).click()
  await page.waitForURL(/\/ok\?token=.*&status=successful&uid=/)
  const uid = new URL(page.url()).searchParams.get('uid')
  await page.goto(String((await h.shop.get(`/transactions/${uid}`)).get('transaction.receipt_url')))
  await checkAccessibility(page)
  await screenshot(page, 'begateway-receipt')
  expect(await page.locator('main').innerText()).toContain('42.00')
})

test('the last one is sold while another payer types: nothing is charged, and the page says so', async () => {
  const product = await h.shop.post('/products', { name: 'Lamp', description: 'A lamp', currency: 'EUR', amount: 4200, quantity: 1, test: true, success_url: `${origin}/ok` })
  const [first, second] = [await newPage(), await newPage(phone)]
  for (const page of [first, second]) await page.goto(`${h.base}/products/${String(product.get('id'))}/pay`)
  await typeCard(first, '4200000000000000')
  await first.getByRole('link', { name: /Return/ }).waitFor()
  await typeCard(second, '4200000000000000')
  await second.getByText('Nothing was charged').waitFor()
  await checkAccessibility(second)
  await screenshot(second, 'begateway-sold-out')
})

test('the receipt of a bill that nobody has paid yet becomes one by itself', async () => {
  const bill = await h.shop.post('/beyag/payments', apm({ currency: 'BYN', method: { type: 'erip', account_number: '5' } }))
  const page = await newPage(phone)
  await page.goto(String(bill.get('transaction.receipt_url')))
  await page.getByRole('heading', { name: 'Waiting for your payment' }).waitFor()
  await checkAccessibility(page)
  h.server.clock.advance(11_000)
  await page.getByRole('heading', { name: 'Receipt from' }).waitFor({ timeout: 20_000 })
})

test('a bill that many may pay: a payer begins at its page, and pays at the kiosk', async () => {
  const bill = await h.shop.post('/beyag/payments', apm({ currency: 'BYN', method: { type: 'erip', account_number: '5', permanent: true }, notification_url: `${h.server.receiver.url}/permanent` }))
  const page = await newPage(phone)
  await page.goto(String(bill.get('transaction.erip.banks.0.link')))
  await checkAccessibility(page)
  await screenshot(page, 'begateway-permanent-bill')
  await page.getByRole('button', { name: /Continue|Pay/ }).click()
  await page.getByRole('heading', { name: 'Pay at the kiosk' }).waitFor()
  await checkAccessibility(page)
  await page.getByRole('button', { name: 'Begin' }).click()
  await page.getByRole('button', { name: /Put in/ }).waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'sandbox-bill')
  await page.getByRole('button', { name: /Put in/ }).click()
  await page.getByText('The payment went through.').waitFor()
  await expect.poll(() => h.server.receiver.at('/permanent').map(({ body }) => (body as { transaction: Json }).transaction['status']), { timeout: 10_000 }).toEqual(['successful'])
})
