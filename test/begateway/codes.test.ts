/** The code that a test asks for by `expected_bank_code` is the code that it reads, with its texts (beGateway reference 6.1 and 15). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CODES, codeOf, type Code } from '../../src/apis/begateway/codes.ts'
import { apm, card, createHarness, uidOf, type Harness, type Json } from './harness.ts'
import { formIn } from '../crash/client.ts'
import type { Called } from '../support/server.ts'

let h: Harness
beforeAll(async () => {
  h = await createHarness()
})
afterAll(() => h.close())

const V3 = { 'x-api-version': '3' }
const FAILED = (Object.keys(CODES) as Code[]).filter((code) => code.startsWith('F.'))
const pay = (expected_bank_code: string, changes: Json = {}, headers = V3, number?: string, shop = h.shop): Promise<Called> =>
  shop.post('/transactions/payments', card({ additional_data: { expected_bank_code }, ...changes }, number), headers)

describe('a test transaction', () => {
  test('there are the codes of the table', () => {
    const numbers = FAILED.map((code) => Number(code.slice(2)))
    expect(numbers).toEqual([...Array.from({ length: 36 }, (_, n) => 100 + n), 996, 997, 998, 999])
  })

  test.each(FAILED)('%s', async (code) => {
    const answer = await pay(code)
    expect(answer.body).toMatchObject({ status: 'failed', code, ...CODES[code] })
    const { bank_code } = (await h.shop.get(`/transactions/${String(answer.get('uid'))}`)).get('transaction.payment') as Json
    expect(bank_code).toBe(code)
  })

  test.each([['S.0000', 'successful'], ['P.0001', 'pending'], ['P.9999', 'pending']] as const)('%s is %s', async (code, status) => {
    expect((await pay(code)).body).toMatchObject({ status, code })
  })

  test('of another method as well: at once, and at its page', async () => {
    const expected = { additional_data: { expected_bank_code: 'F.0123' } }
    expect((await h.shop.post('/beyag/transactions/payments', apm(expected))).get('transaction')).toMatchObject({ status: 'failed', code: 'F.0123', friendly_message: CODES['F.0123'].friendly_message })
    const wallet = await h.shop.post('/beyag/transactions/payments', apm({ ...expected, method: { type: 'q_pay' } }))
    const action = String(wallet.get('transaction.form.action'))
    await h.server.call('POST', action, { form: { account: 'pat', pin: '1234', decision: 'enter' } })
    await h.server.call('POST', action, { form: { decision: 'pay' } })
    await h.server.work()
    await expect.poll(async () => (await h.shop.get(`/beyag/transactions/${uidOf(wallet)}`)).get('transaction')).toMatchObject({ status: 'failed', code: 'F.0123' })
  })

  test('a code that nobody knows changes nothing', async () => {
    expect((await pay('F.7777')).body).toMatchObject({ status: 'successful', code: 'S.0000' })
  })

  test('what the payer does before decides first: canceled at 3-D Secure is not the code that was asked for', async () => {
    const uid = uidOf(await pay('F.0115', {}, {} as typeof V3, '4012000000003010', h.shop3ds))
    const start = formIn((await h.server.call('GET', `/begateway/process/${uid}?shop_id=${h.shop3ds.shop_id}`)).text)
    const challenge = formIn((await h.server.call('POST', start.action, { form: start.fields })).text)
    await h.server.call('POST', new URL(challenge.action, start.action).href, { form: { ...challenge.fields, decision: 'cancel' } })
    await h.server.call('GET', `/begateway/process/${uid}/return?shop_id=${h.shop3ds.shop_id}`)
    const ended = await h.shop3ds.get(`/transactions/${uid}`)
    expect([ended.get('transaction.status'), ended.get('transaction.status_code')]).toEqual(['failed', 'F.0132'])
  })
})

test('a real transaction says what happened, whatever its request asks for', () => {
  const declined = { state: 'failed', reason: 'fraud_suspected' } as const
  expect([codeOf({ ...declined, mode: 'test' }, 'F.0115'), codeOf({ ...declined, mode: 'live' }, 'F.0115')]).toEqual(['F.0115', 'F.0116'])
  expect(codeOf({ state: 'succeeded', reason: null, mode: 'test' }, 'F.0115')).toBe('S.0000')
})
