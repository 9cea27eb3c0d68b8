/** What all processes of one simulated world share: time, chance, the database, the providers and what receivers were told. */
import type { Ids } from '../../src/core/ids.ts'
import type { Db } from '../../src/db/db.ts'
import type { Payments } from '../../src/payments/commands.ts'
import type { Provider } from '../../src/providers/contract.ts'
import type { Book } from '../../src/providers/sandbox/book.ts'
import type { Sandbox } from '../../src/providers/sandbox/sandbox.ts'
import type { Vault } from '../../src/vault/seal.ts'
import type { Notifier } from '../../src/webhooks/notifier.ts'
import type { Weather } from './network.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './time.ts'

export interface World {
  readonly seed: number
  readonly random: Random
  readonly ids: Ids
  readonly time: VirtualTime
  readonly weather: Weather
  /** The database, counting what is under way. */
  readonly db: Db
  readonly vault: Vault
  readonly notifiers: ReadonlyMap<string, Notifier>
  readonly sandboxes: readonly { readonly sandbox: Sandbox; readonly book: Book }[]
  readonly providers: readonly Provider[]
  readonly processes: Process[]
  /** Keys of refunds that were said not to be paid, and are. */
  readonly lies: Set<string>
  /** Tokens of stored cards that clients have heard of, by merchant. */
  readonly tokens: Array<{ readonly merchant_id: string; readonly id: string }>
  /** Bodies that the receiver accepted: ids of events. */
  readonly received: Set<string>
  readonly lines: string[]
  /** What should never have happened. */
  readonly failures: string[]
  trace(line: string): void
  fail(what: string): void
  /** A process has been killed: it starts again after a while. */
  died(name: string): void
  /** Resolves when nothing can happen any more without time passing. */
  calm(): Promise<void>
}

/** One server process of the simulated world: services over the shared database, until it is killed. */
export interface Process {
  readonly payments: Payments
  readonly dead: () => boolean
  /** A network says that something changed under this key. */
  hear(key: string): Promise<void>
  /** What it does at its start. */
  start(): Promise<void>
  /** One round of its background work; skipped while the last one is under way. */
  round(): void
  /** True while a round is under way. */
  busy(): boolean
}

/** One database for many worlds, each of which finds it empty. */
export interface Stage {
  readonly db: Db
  readonly vault: Vault
  clear(): Promise<void>
  close(): Promise<void>
}
