/**
 * The sandbox as a program of its own, so that it goes on living when the server that uses it is killed:
 *
 *     POST /networks/{name}/execute | inquire | resume | abandon | sign-in     the provider's calls, see wire.ts
 *     GET  /networks/{name}/news                  late news, one line of JSON per piece, until the client hangs up
 *     GET  /networks/{name}/faults, PUT, DELETE   the switches of faults.ts
 *     POST /networks/{name}/settle                {key, status, reason?}: decides an operation that stays `processing`
 *     GET  /book?network=&after=&limit=           the book, a page at a time
 *     *    /acs/…, /apm/…                         the payer's pages
 *
 * A call that a fault breaks gets no answer at all: its connection is cut. With a `token` everything but the pages asks for it
 * as a bearer; card numbers arrive here, so listen on the loopback interface or behind TLS.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Clock } from '../../core/clock.ts'
import { systemClock } from '../../core/clock.ts'
import { randomIds, type Ids } from '../../core/ids.ts'
import { isReason } from '../../core/reasons.ts'
import type { Db } from '../../db/db.ts'
import { ProviderUnreachable, type BankDirectory, type Mode } from '../contract.ts'
import { createMemoryBook, type Verdict } from './book.ts'
import { createDbBook } from './book-db.ts'
import { parseFaults } from './faults.ts'
import type { Network } from './network.ts'
import { sandboxRoutes } from './routes.ts'
import { createSandbox, type Delays, type Sandbox } from './sandbox.ts'
import { isFields, readOperation, showRecord, toJson } from './wire.ts'

export interface SandboxProgramOptions {
  /** 0: any free one. */
  readonly port: number
  readonly host?: string
  /** Where the book is kept; in memory without one. */
  readonly db?: Db
  /** How payers' browsers reach the pages; the address that it listens on, unless there is a proxy. */
  readonly base_url?: string
  readonly token?: string
  readonly modes?: readonly Mode[]
  /** Gets `{network, key}` for every piece of late news, by POST, once. */
  readonly callback_url?: string
  readonly unknown_key_final_after_ms?: number
  readonly delays?: Delays
  readonly clock?: Clock
  readonly ids?: Ids
}

export interface SandboxProgram {
  /** `http://127.0.0.1:4444`, without a slash at the end. */
  readonly url: string
  readonly sandbox: Sandbox
  close(): Promise<void>
}

export async function startSandbox(options: SandboxProgramOptions): Promise<SandboxProgram> {
  const { port, host = '127.0.0.1', db, token, callback_url, clock = systemClock, ids = randomIds, modes, unknown_key_final_after_ms, delays } = options
  const book = db ? await createDbBook(db) : createMemoryBook()
  const server = Fastify({ forceCloseConnections: true, bodyLimit: 256 * 1024 })
  // The pages' address is only known once the server listens.
  const late: { sandbox?: Sandbox } = {}
  const running = (): Sandbox => {
    if (!late.sandbox) throw new ProviderUnreachable('still starting')
    return late.sandbox
  }
  await server.register(sandboxRoutes(async (request) => running().pages(request)))
  await server.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      if (token !== undefined && !isBearer(request, token)) return reply.code(401).send({ error: 'the bearer token is missing or wrong' })
    })
    addCalls(scope, running)
    addControl(scope, running)
    scope.get('/book', async (request, reply) => {
      const { network, after, limit } = request.query as { network?: string; after?: string; limit?: string }
      const records = await book.list({ network, after, limit: Math.min(Math.max(Number(limit) || 1000, 1), 1000) })
      return reply.type('application/json').send(toJson({ records: records.map(showRecord) }))
    })
  })
  await server.listen({ port, host })
  const url = `http://${host}:${(server.server.address() as AddressInfo).port}`
  const sandbox = createSandbox({ book, clock, ids, base_url: options.base_url ?? url, modes, unknown_key_final_after_ms, ...delays })
  if (callback_url !== undefined) for (const network of sandbox.networks) network.onNews((key) => void callBack(callback_url, network.name, key))
  await sandbox.start()
  late.sandbox = sandbox
  return {
    url,
    sandbox,
    close: async () => {
      sandbox.stop()
      await server.close()
    },
  }
}

/** The calls of the provider protocol: body in, answer out, or the connection cut. */
function addCalls(server: FastifyInstance, running: () => Sandbox): void {
  server.post('/networks/:name/:call', async (request, reply) => {
    const { name, call } = request.params as { name: string; call: string }
    const network = findNetwork(running, name)
    const run = network && Object.hasOwn(CALLS, call) ? CALLS[call] : undefined
    if (!network || !run) return reply.code(404).send({ error: 'no such network or call' })
    const hungUp = new AbortController()
    reply.raw.on('close', () => hungUp.abort())
    try {
      const answer = await run(network, isFields(request.body) ? request.body : {}, hungUp.signal)
      if (answer === undefined) return await reply.code(422).send({ error: 'this request makes no sense' })
      return await reply.type('application/json').send(toJson(answer))
    } catch (error) {
      if (!(error instanceof ProviderUnreachable)) throw error
      reply.hijack()
      request.raw.socket.destroy()
      return reply
    }
  })
}

type Call = (network: Network, body: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<unknown>

const CALLS: Readonly<Record<string, Call>> = {
  execute: async (network, body, signal) => {
    const operation = readOperation(body)
    return operation && network.execute(operation, signal)
  },
  inquire: async (network, { key }, signal) => {
    if (typeof key !== 'string') return undefined
    const inquiry = await network.inquire(key, signal)
    return inquiry.status === 'not_found' ? { ...inquiry, final_after_ms: network.unknown_key_final_after_ms } : inquiry
  },
  resume: async (network, { key, input }, signal) => (typeof key === 'string' ? network.resume(key, texts(input), signal) : undefined),
  abandon: async (network, { key }, signal) => (typeof key === 'string' ? network.abandon(key, signal) : undefined),
  'sign-in': async (network, body, signal) => {
    if (!('signIn' in network)) return undefined
    const { institution = '', username = '', password = '', holder_type = '', mode, currency = '' } = texts(body)
    const input = { institution, username, password, holder_type, currency, mode: mode === 'live' ? 'live' : 'test' } as const
    return (network as Network & BankDirectory).signIn(input, signal)
  },
  settle: async (network, { key, status, reason }) => {
    const verdict = readVerdict(status, reason)
    return typeof key === 'string' && verdict ? { settled: await network.settle(key, verdict) } : undefined
  },
}

/** The switches, and the stream of news. */
function addControl(server: FastifyInstance, running: () => Sandbox): void {
  server.route({
    method: ['GET', 'PUT', 'DELETE'],
    url: '/networks/:name/faults',
    handler: async (request, reply) => {
      const network = findNetwork(running, (request.params as { name: string }).name)
      if (!network) return reply.code(404).send({ error: 'no such network' })
      if (request.method === 'PUT') network.faults.set(parseFaults(request.body))
      if (request.method === 'DELETE') network.faults.clear()
      return network.faults.current()
    },
  })
  server.get('/networks/:name/news', (request, reply) => streamNews(findNetwork(running, (request.params as { name: string }).name), reply))
}

function streamNews(network: Network | undefined, reply: FastifyReply): FastifyReply {
  if (!network) return reply.code(404).send({ error: 'no such network' })
  reply.hijack()
  reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
  // A first line tells the client that it is listening from now on.
  reply.raw.write('{}\n')
  const stop = network.onNews((key) => reply.raw.write(`${JSON.stringify({ key })}\n`))
  reply.raw.on('close', stop)
  return reply
}

function findNetwork(running: () => Sandbox, name: string): Network | undefined {
  return running().networks.find((network) => network.name === name)
}

function texts(value: unknown): Record<string, string> {
  if (!isFields(value)) return {}
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function readVerdict(status: unknown, reason: unknown): Verdict | undefined {
  if (status === 'approved') return { status }
  if (status !== 'declined') return undefined
  return { status, reason: typeof reason === 'string' && isReason(reason) ? reason : 'declined' }
}

function isBearer({ headers }: FastifyRequest, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`))
}

/** A network does not wait for those who listen, and does not try twice: whoever missed it has to inquire. */
async function callBack(url: string, network: string, key: string): Promise<void> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ network, key }), signal: AbortSignal.timeout(10_000) }
  await fetch(url, init).then((answer) => answer.body?.cancel(), () => undefined)
}
