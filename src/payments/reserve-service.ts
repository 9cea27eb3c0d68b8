import type { Queryable } from '../db/db.ts'
import { availableOf } from '../ledger/funds.ts'
import { decideRelease, keptBack, promised } from './decisions/reserve.ts'
import type { PaymentDeps } from './deps.ts'
import type { Due } from './due.ts'
import type { PaymentView } from './model.ts'
import { commitChange } from './runner.ts'
import { findView } from './store.ts'

/** Releases a payment's reserve if that is due. When another process was first there is nothing left to do. */
export async function releaseReserve(deps: PaymentDeps, { merchant_id, payment_id }: Due): Promise<void> {
  for (;;) {
    const view = await findView(deps.db, merchant_id, payment_id)
    const change = view === undefined ? undefined : decideRelease(view, deps.clock.now())
    if (change === undefined) return
    deps.checkpoint('reserve.release.before')
    if ((await commitChange(deps, change)) !== 'done') continue
    deps.checkpoint('reserve.release.after')
    return
  }
}

/** How much of the reserve a payment back to the payer takes: what the balance does not cover of it, as far as there is a reserve. Without one nothing is read. */
export async function shareOfReserve(db: Queryable, { payment, reserve, refunds }: PaymentView, wanted: bigint): Promise<bigint> {
  const free = reserve === undefined ? 0n : keptBack(reserve) - promised(refunds)
  if (free <= 0n) return 0n
  const available = await availableOf(db, payment)
  const short = wanted - (available > 0n ? available : 0n)
  return short <= 0n ? 0n : short < free ? short : free
}
