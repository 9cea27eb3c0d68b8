import { describe, expect, test } from 'vitest'
import { apmProblems, withMethod, type ApmRequestKind } from '../../src/apis/begateway/apm/wire.ts'
import { checkoutProblems, productProblems } from '../../src/apis/begateway/checkout/wire.ts'
import { dialectOf, invalid, notFound, unauthorized } from '../../src/apis/begateway/errors.ts'
import { gatewayProblems, type GatewayRequestKind } from '../../src/apis/begateway/gateway/wire.ts'
import { languageOf } from '../../src/apis/begateway/payer/languages.ts'
import type { Body } from '../../src/apis/begateway/validation/body.ts'
import { nest, sentences, type Problem } from '../../src/apis/begateway/validation/check.ts'
import { normalBirthDate } from '../../src/apis/begateway/validation/dates.ts'

const NOW = new Date('2026-05-01T12:00:00Z')

const payment = {
  amount: 3245, currency: 'EUR', description: 'Order 17', test: true, tracking_id: '17;a1b2',
  return_url: 'https://shop.example/back', notification_url: 'https://shop.example/hook',
  customer: { email: 'p@shop.example', first_name: 'Pat', country: 'LV' },
  method: { type: 'bogus' }, additional_data: { contract: ['recurring'] },
}
const card = { amount: 100, currency: 'USD', description: 'x', credit_card: { number: '4200000000000000', exp_month: '01', exp_year: '2030', verification_value: '123', holder: 'JANE DOE' } }
const proof = { amount: 100, currency: 'EUR', transaction_reference: 'r', document: { content_type: 'image/png', file_name: 'a.png', file_size: 4, content: 'AAAA', checksum: 'x' } }
const checkout = { transaction_type: 'payment', order: { amount: 100, currency: 'USD', description: 'd' } }
const product = { name: 'n', description: 'd', currency: 'USD', amount: 100 }

/** A copy with one member at a dotted path set, or removed with `undefined`. */
function put(body: Body, path: string, value: unknown): Body {
  const copy = structuredClone(body) as Record<string, unknown>
  const names = path.split('.')
  const last = names.pop()!
  let place = copy
  for (const name of names) place = (place[name] ??= {}) as Record<string, unknown>
  if (value === undefined) delete place[last]
  else place[last] = value
  return copy
}

const found = (problems: readonly Problem[]): string[] => problems.map(({ path, phrase }) => `${path} ${phrase}`)
const long = (length: number): string => 'é'.repeat(length)

describe('requests that are right', () => {
  const right: [string, () => Problem[]][] = [
    ['the minimal payment of the reference', () => apmProblems('payment', payment)],
    ['nulls and empty arrays of the PHP client', () => apmProblems('payment', { ...payment, iframe: null, ip: null, expired_at: null, additional_data: [] })],
    ['an amount as numeric text', () => apmProblems('payment', { ...payment, amount: '3245' })],
    ['every limit reached', () => apmProblems('payment', { ...payment, description: long(255), tracking_id: long(255), customer: { first_name: long(60), state: long(40), city: long(120), zip: long(40), address: long(510), phone: long(200), external_id: long(255) } })],
    ['a US zip of nine digits', () => apmProblems('payment', put(put(payment, 'customer.country', 'US'), 'customer.zip', '12345-6789'))],
    ['any zip elsewhere', () => apmProblems('payment', put(payment, 'customer.zip', 'LV-1010'))],
    ['expired_at of the guide', () => apmProblems('payment', { ...payment, expired_at: '2019-02-09T18:20:45+03:00' })],
    ['expired_at as PHP\'s DATE_ISO8601 writes it', () => apmProblems('payment', { ...payment, expired_at: '2019-02-09T18:20:45+0300' })],
    ['a token charge without return_url', () => apmProblems('payment', put({ ...payment, method: { type: 'bogus', token: 't' } }, 'return_url', undefined))],
    ['an app link as return_url', () => apmProblems('payment', { ...payment, return_url: 'myshop://paid' })],
    ['addresses in any script', () => apmProblems('payment', { ...payment, return_url: 'https://магазин.рф/спасибо?x=ж y', notification_url: 'HTTPS://shop.example/уведомление' })],
    ['an unknown language', () => apmProblems('payment', { ...payment, language: 'xx' })],
    ['a day-first birth date', () => apmProblems('payment', put(payment, 'customer.birth_date', '16/12/1997'))],
    ['a numeric order_id', () => apmProblems('payment', { ...payment, order_id: 17 })],
    ['the ERIP spelling of method', () => apmProblems('erip', withMethod({ amount: 100, currency: 'BYN', description: 'x', payment_method: { type: 'erip', account_number: '17' } }))],
    ['a payout', () => apmProblems('payout', put(payment, 'return_url', undefined))],
    ['a proof', () => apmProblems('proof', proof)],
    ['a card payment', () => gatewayProblems('payment', card, NOW)],
    ['the test card of no network', () => gatewayProblems('payment', put(card, 'credit_card.number', '9112300000000000'), NOW)],
    ['a card token', () => gatewayProblems('payment', { ...card, credit_card: { token: 't', verification_value: '123' } }, NOW)],
    ['a checkout', () => checkoutProblems(checkout, NOW)],
    ['a product', () => productProblems(product)],
  ]
  test.each(right)('%s', (_, problems) => expect(found(problems())).toEqual([]))
})

/** Kind, what is changed, to what, what is said. */
const apm: [ApmRequestKind, Body, string, unknown, string][] = [
  ['payment', payment, 'amount', undefined, 'amount is missing'],
  ['payment', payment, 'amount', null, 'amount is missing'],
  ['payment', payment, 'amount', 'ten', 'amount must be an integer'],
  ['payment', payment, 'amount', 10.5, 'amount must be an integer'],
  ['payment', payment, 'amount', 1e300, 'amount must be an integer'],
  ['payment', payment, 'amount', {}, 'amount must be an integer'],
  ['payment', payment, 'amount', [1], 'amount must be an integer'],
  ['payment', payment, 'amount', true, 'amount must be an integer'],
  ['payment', payment, 'amount', 0, 'amount must be greater than 0'],
  ['payment', payment, 'amount', -5, 'amount must be greater than 0'],
  ['payment', payment, 'amount', '9999999999999999', 'amount must be less than or equal to 1000000000000000'],
  ['payment', payment, 'currency', undefined, 'currency is missing'],
  ['payment', payment, 'currency', '', "currency can't be blank"],
  ['payment', payment, 'currency', 'EURO', 'currency is unknown ISO 4217 Alpha-3 code'],
  ['payment', payment, 'currency', 'eur', 'currency is unknown ISO 4217 Alpha-3 code'],
  ['payment', payment, 'currency', 978, 'currency is unknown ISO 4217 Alpha-3 code'],
  ['payment', payment, 'description', undefined, 'description is missing'],
  ['payment', payment, 'description', long(256), 'description size cannot be greater than 255'],
  ['payment', payment, 'description', { a: 1 }, 'description must be a string'],
  ['payment', payment, 'test', 'perhaps', 'test must be boolean'],
  ['payment', payment, 'iframe', 7, 'iframe must be boolean'],
  ['payment', payment, 'tracking_id', long(256), 'tracking_id size cannot be greater than 255'],
  ['payment', payment, 'expired_at', '2019-02-09', 'expired_at is invalid'],
  ['payment', payment, 'expired_at', '2019-02-09T18:20:45', 'expired_at is invalid'],
  ['payment', payment, 'expired_at', '2019-02-30T18:20:45+03:00', 'expired_at is invalid'],
  ['payment', payment, 'expired_at', '2019-02-09T25:20:45+03:00', 'expired_at is invalid'],
  ['payment', payment, 'expired_at', 1700000000, 'expired_at is invalid'],
  ['payment', payment, 'return_url', undefined, 'return_url is missing'],
  ['payment', payment, 'return_url', 'shop.example/back', 'return_url is invalid'],
  ['payment', payment, 'return_url', 'javascript:alert(1)', 'return_url is invalid'],
  ['payment', payment, 'return_url', 'data:text/html,x', 'return_url is invalid'],
  ['payment', payment, 'return_url', '\tjavascript:alert(1)', 'return_url is invalid'],
  ['payment', payment, 'return_url', 'java\nscript:alert(1)', 'return_url is invalid'],
  ['payment', payment, 'return_url', ' https://shop.example/', 'return_url is invalid'],
  ['payment', payment, 'return_url', 'https://shop.example/\r\nset-cookie: a=b', 'return_url is invalid'],
  ['payment', payment, 'return_url', 'https:shop.example', 'return_url is invalid'],
  ['payment', payment, 'return_url', 'https:\\\\shop.example', 'return_url is invalid'],
  ['payment', payment, 'return_url', 'https://user:pass@shop.example/', 'return_url is invalid'],
  ['payment', payment, 'notification_url', 'https://shop.example/\nx', 'notification_url is invalid'],
  ['payment', payment, 'notification_url', 'https:shop.example', 'notification_url is invalid'],
  ['payment', payment, 'notification_url', 'ftp://shop.example/', 'notification_url is invalid'],
  ['payment', payment, 'notification_url', 'https://user:pass@shop.example/', 'notification_url is invalid'],
  ['payment', payment, 'notification_url', `https://shop.example/${'a'.repeat(2048)}`, 'notification_url is invalid'],
  ['payment', payment, 'verification_url', 17, 'verification_url is invalid'],
  ['payment', payment, 'customer', 'Pat', 'customer must be a hash'],
  ['payment', payment, 'customer.first_name', long(61), 'customer.first_name size cannot be greater than 60'],
  ['payment', payment, 'customer.last_name', long(61), 'customer.last_name size cannot be greater than 60'],
  ['payment', payment, 'customer.middle_name', long(61), 'customer.middle_name size cannot be greater than 60'],
  ['payment', payment, 'customer.email', 'nobody', 'customer.email is invalid'],
  ['payment', payment, 'customer.country', 'Latvia', 'customer.country is unknown ISO 3166-1 Alpha-2 code'],
  ['payment', payment, 'customer.country', 'QQ', 'customer.country is unknown ISO 3166-1 Alpha-2 code'],
  ['payment', payment, 'customer.state', long(41), 'customer.state size cannot be greater than 40'],
  ['payment', payment, 'customer.city', long(121), 'customer.city size cannot be greater than 120'],
  ['payment', payment, 'customer.zip', long(41), 'customer.zip size cannot be greater than 40'],
  ['payment', { ...payment, customer: { country: 'US' } }, 'customer.zip', '1234', 'customer.zip is invalid'],
  ['payment', { ...payment, customer: { country: 'US' } }, 'customer.zip', '12345-12', 'customer.zip is invalid'],
  ['payment', payment, 'customer.address', long(511), 'customer.address size cannot be greater than 510'],
  ['payment', payment, 'customer.phone', long(201), 'customer.phone size cannot be greater than 200'],
  ['payment', payment, 'customer.birth_date', '1997-13-01', 'customer.birth_date is invalid'],
  ['payment', payment, 'customer.birth_date', '31/02/1997', 'customer.birth_date is invalid'],
  ['payment', payment, 'customer.gender', 'other', 'customer.gender must be one of: male, female'],
  ['payment', payment, 'customer.external_id', long(256), 'customer.external_id size cannot be greater than 255'],
  ['payment', payment, 'method', undefined, 'method is missing'],
  ['payment', payment, 'method', 'bogus', 'method must be a hash'],
  ['payment', payment, 'method.type', undefined, 'method.type is missing'],
  ['payment', payment, 'method.type', 'carrier_pigeon', 'method.type is not supported'],
  ['payment', payment, 'method.type', '__proto__', 'method.type is not supported'],
  ['payment', payment, 'method.type', 'm_pesa', 'customer.phone is missing'],
  ['payment', payment, 'method.type', 'sbp', 'currency is not supported by the payment method'],
  ['payment', payment, 'additional_data', 'x', 'additional_data must be a hash'],
  ['payment', payment, 'additional_data.contract', 'recurring', 'additional_data.contract must be an array'],
  ['payment', payment, 'additional_data.contract', ['forever'], 'additional_data.contract is invalid'],
  ['payment', payment, 'additional_data.receipt_text', [1, {}], 'additional_data.receipt_text is invalid'],
  ['payment', payment, 'additional_data.browser', 'Firefox', 'additional_data.browser must be a hash'],
  ['refund', { parent_uid: 'u', reason: 'r' }, 'parent_uid', undefined, 'parent_uid is missing'],
  ['refund', { parent_uid: 'u', reason: 'r' }, 'reason', undefined, 'reason is missing'],
  ['refund', { parent_uid: 'u', reason: 'r' }, 'amount', 0, 'amount must be greater than 0'],
  ['erip_refund', { parent_uid: 'u', reason: 'r', amount: 1 }, 'amount', undefined, 'amount is missing'],
  ['erip', { amount: 1, currency: 'BYN', description: 'd', method: { type: 'erip', account_number: '1' } }, 'method.account_number', undefined, 'method.account_number is missing'],
  ['erip', { amount: 1, currency: 'BYN', description: 'd', method: { type: 'erip', account_number: '1' } }, 'currency', 'EUR', 'currency is not supported by the payment method'],
  ['proof', proof, 'document.content_type', 'text/html', 'document.content_type must be one of: application/pdf, image/png, image/jpeg'],
  // A pattern that goes back over spaces would take minutes here.
  ['proof', proof, 'document.content', `${' '.repeat(1_000_000)}<`, 'document.content is invalid'],
  ['proof', proof, 'document.content', '====', 'document.content is invalid'],
  ['proof', proof, 'document.content', '<script>', 'document.content is invalid'],
  ['proof', proof, 'document.file_size', 2 * 1024 * 1024 + 1, 'document.file_size is invalid'],
  ['proof', proof, 'document.file_size', -1, 'document.file_size is invalid'],
  ['confirm', {}, 'confirm_type', 'maybe', 'confirm_type must be one of: confirm, cancel'],
  ['recover', { uid: 'u', transaction: { status: 'failed' } }, 'transaction.status', 'paid', 'transaction.status must be one of: successful, failed, pending, expired'],
]

const gateway: [GatewayRequestKind, Body, string, unknown, string][] = [
  ['payment', card, 'amount', undefined, "amount can't be blank"],
  ['payment', card, 'currency', 'XXX', 'currency is unknown ISO 4217 Alpha-3 code'],
  ['payment', card, 'credit_card', undefined, "credit_card can't be blank"],
  ['payment', card, 'credit_card.number', undefined, "credit_card.number can't be blank"],
  ['payment', card, 'credit_card.number', '4200000000000001', 'credit_card.number is not a card number'],
  ['payment', card, 'credit_card.number', '42', 'credit_card.number is not a card number'],
  ['payment', card, 'credit_card.number', 'a'.repeat(5000), 'credit_card.number is not a card number'],
  ['payment', card, 'credit_card.exp_month', '13', 'credit_card.exp_month is invalid'],
  ['payment', card, 'credit_card.exp_month', undefined, "credit_card.exp_month can't be blank"],
  ['payment', card, 'credit_card.exp_year', '2020', 'credit_card.date is expired'],
  ['payment', card, 'credit_card.verification_value', '12', 'credit_card.verification_value is invalid'],
  ['payment', { ...card, billing_address: { country: 'US' } }, 'billing_address.zip', 'ABC', 'billing_address.zip is invalid'],
  ['payment', card, 'customer.email', 'x', 'customer.email is invalid'],
  ['capture', { parent_uid: 'u', amount: 1 }, 'amount', undefined, "amount can't be blank"],
  ['capture', { parent_uid: 'u', amount: 1 }, 'parent_uid', undefined, "parent_uid can't be blank"],
  ['refund', { parent_uid: 'u', amount: 1, reason: 'r' }, 'reason', undefined, "reason can't be blank"],
  ['credit', { amount: 1, currency: 'USD', description: 'd', credit_card: { token: 't' } }, 'credit_card.token', undefined, "credit_card.token can't be blank"],
]

describe('bad input', () => {
  test('the tables are long enough to be worth the name', () => expect(apm.length + gateway.length).toBeGreaterThanOrEqual(60))

  test.each(apm)('%s: %#', (kind, body, path, value, said) => expect(found(apmProblems(kind, put(body, path, value)))).toEqual([said]))

  test.each(gateway)('card %s: %#', (kind, body, path, value, said) => expect(found(gatewayProblems(kind, put(body, path, value), NOW))).toEqual([said]))

  test('checkout and products', () => {
    expect(found(checkoutProblems(put(checkout, 'order.amount', -1), NOW))).toEqual(['order.amount must be greater than 0'])
    expect(found(checkoutProblems(put(checkout, 'transaction_type', 'gift'), NOW))).toEqual(['transaction_type must be one of: payment, authorization, tokenization'])
    expect(found(checkoutProblems(put(checkout, 'settings.success_url', 'javascript:1'), NOW))).toEqual(['settings.success_url is invalid'])
    expect(found(productProblems(put(product, 'name', undefined)))).toEqual(["name can't be blank"])
  })

  test('an amount is judged in its currency; without a known one that alone is told', () => {
    const most = 'amount must be less than or equal to 10000000000000'
    expect(found(apmProblems('payment', { ...payment, currency: 'IDR', amount: 10 ** 13 }))).toEqual([])
    expect(found(apmProblems('payment', { ...payment, currency: 'IDR', amount: 10 ** 13 + 1 }))).toEqual([most])
    expect(found(gatewayProblems('authorization', { ...card, currency: 'IDR', amount: '10000000000001' }, NOW))).toEqual([most])
    expect(found(apmProblems('payout', { ...payment, currency: 'UGX', amount: 99 }))).toEqual(['amount must be a multiple of 100 in UGX'])
    expect(found(apmProblems('payment', { ...payment, currency: 'XXX', amount: 99 }))).toEqual(['currency is unknown ISO 4217 Alpha-3 code'])
    expect(found(productProblems({ ...product, currency: undefined, amount: 99 }))).toEqual(["currency can't be blank"])
  })
})

describe('words that are taken', () => {
  test.each('en es tr de it ru zh fr da sv no fi pl ja be uk ka ro az lv et pt sr bn tg kk'.split(' '))('language %s', (language) => expect(languageOf(language)).toBe(language))

  const types = `erip bogus qiwi_terminal qiwi mts_money krok sbp sberpay_qr_deeplink q_pay pix crypto_currency bank_transfer net_banking card_transfer credit_card_alternative
    much_better safety_pay m_pesa u_pay_safe halva pay_u alif ad_payments visa`.split(/\s+/)
  test.each(types)('method %s', (type) => expect(found(apmProblems('payment', put(payment, 'method.type', type)))).not.toContain('method.type is not supported'))
})

describe('errors on the wire', () => {
  test('a tree of phrases', () => {
    expect(nest([{ path: 'a.b', phrase: 'x' }, { path: 'a.b', phrase: 'y' }, { path: 'a.c', phrase: 'z' }, { path: 'd', phrase: 'w' }])).toEqual({ a: { b: ['x', 'y'], c: ['z'] }, d: ['w'] })
  })

  test('the fixture of the official APM client', () => {
    expect(invalid('beyag', [{ path: 'amount', phrase: 'is missing' }])).toEqual({ status: 422, body: { message: 'Unprocessable entity', errors: { request: { amount: ['is missing'] } } } })
  })

  test('the card gateway wraps, and speaks in sentences', () => {
    const problems = [{ path: 'currency', phrase: "can't be blank" }, { path: 'amount', phrase: 'must be greater than 0' }]
    expect(invalid('gateway', problems).body).toEqual({
      response: { message: "Currency can't be blank. Amount must be greater than 0.", errors: { currency: ["can't be blank"], amount: ['must be greater than 0'] } },
    })
    expect(sentences([{ path: 'credit_card.date', phrase: 'is expired' }])).toBe('Date is expired.')
    expect(sentences([{ path: 'base', phrase: 'Token does not exist.' }])).toBe('Token does not exist.')
  })

  test('API v3 is flat', () => {
    expect(invalid('flat', [{ path: 'description', phrase: "can't be blank" }]).body).toMatchObject({
      code: 'E.1025', message: "Description can't be blank.", friendly_message: 'Invalid request params', errors: { description: ["can't be blank"] },
    })
  })

  test('the path decides the body', () => {
    expect(dialectOf('/beyag/transactions/payments', '3')).toBe('beyag')
    expect(dialectOf('/ctp/api/checkouts', undefined)).toBe('beyag')
    expect(dialectOf('/products/1', undefined)).toBe('beyag')
    expect(dialectOf('/transactions/payments', undefined)).toBe('gateway')
    expect(dialectOf('/async/transactions/payments', '3')).toBe('flat')
    expect(notFound('beyag')).toEqual({ status: 404, body: { message: 'Not found.' } })
    expect(notFound('gateway').body).toEqual({ response: { message: 'Record not found' } })
    expect(unauthorized('beyag')).toEqual({ status: 401, body: { message: 'Unauthorized' } })
  })
})

test('birth dates come back as ISO 8601', () => {
  expect(normalBirthDate('16/12/1997')).toBe('1997-12-16')
  expect(normalBirthDate('1997-12-16')).toBe('1997-12-16')
  expect(normalBirthDate('12/16/1997')).toBeUndefined()
  expect(normalBirthDate('1997-02-29')).toBeUndefined()
})
