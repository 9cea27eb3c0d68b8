import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkAccessibility, desktop, openBrowser, phone, screenshot } from '../../../../test/support/browser.ts'
import { money } from '../../../core/money.ts'
import type { Operation } from '../../contract.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'
import { never, operation } from '../testing/support.ts'

let browser: Browser
let server: TestServer

beforeAll(async () => {
  browser = await openBrowser()
  server = await startTestServer()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

/** Begins a sale by the method and answers the address of its page. */
async function begin(key: string, code: string, change: Partial<Operation> = {}): Promise<string> {
  const outcome = await server.sandbox.apms.execute(
    operation({
      key, method: 'apm', amount: money(25_050, 'EUR'), instrument: { type: 'apm', code, token: undefined, fields: {} },
      return_url: `${server.origin}/return`, description: 'Two tickets to Valparaíso', merchant_name: 'Teatro Municipal de Valparaíso', ...change,
    }), never)
  if (outcome.status !== 'action_required' || outcome.action.kind !== 'redirect') throw new Error(outcome.status)
  return outcome.action.url
}
const inquire = (key: string) => server.sandbox.apms.inquire(key, never)
const back = (page: Page) => page.waitForURL(`${server.origin}/return`)

describe.each([['phone', phone], ['desktop', desktop]] as const)('on a %s', (name, device) => {
  const open = async (url: string): Promise<Page> => {
    const page = await (await browser.newContext(device)).newPage()
    await page.goto(url)
    await checkAccessibility(page)
    return page
  }

  it('a wallet is opened and pays', async () => {
    const page = await open(await begin(`wallet-${name}`, 'wallet'))
    await screenshot(page, `sandbox-wallet-${name}`)
    await page.getByLabel('E-mail or phone number').fill('pat@shop.example')
    await page.getByLabel('PIN', { exact: true }).fill('9999')
    await page.getByRole('button', { name: 'Sign in' }).click()
    expect(await page.getByRole('alert').textContent()).toContain('Attempts left: 2')
    // The account is as it was typed, and what was wrong has the focus.
    expect(await page.getByLabel('E-mail or phone number').inputValue()).toBe('pat@shop.example')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('pin')
    await checkAccessibility(page)
    await page.getByLabel('PIN', { exact: true }).fill('1234')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await checkAccessibility(page)
    await screenshot(page, `sandbox-wallet-confirm-${name}`)
    await page.getByRole('button', { name: 'Pay €250.50' }).click()
    await back(page)
    expect(await inquire(`wallet-${name}`)).toMatchObject({ status: 'approved' })
  })

  it('a bank is chosen and pays', async () => {
    const page = await open(await begin(`bank-${name}`, 'bank_transfer', { payer: { language: 'es' } }))
    await page.getByLabel(/Banco Listo/).check()
    await screenshot(page, `sandbox-bank-${name}`)
    await page.getByRole('button', { name: /^Pagar/ }).click()
    await back(page)
    expect(await inquire(`bank-${name}`)).toMatchObject({ status: 'approved' })
  })

  it('a voucher is paid at the kiosk, and its page notices', async () => {
    const page = await open(await begin(`voucher-${name}`, 'voucher'))
    await screenshot(page, `sandbox-voucher-${name}`)
    const [kiosk] = await Promise.all([page.context().waitForEvent('page'), page.getByRole('link', { name: /Open the kiosk/ }).click()])
    await kiosk.waitForLoadState()
    await checkAccessibility(kiosk)
    await screenshot(kiosk, `sandbox-kiosk-${name}`)
    await kiosk.getByRole('button', { name: /Put in/ }).click()
    await kiosk.getByRole('heading', { name: 'Paid' }).waitFor()
    await back(page)
    expect(await inquire(`voucher-${name}`)).toMatchObject({ status: 'approved' })
  })

  it('the emulator is told what to do', async () => {
    const page = await open(await begin(`bogus-${name}`, 'bogus'))
    await screenshot(page, `sandbox-emulator-${name}`)
    await page.getByRole('button', { name: 'Fail' }).click()
    await back(page)
    expect(await inquire(`bogus-${name}`)).toMatchObject({ status: 'declined' })
  })
})

it('a long amount needs no sideways scrolling on the narrowest phone, at twice the size too', async () => {
  const page = await (await browser.newContext({ ...phone, viewport: { width: 320, height: 568 } })).newPage()
  for (const code of ['wallet', 'bank_transfer', 'voucher']) {
    await page.goto(await begin(`narrow-${code}`, code, { amount: money(123_456_789_012n, 'IDR') }))
    for (const size of ['100%', '200%']) {
      const width = await page.evaluate((fontSize) => {
        document.documentElement.style.fontSize = fontSize
        return document.documentElement.scrollWidth
      }, size)
      expect({ code, size, width }).toEqual({ code, size, width: 320 })
    }
  }
  await page.context().close()
})

it('a wallet works inside the merchant’s frame', async () => {
  const url = await begin('framed', 'wallet', { hints: { iframe: true } })
  const page = await (await browser.newContext(desktop)).newPage()
  await page.goto(`${server.origin}/return`)
  await page.setContent(`<title>shop</title><h1>Shop</h1><iframe title="payment" src="${url}" width="380" height="620"></iframe>`)
  const frame = page.frameLocator('iframe')
  await frame.getByLabel('E-mail or phone number').fill('+56912345678')
  await frame.getByLabel('PIN', { exact: true }).fill('1234')
  await screenshot(page, 'sandbox-wallet-framed')
  await frame.getByRole('button', { name: 'Sign in' }).click()
  await frame.getByRole('button', { name: /^Pay/ }).click()
  await frame.locator('#fields').waitFor({ state: 'attached' })
  expect(await inquire('framed')).toMatchObject({ status: 'approved', facts: { account: { id: '••••5678' } } })
})
