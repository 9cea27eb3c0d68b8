/** Paying at the card page in a browser, when all goes well. */
import { describe, expect, it } from 'vitest'
import { SAVED, usePayer } from '../../../test/pages/payer.ts'
import { checkAccessibility, desktop, phone } from '../../../test/support/browser.ts'
import { renderCardPage } from './page.ts'
import { declinedAnswer } from './settings.ts'

const payer = usePayer()

describe('paying', () => {
  it('works with the keyboard alone', async () => {
    await payer.open({ ask_holder: true, allow_remember: true }, desktop)
    const type = async (text: string): Promise<void> => {
      await payer.page.keyboard.press('Tab')
      await payer.page.keyboard.type(text)
    }
    await type('5123817234060000')
    await type('431')
    await type('123')
    await type('Ann Lee')
    await payer.page.keyboard.press('Tab')
    await payer.page.keyboard.press('Space')
    await payer.page.keyboard.press('Tab')
    await payer.page.keyboard.press('Enter')
    await payer.page.waitForURL('**/done')
    expect(payer.sent()).toMatchObject({ session: 's1', card_number: '5123817234060000', exp_month: '04', exp_year: '31', cvv: '123', card_holder: 'Ann Lee', saved_card: null, remember: true })
    expect(payer.gateway.submits[0]?.headers.accept).toBe('application/json')
  })

  it('tells the issuer about the browser under the names of 3-D Secure, as text', async () => {
    await payer.open()
    await payer.fill()
    await payer.pay()
    await payer.page.waitForURL('**/done')
    const info = payer.sent()['browser_info'] as Record<string, unknown>
    expect(Object.keys(info).toSorted()).toEqual([
      'browser_accept_header', 'browser_color_depth', 'browser_ip', 'browser_java_enabled', 'browser_language', 'browser_screen_height',
      'browser_screen_width', 'browser_tz', 'browser_user_agent', 'device_channel', 'window_height', 'window_width',
    ])
    expect(info).toMatchObject({ browser_java_enabled: false, browser_language: 'en-GB', device_channel: '02', window_width: '390' })
    expect(info['browser_tz']).toMatch(/^-?\d+$/)
  })

  it('sends once, however often the button is pressed', async () => {
    await payer.open()
    payer.gateway.delay_ms = 400
    await payer.fill()
    await payer.page.getByRole('button', { name: /Pay/ }).dblclick()
    await payer.page.keyboard.press('Enter')
    await expect.poll(() => payer.page.getByRole('button').getAttribute('aria-disabled')).toBe('true')
    expect(await payer.page.getByRole('button').textContent()).toBe('Processing…')
    await payer.page.waitForURL('**/done')
    expect(payer.gateway.submits).toHaveLength(1)
  })

  it('waits for a slow outcome', async () => {
    await payer.open()
    payer.gateway.answers.push({ status: 'pending', poll_url: '/poll' })
    payer.gateway.status = { status: 'pending', poll_url: '/poll' }
    await payer.page.clock.install()
    await payer.fill()
    await payer.pay()
    // Each question comes a while after the answer before it.
    const asked = async (): Promise<number> => {
      await payer.page.clock.runFor(3_000)
      return payer.gateway.asked.length
    }
    await expect.poll(asked, { timeout: 10_000 }).toBeGreaterThan(1)
    payer.gateway.status = { status: 'done', url: '/done' }
    await expect.poll(async () => (await asked(), payer.page.url()), { timeout: 10_000 }).toContain('/done')
    await payer.page.waitForURL('**/done')
  })

  it('says so when the answer takes long', async () => {
    await payer.open()
    await payer.page.clock.install()
    payer.gateway.hold = new Promise(() => undefined)
    await payer.fill()
    await payer.pay()
    await payer.page.getByText('Processing your payment.').waitFor()
    await payer.page.clock.fastForward(20_000)
    expect(await payer.page.locator('#live').textContent()).toBe('This takes longer than usual. Please keep this page open.')
  })

  it('posts the 3-D Secure form to the issuer', async () => {
    await payer.open()
    payer.gateway.answers.push({ status: 'redirect', action: `${payer.gateway.issuer}/acs?x=1`, method: 'POST', params: { creq: 'e<"30', submit: 'taken' } })
    await payer.fill()
    await payer.pay()
    await payer.page.getByRole('heading', { name: 'issuer' }).waitFor()
    expect(payer.gateway.issued[0]).toMatchObject({ url: '/acs?x=1', body: new URLSearchParams({ creq: 'e<"30', submit: 'taken' }).toString() })
    expect(payer.gateway.issued[0]?.headers.referer).toBeUndefined()
  })

  it('goes to the issuer by GET with the query kept', async () => {
    await payer.open()
    payer.gateway.answers.push({ status: 'redirect', action: `${payer.gateway.issuer}/go?x=1`, method: 'GET', params: { y: '2 3' } })
    await payer.fill()
    await payer.pay()
    await payer.page.getByRole('heading', { name: 'issuer' }).waitFor()
    expect(payer.gateway.issued[0]?.url).toBe('/go?x=1&y=2+3')
  })

  it('takes past expiry dates in test mode', async () => {
    await payer.open({ test_mode: true })
    expect(await payer.page.getByText('Test mode').isVisible()).toBe(true)
    await payer.fill('4302 9128 3702 0000', '01/25')
    await payer.pay()
    await payer.page.waitForURL('**/done')
    expect(payer.sent()).toMatchObject({ exp_month: '01', exp_year: '25' })
  })
})

const endsIn = (ms: number): { now: Date; expires_at: Date } => {
  const now = new Date()
  return { now, expires_at: new Date(now.getTime() + ms) }
}

describe('time', () => {
  it('is shown and spoken only when it is short, and ends the form', async () => {
    await payer.open({ expires_at: new Date(Date.now() + 3_600_000) })
    expect(await payer.page.locator('#timer').isVisible()).toBe(false)
    await payer.leave()
    await payer.open({ ...endsIn(3_000), cancel_url: 'https://shop.example/' }, phone, (page) => page.clock.install())
    expect(await payer.page.locator('#timer').textContent()).toMatch(/Time left to pay: 0:0\d/)
    expect(await payer.page.locator('#spoken').textContent()).toBe('1 minute left to pay.')
    await payer.page.getByLabel('Security code').focus()
    await payer.page.clock.runFor(3_000)
    await payer.page.getByText('The time to pay has run out.').waitFor()
    // Nothing is left to fill in: only what happened, which has the focus, and the way back.
    expect(await payer.focused()).toBe('alert')
    expect(await payer.page.getByRole('textbox').count()).toBe(0)
    expect(await payer.page.getByRole('button').count()).toBe(0)
    expect(await payer.page.getByRole('link', { name: 'Cancel and return to Acme' }).count()).toBe(0)
    expect(await payer.page.getByRole('link', { name: 'Return to Acme' }).count()).toBe(1)
    await checkAccessibility(payer.page)
    expect(payer.gateway.submits).toEqual([])
  })
})

describe('time that runs out while a payment is under way', () => {
  it.each([['a decline', declinedAnswer('declined', 2, 'en')], ['an answer that is none', 'broken']] as const)('is the server’s to tell of, after %s', async (_, answer) => {
    await payer.open(endsIn(3_000), phone, (page) => page.clock.install())
    payer.gateway.answers.push(answer)
    const { promise, resolve: answerNow } = Promise.withResolvers<void>()
    payer.gateway.hold = promise
    await payer.fill()
    await payer.pay()
    await payer.page.getByText('Processing your payment.').waitFor()
    await payer.page.clock.runFor(3_000)
    // Never "nothing was charged" of what may just be charged.
    expect(await payer.page.locator('#alert').isVisible()).toBe(false)
    answerNow()
    await payer.page.waitForURL('**/status')
  })
})

describe('without JavaScript', () => {
  it('is a form like any other', async () => {
    await payer.open({ saved_cards: SAVED, ask_holder: true }, { ...phone, javaScriptEnabled: false })
    expect(await payer.page.getByLabel('Card number').isVisible()).toBe(false)
    await payer.page.getByText('Another card').click()
    await payer.fill()
    await payer.page.getByLabel('Name on card').fill('Ann Lee')
    payer.gateway.answers.push(renderCardPage({
      merchant_name: 'Acme', amount: { minor: 4990n, currency: 'EUR' }, submit_url: '/submit', status_url: '/status', session: 's1', last_error: 'declined', attempts_left: 1,
    }))
    await payer.pay()
    await payer.page.getByText('Your bank declined the payment.').waitFor()
    expect(Object.fromEntries(new URLSearchParams(payer.gateway.submits[0]?.body))).toEqual({
      session: 's1', saved_card: '', card_number: '4242 4242 4242 4242', exp: '04/31', cvv: '123', card_holder: 'Ann Lee',
    })
  })
})
