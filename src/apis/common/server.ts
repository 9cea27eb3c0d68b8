import { randomUUID } from 'node:crypto'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { withRequestId, type Logger } from '../../core/log.ts'
import { redact } from '../../core/redact.ts'
import { BODY_BYTES_MAX } from './body.ts'
import { refuseConnection, refuseExpectations } from './refused.ts'
import { readTarget } from './target.ts'

export interface ServerOptions {
  readonly log: Logger
  /** Host name → API whose routes are at that host's root. */
  readonly hosts: Readonly<Record<string, string>>
  /** How many proxies stand in front, each of which says in `X-Forwarded-*` what it has seen; 0: none, and the headers are anybody's. */
  readonly trust_proxy: number
  /** How long a client may take to send one request; 30 seconds when left out. */
  readonly request_timeout_ms?: number
  /** How each API says, in its own shape, that an address cannot be read. Filled while the APIs are registered. */
  readonly unreadable?: ReadonlyMap<string, Unreadable>
}

/** Answers a request whose address cannot be decoded. */
export type Unreadable = (reply: FastifyReply) => unknown

const REQUEST_TIMEOUT_MS = 30_000

/** How often it is looked who takes longer. */
const LATE_EVERY_MS = 5_000

const CLOSE_IDLE_EVERY_MS = 50

/** Answers of the server at every host, also where the rest belongs to one API. */
const OWN = new Set(['/health', '/ready', '/metrics'])
/** So are the pages of the test networks: payers are sent there by the server's own address, which may be at the host of an API. */
const OWN_PAGES = '/sandbox/'

/** The HTTP server without any API: request ids, limits, host names. */
export function createServer({ log, hosts, trust_proxy, unreadable, request_timeout_ms = REQUEST_TIMEOUT_MS }: ServerOptions): FastifyInstance {
  const refuse = (request: FastifyRequest, reply: FastifyReply): void => {
    const answer = unreadable?.get(request.url.split('/')[1] ?? '')
    if (answer === undefined) void reply.code(400).send({ error: { code: 'bad_request', message: 'This request cannot be read.' } })
    else answer(reply)
  }
  const server = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    // One line per request of our own, below.
    logController: new LogController({ disableRequestLogging: true }),
    // The id is in every line by way of the log's own context.
    childLoggerFactory: (logger) => logger,
    genReqId: (request) => {
      const given = request.headers['x-request-id']
      // It goes into the log and into every answer: nothing that has to be kept out of there is taken as one.
      return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) && redact(given) === given ? given : randomUUID()
    },
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: request_timeout_ms,
    // What stands further to the left in `X-Forwarded-For` is what the client sent: it may be any address.
    trustProxy: trust_proxy > 0 && ((_address, hop) => hop < trust_proxy),
    clientErrorHandler: refuseConnection,
    // Who names no host is answered in the shape of the path. Node takes the longer of both times for the whole request.
    http: { requireHostHeader: false, headersTimeout: request_timeout_ms, connectionsCheckingInterval: Math.min(LATE_EVERY_MS, request_timeout_ms) },
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 600 },
    // Fastify's own words for an address that cannot be decoded repeat the address.
    frameworkErrors: (_error, request, reply: FastifyReply) => {
      // No hook runs here: the id, and the line in the log.
      reply.header('x-request-id', request.id)
      refuse(request, reply)
      withRequestId(request.id, () => log.info({ method: request.method, status: reply.statusCode }, 'a request whose address cannot be read'))
    },
    rewriteUrl: (request) => {
      readTarget(request)
      return rewrite(hosts, request.headers.host ?? '', request.url ?? '/')
    },
  })
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    withRequestId(request.id, done)
  })
  server.addHook('onRequest', (request, reply, done) => {
    if (namesTwoHosts(request.raw.rawHeaders)) refuse(request, reply)
    else done()
  })
  readOn(server)
  closeConnections(server)
  refuseExpectations(server)
  server.addHook('onResponse', (request, reply, done) => {
    log.info({ method: request.method, url: request.url.split('?')[0], status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request')
    done()
  })
  return server
}

/**
 * A body that is too large is refused before all of it is there. Closing the connection then breaks it under a client that still writes,
 * and the answer is lost: the rest is read and dropped instead, for as long as a request may take to come.
 */
function readOn(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    if (!request.raw.complete) reply.removeHeader('connection')
    done(null, payload)
  })
}

/**
 * While the server closes, requests under way are answered, and their connections must not be kept for a next one: each would hold the
 * process until it has been idle for a minute.
 */
function closeConnections(server: FastifyInstance): void {
  let closing = false
  server.addHook('preClose', (done) => {
    closing = true
    const timer = setInterval(() => server.server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS)
    server.server.once('close', () => clearInterval(timer))
    done()
  })
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close')
    done(null, payload)
  })
}

/** Names stand at the even places. Node keeps the first of several, and a proxy may have looked at another one. */
function namesTwoHosts(raw_headers: readonly string[]): boolean {
  let hosts = 0
  for (let i = 0; i < raw_headers.length; i += 2) {
    const name = raw_headers[i]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts > 1
}

function rewrite(hosts: Readonly<Record<string, string>>, host: string, url: string): string {
  const name = host.split(':')[0]?.toLowerCase() ?? ''
  const api = Object.hasOwn(hosts, name) ? hosts[name] : undefined
  return api === undefined || url.startsWith(`/${api}/`) || url.startsWith(OWN_PAGES) || OWN.has(url.split('?')[0] ?? '') ? url : `/${api}${url}`
}
