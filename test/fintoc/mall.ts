/** A shop with the widget in its page, a browser, and a payer's steps, one function each: for the browser tests. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContextOptions, FrameLocator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { MAGIC_USERS } from '../../src/providers/sandbox/bank/users.ts'
import { openBrowser } from '../support/browser.ts'
import { createShop, type Shop } from './support.ts'

/** The guide's own page, its addresses and keys aside; `window.onload(…)` is as published. */
const guidePage = (base: string, token: string, key: string): string => `<!DOCTYPE html>
<html lang="en">
<head>
<title>Fintoc Demo</title>
<script src="${base}/v1/"></script>
</head>
<body>
<script>
window.onload(() => {
const widget = Fintoc.create({
holderType: 'individual',
widgetToken: '${token}',
product: 'payments',
publicKey: '${key}',
onSuccess: () => {},
});
widget.open();
});
</script>
</body>
</html>`

const shopPage = (base: string, token: string, key: string, options: string): string => `<!doctype html><html lang="es"><head><title>Tienda</title><meta name="viewport" content="width=device-width, initial-scale=1">
<script src="${base}/v1"></script></head><body><main><h1>Tu compra</h1><button id="pay">Pagar</button><p>${'Flores frescas. '.repeat(200)}</p></main>
<script>
window.told = []
const widget = window.widget = Fintoc.create({ holderType: 'individual', product: 'payments', widgetToken: '${token}', publicKey: '${key}',
  onSuccess: () => told.push('SUCCESS'), onExit: () => told.push('EXIT'), onEvent: (name, data) => told.push(typeof data.timestamp === 'number' ? name : 'no timestamp'), ${options} })
document.getElementById('pay').addEventListener('click', () => widget.open())
</script></body></html>`

/** A page with the widget in it. */
export interface Visit {
  readonly page: Page
  readonly frame: FrameLocator
  /** What the browser complained of. */
  readonly problems: string[]
  /** What the shop's page heard from the widget. */
  told(): Promise<string[]>
}

export interface Mall {
  readonly shop: Shop
  readonly browser: Browser
  /** The merchant's own server: another site than ours. */
  readonly url: string
  visit(device: BrowserContextOptions, token: string, how?: { path?: string; options?: string; open?: boolean }): Promise<Visit>
  close(): Promise<void>
}

export async function openMall(): Promise<Mall> {
  const shop = await createShop({ background: true })
  await shop.listen()
  const browser = await openBrowser()
  const server = createServer((request, response) => {
    const { searchParams: query, pathname } = new URL(request.url ?? '/', 'http://x')
    const page = pathname === '/guide' ? guidePage : shopPage
    // A shop with a strict policy of its own: only our script and our frame.
    const { origin } = new URL(shop.base)
    if (pathname === '/strict') response.setHeader('content-security-policy', `default-src 'none'; script-src ${origin} 'unsafe-inline'; frame-src ${origin}; style-src 'none'`)
    response.setHeader('content-type', 'text/html; charset=utf-8').end(page(shop.base, query.get('token') ?? '', shop.keys.public_key, query.get('options') ?? ''))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Another host name: another site than the server's 127.0.0.1.
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  return {
    shop, browser, url,
    visit: async (device, token, { path = '/shop', options = '', open = true } = {}) => {
      const context = await browser.newContext({ ...device, locale: 'es-CL' })
      context.setDefaultTimeout(10_000)
      const page = await context.newPage()
      const problems: string[] = []
      page.on('pageerror', (error) => problems.push(error.message))
      page.on('console', (message) => message.type() === 'error' && !/status of 4\d\d/.test(message.text()) && problems.push(message.text()))
      await page.goto(`${url}${path}?${new URLSearchParams({ token, options }).toString()}`)
      if (open) await page.getByRole('button', { name: 'Pagar' }).click()
      return { page, frame: page.frameLocator('iframe'), problems, told: () => page.evaluate(() => (window as unknown as { told: string[] }).told) }
    },
    close: async () => {
      await browser.close()
      server.close()
      await shop.close()
    },
  }
}

/** Until the shop's receiver has been told of a payment. */
export const expectHeard = ({ shop }: Mall, id: string, type: string): Promise<void> =>
  until(async () => shop.server.receiver.requests.some(({ body }) => (body as { type: string }).type === type && (body as { data: { id: string } }).data.id === id))

export const expectStatus = ({ shop }: Mall, id: string, status: string): Promise<void> => until(async () => (await shop.get(id)).get('status') === status)

/** The user name of a magic user of the sandbox's banks, by its row. */
export const magic = (row: number): string => `100000${String(row).padStart(2, '0')}${MAGIC_USERS[row - 1]?.check}`

/** The widget, inside a shop's page or as a page of its own. */
export type Widget = FrameLocator | Page

export async function pickBank(widget: Widget): Promise<void> {
  await widget.getByLabel('Busca tu banco').fill('estado')
  await widget.getByRole('button', { name: /Banco Estado/ }).click()
}

export async function typePassword(widget: Widget, password = 'jonsnow'): Promise<void> {
  await widget.getByLabel('Clave de internet', { exact: true }).fill(password)
  await widget.getByRole('button', { name: 'Ingresar' }).click()
}

export async function signIn(widget: Widget, user = '416148503', password?: string): Promise<void> {
  await widget.getByLabel('RUT').fill(user)
  await typePassword(widget, password)
}

export async function login(widget: Widget, user?: string, password?: string): Promise<void> {
  await pickBank(widget)
  await signIn(widget, user, password)
}

/** The account by its place in the list; 3 is the one that asks for an SMS. */
export async function pickAccount(widget: Widget, account = 3): Promise<void> {
  await widget.getByRole('radio').nth(account).check()
  await widget.getByRole('button', { name: 'Continuar' }).click()
}

export async function choose(widget: Widget, account?: number): Promise<void> {
  await pickAccount(widget, account)
  await widget.getByRole('button', { name: /^Pagar \$/ }).click()
}

export async function typeSms(widget: Widget): Promise<void> {
  await widget.getByLabel('Código del SMS').fill('0000')
  await widget.getByRole('button', { name: 'Autorizar pago' }).click()
  await title(widget, '¡Pago listo!')
}

export const title = (widget: Widget, text: string | RegExp): Promise<void> => widget.getByRole('heading', { level: 1, name: text }).waitFor()
export async function until(condition: () => Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 15_000 }).toBe(true)
}
