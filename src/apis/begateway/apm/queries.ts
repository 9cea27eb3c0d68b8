/** Status queries of the APM API (beGateway reference 10 and 16). Card transactions are not found here, so that clients walk on to the gateway. */
import type { BegatewayDeps } from '../deps.ts'
import { invalid, notFound, type Answer } from '../errors.ts'
import { findByUid, type Found } from '../find.ts'
import { okay, type Call } from '../http.ts'
import { apmTransaction } from '../shown/apm.ts'
import { isCard } from '../shown/card.ts'
import { followUpUidsByTrackingId, refundUidsByTrackingId, uidByOrderId, uidsByTrackingId } from '../store.ts'

/** At most so many transactions of one tracking id, newest first. */
const LIST_MAX = 100
const RESOURCES = ['apm', 'erip'] as const

/** An APM transaction of the shop by uid. */
export async function findApm(deps: BegatewayDeps, call: Call, uid: string): Promise<Found | undefined> {
  const found = await findByUid(deps, call.shop.merchant.id, uid)
  return found === undefined || isCard(found.transaction.stored) ? undefined : found
}

export async function byUid(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const found = await findApm(deps, call, call.params['uid'] ?? '')
  return found === undefined ? notFound('beyag') : okay({ transaction: apmTransaction(found.transaction, call.links) })
}

/** A list, empty when nothing matches: still HTTP 200. */
export async function byTrackingId(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const found = await listByTrackingId(deps, call, RESOURCES, LIST_MAX)
  return okay({ transactions: found.map(({ transaction }) => apmTransaction(transaction, call.links)) })
}

/** Payments, refunds, captures and voids that a tracking id finds, newest first. */
export async function listByTrackingId(deps: BegatewayDeps, call: Call, resources: readonly string[], limit: number): Promise<Found[]> {
  const merchant_id = call.shop.merchant.id
  // All that follows: clients write a tracking id as it is, slashes too.
  const wanted = call.params['*'] ?? ''
  if (wanted === '') return []
  const uids = await Promise.all([uidsByTrackingId, refundUidsByTrackingId, followUpUidsByTrackingId].map((find) => find(deps.db, merchant_id, wanted, resources, limit)))
  const found = await Promise.all(uids.flat().map((uid) => findByUid(deps, merchant_id, uid)))
  return found
    .filter((one) => one !== undefined)
    .sort((a, b) => b.transaction.created_at.getTime() - a.transaction.created_at.getTime())
    .slice(0, limit)
}

export async function byOrderId(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const order_id = call.query['order_id']
  if (order_id === undefined || order_id === '') return invalid('beyag', [{ path: 'order_id', phrase: 'is missing' }])
  const uid = await uidByOrderId(deps.db, call.shop.merchant.id, order_id)
  const found = uid === undefined ? undefined : await findApm(deps, call, uid)
  return found === undefined ? notFound('beyag') : okay({ transaction: apmTransaction(found.transaction, call.links) })
}
