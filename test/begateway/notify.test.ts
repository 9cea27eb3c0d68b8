import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { verdictOf } from '../../src/apis/begateway/apm/verification.ts'
import { EXPIRED_CHECKOUTS, retryDelay_ms, TRANSACTIONS } from '../../src/apis/begateway/notify/schedule.ts'
import { basicAuthorization, contentSignature, newNotificationKeys, readPrivateKey } from '../../src/apis/begateway/notify/signature.ts'
import { returnUrl } from '../../src/apis/begateway/payer/return-url.ts'
import { openSslVerifies } from './openssl.ts'

const run = promisify(execFile)

describe('Content-Signature', () => {
  test('OpenSSL verifies it with the public key as shops get it, and no other body', async () => {
    const keys = await newNotificationKeys()
    const body = JSON.stringify({ transaction: { uid: 'x', description: 'Ünïcode "quoted" \\/ €' } })
    const signature = contentSignature(body, readPrivateKey(keys.private_pem))
    expect(signature).toMatch(/^[A-Za-z0-9+/]+=*$/)
    expect(keys.public_key).toMatch(/^MIIBIjANBgkq/)
    expect(await openSslVerifies(body, signature, keys.public_key)).toBe(true)
    expect(await openSslVerifies(body.replace('x', 'y'), signature, keys.public_key)).toBe(false)
    expect(await openSslVerifies(body, signature, (await newNotificationKeys()).public_key)).toBe(false)
  })

  test('the key has 2048 bits', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'begateway-'))
    try {
      await writeFile(join(folder, 'key.pem'), (await newNotificationKeys()).private_pem)
      expect((await run('openssl', ['pkey', '-in', join(folder, 'key.pem'), '-text', '-noout'])).stdout).toContain('2048 bit')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('Basic is the shop\'s own credentials', () => expect(basicAuthorization('361', 'secret')).toBe('Basic MzYxOnNlY3JldA=='))
})

describe('the schedule', () => {
  const seconds = (tries: number, random: number): number => retryDelay_ms(TRANSACTIONS, tries, random)! / 1000

  test('transactions: int(2.12·c)³ + rnd·(c+1)', () => {
    expect([seconds(1, 0), seconds(1, 0.999)]).toEqual([8, 66])
    expect([seconds(5, 0), seconds(5, 0.999)]).toEqual([1000, 1174])
    expect(seconds(10, 0)).toBe(9261)
    expect(seconds(15, 0)).toBe(29791)
    expect(retryDelay_ms(TRANSACTIONS, 16, 0)).toBeUndefined()
  })

  test('about 36 hours in all', () => {
    let total = 0
    for (let c = 1; c <= 15; c++) total += seconds(c, 0.5)
    expect(total / 3600).toBeGreaterThan(33)
    expect(total / 3600).toBeLessThan(38)
  })

  test('expired checkouts: c⁴ + 15 + rnd·(c+1), twice', () => {
    expect(retryDelay_ms(EXPIRED_CHECKOUTS, 1, 0)).toBe(16_000)
    expect(retryDelay_ms(EXPIRED_CHECKOUTS, 2, 0.999)).toBe((16 + 15 + 29 * 3) * 1000)
    expect(retryDelay_ms(EXPIRED_CHECKOUTS, 3, 0)).toBeUndefined()
  })
})

describe('the verification answer', () => {
  const judge = (body: unknown, status = 200): boolean => verdictOf({ status, body: typeof body === 'string' ? body : JSON.stringify(body) }, 'u-1', 3245n).accepted

  test('code 0 with uid and amount accepts', () => expect(judge({ code: 0, uid: 'u-1', amount: 3245 })).toBe(true))
  test.each([
    ['another code', { code: 1, uid: 'u-1', amount: 3245 }, 200],
    ['no code', { uid: 'u-1', amount: 3245 }, 200],
    ['another uid', { code: 0, uid: 'u-2', amount: 3245 }, 200],
    ['no uid', { code: 0, amount: 3245 }, 200],
    ['another amount', { code: 0, uid: 'u-1', amount: 1 }, 200],
    ['a fractional code', { code: 0.5, uid: 'u-1', amount: 3245 }, 200],
    ['another status', { code: 0, uid: 'u-1', amount: 3245 }, 201],
    ['no JSON', '<html>', 200],
    ['a list', [], 200],
  ])('%s declines', (_, body, status) => expect(judge(body, status)).toBe(false))
  test('silence declines', () => expect(verdictOf(undefined, 'u-1', 1n).accepted).toBe(false))
  test('the merchant\'s words are kept', () => {
    expect(verdictOf({ status: 200, body: JSON.stringify({ code: 1, uid: 'u', amount: 1, message: 'stock gone', friendly_message: 'Sorry, sold out' }) }, 'u', 1n)).toEqual({ accepted: false, message: 'stock gone', friendly_message: 'Sorry, sold out' })
  })
})

test('return_url keeps the merchant\'s query as it was', () => {
  const added = { token: 'abc', status: 'successful', uid: 'u-1' }
  expect(returnUrl('https://shop.example/ok?mine=1', added)).toBe('https://shop.example/ok?mine=1&token=abc&status=successful&uid=u-1')
  expect(returnUrl('https://shop.example/ok', { status: 'failed', uid: 'u' })).toBe('https://shop.example/ok?status=failed&uid=u')
  expect(returnUrl('https://shop.example/ok?a=%20b+c&x#top', { status: 'failed', uid: 'u' })).toBe('https://shop.example/ok?a=%20b+c&x&status=failed&uid=u#top')
  expect(returnUrl('myshop://paid?', { status: 'failed', uid: 'u' })).toBe('myshop://paid?status=failed&uid=u')
})
