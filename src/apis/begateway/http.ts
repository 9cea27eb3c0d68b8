/** What all routes of this API share: authentication, bodies as clients really send them, and answers that are values. */
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { isDatabaseAway, sendAway } from '../common/away.ts'
import { BROKEN_JSON } from '../common/body.ts'
import type { BegatewayDeps } from './deps.ts'
import { broken, malformed, tooMany, unauthorized, unavailable, type Answer, type Dialect } from './errors.ts'
import { requestKey, type RequestKey } from './idempotency.ts'
import { linksOf, type Links } from './shown/links.ts'
import { authenticateShop, type Shop } from './account/shop.ts'
import { isBody } from './validation/body.ts'

/** One authenticated request. */
export interface Call {
  readonly shop: Shop
  readonly links: Links
  readonly dialect: Dialect
  readonly params: Readonly<Record<string, string | undefined>>
  readonly query: Readonly<Record<string, string | undefined>>
  readonly body: unknown
  readonly key: RequestKey | undefined
  readonly header: (name: string) => string | undefined
  /** Async mode has promised this uid. */
  readonly uid?: string | undefined
}

export type Work = (call: Call) => Promise<Answer>

/** Wraps the work of a route: who asks, in which dialect, and what breaks becomes a 500 that says nothing, or a 503. */
export function route(deps: BegatewayDeps, service: 'beyag' | 'gateway', work: Work): RouteHandlerMethod {
  return async (request, reply) => {
    const dialect: Dialect = service === 'gateway' && header(request, 'x-api-version') === '3' ? 'flat' : service
    try {
      const shop = await authenticateShop(deps.merchants, request.headers.authorization)
      if (shop === undefined) return send(reply.header('www-authenticate', 'Basic realm="API"'), unauthorized(dialect))
      const wait_s = deps.limit.take(shop.merchant.id)
      if (wait_s > 0) return send(reply.header('retry-after', String(wait_s)), tooMany(dialect))
      if (request.body === BROKEN_JSON) return send(reply, malformed(dialect))
      return send(reply, await work(callOf(deps, request, shop, dialect)))
    } catch (error) {
      request.log.error({ err: error }, 'request failed')
      return isDatabaseAway(error) ? sendAway(request, reply, (to, words) => send(to, unavailable(dialect, words))) : send(reply, broken(dialect))
    }
  }
}

function callOf(deps: BegatewayDeps, request: FastifyRequest, shop: Shop, dialect: Dialect): Call {
  return {
    shop, dialect,
    links: linksOf(deps.base_url, shop),
    params: request.params as Record<string, string | undefined>,
    query: request.query as Record<string, string | undefined>,
    body: request.body,
    key: requestKey(request.url.split('?')[0] ?? '', request.headers['requestid']),
    header: (name) => header(request, name),
  }
}

export function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

/** Sends an answer as JSON. */
export function send(reply: FastifyReply, answer: Answer): FastifyReply {
  return reply.code(answer.status).header('cache-control', 'no-store').send(answer.body)
}

export const okay = (body: unknown): Answer => ({ status: 200, body })

/** Whether a page's own script asks, and not the browser for the page. */
export const wantsJson = (request: FastifyRequest): boolean => (request.headers.accept ?? '').includes('application/json')

/** What a browser brings back from a page: the texts of query and form. */
export function broughtBack(request: FastifyRequest): Record<string, string> {
  return textsOf({ ...(isBody(request.query) ? request.query : {}), ...(isBody(request.body) ? request.body : {}) })
}

/** The members that are text. */
export function textsOf(body: unknown): Record<string, string> {
  return isBody(body) ? Object.fromEntries(Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {}
}
