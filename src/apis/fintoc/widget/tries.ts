/**
 * Tries at the password of one payment. Nobody shall find out passwords here: not one try after the other, not many at once, and not by
 * opening a hosted page again and again. So there are five places for a payment, and a sign-in takes one before the bank is asked: a wrong
 * password keeps it for good, anything else gives it back. The database knows who holds a place, so two requests never share one.
 */
import { after } from '../../../core/clock.ts'
import { answerClaim, claimKey, releaseClaim } from '../../../idempotency/store.ts'
import type { Payment } from '../../../payments/model.ts'
import { API } from '../deps.ts'
import type { FintocDeps } from '../deps.ts'

const TRIES_MAX = 5
/** Longer than any payer is at work. */
const REMEMBER_MS = 48 * 3_600_000

export interface Try {
  readonly merchant_id: string
  readonly scope: string
  readonly key: string
  readonly owner: string
  /** No other place is left. */
  readonly isLast: boolean
}

/** A place; `busy` while all are held by others, and `none` when wrong passwords have used them up. */
export async function takeTry(deps: FintocDeps, { merchant_id, id }: Payment): Promise<Try | 'busy' | 'none'> {
  const now = deps.clock.now()
  const mine = { merchant_id, scope: `${API}.sign_in`, owner: `try_${deps.ids.alphanumeric(20)}` }
  let used = 0
  for (let number = 1; number <= TRIES_MAX; number++) {
    const key = `${id} ${number}`
    const taken = await claimKey(deps.db, { ...mine, key, request_hash: null, status: null, answer: null, created_at: now, expires_at: after(now, REMEMBER_MS) })
    if (taken === undefined) return { ...mine, key, isLast: number === TRIES_MAX }
    if (taken.status !== null) used++
  }
  return used === TRIES_MAX ? 'none' : 'busy'
}

/** The password was wrong. */
export function loseTry({ db }: FintocDeps, { merchant_id, scope, key }: Try): Promise<void> {
  return answerClaim(db, merchant_id, scope, key, 401, '')
}

export function giveTryBack({ db }: FintocDeps, { merchant_id, scope, key, owner }: Try): Promise<void> {
  return releaseClaim(db, merchant_id, scope, key, owner)
}
