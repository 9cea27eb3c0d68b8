/** One request on its way through: what a handler gets, and how a handler is put behind a route. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isObject } from './fields.ts'
import type { Fields } from './fields.ts'
import { callerOf } from './caller.ts'
import type { Caller } from './caller.ts'
import type { FintocDeps } from './deps.ts'
import { problem, refusal } from './errors.ts'
import type { Answer } from './errors.ts'
import { once } from './once.ts'
import type { Once } from './once.ts'
import { V2_SINCE } from './versions.ts'

export interface Call {
  readonly caller: Caller
  readonly id: string
  readonly query: Fields
  readonly body: Fields
  /** The address as the client reached it: what `Link` headers are made of. */
  readonly url: URL
  /** Idempotency of this request. */
  readonly once: Once
}

/** An answer may bring headers along. */
export type CallAnswer = Answer & { readonly headers?: Readonly<Record<string, string>> }

export type Handler = (call: Call) => Promise<CallAnswer>

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

/** Method, path, handler. */
export type Route = readonly [Method, string, Handler]

/** Bodies that could not be read arrive as this. */
export class UnreadableBody {
  readonly answer: Answer
  constructor(answer: Answer) {
    this.answer = answer
  }
}

/** The address that the client used, from its own headers (or the proxy's, where that is trusted). */
export function addressOf(request: FastifyRequest): URL {
  const path = request.originalUrl.startsWith('/') ? request.originalUrl : '/'
  return new URL(`${request.protocol}://${request.host || 'localhost'}${path}`)
}

export function addRoutes(server: FastifyInstance, deps: FintocDeps, routes: readonly Route[]): void {
  for (const [method, url, handler] of routes) {
    server.route({
      method,
      url,
      handler: async (request, reply) => send(reply, await handle(deps, request, method, handler)),
    })
  }
}

export function send(reply: FastifyReply, { status, body, headers = {} }: CallAnswer): FastifyReply {
  return reply.code(status).headers({ 'cache-control': 'no-store', ...headers }).type('application/json; charset=utf-8').send(JSON.stringify(body))
}

async function handle(deps: FintocDeps, request: FastifyRequest, method: Method, handler: Handler): Promise<CallAnswer> {
  const caller = await callerOf(deps, request.headers)
  if (!caller.ok) return refusal(caller.error)
  if (request.body instanceof UnreadableBody) return request.body.answer
  const url = addressOf(request)
  if (/\/v2\//.test(url.pathname) && caller.value.version < V2_SINCE) {
    return refusal(problem('invalid_api_version', `This endpoint needs Fintoc-Version ${V2_SINCE} or later.`))
  }
  const params = request.params as Readonly<Record<string, string>>
  const call = { caller: caller.value, id: params['id'] ?? '', query: request.query as Fields, body: isObject(request.body) ? request.body : {}, url }
  // Only POSTs are made once by a key ("Fintoc reference: Idempotency").
  const key = method === 'POST' ? request.headers['idempotency-key'] : undefined
  return once(deps, { ...call, method, key: typeof key === 'string' && key !== '' ? key : undefined }, handler)
}
