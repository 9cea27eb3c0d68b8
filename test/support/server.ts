/**
 * A whole Tender in this process: on a fresh database, on a port of its own, with the demo merchant and a receiver for webhooks.
 *
 * @example
 * const server = await createTestServer()
 * afterAll(server.close)
 * const { status, body } = await server.call('POST', '/corefy/payment-invoices', { auth: [id, key], json: {…} })
 * await server.work()                       // deliveries, open attempts, expiries: everything that is due
 * server.receiver.requests                  // what merchants have been told
 * server.clock.advance(3_600_000)           // an hour later
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDemo, demoKeys } from '../../src/cli/demo.ts'
import { readConfig, type Config } from '../../src/config.ts'
import type { Clock } from '../../src/core/clock.ts'
import { createLogger } from '../../src/core/log.ts'
import type { Db } from '../../src/db/db.ts'
import { createTender, type Tender } from '../../src/main.ts'
import { openVault } from '../../src/vault/open.ts'
import type { Vault } from '../../src/vault/seal.ts'
import { createTestDatabase } from './database.ts'

/** One request that a merchant's receiver got. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Exactly as sent. */
  readonly raw: string
  readonly body: unknown
}

/** A merchant's server: keeps every request, and answers as it is told. */
export interface Receiver {
  /** `http://127.0.0.1:port`, to append a path to. */
  readonly url: string
  readonly requests: Received[]
  /** The requests to one path. */
  at(path: string): Received[]
  /** What it answers from now on: a status, or a status with headers. 200 at first. */
  answer(how: number | { status: number; headers?: Record<string, string> }): void
  close(): Promise<void>
}

export interface CallOptions {
  /** User and password of HTTP Basic. */
  readonly auth?: readonly [string, string] | undefined
  readonly bearer?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is. */
  readonly raw?: string | Uint8Array<ArrayBuffer>
  readonly form?: Readonly<Record<string, string>>
}

export interface Called {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed JSON; undefined when it is none. */
  readonly body: unknown
  /** A member of the body by its path: `get('data.attributes.status')`. */
  get(path: string): unknown
}

export interface TestServer {
  /** `http://127.0.0.1:port` */
  readonly url: string
  readonly config: Config
  readonly db: Db
  readonly vault: Vault
  readonly tender: Tender
  readonly clock: Clock & { advance(ms: number): void }
  readonly receiver: Receiver
  /** Every line of the log so far. */
  readonly log: readonly string[]
  /** Every answer that `call` got so far: for the search for card data. */
  readonly answers: readonly string[]
  /** The demo merchant's base URLs and keys, by API. */
  readonly demo: Record<string, Record<string, string>>
  /** One HTTP request; redirects are not followed. `path` may be a whole URL. */
  call(method: string, path: string, options?: CallOptions): Promise<Called>
  /** Runs deliveries and the resolver until nothing is due. Only needed without `background`. */
  work(): Promise<void>
  /** How many rows each table has: to show that nothing was written. */
  rowCounts(): Promise<Record<string, number>>
  readonly close: () => Promise<void>
}

export interface TestServerOptions {
  /** Lets deliveries and the resolver run by themselves, as in production. Otherwise `work()` runs them. */
  readonly background?: boolean
  /** More settings, as environment variables. */
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a server; the demo merchant is there. */
export async function createTestServer({ background = false, env = {} }: TestServerOptions = {}): Promise<TestServer> {
  const { db, close: closeDatabase } = await createTestDatabase()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const config = readConfig({ PORT: String(port), HOST: '127.0.0.1', TENDER_PUBLIC_URL: url, TENDER_RESOLVE_EVERY_MS: '100', ...env })
  if (!config.ok) throw new Error(config.error)
  const vault = await openVault({ db, env: { TENDER_MASTER_KEY: randomBytes(32).toString('base64') }, folder: '/nonexistent' })
  if (!vault.ok) throw new Error(vault.error)
  let offset_ms = 0
  const clock = { now: () => new Date(Date.now() + offset_ms), advance: (ms: number) => void (offset_ms += ms) }
  const log: string[] = []
  const answers: string[] = []
  const tender = await createTender({ config: config.value, db, vault: vault.value.vault, log: createLogger({ level: 'info', write: (line) => log.push(line) }), clock })
  await createDemo(db, tender.merchants, clock.now())
  await tender.server.listen({ port, host: '127.0.0.1' })
  const receiver = await createReceiver()
  if (background) await tender.start()
  return {
    url, config: config.value, db, vault: vault.value.vault, tender, clock, receiver, log, answers,
    demo: demoKeys(config.value),
    call: async (method, path, options = {}) => {
      const answer = await fetch(path.startsWith('http') ? path : `${url}${path}`, { method, redirect: 'manual', ...requestOf(options) })
      const text = await answer.text()
      answers.push(text)
      const body = parsed(text)
      return { status: answer.status, headers: answer.headers, text, body, get: (at) => dig(body, at) }
    },
    work: async () => {
      while ((await tender.once.resolve()) + (await tender.once.deliver()) > 0);
    },
    rowCounts: () => rowCounts(db),
    close: async () => {
      await tender.stop()
      await receiver.close()
      vault.value.close()
      await closeDatabase()
    },
  }
}

function requestOf({ auth, bearer, headers = {}, json, raw, form }: CallOptions): RequestInit {
  const sent: Record<string, string> = {}
  if (auth !== undefined) sent['authorization'] = `Basic ${Buffer.from(auth.join(':')).toString('base64')}`
  if (bearer !== undefined) sent['authorization'] = `Bearer ${bearer}`
  if (json !== undefined) sent['content-type'] = 'application/json'
  if (form !== undefined) sent['content-type'] = 'application/x-www-form-urlencoded'
  const body = raw ?? (json !== undefined ? JSON.stringify(json) : form !== undefined ? new URLSearchParams(form).toString() : undefined)
  return { headers: { ...sent, ...headers }, ...(body === undefined ? {} : { body }) }
}

/** A member of a parsed document by its path, `data.attributes.status` or `errors.0.detail`; undefined when it is not there. */
export function dig(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? (at as Readonly<Record<string, unknown>>)[key] : undefined), value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A merchant's server on a port of its own. */
export async function createReceiver(): Promise<Receiver> {
  const requests: Received[] = []
  let how: { status: number; headers?: Record<string, string> } = { status: 200 }
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString()
      requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, raw, body: parsed(raw) })
      response.writeHead(how.status, { 'content-type': 'text/html', ...how.headers }).end('<title>Shop</title>received')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    at: (path) => requests.filter((request) => request.path === path),
    answer: (answer) => void (how = typeof answer === 'number' ? { status: answer } : answer),
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function rowCounts(db: Db): Promise<Record<string, number>> {
  const tables = await db.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  )
  const counts: Record<string, number> = {}
  for (const { name } of tables) counts[name] = Number((await db.query<{ n: bigint }>(`SELECT count(*) AS n FROM ${name}`))[0]?.n)
  return counts
}
