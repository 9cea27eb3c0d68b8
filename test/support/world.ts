/** The core on a fresh database, with the sandbox's card network and a clock that tests move. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../src/core/clock.ts'
import { randomIds } from '../../src/core/ids.ts'
import { createCommitter } from '../../src/db/commit.ts'
import type { Db } from '../../src/db/db.ts'
import { createMerchants, type Merchants } from '../../src/merchants/service.ts'
import { insertMerchant } from '../../src/merchants/store.ts'
import type { PaymentDeps } from '../../src/payments/deps.ts'
import { createPayments } from '../../src/payments/service.ts'
import type { Payments } from '../../src/payments/commands.ts'
import { createMemoryBook, type Book } from '../../src/providers/sandbox/book.ts'
import { createSandbox, type Sandbox } from '../../src/providers/sandbox/sandbox.ts'
import { createManual } from '../../src/providers/manual.ts'
import { createRouting } from '../../src/providers/routing.ts'
import type { Provider } from '../../src/providers/contract.ts'
import { openVault } from '../../src/vault/open.ts'
import type { Vault } from '../../src/vault/seal.ts'
import type { Notifier } from '../../src/webhooks/notifier.ts'
import { createTestDatabase } from './database.ts'

export interface World {
  readonly db: Db
  /** Of the database on a server, for a second pool. */
  readonly url: string | undefined
  readonly clock: Clock & { advance(ms: number): void }
  readonly vault: Vault
  readonly book: Book
  readonly sandbox: Sandbox
  readonly deps: PaymentDeps
  readonly payments: Payments
  readonly merchants: Merchants
  close(): Promise<void>
}

export interface WorldOptions {
  readonly notifiers?: ReadonlyMap<string, Notifier>
  /** Wraps or replaces the sandbox's providers. */
  readonly providers?: (networks: readonly Provider[]) => readonly Provider[]
  readonly call_timeout_ms?: number
  /** Stands between the committer and the database. */
  readonly commits?: (db: Db) => Db
}

/** Builds a world; merchant `m1` (number 1) is there. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const { db, url, close } = await createTestDatabase()
  let offset = 0
  const clock = { now: () => new Date(Date.now() + offset), advance: (ms: number) => void (offset += ms) }
  const vault = await openVault({ db, env: { TENDER_MASTER_KEY: randomBytes(32).toString('base64') }, folder: '/nonexistent' })
  if (!vault.ok) throw new Error(vault.error)
  const book = createMemoryBook()
  const sandbox = createSandbox({ book, clock, ids: randomIds, base_url: 'http://127.0.0.1/sandbox' })
  const providers = options.providers?.(sandbox.networks) ?? sandbox.networks
  const deps: PaymentDeps = {
    db, clock, ids: randomIds, vault: vault.value.vault,
    committer: createCommitter(options.commits?.(db) ?? db),
    routing: createRouting([...providers, createManual()], new Set(providers.map(({ name }) => name))),
    notifiers: options.notifiers ?? new Map(),
    deliveriesWaiting: () => undefined,
    checkpoint: () => undefined,
    warn: () => undefined,
    call_timeout_ms: options.call_timeout_ms ?? 2_000,
  }
  await insertMerchant(db, { id: 'm1', number: 1, name: 'Test shop', settings: {}, demo: true, created_at: clock.now() })
  return {
    db, url, clock, vault: vault.value.vault, book, sandbox, deps,
    payments: createPayments(deps),
    merchants: createMerchants({ db, clock, vault: vault.value.vault }),
    close: async () => {
      sandbox.stop()
      vault.value.close()
      await close()
    },
  }
}
