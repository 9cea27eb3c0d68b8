/**
 * Asynchronous mode (beGateway reference 1.3): the request is answered at once with two addresses, one for its status and one for its
 * answer. The request itself is not stored, because it may hold card data: it runs in this process. Its uid is promised beforehand, so that
 * the outcome is found by it when the process has died meanwhile.
 */
import type { FastifyInstance } from 'fastify'
import { after } from '../../core/clock.ts'
import { orderedUuid } from '../../core/ids.ts'
import type { Queryable } from '../../db/db.ts'
import { isDatabaseAway } from '../common/away.ts'
import type { BegatewayDeps } from './deps.ts'
import { broken, notFound, type Answer } from './errors.ts'
import { findByUid, inFlight, type Found } from './find.ts'
import { okay, route, type Call } from './http.ts'
import { ownerOf } from './idempotency.ts'

/** Work that makes a transaction under a uid given in the call. */
export type AsyncWork = (call: Call) => Promise<Answer>

export interface AsyncService {
  readonly service: 'beyag' | 'gateway'
  /** `/beyag/async` or `/async`. */
  readonly prefix: string
  /** By the path below the service's own root. */
  readonly works: Readonly<Record<string, AsyncWork>>
  /** The normal answer with a transaction. */
  readonly show: (call: Call, found: Found) => Answer
}

interface AsyncRow {
  readonly uid: string
  readonly status: number | null
  readonly answer: unknown
  readonly created_at: Date
}

/** After this a request without an answer has lost its process. */
const LOST_MS = 60_000
const KEPT_MS = 24 * 3600_000

export function asyncRoutes(server: FastifyInstance, deps: BegatewayDeps, { service, prefix, works, show }: AsyncService): void {
  for (const [path, work] of Object.entries(works)) server.post(`${prefix}/${path}`, route(deps, service, (call) => begin(deps, prefix, work, call)))
  server.get(`${prefix}/status/:id`, route(deps, service, async (call) => {
    const row = await find(deps.db, call)
    if (row === undefined) return okay({ ...where(deps, prefix, call.params['id'] ?? ''), status: 'unknown' })
    const answer = await outcome(deps, call, row, show)
    return okay({ ...where(deps, prefix, call.params['id'] ?? ''), status: answer === undefined ? 'processing' : 'completed' })
  }))
  server.get(`${prefix}/result/:id`, route(deps, service, async (call) => {
    const row = await find(deps.db, call)
    if (row === undefined) return notFound(call.dialect)
    return (await outcome(deps, call, row, show)) ?? { status: 425, body: where(deps, prefix, call.params['id'] ?? '') }
  }))
}

function where(deps: BegatewayDeps, prefix: string, id: string): Record<string, string> {
  return { status: 'processing', request_id: id, status_url: `${deps.base_url}${prefix}/status/${id}`, response_url: `${deps.base_url}${prefix}/result/${id}` }
}

async function begin(deps: BegatewayDeps, prefix: string, work: AsyncWork, call: Call): Promise<Answer> {
  const id = deps.ids.uuid()
  const uid = (await ownerOf(deps, call.shop, call.key)) ?? orderedUuid(deps.ids, deps.clock.now())
  await deps.db.query('INSERT INTO begateway_async (merchant_id, id, uid, created_at) VALUES ($1, $2, $3, $4)', [call.shop.merchant.id, id, uid, deps.clock.now()])
  // Answers are kept as long as idempotency keys are.
  await deps.db.query('DELETE FROM begateway_async WHERE created_at < $1', [after(deps.clock.now(), -KEPT_MS)])
  void run(deps, work, { ...call, uid }, id)
  return okay(where(deps, prefix, id))
}

/** Never rejects: what breaks is the request's answer. */
async function run(deps: BegatewayDeps, work: AsyncWork, call: Call, id: string): Promise<void> {
  // While the database is away nobody knows what was done: what became of the uid is looked up later.
  const answer = await work(call).catch((error: unknown) => (isDatabaseAway(error) ? undefined : broken(call.dialect)))
  if (answer === undefined) return
  await deps.db
    .query('UPDATE begateway_async SET status = $3, answer = $4 WHERE merchant_id = $1 AND id = $2', [call.shop.merchant.id, id, answer.status, JSON.stringify(answer.body)])
    // The uid still leads to the transaction.
    .catch(() => undefined)
}

async function find(db: Queryable, call: Call): Promise<AsyncRow | undefined> {
  const [row] = await db.query<AsyncRow>('SELECT uid, status, answer, created_at FROM begateway_async WHERE merchant_id = $1 AND id = $2', [call.shop.merchant.id, call.params['id'] ?? ''])
  return row
}

/** The stored answer; of a lost request what became of its uid; undefined while it runs. */
async function outcome(deps: BegatewayDeps, call: Call, row: AsyncRow, show: AsyncService['show']): Promise<Answer | undefined> {
  if (row.status !== null) return { status: row.status, body: row.answer }
  if (deps.clock.now().getTime() - row.created_at.getTime() < LOST_MS) return undefined
  const found = await findByUid(deps, call.shop.merchant.id, row.uid)
  if (found === undefined) return broken(call.dialect)
  return inFlight(found, deps.clock.now()) ? undefined : show(call, found)
}
