/** The database is away: what clients, payers and the next request get. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import { layWire } from '../support/cut.ts'
import { createTestServer, type Called, type CallOptions, type TestServer } from '../support/server.ts'
import { createPlace } from './place.ts'
import { demoOf } from './process.ts'

const away = (code: string, message = 'away'): Error => Object.assign(new Error(message), { code })

/** As the driver and the server tell it. */
const WAYS: ReadonlyArray<readonly [string, Error]> = [
  ['nothing listens', away('ECONNREFUSED')],
  ['nothing listens at any of its addresses', new AggregateError([away('ECONNREFUSED'), away('ECONNREFUSED')])],
  ['its name is not known', away('ENOTFOUND')],
  ['the connection breaks', new Error('Connection terminated unexpectedly')],
  ['the connection had broken', new Error('Client has encountered a connection error and is not queryable')],
  ['the pool gives none', new Error('timeout exceeded when trying to connect')],
  ['no answer comes', new Error('Query read timeout')],
  ['it shuts down', away('57P01')],
  ['it starts', away('57P03')],
  ['it has no place', away('53300')],
  ['a statement took too long', away('57014')],
]

describe('a database that is away', () => {
  let server: TestServer
  let db: { query: Db['query'] }
  let query: Db['query']
  beforeAll(async () => {
    server = await createTestServer()
    db = server.db as { query: Db['query'] }
    query = db.query
  })
  afterAll(() => server.close())
  afterEach(() => {
    db.query = query
  })

  const breakWith = (error: Error): void => {
    db.query = () => Promise.reject(error)
  }

  it.each(WAYS)('%s: 503 with Retry-After, in the shape of each API', async (_what, error) => {
    breakWith(error)
    for (const { method, path, options, shape } of requests(server.demo)) {
      const answer = await server.call(method, path, options)
      expect([path, answer.status, answer.headers.get('retry-after'), answer.body]).toEqual([path, 503, '5', shape])
    }
  })

  it('anything else that breaks is 500 as before', async () => {
    breakWith(new Error('column "x" does not exist'))
    for (const { method, path, options } of requests(server.demo)) expect((await server.call(method, path, options)).status).toBe(500)
  })

  it('a payer reads words, and not that nothing was charged', async () => {
    const { method, path, options } = requests(server.demo)[1] as Asked
    const invoice = await server.call(method, path, options)
    breakWith(away('ECONNREFUSED'))
    const page = await server.call('GET', `/corefy/redirect/hpp?cpi=${String(invoice.get('data.id'))}`, { headers: { accept: 'text/html', 'accept-language': 'es' } })
    expect([page.status, page.headers.get('retry-after'), page.headers.get('content-type')]).toEqual([503, '5', 'text/html; charset=utf-8'])
    expect(page.text).toContain('Ahora no podemos decirte')
    expect(page.text).not.toContain('No se ha cobrado nada')
  })

  it('under an Idempotency-Key it is not kept: the next request does the work, once', async () => {
    const create = (): Promise<Called> => server.call('POST', '/fintoc/v1/payment_intents', { ...intent(server.demo), headers: { ...intent(server.demo).headers, 'idempotency-key': 'away' } })
    db.query = (text, params, options) => (/INSERT INTO payments /.test(text) ? Promise.reject(away('57P01')) : (query.call(db, text, params, options) as never))
    expect((await create()).status).toBe(503)
    db.query = query
    const made = await create()
    expect(made.status).toBe(201)
    expect((await create()).text).toBe(made.text)
  })

  it('a payment that was made is the answer, when only the answer of the database was lost', async () => {
    let lost = 0
    db.query = async (text, params, options) => {
      const rows = await query.call(db, text, params, options)
      if (/INSERT INTO payments /.test(text) && lost++ === 0) throw away('57P01')
      return rows as never
    }
    const made = await server.call('POST', '/fintoc/v1/payment_intents', { ...intent(server.demo), headers: { ...intent(server.demo).headers, 'idempotency-key': 'lost' } })
    expect([made.status, lost]).toEqual([201, 1])
  })
})

type Demo = TestServer['demo']

const intent = (demo: Demo): CallOptions & { headers: Record<string, string> } => ({
  headers: { authorization: demo['fintoc']?.['secret_key'] ?? '' },
  json: { amount: 1000, currency: 'CLP', recipient_account: { holder_id: '183917137', number: '123456', type: 'checking_account', institution_id: 'cl_banco_de_chile' } },
})

interface Asked {
  readonly method: string
  readonly path: string
  readonly options: CallOptions
  /** The answer while the database is away. */
  readonly shape: unknown
}

/** One that reads and one that makes, of each API. */
function requests(demo: Demo): readonly Asked[] {
  const corefy = { auth: [demo['corefy']?.['account_id'] ?? '', demo['corefy']?.['api_key'] ?? ''] as const }
  const shop = { auth: [demo['begateway']?.['shop_id'] ?? '', demo['begateway']?.['secret_key'] ?? ''] as const }
  const json = { request: { amount: 100, currency: 'USD', description: 'x', tracking_id: 'a-1', test: true, credit_card: { number: '4200000000000000', holder: 'JANE DOE', exp_month: '01', exp_year: '2041', verification_value: '123' } } }
  const invoice = { data: { type: 'payment-invoices', attributes: { test_mode: true, reference_id: 'a-1', currency: 'USD', amount: 1, service: 'payment_card_usd_hpp' } } }
  const unknown = /may have been carried out/i
  const errors = (detail: RegExp): unknown => ({ errors: [{ status: '503', title: 'Service Unavailable', detail: expect.stringMatching(detail) as unknown }] })
  const error = (message: RegExp): unknown => ({ error: { type: 'api_error', code: 'internal_server_error', message: expect.stringMatching(message) as unknown, param: null, doc_url: null } })
  const message = expect.stringMatching(unknown) as unknown
  return [
    { method: 'GET', path: '/corefy/payment-invoices/cpi_x', options: corefy, shape: errors(/try again/i) },
    { method: 'POST', path: '/corefy/payment-invoices', options: { ...corefy, json: invoice }, shape: errors(unknown) },
    { method: 'GET', path: '/fintoc/v1/payment_intents', options: { headers: intent(demo).headers }, shape: error(/try again/i) },
    { method: 'POST', path: '/fintoc/v1/payment_intents', options: intent(demo), shape: error(unknown) },
    { method: 'GET', path: '/begateway/transactions/x', options: shop, shape: { response: { message: expect.stringMatching(/try again/i) as unknown } } },
    { method: 'POST', path: '/begateway/transactions/payments', options: { ...shop, json }, shape: { response: { message } } },
    { method: 'POST', path: '/begateway/beyag/payments', options: { ...shop, json }, shape: { message } },
    { method: 'POST', path: '/begateway/transactions/payments', options: { ...shop, json, headers: { 'x-api-version': '3' } }, shape: { code: 'F.1000', error_code: 'internal_error', status: 'error', message, friendly_message: 'Please try again later' } },
  ]
}

describe.runIf(process.env.TENDER_TEST_ENGINE === 'postgres')('a server whose database is away for a while', () => {
  it('says so to every API while it is stopped, and goes on by itself', async () => {
    const place = await createPlace()
    const wire = await layWire(place.env['DATABASE_URL'] ?? '')
    const server = await place.start({ DATABASE_URL: wire.url })
    const demo = await demoOf(place)
    const statuses = (): Promise<number[]> => Promise.all(requests(demo).map(async ({ method, path, options }) => (await fetch(server.url + path, requestOf(method, options))).status))
    const before = await statuses()
    expect(before).not.toContain(503)
    await wire.cut()
    // What is wrong with a request by itself is said without the database, for as long as its account is remembered: two seconds.
    await expect.poll(async () => {
      const now = await statuses()
      expect(now.filter((status) => status < 400)).toEqual([])
      return new Set(now)
    }, { timeout: 20_000, interval: 200 }).toEqual(new Set([503]))
    expect((await fetch(`${server.url}/ready`)).status).toBe(503)
    await wire.mend()
    const after = await statuses()
    expect(after.every((status) => status < 500)).toBe(true)
    expect(await server.stop()).toBe(0)
    await wire.close()
    await place.remove()
  }, 120_000)
})

function requestOf(method: string, { auth, headers = {}, json }: CallOptions): RequestInit {
  const basic: Record<string, string> = auth === undefined ? {} : { authorization: `Basic ${Buffer.from(auth.join(':')).toString('base64')}` }
  return { method, headers: { ...basic, ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...(json === undefined ? {} : { body: JSON.stringify(json) }) }
}
