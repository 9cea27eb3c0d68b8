import type { FastifyReply, FastifyRequest } from 'fastify'
import { BROKEN_JSON } from '../common/body.ts'
import type { ApiDeps } from '../common/deps.ts'
import type { Account, Accounts } from './accounts.ts'
import { badRequest, sendErrors, sendTooMany } from './errors.ts'
import type { Handoff } from './gate/handoff.ts'
import type { Shower } from './show.ts'

/** What the routes of this API share. */
export interface Parts {
  readonly deps: ApiDeps
  readonly accounts: Accounts
  readonly shower: Shower
  readonly handoff: Handoff
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

/** A handler of the private API: behind Basic, not too often, and with a body that is JSON when there is one. */
export function withAccount({ deps, accounts }: Parts, work: (account: Account, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>): Handler {
  return async (request, reply) => {
    const account = await accounts.authenticate(request, reply)
    if (account === undefined) return reply
    const wait_s = deps.limit.take(account.merchant.id)
    if (wait_s > 0) return sendTooMany(reply, wait_s)
    if (request.body === BROKEN_JSON) return sendErrors(reply, [badRequest('The body is not valid JSON.')])
    return work(account, request, reply)
  }
}

/** The id in the path. Ids are short and alphanumeric; anything else names nothing, and becomes the empty text. */
export function idOf(request: FastifyRequest): string {
  const { id } = request.params as { id?: string }
  return id !== undefined && /^\w{1,64}$/.test(id) ? id : ''
}

/** One parameter of the query; of several with one name the last, as PHP reads them. */
export function queryOf(request: FastifyRequest, name: string): string | undefined {
  const query = request.query as Readonly<Record<string, unknown>>
  const value = Object.hasOwn(query, name) ? query[name] : undefined
  const last: unknown = Array.isArray(value) ? value.at(-1) : value
  return typeof last === 'string' ? last : undefined
}
