/** The widget as a payer meets it: in a page of another origin, on a phone and on a computer, in a real browser. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContextOptions, FrameLocator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAGIC_USERS } from '../../src/providers/sandbox/bank/users.ts'
import { checkAccessibility, desktop, openBrowser, phone, screenshot } from '../support/browser.ts'
import { createShop, RECIPIENT, type Shop } from './support.ts'

let shop: Shop
let browser: Browser
let merchant: Server
let merchantUrl = ''

/** The guide's own page, its addresses and keys aside; `window.onload(…)` is as published. */
const guidePage = (token: string, key: string): string => `<!DOCTYPE html>
<html lang="en">
<head>
<title>Fintoc Demo</title>
<script src="${shop.base}/v1/"></script>
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

const shopPage = (token: string, key: string, options: string): string => `<!doctype html><html lang="es"><head><title>Tienda</title><meta name="viewport" content="width=device-width, initial-scale=1">
<script src="${shop.base}/v1"></script></head><body><main><h1>Tu compra</h1><button id="pay">Pagar</button><p>${'Flores frescas. '.repeat(200)}</p></main>
<script>
window.told = []
const widget = window.widget = Fintoc.create({ holderType: 'individual', product: 'payments', widgetToken: '${token}', publicKey: '${key}',
  onSuccess: () => told.push('SUCCESS'), onExit: () => told.push('EXIT'), onEvent: (name, data) => told.push(typeof data.timestamp === 'number' ? name : 'no timestamp'), ${options} })
document.getElementById('pay').addEventListener('click', () => widget.open())
</script></body></html>`

beforeAll(async () => {
  shop = await createShop({ background: true })
  await shop.listen()
  browser = await openBrowser()
  merchant = createServer((request, response) => {
    const { searchParams: query, pathname } = new URL(request.url ?? '/', 'http://x')
    const page = pathname === '/guide' ? guidePage : shopPage
    // A shop with a strict policy of its own: only our script and our frame.
    const origin = new URL(shop.base).origin
    if (pathname === '/strict') response.setHeader('content-security-policy', `default-src 'none'; script-src ${origin} 'unsafe-inline'; frame-src ${origin}; style-src 'none'`)
    response.setHeader('content-type', 'text/html; charset=utf-8').end(page(query.get('token') ?? '', query.get('key') ?? shop.keys.public_key, query.get('options') ?? ''))
  })
  await new Promise<void>((resolve) => merchant.listen(0, '127.0.0.1', resolve))
  // Another host name: another site than the server's 127.0.0.1.
  merchantUrl = `http://localhost:${(merchant.address() as AddressInfo).port}`
})
afterAll(async () => {
  await browser.close()
  merchant.close()
  await shop.close()
})

interface Visit {
  readonly page: Page
  readonly frame: FrameLocator
  readonly problems: string[]
  told(): Promise<string[]>
}

async function visit(device: BrowserContextOptions, token: string, { path = '/shop', options = '', open = true, key = shop.keys.public_key } = {}): Promise<Visit> {
  const context = await browser.newContext({ ...device, locale: 'es-CL' })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => message.type() === 'error' && !/status of 4\d\d/.test(message.text()) && problems.push(message.text()))
  await page.goto(`${merchantUrl}${path}?${new URLSearchParams({ token, options, key }).toString()}`)
  if (open) await page.getByRole('button', { name: 'Pagar' }).click()
  return { page, frame: page.frameLocator('iframe'), problems, told: () => page.evaluate(() => (window as unknown as { told: string[] }).told) }
}

/** The widget, inside a shop's page or as a page of its own. */
type Widget = FrameLocator | Page

// The payer's steps, one function each; `look` runs between them.

async function pickBank(widget: Widget): Promise<void> {
  await widget.getByLabel('Busca tu banco').fill('estado')
  await widget.getByRole('button', { name: /Banco Estado/ }).click()
}

async function typePassword(widget: Widget, password = 'jonsnow'): Promise<void> {
  await widget.getByLabel('Clave de internet', { exact: true }).fill(password)
  await widget.getByRole('button', { name: 'Ingresar' }).click()
}

async function signIn(widget: Widget, user = '416148503', password?: string): Promise<void> {
  await widget.getByLabel('RUT').fill(user)
  await typePassword(widget, password)
}

async function login(widget: Widget, user?: string, password?: string): Promise<void> {
  await pickBank(widget)
  await signIn(widget, user, password)
}

/** The account by its place in the list; 3 is the one that asks for an SMS. */
async function pickAccount(widget: Widget, account = 3): Promise<void> {
  await widget.getByRole('radio').nth(account).check()
  await widget.getByRole('button', { name: 'Continuar' }).click()
}

async function choose(widget: Widget, account?: number): Promise<void> {
  await pickAccount(widget, account)
  await widget.getByRole('button', { name: /^Pagar \$/ }).click()
}

async function typeSms(widget: Widget): Promise<void> {
  await widget.getByLabel('Código del SMS').fill('0000')
  await widget.getByRole('button', { name: 'Autorizar pago' }).click()
  await title(widget, '¡Pago listo!')
}

const title = (widget: Widget, text: string | RegExp): Promise<void> => widget.getByRole('heading', { level: 1, name: text }).waitFor()
async function until(condition: () => Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 15_000 }).toBe(true)
}
/** Until the shop's receiver has been told. */
const expectHeard = (id: string, type: string): Promise<void> =>
  until(async () => shop.server.receiver.requests.some(({ body }) => (body as { type: string }).type === type && (body as { data: { id: string } }).data.id === id))
const magic = (row: number): string => `100000${String(row).padStart(2, '0')}${MAGIC_USERS[row - 1]?.check}`
const statusIs = (id: string, status: string): Promise<void> => until(async () => (await shop.get(id)).get('status') === status)

describe.each([['phone', phone], ['desktop', desktop]] as const)('on a %s', (device, options) => {
  test('a payment by SMS, every screen accessible, events in their order', async () => {
    const { id, token } = await shop.create({ amount: 12_990 })
    const { page, frame, problems, told } = await visit(options, token)
    const look = async (name: string): Promise<void> => {
      await page.waitForTimeout(300)
      await checkAccessibility(page)
      await screenshot(page, `fintoc-${name}-${device}`)
    }
    await title(frame, 'Elige tu banco')
    await look('banks')
    await pickBank(frame)
    await look('login')
    await signIn(frame)
    await title(frame, '¿Desde qué cuenta pagas?')
    await look('accounts')
    await pickAccount(frame)
    await title(frame, 'Revisa y confirma')
    await look('confirm')
    await frame.getByRole('button', { name: 'Pagar $12.990' }).click()
    await title(frame, 'Escribe el código que te llegó')
    await look('code')
    await typeSms(frame)
    await screenshot(page, `fintoc-done-${device}`)
    await until(async () => (await told()).includes('SUCCESS'))
    expect(await told()).toEqual([
      'opened', 'on_available_institutions', 'on_authentication_form', 'payment_in_progress', 'selecting_account', 'payment_intent_confirmation_required', 'sms_authentication_required',
      'validating_second_factor', 'payment_created', 'SUCCESS', 'closed',
    ])
    expect((await shop.get(id)).get('status')).toBe('succeeded')
    // The focus is back where the payer left it, and the frame is out of sight.
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('pay')
    await until(async () => !(await page.locator('iframe').isVisible()))
    expect(problems).toEqual([])
    await page.context().close()
  })

  test('an app, coordinates and a device', async () => {
    for (const [index, heading, codes] of [[1, 'Aprueba en la app de tu banco', []], [4, 'Tarjeta de coordenadas', ['00', '00', '00']], [0, 'Escribe el código de tu dispositivo', ['000000']]] as const) {
      const { token } = await shop.create()
      const { page, frame } = await visit(options, token)
      await login(frame)
      await choose(frame, index)
      await title(frame, heading)
      await checkAccessibility(page)
      await screenshot(page, `fintoc-factor${index}-${device}`)
      for (const [at, code] of codes.entries()) await frame.getByRole('textbox').nth(at).fill(code)
      if (codes.length > 0) await frame.getByRole('button', { name: 'Autorizar pago' }).click()
      await title(frame, '¡Pago listo!')
      await page.context().close()
    }
  })

  test('every failure is told in words, with a way back', async () => {
    for (const [row, words] of [[4, /saldo suficiente/], [5, /bloqueada/], [16, /supera el máximo/], [13, /destinatario nuevo/], [15, /cuenta del comercio/]] as const) {
      const { token } = await shop.create()
      const { page, frame, told } = await visit(options, token)
      await login(frame, magic(row))
      await choose(frame, 0)
      await title(frame, 'No pudimos hacer el pago')
      await frame.getByText(words).waitFor()
      await checkAccessibility(page)
      if (row === 4) await screenshot(page, `fintoc-failed-${device}`)
      await frame.getByRole('button', { name: 'Volver al comercio' }).click()
      await until(async () => (await told()).slice(-2).join() === 'EXIT,closed' || (await told()).slice(-2).join() === 'closed,EXIT')
      expect(await told()).toContain('payment_error')
      await page.context().close()
    }
  })

  test('a wrong password, a wrong RUT and a bank that is down can be put right on the spot', async () => {
    const { token } = await shop.create()
    const { page, frame } = await visit(options, token)
    await login(frame, '111111112', '')
    await frame.getByText('Ese RUT no es correcto', { exact: false }).waitFor()
    await frame.getByText('Escribe tu clave.').waitFor()
    await checkAccessibility(page)
    await signIn(frame, '41614850-3', 'aryastark')
    await frame.getByRole('alert').getByText(/no reconoció/).waitFor()
    expect(await frame.getByLabel('RUT').inputValue()).toBe('41.614.850-3')
    await frame.getByRole('button', { name: 'Volver' }).click()
    await login(frame, magic(2))
    await frame.getByRole('alert').getByText(/no está disponible/).waitFor()
    await signIn(frame)
    await title(frame, '¿Desde qué cuenta pagas?')
    await page.context().close()
  })
})

describe('an end that the payer does not see, or does not wait for', () => {
  test('the bank does not know yet: in words, with a way back; and the shop is told the end', async () => {
    const { id, token } = await shop.create()
    const { page, frame, told } = await visit(phone, token)
    await login(frame)
    await choose(frame, 6)
    await title(frame, 'Tu banco está procesando el pago')
    await checkAccessibility(page)
    await screenshot(page, 'fintoc-pending')
    await frame.getByRole('button', { name: 'Volver al comercio' }).click()
    await until(async () => (await told()).includes('EXIT'))
    expect(await told()).not.toContain('SUCCESS')
    await expectHeard(id, 'payment_intent.pending')
    shop.server.clock.advance(60_000)
    await expectHeard(id, 'payment_intent.succeeded')
    await page.context().close()
  })

  test('refused in the app: in words, and rejected', async () => {
    const { id, token } = await shop.create()
    const { page, frame } = await visit(desktop, token)
    await login(frame)
    await choose(frame, 1)
    await frame.getByRole('button', { name: 'No autorizar' }).click()
    await title(frame, 'No pudimos hacer el pago')
    await frame.getByText('La transferencia no fue autorizada.').waitFor()
    await expectHeard(id, 'payment_intent.rejected')
    await page.context().close()
  })

  test('the tab is closed before the code: the shop hears of it all the same', async () => {
    const { id, token } = await shop.create()
    const { page, frame } = await visit(phone, token)
    await login(frame)
    await choose(frame)
    await title(frame, 'Escribe el código que te llegó')
    await page.close()
    shop.server.clock.advance(3_600_000)
    await expectHeard(id, 'payment_intent.failed')
    await page.context().close()
  })
})

describe('leaving', () => {
  test('before the sign-in ends nothing: the widget opens again', async () => {
    const { id, token } = await shop.create()
    const { page, frame, told } = await visit(phone, token)
    await title(frame, 'Elige tu banco')
    await frame.getByRole('button', { name: 'Cerrar' }).click()
    await until(async () => (await told()).includes('EXIT'))
    expect((await shop.get(id)).get('status')).toBe('created')
    await page.getByRole('button', { name: 'Pagar' }).click()
    await title(frame, 'Elige tu banco')
    await page.context().close()
  })

  test('after it is asked first, and ends in payment_intent.failed', async () => {
    const { id, token } = await shop.create()
    const { page, frame, told } = await visit(desktop, token)
    await login(frame)
    await title(frame, '¿Desde qué cuenta pagas?')
    await page.keyboard.press('Escape')
    await frame.getByRole('dialog').waitFor()
    await checkAccessibility(page)
    await screenshot(page, 'fintoc-leave')
    await frame.getByRole('button', { name: 'Seguir pagando' }).click()
    await frame.getByRole('button', { name: 'Cerrar' }).click()
    await frame.getByRole('button', { name: 'Salir' }).click()
    await until(async () => (await told()).includes('EXIT'))
    await statusIs(id, 'failed')
    await expectHeard(id, 'payment_intent.failed')
    expect(await told()).not.toContain('SUCCESS')
    await page.context().close()
  })

  test('by reload: the same tab goes on where it was, another window is told', async () => {
    const { id, token } = await shop.create()
    const { page, frame } = await visit(phone, token)
    await login(frame)
    await title(frame, '¿Desde qué cuenta pagas?')
    await page.reload()
    await page.getByRole('button', { name: 'Pagar' }).click()
    await title(frame, '¿Desde qué cuenta pagas?')
    const other = await visit(phone, token)
    await title(other.frame, 'Este enlace de pago ya no sirve')
    await other.frame.getByText(/otra ventana/).waitFor()
    await checkAccessibility(other.page)
    await other.page.context().close()
    await choose(frame)
    await typeSms(frame)
    await statusIs(id, 'succeeded')
    await page.context().close()
  })

  test('by a double click on Pagar: one transfer', async () => {
    const { id, token } = await shop.create()
    const { page, frame } = await visit(desktop, token)
    await login(frame)
    await pickAccount(frame)
    await frame.getByRole('button', { name: /^Pagar \$/ }).dblclick()
    await title(frame, 'Escribe el código que te llegó')
    const [row] = await shop.server.db.query<{ n: bigint }>('SELECT count(*) AS n FROM attempts WHERE payment_id = $1', [id])
    expect(Number(row?.n)).toBe(1)
    await page.context().close()
  })

  test('with an expired token: in words', async () => {
    const { id, token } = await shop.create()
    await shop.api('POST', `/v1/payment_intents/${id}/expire`)
    const { page, frame } = await visit(phone, token)
    await title(frame, 'Este pago ya terminó')
    expect(await frame.getByRole('button', { name: 'Volver al comercio' }).count()).toBe(1)
    await page.context().close()
  })
})

describe('merchants’ pages', () => {
  test('the guide’s page, as it is published, in English', async () => {
    const { token } = await shop.create()
    const context = await browser.newContext(desktop)
    const page = await context.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(`${merchantUrl}/guide?token=${token}`)
    const frame = page.frameLocator('iframe')
    await title(frame, 'Choose your bank')
    await frame.getByText('Banco de Chile').waitFor()
    await checkAccessibility(page)
    expect(problems).toEqual([])
    await context.close()
  })

  test('one with a strict policy of its own, and with a chosen bank and user', async () => {
    const { token } = await shop.create()
    const { page, frame, problems } = await visit(desktop, token, { path: '/strict', options: `institutionId: 'cl_banco_estado', username: { value: '416148503', editable: false }` })
    await title(frame, 'Ingresa a Banco Estado')
    expect(await frame.getByLabel('RUT').inputValue()).toBe('41.614.850-3')
    expect(await frame.getByLabel('RUT').getAttribute('readonly')).not.toBeNull()
    expect(problems).toEqual([])
    await page.context().close()
  })

  test('hide, open, close and destroy do what they say; options are checked', async () => {
    const { token } = await shop.create()
    const { page, frame, told } = await visit(desktop, token)
    await login(frame)
    await title(frame, '¿Desde qué cuenta pagas?')
    await page.evaluate(() => (window as unknown as { widget: { hide(): void } }).widget.hide())
    await until(async () => !(await page.locator('iframe').isVisible()))
    await page.evaluate(() => (window as unknown as { widget: { open(): void } }).widget.open())
    await title(frame, '¿Desde qué cuenta pagas?')
    await page.evaluate(() => (window as unknown as { widget: { close(): void; destroy(): void } }).widget.destroy())
    expect(await page.locator('iframe').count()).toBe(0)
    expect((await told()).filter((name) => name === 'closed')).toHaveLength(2)
    const thrown = await page.evaluate(() => {
      const { create } = (window as unknown as { Fintoc: { create(options: unknown): unknown } }).Fintoc
      return [undefined, {}, { widgetToken: 'x' }, { widgetToken: 'x', publicKey: 'sk_test_x' }, { widgetToken: 'x', publicKey: 'pk_test_x', product: 'movements' }, { widgetToken: 'x', publicKey: 'pk_test_x', onSuccess: 1 }].map((options) => {
        try {
          create(options)
          return 'made'
        } catch (error) {
          return (error as Error).message.startsWith('Fintoc.create: ')
        }
      })
    })
    expect(thrown).toEqual(Array(6).fill(true))
    await page.context().close()
  })

  test('the focus stays inside the widget, whatever is tabbed', async () => {
    const { token } = await shop.create()
    const { page, frame } = await visit(desktop, token)
    await title(frame, 'Elige tu banco')
    for (let n = 0; n < 40; n++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.id)).not.toBe('pay')
    }
    await page.context().close()
  })

  test.each([['phone', phone], ['desktop', desktop]] as const)('in the dark, and without motion, on a %s', async (device, options) => {
    const { token } = await shop.create()
    const { page, frame } = await visit({ ...options, colorScheme: 'dark', reducedMotion: 'reduce' }, token)
    const look = async (name: string): Promise<void> => {
      await checkAccessibility(page)
      await screenshot(page, `fintoc-${name}-dark-${device}`)
    }
    await title(frame, 'Elige tu banco')
    await look('banks')
    await login(frame, '416148503', 'wrong')
    await frame.getByRole('alert').waitFor()
    await look('login')
    await typePassword(frame)
    await title(frame, '¿Desde qué cuenta pagas?')
    await look('accounts')
    await pickAccount(frame)
    await look('confirm')
    await frame.getByRole('button', { name: /^Pagar \$/ }).click()
    await title(frame, 'Escribe el código que te llegó')
    await look('code')
    await typeSms(frame)
    await screenshot(page, `fintoc-done-dark-${device}`)
    await page.context().close()
  })
})

describe('a hostile page', () => {
  test('cannot read the frame, nor fake its words: only the frame’s own port counts', async () => {
    const { id, token } = await shop.create()
    const { page, frame, told } = await visit(desktop, token)
    await title(frame, 'Elige tu banco')
    const readable = await page.evaluate(() => {
      // Other windows of the page speak like the frame; the page itself too.
      const rogue = document.createElement('iframe')
      rogue.srcdoc = '<script>parent.postMessage({ fintoc: "success" }, "*"); parent.postMessage({ fintoc: "hello", nonce: "x" }, "*")</script>'
      document.body.append(rogue)
      postMessage({ fintoc: 'success' }, '*')
      postMessage({ fintoc: 'event', name: 'payment_created', timestamp: 1 }, '*')
      return frames.length
    })
    expect(readable).toBeGreaterThan(0)
    await page.waitForTimeout(500)
    expect(await told()).not.toContain('SUCCESS')
    expect(await told()).not.toContain('payment_created')
    expect((await shop.get(id)).get('status')).toBe('created')
    await page.context().close()
  })

  test('that frames the widget by itself gets nothing without a token, and no second welcome', async () => {
    const context = await browser.newContext(desktop)
    const page = await context.newPage()
    await page.goto(`${merchantUrl}/shop?token=x&options=`)
    const said = await page.evaluate(async (url) => {
      const heard: unknown[] = []
      addEventListener('message', (event) => heard.push(event.data))
      const frame = document.createElement('iframe')
      frame.src = url
      document.body.append(frame)
      await new Promise((resolve) => setTimeout(resolve, 1500))
      // A welcome with a number that the frame did not say.
      frame.contentWindow?.postMessage({ fintoc: 'welcome', nonce: 'guess', options: { publicKey: 'pk_test_x', token: 'y' } }, '*', [new MessageChannel().port2])
      await new Promise((resolve) => setTimeout(resolve, 500))
      return heard
    }, `${shop.base}/v1/widget?public_key=${shop.keys.public_key}`)
    expect(said).toEqual([{ fintoc: 'hello', nonce: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown }])
    await context.close()
  })

  test('is kept out when the merchant named its origins', async () => {
    await shop.server.tender.merchants.updateSettings('mer_demo', 'fintoc', { origins: ['https://shop.example'] })
    const { token } = await shop.create()
    const { page, frame } = await visit(desktop, token)
    await page.waitForTimeout(1000)
    expect(await frame.getByRole('heading', { name: 'Elige tu banco' }).count()).toBe(0)
    await shop.server.tender.merchants.updateSettings('mer_demo', 'fintoc', { origins: [] })
    await page.context().close()
  })
})

describe('pages of their own', () => {
  test('the web view tells the application by navigation and by message', async () => {
    const { token } = await shop.create()
    const context = await browser.newContext(phone)
    const page = await context.newPage()
    await page.addInitScript(() => {
      const posted: string[] = []
      Object.assign(window, { posted, ReactNativeWebView: { postMessage: (text: string) => posted.push(text) } })
    })
    await page.goto(`${shop.base}/widget.html?public_key=${shop.keys.public_key}&product=payments&holder_type=individual&country=cl&institution_id=cl_banco_estado&username[value]=416148503&username[editable]=true&widget_token=${token}&_on_event=true&lang=es`)
    await typePassword(page)
    await choose(page)
    await typeSms(page)
    const posted = (): Promise<string[]> => page.evaluate(() => (window as unknown as { posted: string[] }).posted)
    await until(async () => (await posted()).includes('fintocwidget://succeeded'))
    expect((await posted())[0]).toMatch(/^fintocwidget:\/\/event\/on_available_institutions\?timestamp=\d+$/)
    await context.close()
  })

  test('an application is told of an exit too', async () => {
    const { token } = await shop.create()
    const context = await browser.newContext(phone)
    const page = await context.newPage()
    const posted: string[] = []
    await page.exposeFunction('tellTest', (text: string) => posted.push(text))
    await page.addInitScript(() => Object.assign(window, { ReactNativeWebView: { postMessage: (window as unknown as { tellTest(text: string): void }).tellTest } }))
    await page.goto(`${shop.base}/widget.html?public_key=${shop.keys.public_key}&widget_token=${token}&lang=es`)
    await title(page, 'Elige tu banco')
    await page.getByRole('button', { name: 'Cerrar' }).click()
    await expect.poll(() => posted).toEqual(['fintocwidget://exit'])
    await context.close()
  })

  test('a payment link has no way out that leads nowhere, and a payer whose payment failed tries again', async () => {
    const link = await shop.api('POST', '/v1/payment_links', { amount: 900, currency: 'CLP', recipient_account: RECIPIENT })
    const context = await browser.newContext({ ...phone, locale: 'es-CL' })
    const page = await context.newPage()
    await page.goto(String(link.get('url')))
    await login(page, magic(4))
    expect(await page.getByRole('button', { name: 'Cerrar' }).count()).toBe(0)
    await choose(page, 0)
    await title(page, 'No pudimos hacer el pago')
    // A reload shows the same payment; pressing Escape leads nowhere either.
    await page.reload()
    await title(page, 'No pudimos hacer el pago')
    await page.keyboard.press('Escape')
    await checkAccessibility(page)
    await screenshot(page, 'fintoc-link-failed')
    await page.getByRole('button', { name: 'Intentar otra vez' }).click()
    await login(page)
    await choose(page)
    await typeSms(page)
    const rows = await shop.server.db.query<{ state: string }>(`SELECT state FROM payments WHERE request->'parent'->>'id' = $1 ORDER BY created_at`, [link.get('id')])
    expect(rows.map(({ state }) => state)).toEqual(['failed', 'succeeded'])
    await context.close()
  })

  test('a checkout session and a payment link are paid on our page', async () => {
    const session = await shop.api('POST', '/v1/checkout_sessions', { amount: 700, currency: 'CLP', success_url: `${merchantUrl}/shop?ok=1`, cancel_url: `${merchantUrl}/shop?no=1`, recipient_account: RECIPIENT })
    const link = await shop.api('POST', '/v1/payment_links', { amount: 900, currency: 'CLP', recipient_account: RECIPIENT })
    for (const address of [String(session.get('redirect_url')), String(link.get('url'))]) {
      const context = await browser.newContext({ ...desktop, locale: 'es-CL' })
      const page = await context.newPage()
      await page.goto(address)
      await page.getByLabel('Busca tu banco').fill('estado')
      await checkAccessibility(page)
      await screenshot(page, `fintoc-hosted-${address.includes('checkout') ? 'checkout' : 'link'}`)
      await page.getByRole('button', { name: /Banco Estado/ }).click()
      await signIn(page)
      await choose(page)
      await typeSms(page)
      if (address.includes('checkout')) await page.waitForURL(/ok=1/)
      await context.close()
    }
  })
})
