/** One request on its way through: what a handler gets, and what it gives. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Claim } from '../../idempotency/model.ts'
import type { Fields } from './fields.ts'
import type { Caller } from './caller.ts'
import type { Answer } from './errors.ts'

/** Idempotency of one request (once.ts). */
export interface Once {
  /** The claim of this request with its answer, to be committed with the effect; undefined when there is no key. */
  readonly claim: ((owner: string, answer: Answer, created_at: Date) => Claim) | undefined
  /** The stored answer of a claim that was there first. */
  replay(claim: Claim): Promise<Answer>
  /** The same request was made before, and nobody knows how far it got: what it would have done may be done already. */
  readonly again: boolean
}

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
  /** As it came: what tells this request from another one under the same key. */
  readonly raw: string
  readonly answer: Answer
  constructor(raw: string, answer: Answer) {
    this.raw = raw
    this.answer = answer
  }
}

const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

/** The address that the client used, from its own headers (or the proxy's, where that is trusted). What is no host name stays out of it. */
export function addressOf(request: FastifyRequest): URL {
  const path = request.originalUrl.startsWith('/') ? request.originalUrl : '/'
  const address = `${request.protocol}://${request.host}${path}`
  return new URL(HOST.test(request.host) && URL.canParse(address) ? address : `http://localhost${path}`)
}

export function send(reply: FastifyReply, { status, body, headers = {} }: CallAnswer): FastifyReply {
  return reply.code(status).headers({ 'cache-control': 'no-store', ...headers }).type('application/json; charset=utf-8').send(JSON.stringify(body))
}
