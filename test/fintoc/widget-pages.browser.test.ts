/** The pages that the widget stands in: shops' own, hostile ones, and ours. */
import type { FrameLocator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkAccessibility, desktop, phone, screenshot } from '../support/browser.ts'
import { choose, expectHeard, login, magic, openMall, pickAccount, pickBank, signIn, title, typePassword, typeSms, until, type Mall } from './mall.ts'
import { RECIPIENT } from './support.ts'

let mall: Mall
beforeAll(async () => {
  mall = await openMall()
})
afterAll(() => mall.close())

describe('merchants’ pages', () => {
  test('the guide’s page, as it is published, in English: from its script tag to the webhook', async () => {
    const { id, token } = await mall.shop.create()
    const context = await mall.browser.newContext(desktop)
    const page = await context.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(`${mall.url}/guide?token=${token}`)
    const frame = page.frameLocator('iframe')
    await title(frame, 'Choose your bank')
    await frame.getByText('Banco de Chile').waitFor()
    await checkAccessibility(page)
    await frame.getByRole('button', { name: /Banco de Chile/ }).click()
    await frame.getByLabel('RUT').fill('41.614.850-3')
    await frame.getByLabel('Online password', { exact: true }).fill('jonsnow')
    await frame.getByRole('button', { name: 'Sign in' }).click()
    await frame.getByRole('radio').nth(3).check()
    await frame.getByRole('button', { name: 'Continue' }).click()
    await frame.getByRole('button', { name: /^Pay \$/ }).click()
    await frame.getByLabel('Code from the SMS').fill('0000')
    await frame.getByRole('button', { name: 'Authorise payment' }).click()
    await title(frame, 'Payment done!')
    await expectHeard(mall, id, 'payment_intent.succeeded')
    expect(problems).toEqual([])
    await context.close()
  })

  test('one with a strict policy of its own, and with a chosen bank and user', async () => {
    const { token } = await mall.shop.create()
    const { page, frame, problems } = await mall.visit(desktop, token, { path: '/strict', options: `institutionId: 'cl_banco_estado', username: { value: '416148503', editable: false }` })
    await title(frame, 'Ingresa a Banco Estado')
    expect(await frame.getByLabel('RUT').inputValue()).toBe('41.614.850-3')
    expect(await frame.getByLabel('RUT').getAttribute('readonly')).not.toBeNull()
    expect(problems).toEqual([])
    await page.context().close()
  })

  test('one that has a checkout’s session token instead of a widget token', async () => {
    const session = await mall.shop.api('POST', '/v1/checkout_sessions', { amount: 700, currency: 'CLP', recipient_account: RECIPIENT })
    const { page, frame, told } = await mall.visit(desktop, '', { options: `sessionToken: '${String(session.get('session_token'))}'` })
    await login(frame)
    await choose(frame)
    await typeSms(frame)
    await until(async () => (await told()).includes('SUCCESS'))
    expect((await mall.shop.api('GET', `/v1/checkout_sessions/${String(session.get('id'))}`)).get('status')).toBe('finished')
    await page.context().close()
  })

  test('hide, open, close and destroy do what they say; options are checked', async () => {
    const { token } = await mall.shop.create()
    const { page, frame, told } = await mall.visit(desktop, token)
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
    const { token } = await mall.shop.create()
    const { page, frame } = await mall.visit(desktop, token)
    await title(frame, 'Elige tu banco')
    for (let n = 0; n < 40; n++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.id)).not.toBe('pay')
    }
    await page.context().close()
  })

  test('on the smallest phone every screen begins at its top, below the head, and needs no sideways scrolling', async () => {
    const { token } = await mall.shop.create({ amount: 123_456_789 })
    const { page, frame } = await mall.visit({ ...phone, viewport: { width: 320, height: 400 } }, token)
    const beginsAtTop = async (): Promise<void> => {
      const { heading, head, over } = await frame.getByRole('heading', { level: 1 }).evaluate((element) => ({
        heading: element.getBoundingClientRect().top, head: document.querySelector('.top')?.getBoundingClientRect().bottom ?? 0, over: document.documentElement.scrollWidth - innerWidth,
      }))
      expect({ isBelow: heading >= head, isSeen: heading < 400, over }).toEqual({ isBelow: true, isSeen: true, over: 0 })
    }
    await title(frame, 'Elige tu banco')
    // From the end of the list, and from the lower end of each screen.
    await frame.getByRole('button', { name: 'Coopeuch' }).click()
    await title(frame, 'Ingresa a Coopeuch')
    await beginsAtTop()
    await signIn(frame)
    await title(frame, '¿Desde qué cuenta pagas?')
    await beginsAtTop()
    await frame.getByRole('radio').nth(4).check()
    await frame.getByRole('button', { name: 'Continuar' }).click()
    await title(frame, 'Revisa y confirma')
    await beginsAtTop()
    // What has the focus is not behind the head either.
    await frame.getByRole('button', { name: /^Pagar/ }).focus()
    await page.keyboard.press('Shift+Tab')
    const back = await frame.getByRole('button', { name: 'Volver' }).evaluate((element) => element.getBoundingClientRect().top - (document.querySelector('.top')?.getBoundingClientRect().bottom ?? 0))
    expect(back).toBeGreaterThanOrEqual(0)
    // Text of twice the size.
    await frame.locator('html').evaluate((element) => void (element.style.fontSize = '200%'))
    expect(await frame.locator('html').evaluate((element) => element.scrollWidth - innerWidth)).toBe(0)
    expect(await frame.locator('.receipt dd').evaluateAll((values) => values.filter((value) => value.clientWidth < 80).map(({ textContent }) => textContent))).toEqual([])
    await page.context().close()
  })

  test.each([['phone', phone], ['desktop', desktop]] as const)('in the dark, and without motion, on a %s', async (device, options) => {
    const { token } = await mall.shop.create()
    const { page, frame } = await mall.visit({ ...options, colorScheme: 'dark', reducedMotion: 'reduce' }, token)
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
    const { id, token } = await mall.shop.create()
    const { page, frame, told, problems } = await mall.visit(desktop, token)
    await title(frame, 'Elige tu banco')
    const isOurs = await page.evaluate(async () => {
      const heard = new Promise((done) => addEventListener('message', ({ data }) => data === 'last' && done(undefined)))
      const widget = [...document.body.children].find(({ shadowRoot }) => shadowRoot !== null)?.shadowRoot?.querySelector('iframe')
      if (!widget?.contentWindow || widget.contentDocument !== null) return false
      // What is no message of ours, to the page and to the frame.
      const odd: unknown[] = [null, undefined, 7, 'success', '{"fintoc":"success"}', [], ['fintoc', 'success'], new Map([['fintoc', 'success']]), { fintoc: null }, { fintoc: 'hello' }, { fintoc: 'hello', nonce: 7 }]
      odd.push({ fintoc: 'hello', nonce: { toString: 'x' } }, { fintoc: 'exit' }, { fintoc: 'close' }, { fintoc: 'leave' }, { fintoc: 'welcome', nonce: 'x', options: null }, { fintoc: 'x'.repeat(100_000) })
      for (const message of odd) {
        postMessage(message, '*')
        widget.contentWindow.postMessage(message, '*')
      }
      // Other windows of the page speak like the frame; the page itself too.
      const rogue = document.createElement('iframe')
      rogue.srcdoc = '<script>parent.postMessage({ fintoc: "success" }, "*"); parent.postMessage({ fintoc: "hello", nonce: "x" }, "*"); parent.postMessage("last", "*")</script>'
      document.body.append(rogue)
      postMessage({ fintoc: 'success' }, '*')
      postMessage({ fintoc: 'event', name: 'payment_created', timestamp: 1 }, '*')
      await heard
      return true
    })
    expect(isOurs).toBe(true)
    expect((await mall.shop.get(id)).get('status')).toBe('created')
    // And the widget goes on as if nothing had been said. (The rogue frame goes, so that there is one frame to look into.)
    await page.evaluate(() => document.querySelector('iframe')?.remove())
    await login(frame)
    await title(frame, '¿Desde qué cuenta pagas?')
    // What a frame says comes in its order: whatever those messages had made ours say, SUCCESS or an event, would stand before this.
    await until(async () => (await told()).at(-1) === 'selecting_account')
    expect(await told()).toEqual(['opened', 'on_available_institutions', 'on_authentication_form', 'payment_in_progress', 'selecting_account'])
    expect(problems).toEqual([])
    await page.context().close()
  })

  test('that frames the widget by itself gets nothing without a token, and no second welcome', async () => {
    const context = await mall.browser.newContext(desktop)
    const page = await context.newPage()
    await page.goto(`${mall.url}/shop?token=x&options=`)
    await page.evaluate(async (url) => {
      const heard: unknown[] = []
      const frame = document.createElement('iframe')
      frame.src = url
      const hello = new Promise((done) => {
        addEventListener('message', ({ source, data }) => source === frame.contentWindow && done(heard.push(data)))
      })
      document.body.append(frame)
      await hello
      // A welcome with a number that the frame did not say, and an order over the port that comes with it.
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = ({ data }) => heard.push(data)
      frame.contentWindow?.postMessage({ fintoc: 'welcome', nonce: 'guess', options: { publicKey: 'pk_test_x', token: 'y' } }, '*', [port2])
      port1.postMessage({ fintoc: 'opened' })
      Object.assign(window, { heard })
    }, `${mall.shop.base}/v1/widget?public_key=${mall.shop.keys.public_key}&lang=es`)
    // Messages are taken in their order: once the frame has taken this one it has seen the welcome.
    const frame = page.frames().find((one) => one.url().endsWith('&lang=es'))
    const shown = await frame?.evaluate(() => new Promise((done) => {
      addEventListener('message', () => done(document.getElementById('title')?.textContent), { once: true })
      postMessage('after it', '*')
    }))
    expect(shown).toBe('Pagar con tu banco')
    expect(await page.evaluate(() => (window as unknown as { heard: unknown[] }).heard)).toEqual([{ fintoc: 'hello', nonce: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown }])
    await context.close()
  })

  test('cannot get around the list of origins by showing one key in the address and another one in the options', async () => {
    const { token } = await mall.shop.create()
    const link = await mall.shop.api('POST', '/v1/payment_links', { amount: 900, currency: 'CLP', recipient_account: RECIPIENT })
    const { public_key } = mall.shop.keys
    const page = await (await mall.browser.newContext({ ...desktop, locale: 'es-CL' })).newPage()
    await page.goto(`${mall.url}/shop?token=x&options=`)
    let count = 0
    /** Frames the widget as our script does. */
    const embed = async (address: string, options: { publicKey: string; token: unknown }): Promise<FrameLocator> => {
      await page.evaluate(async ([url, given, name]) => {
        const frame = document.createElement('iframe')
        frame.name = name
        frame.src = url
        const hello = new Promise<{ nonce: string }>((done) => addEventListener('message', ({ source, data }) => source === frame.contentWindow && done(data as { nonce: string })))
        document.body.append(frame)
        const { nonce } = await hello
        const { port1, port2 } = new MessageChannel()
        frame.contentWindow?.postMessage({ fintoc: 'welcome', nonce, options: given }, '*', [port2])
        port1.postMessage({ fintoc: 'opened' })
      }, [`${mall.shop.base}/v1/widget${address}`, options, `frame ${++count}`] as const)
      return page.frameLocator(`iframe[name="frame ${count}"]`)
    }
    const wrong = [
      await embed('?public_key=pk_test_another&lang=es', { publicKey: public_key, token }), await embed('?lang=es', { publicKey: public_key, token }),
      await embed('?lang=es', { publicKey: '', token: link.get('id') }), await embed('?public_key=pk_test_another&lang=es', { publicKey: '', token: link.get('id') }),
    ]
    const right = await embed(`?public_key=${public_key}&lang=es`, { publicKey: public_key, token })
    // The last one has asked the server; the others, which came before it, have not.
    await title(right, 'Elige tu banco')
    for (const frame of wrong) expect(await frame.getByRole('heading', { level: 1, name: 'Pagar con tu banco' }).count()).toBe(1)
    await page.context().close()
  })

  test('is kept out when the merchant named its origins', async () => {
    await mall.shop.server.tender.merchants.updateSettings('mer_demo', 'fintoc', { origins: ['https://mall.shop.example'] })
    const { token } = await mall.shop.create()
    const { page, frame, problems } = await mall.visit(desktop, token)
    await until(async () => problems.some((problem) => problem.includes('frame-ancestors')))
    expect(await frame.getByRole('heading', { name: 'Elige tu banco' }).count()).toBe(0)
    await mall.shop.server.tender.merchants.updateSettings('mer_demo', 'fintoc', { origins: [] })
    await page.context().close()
  })
})

describe('pages of their own', () => {
  test('the web view tells the application by navigation and by message', async () => {
    const { token } = await mall.shop.create()
    const context = await mall.browser.newContext(phone)
    const page = await context.newPage()
    await page.addInitScript(() => {
      const posted: string[] = []
      Object.assign(window, { posted, ReactNativeWebView: { postMessage: (text: string) => posted.push(text) } })
    })
    await page.goto(`${mall.shop.base}/widget.html?public_key=${mall.shop.keys.public_key}&product=payments&holder_type=individual&country=cl&institution_id=cl_banco_estado&username[value]=416148503&username[editable]=true&widget_token=${token}&_on_event=true&lang=es`)
    await typePassword(page)
    await choose(page)
    await typeSms(page)
    const posted = (): Promise<string[]> => page.evaluate(() => (window as unknown as { posted: string[] }).posted)
    await until(async () => (await posted()).includes('fintocwidget://succeeded'))
    expect((await posted())[0]).toMatch(/^fintocwidget:\/\/event\/on_available_institutions\?timestamp=\d+$/)
    await context.close()
  })

  test('an application is told of an exit too', async () => {
    const { token } = await mall.shop.create()
    const context = await mall.browser.newContext(phone)
    const page = await context.newPage()
    const posted: string[] = []
    await page.exposeFunction('tellTest', (text: string) => posted.push(text))
    await page.addInitScript(() => Object.assign(window, { ReactNativeWebView: { postMessage: (window as unknown as { tellTest(text: string): void }).tellTest } }))
    await page.goto(`${mall.shop.base}/widget.html?public_key=${mall.shop.keys.public_key}&widget_token=${token}&lang=es`)
    await title(page, 'Elige tu banco')
    await page.getByRole('button', { name: 'Cerrar' }).click()
    await expect.poll(() => posted).toEqual(['fintocwidget://exit'])
    await context.close()
  })

  test('a payment link has no way out that leads nowhere, and a payer whose payment failed tries again', async () => {
    const link = await mall.shop.api('POST', '/v1/payment_links', { amount: 900, currency: 'CLP', recipient_account: RECIPIENT })
    const context = await mall.browser.newContext({ ...phone, locale: 'es-CL' })
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
    const rows = await mall.shop.server.db.query<{ state: string }>(`SELECT state FROM payments WHERE request->'parent'->>'id' = $1 ORDER BY created_at`, [link.get('id')])
    expect(rows.map(({ state }) => state)).toEqual(['failed', 'succeeded'])
    await context.close()
  })

  test('a checkout session and a payment link are paid on our page', async () => {
    const session = await mall.shop.api('POST', '/v1/checkout_sessions', { amount: 700, currency: 'CLP', success_url: `${mall.url}/shop?ok=1`, cancel_url: `${mall.url}/shop?no=1`, recipient_account: RECIPIENT })
    const link = await mall.shop.api('POST', '/v1/payment_links', { amount: 900, currency: 'CLP', recipient_account: RECIPIENT })
    for (const address of [String(session.get('redirect_url')), String(link.get('url'))]) {
      const context = await mall.browser.newContext({ ...desktop, locale: 'es-CL' })
      const page = await context.newPage()
      await page.goto(address)
      await page.getByLabel('Busca tu banco').fill('estado')
      await checkAccessibility(page)
      await screenshot(page, `fintoc-hosted-${address.includes('checkout') ? 'checkout' : 'link'}`)
      // A reload before the sign-in, and one after it: the browser's secret is one of its own, and it goes on where it was.
      await page.reload()
      await pickBank(page)
      const [sent] = await Promise.all([page.waitForRequest('**/sign_in'), signIn(page)])
      expect(sent.postDataJSON()).toMatchObject({ token: expect.stringMatching(/^(?:cs|pi)_\w+_sec_\w{24}$/) as unknown, flow: expect.stringMatching(/^[0-9a-f]{40}$/) as unknown })
      await title(page, '¿Desde qué cuenta pagas?')
      await page.reload()
      await choose(page)
      await typeSms(page)
      if (address.includes('checkout')) await page.waitForURL(/ok=1/)
      // Where nothing is left to press, the payer is told so.
      else await page.getByText('Ya puedes cerrar esta página.').waitFor()
      await context.close()
    }
  })
})
