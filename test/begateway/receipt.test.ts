/** The receipt (beGateway reference 4.2 b) as a payer reads it: paid, not yet paid, and where a shop has no page of its own. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Called } from '../support/server.ts'
import { apm, card, createHarness, uidOf, type Harness, type Json } from './harness.ts'

let h: Harness
beforeAll(async () => {
  h = await createHarness()
})
afterAll(() => h.close())

/** A card, as the hosted page sends it. */
const FORM = { card_number: '4200000000000000', exp: '01/31', cvv: '123', card_holder: 'Jane Doe' }

const receiptOf = (answer: Called): string => String(answer.get('transaction.receipt_url'))
const open = (url: string, accept = 'text/html'): Promise<Called> => h.server.call('GET', url, { headers: { accept } })

test('names the method as payers know it, and the uid as reference', async () => {
  const paid = await h.shop.post('/beyag/transactions/payments', apm())
  const page = await open(receiptOf(paid))
  expect(page.text).toContain('Emulator')
  expect(page.text).not.toContain('bogus')
  expect(page.text).toContain(uidOf(paid))
  const failed = await h.shop.post('/beyag/transactions/payments', apm({ amount: 15_000 }))
  expect((await open(receiptOf(failed))).text).toContain(uidOf(failed))
})

test('says of a bill that nobody has paid that it is pending, and looks again by itself until it is paid', async () => {
  const bill = await h.shop.post('/beyag/payments', apm({ currency: 'BYN', method: { type: 'erip', account_number: '5' } }))
  const url = receiptOf(bill)
  expect((await open(url)).text).toContain(JSON.stringify({ poll_url: url }))
  expect((await open(url, 'application/json')).body).toEqual({ status: 'pending' })
  h.server.clock.advance(11_000)
  await h.server.work()
  expect((await open(url, 'application/json')).body).toEqual({ status: 'paid' })
})

test('tells the payer of a bill how to pay it: by the shop’s own words, else by the number', async () => {
  const bill = async (more: Json): Promise<string> => (await open(receiptOf(await h.shop.post('/beyag/payments', apm({ currency: 'BYN', method: { type: 'erip', account_number: 'K-17', ...more } }))))).text
  const plain = await bill({ service_no: '99999999' })
  for (const text of ['How to pay', 'ERIP → 99999999 → K-17', '<dt>Account number</dt><dd>K-17</dd>']) expect(plain).toContain(text)
  const told = await bill({ instruction: ['Open your bank', 'Choose <us> & pay'] })
  for (const text of ['<p>Open your bank</p>', '<p>Choose &lt;us&gt; &amp; pay</p>', 'K-17']) expect(told).toContain(text)
})

test('a bill that somebody has begun to pay is still to be paid: they may give up, and then nothing would be under way', async () => {
  const bill = await h.shop.post('/beyag/payments', apm({ currency: 'BYN', method: { type: 'erip', account_number: 'kiosk 1' } }))
  const kiosk = String((bill.get('transaction.erip.banks') as Json[])[0]?.['link'])
  await h.server.call('POST', kiosk, { form: { decision: 'begin' } })
  await expect.poll(async () => {
    await h.server.work()
    return (await h.shop.get(`/beyag/payments/${uidOf(bill)}`)).get('transaction.status')
  }, { timeout: 10_000 }).toBe('start')
  const page = (await open(receiptOf(bill))).text
  for (const text of ['Waiting for your payment', 'How to pay']) expect(page).toContain(text)
})

test('of a bill that many may pay it does not promise to say that it is paid', async () => {
  const bill = await h.shop.post('/beyag/payments', apm({ currency: 'BYN', method: { type: 'erip', account_number: 'K-20', permanent: true } }))
  const page = (await open(receiptOf(bill))).text
  for (const text of ['This bill can be paid more than once.', 'How to pay', 'K-20']) expect(page).toContain(text)
  expect(page).not.toContain('this page says so by itself')
})

test('so does the hosted page, in the payer’s language, and it lets the payer go back to the shop', async () => {
  const checkout = {
    transaction_type: 'payment', test: true, order: { amount: 500, currency: 'BYN', description: 'A lamp' }, payment_method: { types: ['credit_card', 'erip'] },
    settings: { language: 'es', return_url: 'https://shop.example/back' },
  }
  const url = String((await h.shop.post('/ctp/api/checkouts', { checkout })).get('checkout.redirect_url'))
  const choice = (await open(url)).text
  for (const text of ['>Tarjeta bancaria<', '<span>Número de cuenta</span>']) expect(choice).toContain(text)
  expect(choice).not.toMatch(/>Card<|Account number/)
  const form = { session: new URL(url).searchParams.get('token') ?? '', service: 'erip', 'fields[erip][account_number]': 'K-18' }
  expect((await h.server.call('POST', url, { form })).status).toBe(303)
  const waiting = (await open(url)).text
  for (const text of ['Esperamos tu pago', 'Cómo pagar', 'ERIP → Demo Shop → K-18', 'href="https://shop.example/back?']) expect(waiting).toContain(text)
})

test('a hosted page that waits has no link where the shop’s address is an app’s', async () => {
  const checkout = {
    transaction_type: 'payment', test: true, order: { amount: 500, currency: 'BYN', description: 'A lamp' }, payment_method: { types: ['credit_card', 'erip'] }, settings: { return_url: 'lampshop://back' },
  }
  const created = await h.shop.post('/ctp/api/checkouts', { checkout })
  const url = String(created.get('checkout.redirect_url'))
  await h.server.call('POST', url, { form: { session: new URL(url).searchParams.get('token') ?? '', service: 'erip', 'fields[erip][account_number]': 'K-19' } })
  const waiting = await open(url)
  expect(waiting.status).toBe(200)
  expect(waiting.text).toContain('Waiting for your payment')
  expect(waiting.text).not.toContain('lampshop')
})

test('a pay link speaks the language of its product, else of the browser', async () => {
  for (const [language, heading] of [[undefined, 'Importe a pagar'], ['ru', 'К оплате']] as const) {
    const product = await h.shop.post('/products', { name: 'Lamp', description: 'A lamp', currency: 'EUR', amount: 4200, test: true, ...(language === undefined ? {} : { language }) })
    const visit = await h.server.call('GET', `/begateway/products/${String(product.get('id'))}/pay`, { headers: { accept: 'text/html', 'accept-language': 'es-CL,es;q=0.9' } })
    expect((await open(String(visit.headers.get('location')))).text).toContain(heading)
  }
})

test('a wrong address is refused in the browser’s language', async () => {
  for (const path of ['/begateway/widget/hpp.html?token=x', '/begateway/products/prd_x/pay', '/begateway/beyag/return/1/x/y']) {
    const page = await h.server.call('GET', path, { headers: { accept: 'text/html', 'accept-language': 'es-CL,es;q=0.9' } })
    expect({ path, status: page.status, found: page.text.includes('Esta página de pago no existe') }).toEqual({ path, status: 404, found: true })
  }
})

test('tells a script no more than a guess deserves', async () => {
  const url = receiptOf(await h.shop.post('/beyag/transactions/payments', apm()))
  expect((await open(`${url.slice(0, -1)}${url.endsWith('0') ? '1' : '0'}`, 'application/json')).status).toBe(404)
})

test('is where a payer comes to from 3-D Secure when the shop has named no address', async () => {
  const answer = await h.shop3ds.post('/transactions/payments', card({ return_url: undefined }, '4012000000003010'))
  const uid = uidOf(answer)
  for (const method of ['GET', 'POST'] as const) {
    const back = await h.server.call(method, `/begateway/process/${uid}/return?shop_id=${h.shop3ds.shop_id}`)
    expect([back.status, back.headers.get('location')]).toEqual([303, receiptOf(answer).replace(/\?.*$/, '')])
  }
})

test('is linked to from the hosted page, but not where that stands in a frame', async () => {
  const paidPage = async (iframe: boolean): Promise<string> => {
    const checkout = { transaction_type: 'payment', test: true, iframe, order: { amount: 500, currency: 'USD', description: 'A lamp' } }
    const url = String((await h.shop.post('/ctp/api/checkouts', { checkout })).get('checkout.redirect_url'))
    await h.server.call('POST', `${url}&method=credit_card`, { form: { ...FORM, session: new URL(url).searchParams.get('token') ?? '' } })
    return (await open(url)).text
  }
  expect(await paidPage(false)).toContain('/customer/transactions/')
  expect(await paidPage(true)).not.toContain('/customer/transactions/')
})

test('a card that is only kept is not called a payment', async () => {
  const checkout = { transaction_type: 'tokenization', test: true, order: { currency: 'USD', description: 'Keep' } }
  const url = String((await h.shop.post('/ctp/api/checkouts', { checkout })).get('checkout.redirect_url'))
  const token = new URL(url).searchParams.get('token') ?? ''
  expect((await open(url)).text).not.toMatch(/\$0\.00|Amount to pay/)
  await h.server.call('POST', `${url}&method=credit_card`, { form: { ...FORM, session: token } })
  const done = (await open(url)).text
  expect(done).not.toContain('Payment received')
  expect(done).not.toContain('$0.00')
})

test('says what it is about: a hold, what was taken of it, its release, a refund, a payout', async () => {
  const child = (kind: string, parent_uid: string, amount: number): Promise<Called> => h.shop.post(`/transactions/${kind}`, { request: { parent_uid, amount, reason: 'r' } })
  const held = await h.shop.post('/transactions/authorizations', card({ amount: 1000, duplicate_check: false }))
  expect((await open(receiptOf(held))).text).toContain('Hold · Order 18')
  expect((await open(receiptOf(held))).text).not.toContain('Paid with')
  expect((await open(receiptOf(held).replace('language=en', 'language=es'))).text).toContain('Retención · Order 18')
  const captured = await child('captures', uidOf(held), 600)
  const released = await child('voids', uidOf(held), 400)
  const refunded = await child('refunds', uidOf(captured), 100)
  const paidOut = await h.shop.post('/beyag/transactions/payouts', apm({ method: { type: 'q_pay' } }))
  for (const [answer, text] of [[held, '$6.00'], [captured, '$6.00'], [released, 'Hold released · Order 18'], [refunded, 'Refund · Order 18'], [paidOut, 'Payout · Order 17']] as const) {
    expect((await open(receiptOf(answer))).text).toContain(text)
  }
  for (const [answer, paid] of [[held, true], [captured, true], [released, false], [refunded, false], [paidOut, false]] as const) {
    expect((await open(receiptOf(answer))).text.includes('Paid with')).toBe(paid)
  }
  expect((await open(receiptOf(held))).text).not.toContain('Hold ·')
  const gone = await h.shop.post('/transactions/authorizations', card({ amount: 1000, duplicate_check: false }))
  await child('voids', uidOf(gone), 1000)
  const page = (await open(receiptOf(gone))).text
  expect(page).toContain('Payment canceled')
  expect(page).not.toContain('Receipt from')
})
