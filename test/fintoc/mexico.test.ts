/** A payer in Mexico: pesos in centavos to a CLABE, by a phone number, approved in an app ("Fintoc reference: Test mode"). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Called } from '../support/server.ts'
import { createShop, MEXICAN, type Shop } from './support.ts'

let shop: Shop
beforeAll(async () => {
  shop = await createShop()
  await shop.listen()
})
afterAll(() => shop.close())

const MXN = { amount: 15_050, currency: 'MXN', recipient_account: { ...MEXICAN, number: '646180157000000004' } }
const signIn = (token: string, more: object = {}): Promise<Called> =>
  shop.widget('sign_in', { token, institution: 'mx_banco_bbva', username: '5555555555', password: 'whatever', holder_type: 'individual', ...more })

describe('a payment of pesos', () => {
  test('is approved in the app, after some five seconds', async () => {
    const { id, token } = await shop.create(MXN)
    const opened = await shop.widget('open', { token })
    expect(opened.body).toMatchObject({ step: 'bank', summary: { country: 'mx', amount: expect.stringContaining('150.50') as unknown } })
    expect((opened.get('banks') as { id: string }[]).every((bank) => bank.id.startsWith('mx_') && bank.id !== 'mx_stp')).toBe(true)
    const signed = await signIn(token, { username: '+52 55 5555 5555' })
    const flow = signed.get('flow')
    expect((await shop.widget('confirm', { token, flow, account: String(signed.get('accounts.0.id')) })).get('step')).toBe('app')
    shop.server.clock.advance(6_000)
    expect((await shop.widget('state', { token, flow })).get('step')).toBe('done')
    await shop.server.work()
    expect(shop.server.receiver.at('/hooks')[0]?.body).toMatchObject({
      type: 'payment_intent.succeeded', data: { id, amount: 15_050, currency: 'MXN', sender_account: { institution_id: 'mx_banco_bbva', number: expect.stringMatching(/^\d{18}$/) as unknown } },
    })
  })

  test('is not paid from a bank of Chile, nor by its payers', async () => {
    const { token } = await shop.create(MXN)
    expect((await signIn(token, { institution: 'cl_banco_estado' })).status).toBe(400)
    expect((await signIn(token, { username: '416148503', password: 'jonsnow' })).get('problem')).toBe('problem_credentials')
  })

  test('may be refunded', async () => {
    const { id, token } = await shop.create(MXN)
    const signed = await signIn(token)
    await shop.widget('confirm', { token, flow: signed.get('flow'), account: String(signed.get('accounts.0.id')) })
    shop.server.clock.advance(6_000)
    await shop.server.work()
    const refund = await shop.api('POST', '/v1/refunds', { resource_id: id, recipient_account: { ...MEXICAN, number: '646180157000000004', holder_name: 'Ana' } })
    expect(refund.body).toMatchObject({ amount: 15_050, currency: 'MXN', recipient_account: { holder_name: 'Ana', holder_id: 'mfiu593501oe4' } })
  })
})

test('the account’s own recipient is paid when a request names none, each country by its own', async () => {
  await shop.server.tender.merchants.updateSettings('mer_demo', 'fintoc', { recipient_account: MXN.recipient_account })
  expect((await shop.api('POST', '/v1/payment_intents', { amount: 100, currency: 'MXN' })).get('recipient_account.number')).toBe('646180157000000004')
  expect((await shop.api('POST', '/v1/payment_intents', { amount: 100, currency: 'CLP' })).get('error.param')).toBe('recipient_account')
})
