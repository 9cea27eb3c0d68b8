/** Everything that reads what comes over the wire, against anything. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase, toService } from '../exchange.ts'
import { jwtKeys, peekToken, verifyToken } from '../gate/jwt.ts'
import { settingsOf } from '../settings.ts'
import { nested } from './form.ts'
import { readInvoice, readPublicInvoice } from './invoice.ts'
import { readPayout } from './payout.ts'
import { createReader } from './reader.ts'

const settings = settingsOf({
  id: 'm', number: 1, name: 'Shop', demo: true, created_at: new Date(), settings: {
    corefy: {
      exchange_rates: { 'USD/UAH': '41.5' },
      services: ['in', 'out'].map((direction) => ({ code: 'card', method: 'payment_card', currency: 'USD', flow: 'hpp', direction, enabled: true, amount_min: '1', amount_max: '100', fee: null, fields: [{ key: 'account', type: 'input', label: {}, regexp: '^\\d+$', required: true }] })),
    },
  },
})
const now = new Date()
const NAMES = `reference_id currency amount service_amount service flow test_mode description token customer metadata return_url return_urls callback_url expires service_fields fields options
  gateway_options cardgate tokenize retry_limit theme_options address country date_of_birth context card exp_month exp_year card_number __proto__ constructor`.trim().split(/\s+/)
const attributes = fc.dictionary(fc.constantFrom(...NAMES), fc.oneof(fc.jsonValue(), fc.constantFrom('USD', 'card', 1, '1.5', 'charge', true, {}, []), fc.dictionary(fc.constantFrom(...NAMES), fc.jsonValue())))
const body = fc.oneof(fc.jsonValue(), attributes, attributes.map((value) => ({ data: { type: 'payment-invoices', attributes: value } })), attributes.map((value) => ({ data: { type: 'payout-invoice', attributes: value } })))

describe('requests', () => {
  it('are read or refused with pointers, whatever they are', () => {
    fc.assert(fc.property(body, (value) => {
      for (const read of [readInvoice(value, settings, now), readPayout(value, settings, now), readPublicInvoice(value, settings, true, now, () => 'generated')]) {
        const isRight = read.ok
          ? typeof read.value.reference_id === 'string' && read.value.service.code === 'card'
          : read.error.length > 0 && read.error.every(({ status, detail }) => status >= 400 && status < 500 && detail !== '')
        expect(isRight).toBe(true)
      }
    }), { numRuns: 3_000 })
  })

  it('that are right are read', () => {
    const attributes = { reference_id: 'R', currency: 'usd', amount: 10.5, service: 'card', service_fields: { account: '1' } }
    expect(readInvoice({ data: { type: 'payment-invoices', attributes } }, settings, now)).toMatchObject({ ok: true, value: { amount_minor: 1_050n, currency: 'USD', side: 'base', rate: '1', flow: 'charge', test_mode: false } })
  })
})

describe('a reader', () => {
  it('sees own members only, and says where it is', () => {
    const reader = createReader({ a: { b: 1 } }, '/x')
    expect([reader.has('toString'), reader.text('constructor'), reader.inside('a').text('b')]).toEqual([false, null, '1'])
    expect(reader.inside('a').flag('b')).toBeUndefined()
    expect(reader.errors).toMatchObject([{ pointer: '/x/a/b' }])
  })
})

describe('forms', () => {
  it('are nested by their brackets, to a depth', () => {
    expect(JSON.parse(JSON.stringify(nested({ a: '1', 'b[c]': '2', 'b[d]': '3', 'e[f][g]': '4', 'x[1][2][3]': '5', list: ['a', 'b'], n: 1 })))).toEqual({ a: '1', b: { c: '2', d: '3' }, e: { f: { g: '4' } }, list: 'b' })
  })

  it('touch no prototype, whatever they are', () => {
    fc.assert(fc.property(fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__[x]', 'a[__proto__][x]', 'constructor[prototype][x]', 'a[b', ']a[', '[]')), fc.string()), (flat) => {
      nested(flat)
      expect(({} as Record<string, unknown>)['x']).toBeUndefined()
    }))
  })
})

describe('rates', () => {
  it('round what arrives down and what leaves up, and never make money', () => {
    fc.assert(fc.property(fc.bigInt(1n, 10n ** 12n), fc.integer({ min: 1, max: 10_000_000 }), (minor, micro) => {
      const rate = (micro / 1_000).toFixed(3)
      const there = toService(minor, rate, 'USD', 'UAH', 'down')
      expect(toBase(there, rate, 'USD', 'UAH', 'down') <= minor).toBe(true)
      expect(toBase(toService(minor, rate, 'USD', 'UAH', 'up'), rate, 'USD', 'UAH', 'up') >= minor).toBe(true)
    }))
  })
})

describe('bearer tokens', () => {
  const keys = jwtKeys(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'der', type: 'pkcs8' }), randomBytes(32))
  it('that nobody signed are never believed, whatever they are', () => {
    const part = fc.oneof(fc.base64String(), fc.string(), fc.json().map((text) => Buffer.from(text).toString('base64url')), fc.constantFrom('eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzUxMiJ9', 'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9'))
    fc.assert(fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
      const token = parts.join('.')
      peekToken(token)
      expect(verifyToken(token, keys)).toBe(false)
    }))
  })
})
