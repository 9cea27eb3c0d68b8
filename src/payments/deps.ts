import type { Clock } from '../core/clock.ts'
import type { Ids } from '../core/ids.ts'
import type { Reason } from '../core/reasons.ts'
import type { Committer } from '../db/commit.ts'
import type { Db } from '../db/db.ts'
import type { Routing } from '../providers/routing.ts'
import type { Vault } from '../vault/seal.ts'
import type { Notifier } from '../webhooks/notifier.ts'
import type { EndHow } from './commands.ts'
import type { SurplusRefund } from './decisions/surplus.ts'
import type { Payment, PaymentView, Refund } from './model.ts'

/** Places where a test may kill the process; in production it does nothing. */
export type Checkpoint = (label: string) => void

/** Everything that use cases get from outside. */
export interface PaymentDeps {
  readonly db: Db
  readonly committer: Committer
  readonly clock: Clock
  readonly ids: Ids
  readonly routing: Routing
  /** By API. */
  readonly notifiers: ReadonlyMap<string, Notifier>
  readonly vault: Vault
  /** Tells the delivery worker that there is something to deliver. */
  readonly deliveriesWaiting: () => void
  readonly checkpoint: Checkpoint
  /** Problems that are nobody's request: a provider that threw, a decision made again. */
  readonly warn: (what: string, facts: Readonly<Record<string, unknown>>) => void
  /** How long a provider may take before the outcome counts as unknown. */
  readonly call_timeout_ms: number
  /** Runs a task after so many milliseconds, unless the answer is called: the runtime's timers, unless a simulation passes those of its own clock. */
  readonly schedule?: (ms: number, task: () => void) => () => void
  /** By API; the core's own ways where nothing is said. */
  readonly policies?: ReadonlyMap<string, ApiPolicy>
}

/** In what an API's payments differ from those of others. All functions are pure. */
export interface ApiPolicy {
  /** How a payment whose time is over ends; `expired` where the API has no word of its own. For some it matters how far the payer had come. */
  readonly lapse?: (view: PaymentView) => EndHow
  /** What it calls the refund of money that goes back by itself: it came twice, or too late. */
  readonly surplus?: SurplusRefund
  /** It tells a merchant once how a payment ended: money that comes after that does not pay it, and goes back (decisions/surplus.ts). Elsewhere it pays the payment after all. */
  readonly final_endings?: boolean
  /** After how many milliseconds a payment fails as unresolved whose provider does not know what became of it; never where nothing is said. */
  readonly patience_ms?: number
  /** When a refund that its provider has declined is sent again; undefined: it has failed. */
  readonly retryRefund?: (declined: DeclinedRefund, now: Date) => Date | undefined
}

export interface DeclinedRefund {
  readonly payment: Payment
  readonly refund: Refund
  readonly reason: Reason
  /** How often it has been sent. */
  readonly tries: number
}
