import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkAccessibility, desktop, openBrowser, phone, screenshot } from '../../../../test/support/browser.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'
import { card, never, operation } from '../testing/support.ts'

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

/** Opens the challenge of a new sale the way a merchant's page does: by a posted form. */
async function open(page: Page, key: string, language?: string): Promise<void> {
  const { origin, sandbox } = server
  const outcome = await sandbox.cards.execute(
    operation({ key, instrument: card('4000000000003220'), return_url: `${origin}/return`, description: 'Two tickets to Valparaíso', payer: { language } }), never)
  if (outcome.status !== 'action_required' || outcome.action.kind !== 'redirect') throw new Error('no challenge')
  const { url, fields } = outcome.action
  const inputs = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
  await page.goto(`${origin}/return`)
  await page.setContent(`<form method="post" action="${url}">${inputs.join('')}<button>go</button></form>`)
  await page.click('button')
}

describe.each([['phone', phone], ['desktop', desktop]] as const)('the challenge on a %s', (name, device) => {
  it('is passed with the code', async () => {
    const page = await (await browser.newContext(device)).newPage()
    const key = `pass-${name}`
    await open(page, key)
    await checkAccessibility(page)
    await screenshot(page, `sandbox-acs-${name}`)
    const edge = (): Promise<string> => page.getByLabel('Code').evaluate((field) => getComputedStyle(field).borderTopColor)
    const before = await edge()
    await page.getByLabel('Code').fill('1111')
    await page.getByRole('button', { name: 'Confirm payment' }).click()
    expect(await page.getByRole('alert').textContent()).toContain('Attempts left: 2')
    expect(await edge()).not.toBe(before)
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('code')
    await checkAccessibility(page)
    await screenshot(page, `sandbox-acs-wrong-${name}`)
    await page.getByLabel('Code').fill('1234')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${server.origin}/return`)
    const cres = new URLSearchParams((await page.locator('#fields').textContent()) ?? '').get('cres') ?? ''
    expect(await server.sandbox.cards.resume(key, { cres }, never)).toMatchObject({ status: 'approved', facts: { authentication: { status: 'Y' } } })
  })
})

it('the challenge speaks Spanish, and can be cancelled', async () => {
  const context = await browser.newContext({ ...phone, colorScheme: 'dark' })
  const page = await context.newPage()
  await open(page, 'dark', 'es')
  await checkAccessibility(page)
  await screenshot(page, 'sandbox-acs-dark')
  await page.getByRole('button', { name: 'Cancelar' }).click()
  await page.waitForURL(`${server.origin}/return`)
  expect(await server.sandbox.cards.resume('dark', {}, never)).toMatchObject({ status: 'declined', reason: 'payer_rejected' })
})

it('the way back has a button for browsers without script', async () => {
  const page = await (await browser.newContext({ ...desktop, javaScriptEnabled: false })).newPage()
  await open(page, 'plain')
  await page.getByLabel('Code').fill('1234')
  await page.getByRole('button', { name: 'Confirm payment' }).click()
  await screenshot(page, 'sandbox-acs-back')
  await page.getByRole('button', { name: 'Back to the shop' }).click()
  await page.waitForURL(`${server.origin}/return`)
  expect(await page.title()).toBe('shop')
})
