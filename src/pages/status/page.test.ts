import { describe, expect, it } from 'vitest'
import { renderErrorPage } from '../error/page.ts'
import { renderRedirectPage } from '../redirect/page.ts'
import { renderStatusPage } from './page.ts'
import type { StatusPageView } from './page.ts'
import { renderReceiptPage } from './receipt.ts'

const view: StatusPageView = { state: 'paid', merchant_name: 'Acme', amount: { minor: 4990n, currency: 'EUR' }, return_url: 'https://shop.example/back' }

describe('renderStatusPage', () => {
  it('tells, and leads back', () => {
    const { body } = renderStatusPage({ ...view, card: { brand: 'amex', last4: '0005' }, reference: 'cpi_1' })
    expect(body).toContain('Payment received')
    expect(body).toContain('American Express ending in 0005')
    expect(body).toContain('href="https://shop.example/back"')
    expect(body).not.toContain('<script')
  })

  it('asks again without a script while the payment is pending', () => {
    const { body } = renderStatusPage({ ...view, state: 'pending', poll_url: '/p' })
    expect(body).toContain('<noscript><meta http-equiv="refresh" content="5"></noscript>')
    // The way out is for a payer who waits for long, not beside the first second's wait.
    expect(body).toMatch(/<div[^>]* id="long" hidden>[^]*href="https:\/\/shop.example\/back"/)
  })

  it('leaves no room for actions where there are none', () => {
    const alone = { ...view, return_url: undefined }
    for (const state of ['paid', 'failed', 'expired', 'canceled'] as const) expect(renderStatusPage({ ...alone, state }).body).not.toContain('class="actions')
    // Without a script there is something to press, and with one nothing yet.
    for (const awaits_payer of [true, false]) expect(renderStatusPage({ ...alone, state: 'pending', awaits_payer }).body).toMatch(/<noscript><div class="actions stack">/)
    expect(renderStatusPage({ ...alone, state: 'pending', awaits_payer: true }).body.match(/class="actions/g)).toHaveLength(1)
  })

  it('gives the reason of a failure in words', () => {
    expect(renderStatusPage({ ...view, state: 'failed', reason: 'card_expired', retry_url: '/again' }).body).toContain('This card has expired. Use another card. Nothing was charged.')
  })

  it('claims that nothing was charged only where that is known', () => {
    expect(renderStatusPage({ ...view, state: 'failed', reason: 'unresolved' }).body).not.toContain('Nothing was charged')
    expect(renderStatusPage({ ...view, state: 'failed', reason: 'payer_left' }).body.match(/Nothing was charged/g)).toHaveLength(1)
    expect(renderStatusPage({ ...view, state: 'failed' }).body).toContain('Nothing was charged.')
  })

  it('says that a card paid only when it did', () => {
    const card = { brand: 'visa', last4: '4242' }
    expect(renderStatusPage({ ...view, card }).body).toContain('<dt>Paid with</dt>')
    for (const state of ['failed', 'pending', 'expired'] as const) expect(renderStatusPage({ ...view, state, card }).body).toContain('<dt>Card</dt><dd>Visa ending in 4242</dd>')
  })

  it('tells a payer who has to pay elsewhere how, and lets them go', () => {
    const { body } = renderStatusPage({ ...view, state: 'pending', awaits_payer: true, poll_url: '/p', how: ['ERIP → 99 → 12345', 'Keep <the> receipt'], account: '12345' })
    expect(body).toContain('Waiting for your payment')
    for (const text of ['<h2>How to pay</h2>', '<p>ERIP → 99 → 12345</p>', '<p>Keep &lt;the&gt; receipt</p>', '<dt>Account number</dt><dd>12345</dd>', 'href="https://shop.example/back"']) expect(body).toContain(text)
    expect(body).not.toContain('class="spinner"')
  })
})

describe('renderStatusPage after a verification', () => {
  const verified: StatusPageView = { ...view, purpose: 'verify' }

  it('says that nothing was charged, and names no amount', () => {
    const { body } = renderStatusPage(verified)
    expect(body).toContain('Card verified')
    expect(body).toContain('Nothing was charged.')
    expect(body).not.toContain('Payment received')
    expect(renderStatusPage({ ...verified, card: { brand: 'visa', last4: '4242' } }).body).toContain('<dt>Card</dt><dd>Visa ending in 4242</dd>')
    expect(body).not.toContain('49.90')
  })

  it.each([['pending', 'Your card is being verified'], ['failed', 'The card could not be verified'], ['expired', 'The time to pay has run out']] as const)('%s is said as %s', (state, title) => {
    expect(renderStatusPage({ ...verified, state }).body).toContain(`<h1>${title}</h1>`)
  })
})

describe('renderReceiptPage', () => {
  it('holds what a payer needs to keep', () => {
    const { body } = renderReceiptPage({ ...view, paid_at: new Date('2026-11-20T10:00:00Z'), reference: 'cpi_1', method: 'Bank transfer' })
    for (const text of ['€49.90', 'November 20, 2026', 'Acme', 'Bank transfer', 'cpi_1']) expect(body).toContain(text)
  })
})

describe('renderRedirectPage', () => {
  it('posts every parameter to the address, and only its form may leave our origin', () => {
    const { body, headers } = renderRedirectPage({ action: 'https://acs.example/3ds?x=1', params: { creq: 'e"30', submit: '1' } })
    expect(body).toContain('method="post" action="https://acs.example/3ds?x=1"')
    expect(body).toContain('name="creq" value="e&quot;30"')
    expect(headers['content-security-policy']).toContain("form-action 'self' https://acs.example https:;")
    expect(headers['content-security-policy']).toContain("default-src 'none'")
  })

  it('keeps the query of a GET address, which a form would drop', () => {
    const { body } = renderRedirectPage({ action: 'https://bank.example/go?a=1&b=2', method: 'GET', params: { c: '3' } })
    expect(body).toContain('action="https://bank.example/go"')
    for (const [name, value] of [['a', '1'], ['b', '2'], ['c', '3']]) expect(body).toContain(`name="${name}" value="${value}"`)
  })

  it('refuses an address that runs code', () => {
    expect(() => renderRedirectPage({ action: 'javascript:alert(1)', params: {} })).toThrow(RangeError)
  })
})

describe('renderErrorPage', () => {
  it.each([['not_found', 404], ['expired', 410], ['already_paid', 410], ['unavailable', 503], ['not_allowed', 403]] as const)('%s is %d', (kind, status) => {
    expect(renderErrorPage({ kind, language: 'es' })).toMatchObject({ status })
  })
})
