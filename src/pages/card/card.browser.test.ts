import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { desktop, openBrowser, phone } from '../../../test/support/browser.ts'
import { startFakeGateway } from '../fake-gateway.ts'
import type { FakeGateway } from '../fake-gateway.ts'
import { renderCardPage } from './page.ts'
import { declinedAnswer } from './settings.ts'
import type { CardPageView } from './view.ts'

let browser: Browser
let gateway: FakeGateway
let page: Page
/** Everything that a browser complains about: errors, and whatever the policy stopped. */
let complaints: string[]

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())
beforeEach(async () => {
  gateway = await startFakeGateway()
  complaints = []
})
afterEach(async () => {
  await page.context().close()
  gateway.close()
  if (complaints.length > 0) throw new Error(complaints.join('\n'))
})

const saved = [
  { id: 'c1', brand: 'visa', last4: '4242', exp_month: 4, exp_year: 2041 },
  { id: 'c2', brand: 'amex', last4: '0005', exp_month: 4, exp_year: 2041 },
]

async function open(more: Partial<CardPageView> = {}, options: BrowserContextOptions = phone): Promise<void> {
  const view: CardPageView = {
    merchant_name: 'Acme', amount: { minor: 4990n, currency: 'EUR' }, submit_url: '/submit', status_url: '/status', session: 's1',
    form_targets: [gateway.issuer], ...more,
  }
  gateway.pages.set('/pay', () => renderCardPage(view))
  page = await (await browser.newContext(options)).newPage()
  page.on('console', (message) => {
    // A lost connection is logged by the browser itself; tests lose connections on purpose.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.addInitScript(() => addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)))
  await page.goto(`${gateway.origin}/pay`)
}

const fill = async (number = '4242 4242 4242 4242', expiry = '04/31', cvv = '123'): Promise<void> => {
  await page.getByLabel('Card number').fill(number)
  await page.getByLabel('Expiry date').fill(expiry)
  await page.getByLabel('Security code').fill(cvv)
}
const pay = (): Promise<void> => page.getByRole('button', { name: /Pay/ }).click()
const sent = (at = 0): Record<string, unknown> => JSON.parse(gateway.submits[at]?.body ?? '{}') as Record<string, unknown>
const focused = (): Promise<string | undefined> => page.evaluate(() => document.activeElement?.id)

describe('paying', () => {
  it('works with the keyboard alone', async () => {
    await open({ ask_holder: true, allow_remember: true }, desktop)
    const type = async (text: string): Promise<void> => {
      await page.keyboard.press('Tab')
      await page.keyboard.type(text)
    }
    await type('5123817234060000')
    await type('431')
    await type('123')
    await type('Ann Lee')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/done')
    expect(sent()).toMatchObject({ session: 's1', card_number: '5123817234060000', exp_month: '04', exp_year: '31', cvv: '123', card_holder: 'Ann Lee', saved_card: null, remember: true })
    expect(gateway.submits[0]?.headers.accept).toBe('application/json')
  })

  it('tells the issuer about the browser under the names of 3-D Secure, as text', async () => {
    await open()
    await fill()
    await pay()
    await page.waitForURL('**/done')
    const info = sent()['browser_info'] as Record<string, unknown>
    expect(Object.keys(info).toSorted()).toEqual([
      'browser_accept_header', 'browser_color_depth', 'browser_ip', 'browser_java_enabled', 'browser_language', 'browser_screen_height',
      'browser_screen_width', 'browser_tz', 'browser_user_agent', 'device_channel', 'window_height', 'window_width',
    ])
    expect(info).toMatchObject({ browser_java_enabled: false, browser_language: 'en-GB', device_channel: '02', window_width: '390' })
    expect(info['browser_tz']).toMatch(/^-?\d+$/)
  })

  it('sends once, however often the button is pressed', async () => {
    await open()
    gateway.delay_ms = 400
    await fill()
    await page.getByRole('button', { name: /Pay/ }).dblclick()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByRole('button').getAttribute('aria-disabled')).toBe('true')
    expect(await page.getByRole('button').textContent()).toBe('Processing…')
    await page.waitForURL('**/done')
    expect(gateway.submits).toHaveLength(1)
  })

  it('waits for a slow outcome', async () => {
    await open()
    gateway.answers.push({ status: 'pending', poll_url: '/poll' })
    gateway.status = { status: 'pending', poll_url: '/poll' }
    await fill()
    await pay()
    await expect.poll(() => gateway.asked.length, { timeout: 10_000 }).toBeGreaterThan(1)
    gateway.status = { status: 'done', url: '/done' }
    await page.waitForURL('**/done')
  })

  it('posts the 3-D Secure form to the issuer', async () => {
    await open()
    gateway.answers.push({ status: 'redirect', action: `${gateway.issuer}/acs?x=1`, method: 'POST', params: { creq: 'e<"30', submit: 'taken' } })
    await fill()
    await pay()
    await page.getByRole('heading', { name: 'issuer' }).waitFor()
    expect(gateway.issued[0]).toMatchObject({ url: '/acs?x=1', body: new URLSearchParams({ creq: 'e<"30', submit: 'taken' }).toString() })
    expect(gateway.issued[0]?.headers.referer).toBeUndefined()
  })

  it('goes to the issuer by GET with the query kept', async () => {
    await open()
    gateway.answers.push({ status: 'redirect', action: `${gateway.issuer}/go?x=1`, method: 'GET', params: { y: '2 3' } })
    await fill()
    await pay()
    await page.getByRole('heading', { name: 'issuer' }).waitFor()
    expect(gateway.issued[0]?.url).toBe('/go?x=1&y=2+3')
  })

  it('takes past expiry dates in test mode', async () => {
    await open({ test_mode: true })
    expect(await page.getByText('Test mode').isVisible()).toBe(true)
    await fill('4302 9128 3702 0000', '01/25')
    await pay()
    await page.waitForURL('**/done')
    expect(sent()).toMatchObject({ exp_month: '01', exp_year: '25' })
  })
})

describe('what can go wrong', () => {
  it('shows a decline, keeps the number, and lets the payer try again', async () => {
    await open()
    gateway.answers.push(declinedAnswer('insufficient_funds', 2, 'en'))
    await fill()
    await pay()
    await page.getByText('There is not enough money on this card.').waitFor()
    expect(await page.getByRole('alert').textContent()).toContain('You have 2 attempts left.')
    expect(await focused()).toBe('alert')
    expect(await page.getByLabel('Card number').inputValue()).toBe('4242 4242 4242 4242')
    expect(await page.getByLabel('Security code').inputValue()).toBe('')
    await page.getByLabel('Security code').fill('321')
    await pay()
    await page.waitForURL('**/done')
    expect(gateway.submits).toHaveLength(2)
    expect(gateway.submits[0]?.headers['idempotency-key']).not.toBe(gateway.submits[1]?.headers['idempotency-key'])
  })

  it('leads to the field that the issuer complained about', async () => {
    await open()
    gateway.answers.push(declinedAnswer('invalid_cvv', 1, 'en'))
    await fill()
    await pay()
    await page.getByText('You have 1 attempt left.').waitFor()
    expect(await focused()).toBe('cvv')
  })

  it('survives a lost connection: same button, same key', async () => {
    await open()
    // Twice: Chromium itself repeats a request whose connection closed without a byte. The key makes that harmless too.
    gateway.answers.push('lost', 'lost')
    await fill()
    await pay()
    await page.getByText('We could not reach the server.').waitFor()
    gateway.answers.length = 0
    const first = gateway.submits[0]?.headers['idempotency-key']
    await pay()
    await page.waitForURL('**/done')
    expect(gateway.submits.length).toBeGreaterThan(1)
    expect(new Set(gateway.submits.map(({ headers }) => headers['idempotency-key']))).toEqual(new Set([first]))
  })

  it('survives an answer that is no answer', async () => {
    await open()
    gateway.answers.push('broken')
    await fill()
    await pay()
    await page.getByText('Something went wrong on our side.').waitFor()
    await pay()
    await page.waitForURL('**/done')
    expect(gateway.submits).toHaveLength(2)
  })

  it('shows what the server refuses at its field', async () => {
    await open({ ask_holder: true })
    gateway.answers.push({ status: 'invalid', errors: [{ field: 'card_holder', message: 'Write it in letters.' }] })
    await fill()
    await page.getByLabel('Name on card').fill('Ann')
    await pay()
    await page.getByText('Write it in letters.').waitFor()
    expect(await focused()).toBe('card_holder')
    expect(await page.getByLabel('Name on card').getAttribute('aria-invalid')).toBe('true')
  })

  it('leaves when the session is gone or no try is left', async () => {
    await open()
    gateway.answers.push({ status: 'gone', url: '/expired' })
    await fill()
    await pay()
    await page.waitForURL('**/expired')
    await page.context().close()
    await open()
    gateway.answers.push(declinedAnswer('declined', 0, 'en'))
    await fill()
    await pay()
    await page.waitForURL('**/status')
    expect(gateway.submits).toHaveLength(2)
  })

  it('does not run what an answer calls an address', async () => {
    await open()
    gateway.answers.push({ status: 'done', url: 'javascript:document.title="owned"' })
    await fill()
    await pay()
    await expect.poll(() => gateway.submits.length).toBe(1)
    await page.waitForTimeout(200)
    expect(await page.title()).not.toBe('owned')
  })

  it('is usable again after Back from the issuer, without the security code', async () => {
    await open()
    gateway.answers.push({ status: 'redirect', action: `${gateway.issuer}/acs`, method: 'POST', params: {} })
    await fill()
    await pay()
    await page.getByRole('heading', { name: 'issuer' }).waitFor()
    await page.goBack()
    await page.getByRole('button', { name: 'Pay €49.90' }).waitFor()
    expect(await page.getByRole('button').getAttribute('aria-disabled')).toBeNull()
    expect(await page.getByLabel('Security code').inputValue()).toBe('')
  })
})

describe('filling in', () => {
  it('says what is wrong after leaving a field or pressing the button, never while typing', async () => {
    await open({}, desktop)
    const number = page.getByLabel('Card number')
    const error = page.locator('#card_number-error')
    await number.pressSequentially('4242 4242 4242 4241')
    expect(await error.isVisible()).toBe(false)
    await page.keyboard.press('Tab')
    expect(await error.textContent()).toBe('This card number is not right. Check the digits.')
    expect(await number.getAttribute('aria-invalid')).toBe('true')
    expect(await number.getAttribute('aria-describedby')).toContain('card_number-error')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('End')
    await page.keyboard.press('Backspace')
    expect(await error.isVisible()).toBe(true)
    await page.keyboard.press('2')
    expect(await error.isVisible()).toBe(false)
  })

  it('goes to the first wrong field and says how many there are', async () => {
    await open()
    await pay()
    expect(await focused()).toBe('card_number')
    expect(await page.locator('#live').textContent()).toBe('Please correct 3 fields.')
    await fill('4242 4242 4242 4242', '13/30', '12')
    await pay()
    expect(await focused()).toBe('exp')
    expect(await page.locator('#cvv-error').textContent()).toBe('The security code has 3 digits.')
    expect(gateway.submits).toEqual([])
  })

  it('groups the number without moving the caret', async () => {
    await open({}, desktop)
    const number = page.getByLabel('Card number')
    await number.pressSequentially('42424242')
    expect(await number.inputValue()).toBe('4242 4242')
    for (let press = 0; press < 5; press++) await number.press('ArrowLeft')
    await number.press('9')
    expect(await number.inputValue()).toBe('4242 9424 2')
    await number.pressSequentially('8')
    expect(await number.inputValue()).toBe('4242 9842 42')
    for (const expected of ['4242 9424 2', '4242 4242', '4244 242', '4242 42']) {
      await number.press('Backspace')
      expect(await number.inputValue()).toBe(expected)
    }
  })

  it('knows the brand, its grouping and its code', async () => {
    await open()
    await page.getByLabel('Card number').fill('378282246310005')
    expect(await page.getByLabel('Card number').inputValue()).toBe('3782 822463 10005')
    expect(await page.locator('#mark').getAttribute('data-brand')).toBe('american-express')
    expect(await page.locator('#cvv-hint').textContent()).toBe('4 digits on the front of the card')
    await page.getByLabel('Security code').pressSequentially('12345')
    expect(await page.getByLabel('Security code').inputValue()).toBe('1234')
  })

  it('drops a digit too many only when it was just typed at the end', async () => {
    await open({}, desktop)
    const number = page.getByLabel('Card number')
    await number.pressSequentially('51238172340600009')
    expect(await number.inputValue()).toBe('5123 8172 3406 0000')
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.type('1')
    expect(await number.inputValue()).toBe('5112 3817 2340 60000')
    await page.keyboard.press('Tab')
    expect(await page.locator('#card_number-error').textContent()).toBe('This card number has the wrong number of digits.')
  })

  it.each([
    ['4242-4242-4242-4242', '4242 4242 4242 4242'],
    ['４２４２４２４２４２４２４２４２', '4242 4242 4242 4242'],
  ])('accepts a number like %s', async (typed, shown) => {
    await open()
    await page.getByLabel('Card number').fill(typed)
    expect(await page.getByLabel('Card number').inputValue()).toBe(shown)
  })

  it.each([['04/2031'], ['2031-04'], ['0431'], ['4/31'], ['04 / 31']])('accepts an expiry date like %s', async (typed) => {
    await open()
    await page.getByLabel('Expiry date').fill(typed)
    await page.getByLabel('Security code').focus()
    expect(await page.getByLabel('Expiry date').inputValue()).toBe('04/31')
  })

  it('lets an expiry date be corrected backwards', async () => {
    await open({}, desktop)
    const expiry = page.getByLabel('Expiry date')
    await expiry.pressSequentially('1231')
    for (const expected of ['12/3', '12/', '12', '1', '']) {
      await expiry.press('Backspace')
      expect(await expiry.inputValue()).toBe(expected)
    }
  })
})

describe('saved cards', () => {
  it('need the security code only', async () => {
    await open({ saved_cards: saved, ask_holder: true, allow_remember: true })
    expect(await page.getByLabel('Card number').isVisible()).toBe(false)
    await page.getByText('American Express ending in 0005').click()
    await page.getByLabel('Security code').fill('1234')
    await pay()
    await page.waitForURL('**/done')
    expect(sent()).toMatchObject({ session: 's1', saved_card: 'c2', cvv: '1234' })
    expect(sent()).not.toHaveProperty('card_number')
  })

  it('leave room for another card', async () => {
    await open({ saved_cards: saved })
    await page.getByText('Another card').click()
    await fill()
    await pay()
    await page.waitForURL('**/done')
    expect(sent()).toMatchObject({ card_number: '4242424242424242', saved_card: null })
  })

  it('may be decided beforehand', async () => {
    await open({ predefined: saved[0] })
    expect(await page.getByRole('textbox').count()).toBe(1)
    await page.getByLabel('Security code').fill('123')
    await pay()
    await page.waitForURL('**/done')
    expect(sent()).toMatchObject({ saved_card: 'c1', cvv: '123' })
  })
})

describe('time', () => {
  it('is shown and spoken only when it is short, and ends the form', async () => {
    await open({ expires_at: new Date(Date.now() + 3_600_000) })
    expect(await page.locator('#timer').isVisible()).toBe(false)
    await page.context().close()
    await open({ expires_at: new Date(Date.now() + 3_000) })
    expect(await page.locator('#timer').textContent()).toMatch(/Time left to pay: 0:0\d/)
    expect(await page.locator('#spoken').textContent()).toBe('1 minute left to pay.')
    await page.getByText('The time to pay has run out.').waitFor()
    await fill()
    await page.getByRole('button', { name: /Pay/ }).click({ force: true })
    await page.keyboard.press('Enter')
    expect(gateway.submits).toEqual([])
  })
})

describe('without JavaScript', () => {
  it('is a form like any other', async () => {
    await open({ saved_cards: saved, ask_holder: true }, { ...phone, javaScriptEnabled: false })
    expect(await page.getByLabel('Card number').isVisible()).toBe(false)
    await page.getByText('Another card').click()
    await fill()
    await page.getByLabel('Name on card').fill('Ann Lee')
    gateway.answers.push(renderCardPage({
      merchant_name: 'Acme', amount: { minor: 4990n, currency: 'EUR' }, submit_url: '/submit', status_url: '/status', session: 's1', last_error: 'declined', attempts_left: 1,
    }))
    await pay()
    await page.getByText('Your bank declined the payment.').waitFor()
    expect(Object.fromEntries(new URLSearchParams(gateway.submits[0]?.body))).toEqual({
      session: 's1', saved_card: '', card_number: '4242 4242 4242 4242', exp: '04/31', cvv: '123', card_holder: 'Ann Lee',
    })
  })
})
