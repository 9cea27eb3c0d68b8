/** The demo shops over HTTP, for the tests of this API. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTestServer, type Called, type TestServer, type TestServerOptions } from '../support/server.ts'

export type Json = Record<string, unknown>

export interface ShopClient {
  readonly shop_id: string
  readonly secret_key: string
  readonly public_key: string
  post(path: string, json: unknown, headers?: Record<string, string>): Promise<Called>
  get(path: string, headers?: Record<string, string>): Promise<Called>
  request(method: string, path: string, json?: unknown, headers?: Record<string, string>): Promise<Called>
}

export interface Harness {
  readonly server: TestServer
  readonly base: string
  /** Without 3-D Secure. */
  readonly shop: ShopClient
  /** With 3-D Secure. */
  readonly shop3ds: ShopClient
  close(): Promise<void>
}

export async function createHarness(options?: TestServerOptions): Promise<Harness> {
  const server = await createTestServer(options)
  return { server, base: `${server.url}/begateway`, shop: client(server, 'begateway'), shop3ds: client(server, 'begateway_3ds'), close: () => server.close() }
}

function client(server: TestServer, name: string): ShopClient {
  const { shop_id, secret_key, public_key } = server.demo[name] as { shop_id: string; secret_key: string; public_key: string }
  const request: ShopClient['request'] = (method, path, json, headers = {}) =>
    server.call(method, path.startsWith('http') ? path : `/begateway${path}`, { auth: [shop_id, secret_key], ...(json === undefined ? {} : { json }), headers })
  return { shop_id, secret_key, public_key, request, post: (path, json, headers) => request('POST', path, json, headers), get: (path, headers) => request('GET', path, undefined, headers) }
}

let counter = 100

/** Amounts that no other test of the file uses, so that the duplicate filter stays out of the way. */
export const freshAmount = (): number => ++counter

/** The reference's minimal APM request, changed. */
export const apm = (changes: Json = {}): { request: Json } => ({
  request: {
    amount: 3245, currency: 'EUR', description: 'Order 17', test: true, tracking_id: '17;a1b2', return_url: 'https://shop.example/back',
    customer: { email: 'p@shop.example', first_name: 'Pat', country: 'LV' }, method: { type: 'bogus' }, ...changes,
  },
})

/** A card request with the documented successful card. */
export const card = (changes: Json = {}, number = '4200000000000000'): { request: Json } => ({
  request: {
    amount: freshAmount(), currency: 'USD', description: 'Order 18', test: true, tracking_id: randomUUID(),
    credit_card: { number, verification_value: '123', holder: 'JANE DOE', exp_month: '01', exp_year: '2031' },
    billing_address: { first_name: 'Jane', last_name: 'Doe', country: 'LV' }, customer: { ip: '127.0.0.1', email: 'jane@shop.example' }, ...changes,
  },
})

export const uidOf = (called: Called): string => String(called.get('transaction.uid'))
export const statusOf = (called: Called): unknown => called.get('transaction.status')

/** A merchant's server for `verification_url`: answers what it is told to, knowing the request. */
export interface Verifier {
  readonly url: string
  readonly requests: { readonly raw: string; readonly body: { transaction: Json }; readonly headers: IncomingHttpHeaders }[]
  answer: (transaction: Json) => { status?: number; body?: unknown; delay_ms?: number }
  close(): Promise<void>
}

export async function createVerifier(): Promise<Verifier> {
  const http = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString('utf8')
      const body = JSON.parse(raw) as { transaction: Json }
      verifier.requests.push({ raw, body, headers: request.headers })
      const { status = 200, body: answer, delay_ms = 0 } = verifier.answer(body.transaction)
      setTimeout(() => response.writeHead(status, { 'content-type': 'application/json' }).end(typeof answer === 'string' ? answer : JSON.stringify(answer)), delay_ms)
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const verifier: Verifier = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/verify`,
    requests: [],
    answer: ({ uid, amount }) => ({ body: { code: 0, uid, amount } }),
    close: async () => {
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
  return verifier
}
