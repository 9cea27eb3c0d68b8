/** The routes of the APM API (beGateway reference 2.1): both spellings of each, one translation behind them. */
import type { FastifyInstance } from 'fastify'
import { asyncRoutes, type AsyncWork } from '../async.ts'
import { createChild } from '../children.ts'
import type { BegatewayDeps } from '../deps.ts'
import { invalid, notFound, type Answer } from '../errors.ts'
import type { Found } from '../find.ts'
import { answeredOnce } from '../idempotency.ts'
import { okay, route, type Call, type Work } from '../http.ts'
import { apmTransaction } from '../shown/apm.ts'
import { isCard } from '../shown/card.ts'
import { balance, bankList, currencies, precheck } from './account.ts'
import { confirm, remove, renotify } from './actions.ts'
import { prove, recover } from './corrections.ts'
import { createApm, type NewMoney } from './payments.ts'
import { byOrderId, byTrackingId, byUid } from './queries.ts'
import { returnRoutes } from './return.ts'
import { apmProblems, requestOf } from './wire.ts'

/** Evidence comes as Base64 inside JSON: larger than any other request. */
const PROOF_BYTES_MAX = 3 * 1024 * 1024

export function apmRoutes(server: FastifyInstance, deps: BegatewayDeps): void {
  const money = (kind: NewMoney): AsyncWork => (call) => createMoney(deps, kind, call)
  const creations: Readonly<Record<string, AsyncWork>> = {
    'transactions/payments': money('payment'),
    'transactions/payment': money('payment'),
    'transactions/payouts': money('payout'),
    'transactions/payout': money('payout'),
    'transactions/credits': money('credit'),
    'transactions/credit': money('credit'),
    'transactions/refunds': (call) => createRefund(deps, 'refund', call),
    'transactions/refund': (call) => createRefund(deps, 'refund', call),
    payments: money('erip'),
    refunds: (call) => createRefund(deps, 'erip_refund', call),
  }
  for (const [path, work] of Object.entries(creations)) server.post(`/beyag/${path}`, route(deps, 'beyag', work))
  asyncRoutes(server, deps, { service: 'beyag', prefix: '/beyag/async', works: creations, show: shownApm })

  const on = (method: 'GET' | 'POST' | 'DELETE', paths: readonly string[], work: Work, bodyLimit?: number): void => {
    for (const url of paths) server.route({ method, url, handler: route(deps, 'beyag', work), ...(bodyLimit === undefined ? {} : { bodyLimit }) })
  }
  const once = (work: (deps: BegatewayDeps, call: Call) => Promise<Answer>): Work => (call) => answeredOnce(deps, call.shop, call.key, () => work(deps, call))
  on('GET', ['/beyag/transactions/:uid', '/beyag/payments/:uid', '/beyag/refunds/:uid'], (call) => byUid(deps, call))
  on('GET', ['/beyag/transactions/tracking_id/*'], (call) => byTrackingId(deps, call))
  on('GET', ['/beyag/payments'], (call) => byOrderId(deps, call))
  on('DELETE', ['/beyag/transactions/:uid', '/beyag/payments/:uid'], (call) => remove(deps, call))
  on('POST', ['/beyag/transactions/:uid/confirm'], once(confirm))
  on('POST', ['/beyag/transactions/:uid/proof'], once(prove), PROOF_BYTES_MAX)
  on('POST', ['/beyag/transactions/:uid/recover'], once(recover))
  on('POST', ['/beyag/transactions/:uid/renotify'], (call) => renotify(deps, call))
  on('POST', ['/beyag/transactions/payment/precheck', '/beyag/transactions/payments/precheck'], (call) => precheck('payment', call))
  on('POST', ['/beyag/transactions/payout/precheck', '/beyag/transactions/payouts/precheck'], (call) => precheck('payout', call))
  on('POST', ['/beyag/balance'], (call) => balance(deps, call))
  on('POST', ['/beyag/currencies'], (call) => currencies(call))
  on('GET', ['/beyag/gateways/:id/bank_list'], (call) => bankList(call))
  returnRoutes(server, deps)
}

/** A created or found transaction on the wire. */
export function shownApm(call: Call, { transaction }: Found): Answer {
  return okay({ transaction: apmTransaction(transaction, call.links) })
}

async function createMoney(deps: BegatewayDeps, kind: NewMoney, call: Call): Promise<Answer> {
  const request = requestOf(call.body)
  if (request === undefined) return invalid('beyag', [{ path: '', phrase: 'is missing' }])
  const made = await createApm(deps, { shop: call.shop, kind, request, key: call.key, uid: call.uid })
  return 'found' in made ? shownApm(call, made.found) : made.refusal
}

async function createRefund(deps: BegatewayDeps, kind: 'refund' | 'erip_refund', call: Call): Promise<Answer> {
  const request = requestOf(call.body)
  if (request === undefined) return invalid('beyag', [{ path: '', phrase: 'is missing' }])
  const problems = apmProblems(kind, request)
  if (problems.length > 0) return invalid('beyag', problems)
  const made = await createChild(deps, { shop: call.shop, kind: 'refund', request, key: call.key, accepts: (stored) => !isCard(stored), uid: call.uid })
  if ('not_found' in made) return notFound('beyag')
  return 'found' in made ? shownApm(call, made.found) : invalid('beyag', made.problems)
}
