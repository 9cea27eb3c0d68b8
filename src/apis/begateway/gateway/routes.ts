/** The routes of the card gateway (beGateway reference 2.2), API v1, v2 and v3. */
import type { FastifyInstance } from 'fastify'
import { listByTrackingId } from '../apm/queries.ts'
import { requestOf } from '../apm/wire.ts'
import { asyncRoutes, type AsyncWork } from '../async.ts'
import { createChild, type ChildKind } from '../children.ts'
import type { BegatewayDeps } from '../deps.ts'
import { invalid, notFound, notOffered, type Answer } from '../errors.ts'
import { findByUid, type Found } from '../find.ts'
import { okay, route, type Call } from '../http.ts'
import { cardTransaction, isCard } from '../shown/card.ts'
import { flatTransaction } from '../shown/flat.ts'
import { createCard, type CardKind } from './cards.ts'
import { finishProcess, processRoutes } from './process.ts'
import { saveCard } from './saved.ts'
import { gatewayProblems } from './wire.ts'

/** At most so many of one tracking id (reference 10). */
const LIST_MAX = 10
const CARDS: Readonly<Record<string, CardKind>> = { payments: 'payment', authorizations: 'authorization', credits: 'credit', payouts: 'payout', tokenizations: 'tokenization', checkups: 'checkup', recipient_tokenizations: 'recipient_tokenization' }
const CHILDREN: Readonly<Record<string, ChildKind>> = { captures: 'capture', voids: 'void', refunds: 'refund', chargebacks: 'chargeback' }
/** Known to the platform, exercised by one client only, and not offered here: what they send and what comes of it is not public. */
const NOT_OFFERED = ['fraud_advices', 'p2ps'] as const

export function gatewayRoutes(server: FastifyInstance, deps: BegatewayDeps): void {
  const works: Record<string, AsyncWork> = {}
  for (const [name, kind] of Object.entries(CARDS)) works[`transactions/${name}`] = (call) => card(deps, kind, call)
  for (const [name, kind] of Object.entries(CHILDREN)) works[`transactions/${name}`] = (call) => child(deps, kind, call)
  for (const name of NOT_OFFERED) works[`transactions/${name}`] = async (call) => notOffered(call.dialect, 'Transaction type')
  works['services/credit_cards/charges'] = (call) => card(deps, 'payment', call, true)
  for (const [path, work] of Object.entries(works)) server.post(`/${path}`, route(deps, 'gateway', work))
  asyncRoutes(server, deps, { service: 'gateway', prefix: '/async', works, show: shownCard })

  server.get('/transactions/:uid', route(deps, 'gateway', (call) => byUid(deps, call)))
  server.get('/v2/transactions/:uid', route(deps, 'gateway', (call) => byUid(deps, call)))
  server.get('/transactions/tracking_id/*', route(deps, 'gateway', (call) => newestByTrackingId(deps, call)))
  server.get('/v2/transactions/tracking_id/*', route(deps, 'gateway', (call) => listed(deps, call)))
  for (const url of ['/credit_cards', '/credit_cards/:token', '/v2/credit_cards']) server.post(url, route(deps, 'gateway', (call) => saveCard(deps, call)))
  server.put('/v2/credit_cards/:token', route(deps, 'gateway', (call) => saveCard(deps, call)))
  server.post('/process/:uid/return', finishProcess(deps, (call, found) => shownCard(call, found)))
  processRoutes(server, deps)
}

/** A transaction in the dialect that was asked for. */
export function shownCard(call: Call, { transaction }: Found): Answer {
  return okay(call.dialect === 'flat' ? flatTransaction(transaction, call.links) : { transaction: cardTransaction(transaction, call.links) })
}

const noEnvelope = (call: Call): Answer => invalid(call.dialect, [{ path: 'request', phrase: "can't be blank" }])

async function card(deps: BegatewayDeps, kind: CardKind, call: Call, by_merchant = false): Promise<Answer> {
  const request = requestOf(call.body)
  if (request === undefined) return noEnvelope(call)
  const made = await createCard(deps, { shop: call.shop, kind, request, key: call.key, uid: call.uid, by_merchant })
  return 'found' in made ? shownCard(call, made.found) : invalid(call.dialect, made.problems)
}

async function child(deps: BegatewayDeps, kind: ChildKind, call: Call): Promise<Answer> {
  const request = requestOf(call.body)
  if (request === undefined) return noEnvelope(call)
  const problems = gatewayProblems(kind, request, deps.clock.now())
  if (problems.length > 0) return invalid(call.dialect, problems)
  const made = await createChild(deps, { shop: call.shop, kind, request, key: call.key, accepts: isCard, uid: call.uid })
  if ('not_found' in made) return notFound(call.dialect)
  return 'found' in made ? shownCard(call, made.found) : invalid(call.dialect, made.problems)
}

async function byUid(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const found = await findByUid(deps, call.shop.merchant.id, call.params['uid'] ?? '')
  return found === undefined || !isCard(found.transaction.stored) ? notFound(call.dialect) : shownCard(call, found)
}

/** v1: one transaction, the newest (reference 2.2). */
async function newestByTrackingId(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const [found] = await listByTrackingId(deps, call, ['card'], 1)
  return found === undefined ? notFound(call.dialect) : shownCard(call, found)
}

/** v2: a list, which may be empty. */
async function listed(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const found = await listByTrackingId(deps, call, ['card'], LIST_MAX)
  return okay({ transactions: found.map(({ transaction }) => (call.dialect === 'flat' ? flatTransaction(transaction, call.links) : cardTransaction(transaction, call.links))) })
}
