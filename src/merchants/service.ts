import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { assert } from '../core/result.ts'
import type { Db } from '../db/db.ts'
import { versionOf, type Vault } from '../vault/seal.ts'
import { credentialsOf, findCredential, findMerchant, insertCredential, updateSettings, type Credential, type Merchant } from './store.ts'

/** Merchants and their credentials, remembered for a moment: every request asks for them. */
export interface Merchants {
  byId(id: string): Promise<Merchant | undefined>
  byNumber(number: number): Promise<Merchant | undefined>
  /** The credential behind a user name or public key; with `secret`, only when that is its secret. */
  authenticate(api: string, kind: string, lookup: string, secret?: string): Promise<{ merchant: Merchant; credential: Credential } | undefined>
  /** The credential behind a bearer key, found by its hash. */
  authenticateKey(api: string, kind: string, key: string): Promise<{ merchant: Merchant; credential: Credential } | undefined>
  /** A credential's secret, opened: what signs outgoing messages. */
  secretOf(credential: Credential): Promise<Uint8Array>
  credentials(merchant_id: string, api: string): Promise<Credential[]>
  addCredential(input: NewCredential): Promise<void>
  updateSettings(merchant_id: string, api: string, patch: Readonly<Record<string, unknown>>): Promise<void>
}

/** `secret` is kept as a hash; `sealed_secret` can be opened again, to sign with. */
export interface NewCredential {
  readonly merchant_id: string
  readonly id: string
  readonly api: string
  readonly kind: string
  readonly mode?: 'test' | 'live'
  readonly lookup: string
  readonly secret?: string
  readonly sealed_secret?: Uint8Array
  readonly public?: Readonly<Record<string, unknown>>
}

/** What a request carries of a bearer key is looked up by this. */
export const keyLookup = (key: string): string => createHash('sha256').update(key).digest('hex')

/** Another process's change is seen after this at the latest. */
const MEMORY_MS = 2_000
const ENTRIES_MAX = 10_000

export interface MerchantParts {
  readonly db: Db
  readonly clock: Clock
  readonly vault: Vault
  /** Whether the keys of demo merchants open anything: they are published. */
  readonly demo?: boolean
}

export function createMerchants({ db, clock, vault, demo = true }: MerchantParts): Merchants {
  const remembered = new Map<string, { until: number; value: Promise<unknown> }>()

  const remember = <T>(key: string, load: () => Promise<T>): Promise<T> => {
    const now = clock.now().getTime()
    const known = remembered.get(key)
    if (known !== undefined && known.until > now) return known.value as Promise<T>
    if (remembered.size >= ENTRIES_MAX) remembered.clear()
    const value = load()
    remembered.set(key, { until: now + MEMORY_MS, value })
    // A failure is not remembered: the next request asks again.
    value.catch(() => remembered.delete(key))
    return value
  }

  const byId: Merchants['byId'] = (id) => remember(`id ${id}`, () => findMerchant(db, { id }))

  const authenticate: Merchants['authenticate'] = async (api, kind, lookup, secret) => {
    const credential = await remember(`credential ${api} ${kind} ${lookup}`, () => findCredential(db, api, kind, lookup))
    if (credential === undefined) return undefined
    if (secret !== undefined && !secretMatches(credential, secret)) return undefined
    const merchant = await byId(credential.merchant_id)
    assert(merchant !== undefined, `credential ${credential.id} belongs to no merchant`)
    // A name that needs a secret and comes without one was no client's: we look something up, for a notification that is still on its way, say.
    const is_presented = secret !== undefined || credential.secret_hash === null
    return is_presented && merchant.demo && !demo ? undefined : { merchant, credential }
  }

  return {
    byId,
    byNumber: (number) => remember(`number ${number}`, () => findMerchant(db, { number })),
    authenticate,
    authenticateKey: (api, kind, key) => authenticate(api, kind, keyLookup(key)),
    secretOf: (credential) =>
      remember(`secret ${credential.merchant_id} ${credential.id}`, async () => {
        assert(credential.sealed !== null, `credential ${credential.id} has no secret to open`)
        const opened = await vault.open(credential.sealed, credentialContext(credential))
        if (!opened.ok) throw new Error(`the vault cannot open credential ${credential.id}: ${opened.error}`)
        return opened.value
      }),
    credentials: (merchant_id, api) => remember(`credentials ${merchant_id} ${api}`, () => credentialsOf(db, merchant_id, api)),
    addCredential: async (input) => {
      const sealed = input.sealed_secret === undefined ? null : vault.seal(input.sealed_secret, credentialContext(input))
      await insertCredential(db, {
        merchant_id: input.merchant_id, id: input.id, api: input.api, kind: input.kind, mode: input.mode ?? null, lookup: input.lookup,
        secret_hash: input.secret === undefined ? null : createHash('sha256').update(input.secret).digest(),
        sealed, key_version: sealed === null ? null : (versionOf(sealed) ?? null), public: input.public ?? {}, created_at: clock.now(), revoked_at: null,
      })
      remembered.clear()
    },
    updateSettings: async (merchant_id, api, patch) => {
      await updateSettings(db, merchant_id, api, patch)
      remembered.clear()
    },
  }
}

/** The name of the row that a credential's secret is sealed for. */
export const credentialContext = (row: { merchant_id: string; id: string }): string => `credential:${row.merchant_id}:${row.id}`

function secretMatches(credential: Credential, secret: string): boolean {
  if (credential.secret_hash === null) return false
  return timingSafeEqual(credential.secret_hash, createHash('sha256').update(secret).digest())
}
