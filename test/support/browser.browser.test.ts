import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkAccessibility, desktop, openBrowser, phone, screenshot } from './browser.ts'

const form = (label: string): string => `<!doctype html><html lang="en"><title>Pay</title><meta name="viewport" content="width=device-width">
<main><h1>Pay</h1>${label}<input id="name" autocomplete="cc-name"><button>Pay 10 €</button></main></html>`

let browser: Browser
let server: Server
let address: string
beforeAll(async () => {
  browser = await openBrowser()
  server = createServer((request, response) => {
    // As strict as the real pages are: the tools must work there.
    response.setHeader('content-security-policy', "default-src 'none'; require-trusted-types-for 'script'")
    response.setHeader('content-type', 'text/html; charset=utf-8').end(form(request.url === '/good' ? '<label for="name">Name</label>' : ''))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await browser.close()
  server.close()
})

describe.each([['phone', phone, 390], ['desktop', desktop, 1280]] as const)('on a %s', (name, device, width) => {
  test('pages open, and accessible ones pass', async () => {
    const page = await (await browser.newContext(device)).newPage()
    await page.goto(`${address}/good`)
    expect(await page.evaluate(() => innerWidth)).toBe(width)
    expect(await page.evaluate(() => matchMedia('(pointer: coarse)').matches)).toBe(name === 'phone')
    await checkAccessibility(page)
    expect(existsSync(await screenshot(page, `self-test-${name}`))).toBe(true)
  })

  test('a field without a label is a violation', async () => {
    const page = await (await browser.newContext(device)).newPage()
    await page.goto(`${address}/bad`)
    await expect(checkAccessibility(page)).rejects.toThrow(/label \(critical\)[^]*<input id="name"/)
  })
})
