import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { renderCardPage } from './page.ts'
import { declinedAnswer } from './settings.ts'
import type { CardPageView } from './view.ts'

const view: CardPageView = {
  merchant_name: 'Acme & Sons',
  amount: { minor: 4990n, currency: 'EUR' },
  submit_url: '/hpp/cgi_1',
  status_url: '/hpp/cgi_1/status',
  session: 'token"1',
}
const saved = [
  { id: 'c1', brand: 'visa', last4: '4242', exp_month: 4, exp_year: 2031 },
  { id: 'c2', brand: 'mastercard', last4: '4444', exp_month: 1, exp_year: 2024 },
]
const everything: CardPageView = {
  ...view, description: 'Order 1', language: 'es', test_mode: true, saved_cards: saved, allow_remember: true, ask_holder: true, attempts_left: 2,
  last_error: 'insufficient_funds', cancel_url: 'https://shop.example/', powered_by: true, accepted_brands: ['visa', 'mastercard', 'amex'],
  expires_at: new Date(Date.now() + 60_000), frame_ancestors: ['https://shop.example'],
}

describe('renderCardPage', () => {
  it.each(['en', 'es', 'ru', 'uk'])('is at most 20 KB on the wire with everything on it, style and script included, in %s', (language) => {
    const { body } = renderCardPage({ ...everything, language, step: 'pay', look: { fonts: ['Open Sans'], colours: { primary: '#e4002b', background: '#fff8e1', text: '#111111', success: '#007700', warning: '#775500', danger: '#770000' } } })
    expect(gzipSync(body).length).toBeLessThan(20_480)
    expect(brotliCompressSync(body).length).toBeLessThan(16_384)
  })

  it('loads nothing: no address but those that the caller gave', () => {
    const { body } = renderCardPage(everything)
    expect([...body.matchAll(/(?:src|href|action)="([^"]*)"/g)].map(([, url]) => url)).toEqual(['data:,', '/hpp/cgi_1', 'https://shop.example/', 'https://shop.example/'])
    expect(body).not.toMatch(/\son\w+="|\sstyle="|@import|url\(/)
  })

  it('says that entries are encrypted where they are', () => {
    const says = (submit_url: string): boolean => /sent encrypted/.test(renderCardPage({ ...view, submit_url }).body)
    expect(['https://pay.example/hpp/1', '/hpp/1', 'http://localhost:8080/hpp/1', 'http://127.0.0.1:8080/1', 'http://[::1]:80/1'].map(says)).toEqual(Array(5).fill(true))
    expect(['http://pay.example/hpp/1', 'http://10.0.0.5/1', 'http://localhost.example/1'].map(says)).toEqual(Array(3).fill(false))
    expect(renderCardPage({ ...view, submit_url: 'http://pay.example/hpp/1' }).body).not.toContain('M7 9V6.5')
  })

  it('escapes what it is given', () => {
    const { body } = renderCardPage({ ...view, merchant_name: '<img src=x onerror=alert(1)>', description: '"><script>' })
    expect(body).not.toMatch(/<img|"><script>/)
    expect(body).toContain('value="token&quot;1"')
  })

  it('has a form that works without a script', () => {
    const { body } = renderCardPage({ ...view, ask_holder: true, allow_remember: true })
    expect(body).toMatch(/<form[^>]* method="post" action="\/hpp\/cgi_1"/)
    const names = [...body.matchAll(/ name="(\w+)"/g)].map(([, name]) => name)
    for (const name of ['session', 'card_number', 'exp', 'cvv', 'card_holder', 'remember']) expect(names).toContain(name)
    for (const token of ['cc-number', 'cc-exp', 'cc-csc', 'cc-name']) expect(body).toContain(`autocomplete="${token}"`)
  })

  it('never offers an expired card, except in test mode', () => {
    expect(renderCardPage({ ...view, saved_cards: saved }).body).toMatch(/value="c2"[^>]* disabled/)
    expect(renderCardPage({ ...view, saved_cards: saved, test_mode: true }).body).not.toMatch(/value="c2"[^>]* disabled/)
  })

  it('asks nothing but the security code for a predefined card', () => {
    const { body } = renderCardPage({ ...view, predefined: saved[0], saved_cards: saved, ask_holder: true, allow_remember: true })
    const names = [...body.matchAll(/<input[^>]* name="(\w+)"/g)].map(([, name]) => name)
    expect(names).toEqual(['session', 'saved_card', 'cvv'])
  })

  it('says why the last try failed and how many are left', () => {
    const { body, status } = renderCardPage({ ...view, last_error: 'insufficient_funds', attempts_left: 2 })
    expect(status).toBe(200)
    expect(body).toContain('There is not enough money on this card.')
    expect(body).toContain('You have 2 attempts left.')
  })

  it('shows refused fields after a form without a script', () => {
    const { body, status } = renderCardPage({ ...view, errors: [{ field: 'cvv', message: 'Wrong' }] })
    expect(status).toBe(422)
    expect(body).toMatch(/id="cvv"[^>]* aria-invalid="true"/)
    expect(body).toContain('id="cvv-error">Wrong</p>')
  })

  it('opens the form for issuers unless the caller closes it', () => {
    expect(renderCardPage(view).headers['content-security-policy']).toContain("form-action 'self' https:;")
    expect(renderCardPage({ ...view, form_targets: [] }).headers['content-security-policy']).toContain("form-action 'self';")
  })

  it('refuses addresses that run code', () => {
    expect(() => renderCardPage({ ...view, cancel_url: 'javascript:alert(1)' })).toThrow(RangeError)
  })
})

describe('renderCardPage for a verification', () => {
  it('asks for the card, and says that nothing is charged', () => {
    const { body } = renderCardPage({ ...view, purpose: 'verify', last_error: 'declined' })
    for (const text of ['Nothing is charged.', '>Verify card<', 'The card could not be verified', 'Verifying your card.']) expect(body).toContain(text)
    for (const text of ['Amount to pay', 'Pay €49.90', 'Processing your payment']) expect(body).not.toContain(text)
  })
})

describe('declinedAnswer', () => {
  it('speaks the language of the payer and names the field to look at', () => {
    expect(declinedAnswer('invalid_cvv', 1, 'es')).toEqual({
      status: 'declined', reason: 'invalid_cvv', message: 'El código de seguridad no es correcto. Revísalo e inténtalo de nuevo.', attempts_left: 1, field: 'cvv',
    })
    expect(declinedAnswer('declined', undefined, 'en')).not.toHaveProperty('field')
  })
})
