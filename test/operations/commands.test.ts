/** The commands, as an operator runs them: beside a running server, and without one. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verify } from '../../src/apis/fintoc/webhooks/signature.ts'
import { openDatabase } from '../../src/db/open.ts'
import { createDbBook } from '../../src/providers/sandbox/book-db.ts'
import { SEALED_TABLES } from '../../src/cli/commands/keys.ts'
import { bookOf, differences } from '../crash/books.ts'
import { createReceiver, dig, type Receiver } from '../support/server.ts'
import { createPlace } from './place.ts'
import { demoOf, expectSentence, startProgram, type Place, type Running } from './process.ts'

const embedded = process.env.TENDER_TEST_ENGINE !== 'postgres'

let place: Place
let server: Running
let receiver: Receiver
beforeAll(async () => {
  place = await createPlace()
  receiver = await createReceiver()
  server = await place.start()
}, 60_000)
afterAll(async () => {
  await place.remove()
  await receiver.close()
})

interface Sold {
  readonly uid: string
}

async function sell(tracking_id: string): Promise<Sold> {
  const shop = (await demoOf(place))['begateway']
  const answer = await fetch(`${shop?.['base_url']}/transactions/payments`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${shop?.['shop_id']}:${shop?.['secret_key']}`).toString('base64')}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      request: {
        amount: 100, currency: 'USD', description: tracking_id, tracking_id, test: true, duplicate_check: false, notification_url: `${receiver.url}/${tracking_id}`,
        credit_card: { number: '4200000000000000', holder: 'JANE DOE', exp_month: '01', exp_year: '2031', verification_value: '123' },
      },
    }),
  })
  return ((await answer.json()) as { transaction: Sold }).transaction
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition() && waited < 100; waited++) await new Promise((resolve) => setTimeout(resolve, 100))
  expect(condition()).toBe(true)
}

describe('beside a running server', () => {
  it('tender demo names its address, with keys that work', async () => {
    const keys = await demoOf(place)
    expect(Object.keys(keys)).toEqual(expect.arrayContaining(['corefy', 'fintoc', 'begateway']))
    for (const { base_url } of Object.values(keys)) expect(base_url?.startsWith(`${server.url}/`)).toBe(true)
    expect(Object.keys(keys['corefy'] ?? {})).toEqual(['base_url', 'account_id', 'api_key', 'public_key_test', 'private_key_test'])
    expect((await place.run(['demo'])).stdout).toContain(keys['corefy']?.['api_key'] ?? '-')
  }, 60_000)

  it('the file that leads to it is closed to others', async () => {
    expect((await stat(join(place.folder, 'server.json'))).mode & 0o777).toBe(0o600)
  })

  it('tender deliveries and tender replay', async () => {
    const { uid } = await sell('told')
    await until(() => receiver.at('/told').length === 1)
    const shown = await place.run(['deliveries', uid])
    expect(shown.stdout).toMatch(new RegExp(`delivered  ${receiver.url}/told\n    \\S+Z  200  \\d+ ms  "<title>Shop</title>received"`))
    const [delivery] = JSON.parse((await place.run(['deliveries', uid, '--json'])).stdout) as [{ id: string; event_id: string; log: unknown[] }]
    expect(delivery.log).toHaveLength(1)
    for (const [times, id] of [[2, uid], [3, delivery.id], [4, delivery.event_id]] as const) {
      expect(await place.run(['replay', id])).toMatchObject({ code: 0, stdout: '1 delivery is due again.\n' })
      await until(() => receiver.at('/told').length === times)
    }
    expect(new Set(receiver.at('/told').map(({ raw }) => raw)).size).toBe(1)
    expect(await place.run(['replay', 'nothing'])).toMatchObject({ code: 1, stderr: 'There is no delivery for "nothing": it must be the id of a payment, of a delivery or of an event.\n' })
    expect(await place.run(['deliveries', 'nothing'])).toMatchObject({ code: 1, stderr: 'There is no payment "nothing".\n' })
    expect(await place.run(['deliveries'])).toMatchObject({ code: 2 })
    // A merchant's address reaches an operator's terminal, and must not steer it.
    const { base_url, account_id, api_key } = (await demoOf(place))['corefy'] ?? {}
    const made = await fetch(`${base_url}/payment-invoices`, {
      method: 'POST', headers: { authorization: `Basic ${Buffer.from(`${account_id}:${api_key}`).toString('base64')}` },
      body: JSON.stringify({ data: { type: 'payment-invoices', attributes: { test_mode: true, reference_id: 'steering', currency: 'USD', amount: 1, service: 'payment_card_usd_hpp', callback_url: `${receiver.url}/told\u001b[2J` } } }),
    })
    const steering = await place.run(['deliveries', String(dig(await made.json(), 'data.id'))])
    expect(steering.stdout).toContain(`${receiver.url}/told\ufffd[2J`)
    expect(steering.stdout).not.toContain('\u001b')
  }, 120_000)

  it('tender payments paid, tender payments charged-back and tender refunds book what an operator says', async () => {
    const shop = (await demoOf(place))['begateway']
    const post = async (path: string, request: object): Promise<Sold & { status: string; amount: number }> => {
      const headers = { authorization: `Basic ${Buffer.from(`${shop?.['shop_id']}:${shop?.['secret_key']}`).toString('base64')}`, 'content-type': 'application/json' }
      const answer = await fetch(`${shop?.['base_url']}/beyag/transactions/${path}`, { method: 'POST', headers, body: JSON.stringify({ request }) })
      return ((await answer.json()) as { transaction: Sold & { status: string; amount: number } }).transaction
    }
    const { uid, status } = await post('payments', { amount: 15_000, currency: 'EUR', description: 'd', test: true, notification_url: `${receiver.url}/corrected`, return_url: 'https://shop.example/back', customer: { email: 'a@shop.example', country: 'LV' }, method: { type: 'bogus' } })
    expect(status).toBe('failed')
    expect(await place.run(['payments', 'paid', uid, 'much', 'seen', 'at', 'the', 'bank'])).toMatchObject({ code: 1, stderr: '"much" is not an amount of EUR.\n' })
    expect(await place.run(['payments', 'paid', uid, '150.00'])).toMatchObject({ code: 2 })
    expect(await place.run(['payments', 'paid', uid, '150.00', 'seen', 'at', 'the', 'bank'])).toMatchObject({ code: 0, stdout: `Payment ${uid} is paid: 150.00 EUR are booked on provider:manual.\n` })
    await until(() => receiver.at('/corrected').some(({ raw }) => raw.includes('"successful"')))
    expect(await place.run(['payments', 'paid', uid, '150.00', 'again'])).toMatchObject({ code: 1, stderr: `Payment ${uid} is paid already.\n` })
    expect(await place.run(['payments', 'paid', 'nobody', '1', 'x'])).toMatchObject({ code: 1, stderr: 'There is no payment "nobody".\n' })
    const refund = await post('refunds', { parent_uid: uid, amount: 100, reason: 'r' })
    expect(refund).toMatchObject({ status: 'successful', amount: 100 })
    expect(await place.run(['refunds', 'paid', refund.uid])).toMatchObject({ code: 1, stderr: `Refund ${refund.uid} does not wait for a hand: its provider says what becomes of it.\n` })
    expect(await place.run(['refunds', 'failed', 'nobody'])).toMatchObject({ code: 1, stderr: 'There is no refund "nobody".\n' })
    const taken = ['payments', 'charged-back', uid, '1.00', 'case-17', 'said', 'the', 'acquirer']
    expect(await place.run(taken)).toMatchObject({ code: 0, stdout: `1.00 EUR of payment ${uid} are charged back.\n` })
    expect(await place.run(taken)).toMatchObject({ code: 0, stdout: `Case case-17 is booked already: 1.00 EUR of payment ${uid}.\n` })
    expect(await place.run(['payments', 'charged-back', uid, '2.00', 'case-17', 'said', 'the', 'acquirer'])).toMatchObject({ code: 1, stderr: 'Case case-17 is booked already, with another amount or for another payment.\n' })
    const { base_url = '', account_id = '', api_key = '' } = (await demoOf(place))['corefy'] ?? {}
    const call = async (path: string, authorization: string, body?: unknown): Promise<unknown> =>
      (await fetch(`${base_url}${path}`, { headers: { authorization }, ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify({ data: body }) }) })).json()
    const basic = `Basic ${Buffer.from(`${account_id}:${api_key}`).toString('base64')}`
    const made = await call('/payment-invoices', basic, { type: 'payment-invoices', attributes: { reference_id: 'taken-back', currency: 'USD', amount: 10, service: 'payment_card_usd_hpp', test_mode: true } })
    const id = String(dig(made, 'data.id'))
    await call('/payment/sale', `Bearer ${String(dig(made, 'data.attributes.flow_data.metadata.token'))}`, { type: 'sale-operation', attributes: { card_number: '4242424242424242', exp_month: '12', exp_year: '31', cvv: '123' } })
    expect(await place.run(['payments', 'charged-back', id, '10.01', 'case-18', 'said', 'the', 'acquirer'])).toMatchObject({ code: 1, stderr: `Of payment ${id} no more than 10.00 USD is left.\n` })
    expect(await place.run(['payments', 'charged-back', id, '9.99', 'case-18', 'said', 'the', 'acquirer'])).toMatchObject({ code: 0, stdout: `9.99 USD of payment ${id} are charged back.\n` })
    expect(dig(await call(`/payment-invoices/${id}`, basic), 'data.attributes')).toMatchObject({ status: 'partially_charged_back', charged_back_amount: 9.99 })
    const more = ['payments', 'charged-back', id, '5.00', 'case-19', 'said', 'the', 'acquirer']
    expect(await place.run(more)).toMatchObject({ code: 1, stderr: `Of payment ${id} no more than 0.01 USD is left. If the bank took what had been refunded before, say so with --beyond.\n` })
    expect(await place.run([...more, '--beyond'])).toMatchObject({ code: 0, stdout: `5.00 USD of payment ${id} are charged back.\n` })
    expect(await place.run([...more, '--json'])).toMatchObject({ code: 2 })
    expect(await place.run(['audit'])).toMatchObject({ code: 0 })
    expect(await place.run(['merchants', 'settings', 'mer_demo', 'corefy', '{"moderate_payouts": true}'])).toMatchObject({ code: 0 })
    let held: unknown
    let n = 0
    // A server remembers a merchant for a moment.
    await expect.poll(async () => {
      held = await call('/payout-invoices', basic, { type: 'payout-invoice', attributes: { reference_id: `held-${++n}`, currency: 'USD', amount: 1, service: 'test_usd', test_mode: true, fields: { account: '1' }, options: { auto_process: true } } })
      return dig(held, 'data.attributes.moderation_required')
    }, { timeout: 10_000 }).toBe(true)
    const payout = String(dig(held, 'data.id'))
    expect(await place.run(['payments', 'approve', payout])).toMatchObject({ code: 0, stdout: `Payment ${payout} may go on.\n` })
    expect(dig(await call(`/payout-invoices/${payout}`, basic), 'data.attributes')).toMatchObject({ status: 'processed', moderation_required: false })
    for (const id of [payout, uid]) expect(await place.run(['payments', 'terminate', id])).toMatchObject({ code: 1, stderr: `Payment ${id} does not wait for anybody's word.\n` })
  }, 120_000)

  it('tender merchants add gives keys that work at every API, tender merchants list shows no key, tender merchants settings changes what an account does', async () => {
    const added = JSON.parse((await place.run(['merchants', 'add', 'Blue', 'Shop', '--json'])).stdout) as Record<string, Record<string, string>>
    const { corefy, fintoc, begateway } = added
    const basic = (user?: string, password?: string): Record<string, string> => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` })
    expect((await fetch(`${corefy?.['base_url']}/payment-invoices`, { headers: basic(corefy?.['account_id'], corefy?.['api_key']) })).status).toBe(200)
    expect((await fetch(`${fintoc?.['base_url']}/v1/payment_intents`, { headers: { authorization: fintoc?.['secret_key_test'] ?? '' } })).status).toBe(200)
    expect((await fetch(`${begateway?.['base_url']}/transactions/tracking_id/none`, { headers: basic(begateway?.['shop_id'], begateway?.['secret_key']) })).status).not.toBe(401)
    const settings = (...change: string[]): ReturnType<Place['run']> => place.run(['merchants', 'settings', added['merchant_id'] as unknown as string, 'corefy', ...change])
    expect(await settings('{"website": "https://blue.example", "retry_limit": 5}')).toMatchObject({ code: 0, stdout: expect.stringContaining('"retry_limit": 5') as string })
    // A process remembers an account for two seconds.
    const website = async (): Promise<unknown> => dig(await (await fetch(`${corefy?.['base_url']}/account/profile`, { headers: basic(corefy?.['account_id'], corefy?.['api_key']) })).json(), 'data.attributes.website')
    await expect.poll(website, { timeout: 10_000 }).toBe('https://blue.example')
    expect(await settings('{"retry_limit": "many"}')).toMatchObject({ code: 1, stdout: '', stderr: 'retry_limit must be a whole number from 1 to 20.\n' })
    for (const text of ['a\\u0000b', '\\ud800']) expect(await settings(`{"descriptor": "${text}"}`)).toMatchObject({ code: 1, stdout: '', stderr: 'The change has a character that cannot be kept: U+0000, or half of a pair.\n' })
    expect(JSON.parse((await place.run(['merchants', 'settings', added['merchant_id'] as unknown as string, 'fintoc', '{"origins": ["https://blue.example"]}'])).stdout)).toMatchObject({ version: '2023-11-15', origins: ['https://blue.example'], recipient_account: null })
    expect(await settings('retry_limit=5')).toMatchObject({ code: 1, stderr: expect.stringContaining('must be a JSON object') as string })
    const again = await place.run(['merchants', 'add', 'Green Shop'])
    expect(again.stdout).toContain('"Green Shop"')
    const list = await place.run(['merchants', 'list'])
    expect(list.stdout).toMatch(/Blue Shop\n.*Green Shop/)
    for (const value of Object.values(corefy ?? {})) expect(list.stdout).not.toContain(value)
    for (const name of ['x'.repeat(101), 'Red\u001b[31m Shop', 'Red\nShop', 'Red \u202epohS']) expect(await place.run(['merchants', 'add', name])).toMatchObject({ code: 1, stderr: "A merchant's name has 1 to 100 characters, all of which can be seen.\n" })
  }, 120_000)

  it('tender endpoints rotate gives a receiver a new secret, once', async () => {
    const { base_url = '', secret_key = '' } = (await demoOf(place))['fintoc'] ?? {}
    const call = async (path: string, body: object): Promise<unknown> => (await fetch(`${base_url}/v1/webhook_endpoints${path}`, { method: 'POST', headers: { authorization: secret_key, 'content-type': 'application/json' }, body: JSON.stringify(body) })).json()
    const made = await call('', { url: `${receiver.url}/rotated`, enabled_events: ['refund.failed'] })
    const [id, old] = [String(dig(made, 'id')), String(dig(made, 'secret'))]
    expect(await place.run(['endpoints', 'rotate', 'we_nobody'])).toMatchObject({ code: 1, stderr: 'There is no endpoint "we_nobody".\n' })
    const { code, stdout } = await place.run(['endpoints', 'rotate', id])
    const fresh = /is (whsec_\w{32})\. It is not shown again/.exec(stdout)?.[1] ?? ''
    expect([code, fresh === '', fresh === old]).toEqual([0, false, false])
    await call(`/${id}/test`, { type: 'refund.failed' })
    await until(() => receiver.at('/rotated').length > 0)
    const [told] = receiver.at('/rotated')
    const isSignedWith = (secret: string): boolean => verify(secret, told?.raw ?? '', String(told?.headers['fintoc-signature']), new Date())
    expect([isSignedWith(fresh), isSignedWith(old)]).toEqual([true, false])
  }, 60_000)

  it('tender keys rotate seals everything again while payments go on', async () => {
    const selling = Promise.all([1, 2, 3, 4].map((n) => sell(`during-${n}`)))
    const rotated = await place.run(['keys', 'rotate'])
    expect(rotated).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Rotated: everything is sealed under data key 3 now/) as string })
    expect((await selling).every(({ uid }) => uid !== undefined)).toBe(true)
    // The signing key is opened again, and a new sale is signed with it.
    await sell('after')
    await until(() => receiver.at('/after').length === 1)
  }, 120_000)

  it('an operator who asks again after a command was killed has said it once', async () => {
    const { uid } = await sell('taken-back-once')
    const keys = (await demoOf(place))['corefy']
    const headers = { authorization: `Basic ${Buffer.from(`${keys?.['account_id']}:${keys?.['api_key']}`).toString('base64')}` }
    const payoutAt = (base_url: string | undefined, path: string, body?: unknown): Promise<unknown> =>
      fetch(`${base_url}/payout-invoices${path}`, { headers, ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify({ data: body }) }) }).then((answer) => answer.json())
    const held = async (name: string): Promise<string> => {
      const attributes = { reference_id: name, currency: 'USD', amount: 1, service: 'test_usd', test_mode: true, fields: { account: '1' }, options: { auto_process: true }, callback_url: `${receiver.url}/${name}` }
      const made = await payoutAt(keys?.['base_url'], '', { type: 'payout-invoice', attributes })
      expect(dig(made, 'data.attributes.moderation_required')).toBe(true)
      return String(dig(made, 'data.id'))
    }
    expect(await place.run(['merchants', 'settings', 'mer_demo', 'corefy', '{"moderate_payouts": true}'])).toMatchObject({ code: 0 })
    const [allowed, sent, ended] = [await held('allowed'), await held('sent'), await held('ended')]
    expect(await server.stop()).toBe(0)
    const killedAt = async (label: string, ...words: string[]): Promise<void> => {
      expect(await place.run(words, { TENDER_CRASH_AT: label })).toMatchObject({ code: null, stdout: '' })
    }
    const taken = ['payments', 'charged-back', uid, '0.60', 'case-once', 'said', 'the', 'acquirer']
    await killedAt('charge_back.before', ...taken)
    await killedAt('charge_back.after', ...taken)
    // A server sends it when it starts; here somebody else does.
    await killedAt('payout.intend.before', 'payments', 'approve', allowed)
    expect(await place.run(['payments', 'approve', allowed])).toMatchObject({ code: 0 })
    await killedAt('payout.execute.after', 'payments', 'approve', sent)
    await killedAt('end.before', 'payments', 'terminate', ended)
    await killedAt('end.after', 'payments', 'terminate', ended)
    server = await place.start()
    expect(await place.run(taken)).toMatchObject({ code: 0, stdout: `Case case-once is booked already: 0.60 USD of payment ${uid}.\n` })
    expect(await place.run(['payments', 'terminate', ended])).toMatchObject({ code: 1, stderr: `Payment ${ended} does not wait for anybody's word.\n` })
    for (const [id, status] of [[allowed, 'processed'], [sent, 'processed'], [ended, 'terminated']] as const) {
      await expect.poll(async () => dig(await payoutAt(`${server.url}/corefy`, `/${id}`), 'data.attributes.status'), { timeout: 20_000 }).toBe(status)
    }
    for (const [name, status] of [['allowed', 'processed'], ['sent', 'processed'], ['ended', 'terminated']] as const) {
      const told = (): string[] => receiver.at(`/${name}`).filter(({ body }) => dig(body, 'data.attributes.status') === status).map(({ raw }) => raw)
      await until(() => told().length > 0)
      expect(new Set(told()).size).toBe(1)
    }
  }, 120_000)

  it('tender audit proves the books', async () => {
    expect(await place.run(['audit'])).toMatchObject({ code: 0, stdout: expect.stringContaining('The books are in order.') as string })
    expect(JSON.parse((await place.run(['audit', '--json'])).stdout)).toMatchObject({ clean: true })
  }, 120_000)

  it.runIf(embedded)('takes commands from nobody who has not read the token', async () => {
    const { control } = JSON.parse(await readFile(join(place.folder, 'server.json'), 'utf8')) as { control: { url: string } }
    expect(new URL(control.url).hostname).toBe('127.0.0.1')
    for (const headers of [new Headers(), new Headers({ authorization: 'Bearer x' })]) {
      expect((await fetch(control.url, { method: 'POST', headers, body: '{"name":"audit","values":[]}' })).status).toBe(403)
    }
  })
})

describe('without a server', () => {
  it('the same commands open the database themselves; wrong books end with 1', async () => {
    expect(await server.stop()).toBe(0)
    expect(await place.run(['audit'])).toMatchObject({ code: 0 })
    expect((await place.run(['merchants', 'list'])).stdout).toContain('Blue Shop')
    const db = await openDatabase(place.env['DATABASE_URL'] === undefined ? { folder: join(place.folder, 'db') } : { url: place.env['DATABASE_URL'] })
    expect(await differences(db, await bookOf((await createDbBook(db)).list))).toEqual([])
    await db.query(`UPDATE payments SET captured = captured - 1 WHERE captured > 1 AND refunded = 0`)
    // What seals must be rotated: a new table with such a column must not be forgotten.
    const sealing = await db.query<{ name: string }>(`SELECT table_name AS name FROM information_schema.columns WHERE column_name = 'sealed' ORDER BY 1`)
    await db.close()
    expect(sealing.map(({ name }) => name)).toEqual(SEALED_TABLES.map(({ table }) => table).toSorted())
    expect(await place.run(['audit'])).toMatchObject({ code: 1, stdout: expect.stringContaining('The books are NOT in order') as string })
  }, 120_000)

  it('a file that a killed server left behind misleads nobody', async () => {
    await writeFile(join(place.folder, 'server.json'), JSON.stringify({ pid: 1, instance: 'gone', local_url: 'http://127.0.0.1:9', public_url: 'http://127.0.0.1:9', hosts: {}, control: { url: 'http://127.0.0.1:9', token: 'x' } }))
    expect((await demoOf(place))['corefy']?.['base_url']).toBe('http://localhost:8080/corefy')
    expect((await place.run(['merchants', 'list'])).code).toBe(0)
  }, 60_000)

  it('tender sandbox runs the networks as a program of their own', async () => {
    const folder = join(place.folder, 'sandbox')
    const program = await startProgram(['sandbox', '--port', '0', '--folder', folder], /networks are at (\S+)/)
    expect((await fetch(`${program.match}/book`)).status).toBe(200)
    // Two processes over one embedded database would destroy it.
    expectSentence(await place.run(['sandbox', '--port', '0', '--folder', folder]), new RegExp(`^The data folder ${folder} is in use by another Tender process \\(pid ${program.child.pid}\\): stop it, or choose another folder with --folder\\.\n$`))
    expect(await program.stop()).toBe(0)
    expect(await place.run(['sandbox', '--port', 'x'])).toMatchObject({ code: 1, stderr: '--port must be a whole number from 0 to 65535.\n' })
  }, 60_000)
})
