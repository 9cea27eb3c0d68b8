/**
 * What happens without anybody asking: open attempts are asked about, payments whose time is over end, refunds whose
 * time has come start, reserves are released. Any number of processes may run it: an attempt is taken by putting its next inquiry off, and
 * every decision is committed under the payment's version.
 */
import { startRefund } from '../refunds/service.ts'
import type { Payments } from './commands.ts'
import type { PaymentDeps } from './deps.ts'
import { dueRefunds, dueReserves, expiredPayments, hurryInquiries, takeInquiries, takeUnresolved, type Due } from './due.ts'
import { releaseReserve } from './reserve-service.ts'

export interface Resolver {
  /** Everything that is due now. Returns how many things it touched. */
  runOnce(): Promise<number>
  /**
   * Begins with every open attempt, whenever it would be due: the process that was waiting for its answer may be the one that died,
   * and its payer may have come back to nobody. Asking about an attempt that another process is waiting for does no harm.
   */
  start(interval_ms: number): Promise<void>
  /** Ends the round under way, then stops. */
  stop(): Promise<void>
}

/** How many rows of a kind one round takes. */
const ROUND_MAX = 64
/** Nobody else asks about an attempt that was taken, for this long. */
const LEASE_MS = 30_000
/** How often an attempt is asked about of which nobody knew what became, and for how long. */
const UNRESOLVED = { every_ms: 86_400_000, age_ms_max: 60 * 86_400_000 }
/** The pause after a round that was full. */
const FULL_MS = 50

export function createResolver(deps: PaymentDeps, payments: Payments): Resolver {
  let timer: NodeJS.Timeout | undefined
  let round: Promise<unknown> = Promise.resolve()
  let stopped = false

  const attempt = async (what: string, due: Due, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      deps.warn(`the resolver could not ${what}`, { ...due, error: String(error) })
    }
  }

  const lapse = async ({ merchant_id, payment_id }: Due): Promise<void> => {
    const view = await payments.find(merchant_id, payment_id)
    if (view === undefined) return
    const ended = await payments.end(merchant_id, payment_id, deps.policies?.get(view.payment.api)?.lapse?.(view) ?? { state: 'expired', reason: 'expired' })
    if (!ended.ok && ended.error.kind === 'busy') busy.set(payment_id, deps.clock.now().getTime() + LEASE_MS)
  }

  /** Expired payments whose provider cannot be reached to give them up: however many they are, the others have their turn. */
  const busy = new Map<string, number>()
  const leftAlone = (now: Date): string[] => {
    for (const [id, until] of busy) if (until <= now.getTime()) busy.delete(id)
    return [...busy.keys()]
  }

  const runOnce = async (): Promise<number> => {
    const now = deps.clock.now()
    const inquiries = await takeInquiries(deps.db, now, LEASE_MS, ROUND_MAX)
    await Promise.all(inquiries.map((due) => attempt('settle an attempt', due, () => payments.settle(due.merchant_id, due.payment_id))))
    const unresolved = await takeUnresolved(deps.db, now, UNRESOLVED, ROUND_MAX)
    await Promise.all(unresolved.map((due) => attempt('ask about an unresolved attempt', due, () => payments.settle(due.merchant_id, due.payment_id, due.id))))
    const expired = await expiredPayments(deps.db, now, ROUND_MAX, leftAlone(now))
    await Promise.all(expired.map((due) => attempt('expire a payment', due, () => lapse(due))))
    const refunds = await dueRefunds(deps.db, now, ROUND_MAX)
    await Promise.all(refunds.map((due) => attempt('start a refund', due, () => startRefund(deps, due.merchant_id, due.id))))
    const reserves = await dueReserves(deps.db, now, ROUND_MAX)
    await Promise.all(reserves.map((due) => attempt('release a reserve', due, () => releaseReserve(deps, due))))
    return inquiries.length + unresolved.length + expired.length + refunds.length + reserves.length
  }

  const failed = (error: unknown): number => {
    deps.warn('a round of the resolver failed', { error: String(error) })
    return 0
  }

  const schedule = (interval_ms: number, wait_ms: number): void => {
    timer = setTimeout(() => {
      round = runOnce().catch(failed).then((count) => {
        // A round that was full has left something over.
        if (!stopped) schedule(interval_ms, count >= ROUND_MAX ? Math.min(interval_ms, FULL_MS) : interval_ms)
      })
    }, wait_ms)
  }

  return {
    runOnce,
    start: async (interval_ms) => {
      await hurryInquiries(deps.db, deps.clock.now())
      schedule(interval_ms, 0)
    },
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await round
    },
  }
}
