import type { Clock } from '../../core/clock.ts'
import type { Ids } from '../../core/ids.ts'
import type { Db } from '../../db/db.ts'
import type { Merchants } from '../../merchants/service.ts'
import type { Payments } from '../../payments/commands.ts'
import type { Vault } from '../../vault/seal.ts'

/** What every API plugin gets. */
export interface ApiDeps {
  readonly db: Db
  readonly clock: Clock
  readonly ids: Ids
  readonly merchants: Merchants
  readonly payments: Payments
  readonly vault: Vault
  /** Where this API is reached from outside, without a slash at the end: `https://pay.example/corefy`. */
  readonly base_url: string
  /** The root of the server as browsers reach it. */
  readonly public_url: string
  readonly checkpoint: (label: string) => void
}
