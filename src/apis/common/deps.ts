import type { FastifyPluginAsync } from 'fastify'
import type { Clock } from '../../core/clock.ts'
import type { Ids } from '../../core/ids.ts'
import type { Db } from '../../db/db.ts'
import type { Merchants } from '../../merchants/service.ts'
import type { Merchant } from '../../merchants/store.ts'
import type { Payments } from '../../payments/commands.ts'
import type { ApiPolicy } from '../../payments/decisions/policy.ts'
import type { BankDirectory } from '../../providers/contract.ts'
import type { Vault } from '../../vault/seal.ts'
import type { Notifier } from '../../webhooks/notifier.ts'
import type { Post } from '../../webhooks/worker.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Unreadable } from './server.ts'

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
  /** Posts to merchants' servers under the guard of webhooks. */
  readonly post: Post
  /** Whether that guard would refuse to post to a merchant's URL, as far as the URL itself tells. */
  readonly refusesReceiver: (merchant: Pick<Merchant, 'demo'>, url: string) => boolean
  /** Where payers sign in to their bank. */
  readonly banks: BankDirectory
  /** Tells the delivery worker that there is something to deliver: for events that no payment's commit brings. */
  readonly deliveriesWaiting: () => void
  /** Counts a merchant's requests, by the merchant's id: `take` once for each, when its caller is known. */
  readonly limit: RateLimit
  readonly checkpoint: (label: string) => void
}

/** What an API is made of: its routes, how it tells merchants, and in what its payments differ from those of others. */
export interface Api {
  readonly plugin: FastifyPluginAsync
  readonly notifier: Notifier
  readonly policy: ApiPolicy
  /** Its way of saying that an address cannot be decoded. */
  readonly unreadable?: Unreadable
}
