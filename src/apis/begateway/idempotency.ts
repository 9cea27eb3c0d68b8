/**
 * `RequestID`: the same value of one shop, method and path within 24 hours is an attempt of the same request (beGateway reference 1.1).
 * The first one has its effect; every other waits for it and gets its answer, rendered from the current state, as the reference allows.
 * The body is not compared: what the platform does with another body under the same key is not public, and a replay surprises least.
 */
import { createHash } from 'node:crypto'
import { after } from '../../core/clock.ts'
import type { Claim } from '../../idempotency/model.ts'
import { answerClaim, claimKey, findClaim, releaseClaim } from '../../idempotency/store.ts'
import type { BegatewayDeps } from './deps.ts'
import type { Answer } from './errors.ts'
import type { Shop } from './account/shop.ts'
import { firstWithin } from './store.ts'

const KEPT_MS = 24 * 3600_000
const KEY_LENGTH_MAX = 255

/** One request's key, if it brought one. */
export interface RequestKey {
  readonly scope: string
  readonly key: string
}

/** The key of a request. A long one is kept as its hash: not to know it again would be to charge twice. */
export function requestKey(path: string, header: string | readonly string[] | undefined): RequestKey | undefined {
  const given = typeof header === 'string' ? header.trim() : ''
  if (given === '') return undefined
  const key = given.length > KEY_LENGTH_MAX ? `sha256:${createHash('sha256').update(given).digest('hex')}` : given
  return { scope: `begateway.POST ${path}`, key }
}

/** The claim that is stored with the effect. */
export function claimOf(deps: BegatewayDeps, shop: Shop, key: RequestKey, owner: string): Claim {
  const now = deps.clock.now()
  return { merchant_id: shop.merchant.id, ...key, owner, request_hash: null, status: null, answer: null, created_at: now, expires_at: after(now, KEPT_MS) }
}

/** The uid that an earlier request under the key made, if there was one in the last 24 hours. */
export async function ownerOf(deps: BegatewayDeps, shop: Shop, key: RequestKey | undefined): Promise<string | undefined> {
  if (key === undefined) return undefined
  const claim = await findClaim(deps.db, shop.merchant.id, key.scope, key.key)
  if (claim === undefined) return undefined
  if (claim.expires_at === null || claim.expires_at > deps.clock.now()) return claim.owner
  // Forgotten by right, and not swept away yet: it would stand in the way of the new request's own claim.
  await releaseClaim(deps.db, shop.merchant.id, key.scope, key.key, claim.owner)
  return undefined
}

/** How long an equal request waits for the first one's answer. */
const ANSWER_MS = 8_000
const PAUSE_MS = 50

/**
 * For work that makes no transaction, and so has no commit of its own to take the key in: the first request's answer is kept, and given again.
 * What was refused has not happened, and keeps no key.
 */
export async function answeredOnce(deps: BegatewayDeps, shop: Shop, key: RequestKey | undefined, work: () => Promise<Answer>): Promise<Answer> {
  if (key === undefined) return work()
  await ownerOf(deps, shop, key)
  const claim = claimOf(deps, shop, key, deps.ids.uuid())
  for (const until = Date.now() + ANSWER_MS; Date.now() < until; ) {
    const earlier = await claimKey(deps.db, claim)
    if (earlier === undefined) return answered(deps, claim, work)
    if (earlier.status !== null) return { status: earlier.status, body: JSON.parse(earlier.answer ?? '') as unknown }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  // The first one's process has died: nothing that is done here is harmed by being done again.
  return work()
}

async function answered(deps: BegatewayDeps, { merchant_id, scope, key, owner }: Claim, work: () => Promise<Answer>): Promise<Answer> {
  try {
    const answer = await work()
    if (answer.status === 200) await answerClaim(deps.db, merchant_id, scope, key, answer.status, JSON.stringify(answer.body))
    return answer
  } finally {
    await releaseClaim(deps.db, merchant_id, scope, key, owner)
  }
}

/** Message of a refused repeat (beGateway reference 1.2). */
export const DUPLICATE = 'Duplicate transaction'
export const TWIN_SCOPE = 'begateway.twin'
const TWIN_MS = 30_000

/** The duplicate filter: true for the first of equal transactions within 30 seconds. */
export async function passesTwinFilter(deps: BegatewayDeps, shop: Shop, twin: string, uid: string): Promise<boolean> {
  return firstWithin(deps.db, shop.merchant.id, TWIN_SCOPE, twin, uid, deps.clock.now(), TWIN_MS)
}

/** The owner of a key whose first request may be a moment away from its commit: it has passed the filter, and the claim is next. */
export async function ownerSoon(deps: BegatewayDeps, shop: Shop, key: RequestKey | undefined): Promise<string | undefined> {
  for (let tries = 0; key !== undefined && tries < 40; tries++) {
    const owner = await ownerOf(deps, shop, key)
    if (owner !== undefined) return owner
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return undefined
}
