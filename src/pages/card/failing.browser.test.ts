/** What can go wrong at the card page in a browser, and what the payer then sees. */
import { describe, expect, it } from 'vitest'
import { usePayer } from '../../../test/pages/payer.ts'
import { declinedAnswer } from './settings.ts'

const payer = usePayer()

describe('what can go wrong', () => {
  it('shows a decline, keeps the number, and lets the payer try again', async () => {
    await payer.open()
    payer.gateway.answers.push(declinedAnswer('insufficient_funds', 2, 'en'))
    await payer.fill()
    await payer.pay()
    await payer.page.getByText('There is not enough money on this card.').waitFor()
    expect(await payer.page.getByRole('alert').textContent()).toContain('You have 2 attempts left.')
    expect(await payer.focused()).toBe('alert')
    expect(await payer.page.getByLabel('Card number').inputValue()).toBe('4242 4242 4242 4242')
    expect(await payer.page.getByLabel('Security code').inputValue()).toBe('')
    await payer.page.getByLabel('Security code').fill('321')
    await payer.pay()
    await payer.page.waitForURL('**/done')
    expect(payer.gateway.submits).toHaveLength(2)
    expect(payer.gateway.submits[0]?.headers['idempotency-key']).not.toBe(payer.gateway.submits[1]?.headers['idempotency-key'])
  })

  it('leads to the field that the issuer complained about', async () => {
    await payer.open()
    payer.gateway.answers.push(declinedAnswer('invalid_cvv', 1, 'en'))
    await payer.fill()
    await payer.pay()
    await payer.page.getByText('You have 1 attempt left.').waitFor()
    expect(await payer.focused()).toBe('cvv')
  })

  it('survives a lost connection: same button, same key', async () => {
    await payer.open()
    // Twice: Chromium itself repeats a request whose connection closed without a byte. The key makes that harmless too.
    payer.gateway.answers.push('lost', 'lost')
    await payer.fill()
    await payer.pay()
    await payer.page.getByText('We could not reach the server.').waitFor()
    payer.gateway.answers.length = 0
    const first = payer.gateway.submits[0]?.headers['idempotency-key']
    await payer.pay()
    await payer.page.waitForURL('**/done')
    expect(payer.gateway.submits.length).toBeGreaterThan(1)
    expect(new Set(payer.gateway.submits.map(({ headers }) => headers['idempotency-key']))).toEqual(new Set([first]))
  })

  it('survives an answer that is no answer', async () => {
    await payer.open()
    payer.gateway.answers.push('broken')
    await payer.fill()
    await payer.pay()
    await payer.page.getByText('Something went wrong on our side.').waitFor()
    await payer.pay()
    await payer.page.waitForURL('**/done')
    expect(payer.gateway.submits).toHaveLength(2)
  })

  it('shows what the server refuses at its field', async () => {
    await payer.open({ ask_holder: true })
    payer.gateway.answers.push({ status: 'invalid', errors: [{ field: 'card_holder', message: 'Write it in letters.' }] })
    await payer.fill()
    await payer.page.getByLabel('Name on card').fill('Ann')
    await payer.pay()
    await payer.page.getByText('Write it in letters.').waitFor()
    expect(await payer.focused()).toBe('card_holder')
    expect(await payer.page.getByLabel('Name on card').getAttribute('aria-invalid')).toBe('true')
  })

  it('leaves when the session is gone or no try is left', async () => {
    await payer.open()
    payer.gateway.answers.push({ status: 'gone', url: '/expired' })
    await payer.fill()
    await payer.pay()
    await payer.page.waitForURL('**/expired')
    await payer.leave()
    await payer.open()
    payer.gateway.answers.push(declinedAnswer('declined', 0, 'en'))
    await payer.fill()
    await payer.pay()
    await payer.page.waitForURL('**/status')
    expect(payer.gateway.submits).toHaveLength(2)
  })

  it('does not run what an answer calls an address', async () => {
    await payer.open()
    payer.gateway.answers.push({ status: 'done', url: 'javascript:document.title="owned"' })
    await payer.fill()
    await payer.pay()
    await expect.poll(() => payer.gateway.submits.length).toBe(1)
    await payer.page.waitForTimeout(200)
    expect(await payer.page.title()).not.toBe('owned')
  })

  it('is usable again after Back from the issuer, without the security code', async () => {
    await payer.open()
    payer.gateway.answers.push({ status: 'redirect', action: `${payer.gateway.issuer}/acs`, method: 'POST', params: {} })
    await payer.fill()
    await payer.pay()
    await payer.page.getByRole('heading', { name: 'issuer' }).waitFor()
    await payer.page.goBack()
    await payer.page.getByRole('button', { name: 'Pay €49.90' }).waitFor()
    expect(await payer.page.getByRole('button').getAttribute('aria-disabled')).toBeNull()
    expect(await payer.page.getByLabel('Security code').inputValue()).toBe('')
  })
})
