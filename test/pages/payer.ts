/**
 * A payer at the card page in Chromium, against a gateway that answers as a test says. Whatever the browser complains about, errors or
 * what the policy stopped, fails the test.
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { renderCardPage } from '../../src/pages/card/page.ts'
import type { CardPageView } from '../../src/pages/card/view.ts'
import { startFakeGateway, type FakeGateway } from '../../src/pages/fake-gateway.ts'
import { openBrowser, phone } from '../support/browser.ts'

export const SAVED = [
  { id: 'c1', brand: 'visa', last4: '4242', exp_month: 4, exp_year: 2041 },
  { id: 'c2', brand: 'amex', last4: '0005', exp_month: 4, exp_year: 2041 },
]

export interface Payer {
  /** The page that is open. */
  readonly page: Page
  readonly gateway: FakeGateway
  /** Opens the card page; on a phone, unless something else is said. `prepare` comes before the page loads. */
  open(more?: Partial<CardPageView>, options?: BrowserContextOptions, prepare?: (page: Page) => Promise<unknown>): Promise<void>
  /** Leaves the page, to open another one. */
  leave(): Promise<void>
  fill(number?: string, expiry?: string, cvv?: string): Promise<void>
  pay(): Promise<void>
  /** The body of a submit that came. */
  sent(at?: number): Record<string, unknown>
  /** The id of what has the focus. */
  focused(): Promise<string | undefined>
}

/** A payer for each test of the file, with a gateway of its own. */
export function usePayer(): Payer {
  let browser: Browser
  let gateway: FakeGateway
  let page: Page
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

  return {
    get page() {
      return page
    },
    get gateway() {
      return gateway
    },
    open: async (more = {}, options = phone, prepare) => {
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
      await prepare?.(page)
      await page.goto(`${gateway.origin}/pay`)
    },
    leave: () => page.context().close(),
    fill: async (number = '4242 4242 4242 4242', expiry = '04/31', cvv = '123') => {
      await page.getByLabel('Card number').fill(number)
      await page.getByLabel('Expiry date').fill(expiry)
      await page.getByLabel('Security code').fill(cvv)
    },
    pay: () => page.getByRole('button', { name: /Pay/ }).click(),
    sent: (at = 0) => JSON.parse(gateway.submits[at]?.body ?? '{}') as Record<string, unknown>,
    focused: () => page.evaluate(() => document.activeElement?.id),
  }
}
