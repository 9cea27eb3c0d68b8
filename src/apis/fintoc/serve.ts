/** How a handler is put behind a route: who calls, in which version, once. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { addressOf, send, UnreadableBody } from './call.ts'
import type { CallAnswer, Route } from './call.ts'
import { callerOf } from './caller.ts'
import type { FintocDeps } from './deps.ts'
import { problem, refusal } from './errors.ts'
import { isObject } from './fields.ts'
import type { Fields } from './fields.ts'
import { once } from './once.ts'
import { V2_SINCE } from './versions.ts'

/** The line in the log for a failure of ours. */
export const FAILED = 'a request to the Fintoc API failed'

export function addRoutes(server: FastifyInstance, deps: FintocDeps, routes: readonly Route[]): void {
  for (const route of routes) {
    const [method, url] = route
    server.route({ method, url, handler: async (request, reply) => send(reply, await handle(deps, request, route)) })
  }
}

/** A parameter without a value, as forms and templates leave it, is none. */
const given = (query: Fields): Fields => Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''))

async function handle(deps: FintocDeps, request: FastifyRequest, [method, route, handler]: Route): Promise<CallAnswer> {
  const caller = await callerOf(deps, request.headers)
  if (!caller.ok) return refusal(caller.error)
  // Before the key is looked at: what was never taken on is no result that could be given again.
  const wait_s = deps.limit.take(caller.value.merchant.id)
  if (wait_s > 0) return { ...refusal(problem('rate_limit_exceeded', 'Too many requests. Try again later.')), headers: { 'retry-after': String(wait_s) } }
  if (route.startsWith('/v2/') && caller.value.version < V2_SINCE) {
    return refusal(problem('invalid_api_version', `This endpoint needs Fintoc-Version ${V2_SINCE} or later.`))
  }
  const params = request.params as Readonly<Record<string, string>>
  // Only POSTs are made once by a key ("Fintoc reference: Idempotency").
  const key = method === 'POST' ? request.headers['idempotency-key'] : undefined
  const call = {
    caller: caller.value, id: params['id'] ?? '', query: given(request.query as Fields), url: addressOf(request), method, route, key: typeof key === 'string' && key !== '' ? key : undefined,
    report: (error: unknown) => request.log.error({ err: error }, FAILED),
  }
  const { body } = request
  if (body instanceof UnreadableBody) return once(deps, { ...call, body: { unreadable: body.raw } }, async () => body.answer)
  return once(deps, { ...call, body: isObject(body) ? body : {} }, handler)
}
