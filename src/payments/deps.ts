import type { Clock } from '../core/clock.ts'
import type { Ids } from '../core/ids.ts'
import type { Committer } from '../db/commit.ts'
import type { Db } from '../db/db.ts'
import type { Routing } from '../providers/routing.ts'
import type { Vault } from '../vault/seal.ts'
import type { Notifier } from '../webhooks/notifier.ts'
import type { ApiPolicy } from './decisions/policy.ts'

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
