import type { PaymentDeps } from './deps.ts'
import type { Due } from './due.ts'
import { decideRelease } from './reserve.ts'
import { commitChange } from './runner.ts'
import { findView } from './store.ts'

/** Releases a payment's reserve if that is due. When another process was first there is nothing left to do. */
export async function releaseReserve(deps: PaymentDeps, { merchant_id, payment_id }: Due): Promise<void> {
  for (;;) {
    const view = await findView(deps.db, merchant_id, payment_id)
    const change = view === undefined ? undefined : decideRelease(view, deps.clock.now())
    if (change === undefined || (await commitChange(deps, change)) === 'done') return
  }
}
