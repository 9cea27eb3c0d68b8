import { describe, expect, it } from 'vitest'
import { renderCheckoutPage } from './page.ts'
import { readCheckout } from './read.ts'
import type { CheckoutPageView } from './view.ts'

const view: Pick<CheckoutPageView, 'services' | 'customer_fields'> = {
  services: [
    { code: 'card', name: 'Card', currency: 'EUR' },
    { code: 'bank', name: 'Bank', currency: 'EUR', fields: [{ key: 'iban', required: true, pattern: '[A-Z]{2}\\d+' }, { key: 'note', pattern: '(' }] },
  ],
  customer_fields: [{ key: 'email', type: 'email', required: true }],
}
const names = (form: Record<string, unknown>): string[] => {
  const result = readCheckout(form, view)
  return result.ok ? [] : (result.again.errors ?? []).map(({ field }) => field)
}

describe('readCheckout', () => {
  it('reads the chosen service with its fields and the customer', () => {
    const form = { session: 's', service: 'bank', 'fields[bank][iban]': ' DE12 '.trim(), 'fields[card][x]': 'y', 'customer[email]': 'a@b.example', 'customer[admin]': '1' }
    expect(readCheckout(form, view)).toEqual({ ok: true, session: 's', service: 'bank', fields: { iban: 'DE12' }, customer: { email: 'a@b.example' } })
  })

  it('names what is missing or wrong', () => {
    expect(names({})).toEqual(['service', 'customer[email]'])
    expect(names({ service: 'other', 'customer[email]': 'a@b.example' })).toEqual(['service'])
    expect(names({ service: 'bank', 'fields[bank][iban]': 'x', 'customer[email]': 'nobody' })).toEqual(['fields[bank][iban]', 'customer[email]'])
  })

  it('keeps what was typed and chosen for the page that asks again', () => {
    const result = readCheckout({ service: 'bank', 'fields[bank][iban]': ' x', 'fields[bank][note]': 'hello', 'customer[email]': 'nobody' }, view)
    const { body } = renderCheckoutPage({ merchant_name: 'Acme', amount: { minor: 1n, currency: 'EUR' }, submit_url: '/s', session: 's', ...view, ...(result.ok ? {} : result.again) })
    expect(body).toMatch(/value="bank" required checked/)
    for (const [name, value] of [['fields\\[bank\\]\\[iban\\]', 'x'], ['fields\\[bank\\]\\[note\\]', 'hello'], ['customer\\[email\\]', 'nobody']]) expect(body).toMatch(new RegExp(`name="${name}"[^>]* value="${value}"`))
    expect(body.match(/<input[^>]* aria-invalid="true"/g)).toHaveLength(2)
  })

  it('does not hold a broken pattern against the payer', () => {
    expect(names({ service: 'bank', 'fields[bank][iban]': 'DE1', 'fields[bank][note]': 'hello', 'customer[email]': 'a@b.example' })).toEqual([])
  })
})
