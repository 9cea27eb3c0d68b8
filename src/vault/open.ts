import { ok, type Result } from '../core/result.ts'
import type { Queryable } from '../db/db.ts'
import { localKeyEncryptions, type KeyEncryptions } from './key_encryption.ts'
import { isFirstStart, openKeys, type DataKeys } from './keys.ts'
import { createVault, type Vault } from './seal.ts'

export interface OpenVaultOptions {
  readonly db: Queryable
  readonly env: Readonly<Record<string, string | undefined>>
  /** `TENDER_DATA` */
  readonly folder: string
  /** How often to look for keys that another process made. Sealing under an older one until then is no harm: rotation comes back for it. */
  readonly refresh_ms?: number
}

export interface OpenVault {
  readonly vault: Vault
  readonly keys: DataKeys
  readonly encryptions: KeyEncryptions
  close(): void
}

/** The vault of a server process, from its master key and its database; on failure one sentence for the operator. */
export async function openVault({ db, env, folder, refresh_ms = 60_000 }: OpenVaultOptions): Promise<Result<OpenVault, string>> {
  // Only a database that never sealed anything may get a new master key: made later, it would hide that the old one is lost.
  const encryptions = await localKeyEncryptions({ env, folder, create: await isFirstStart(db) })
  if (!encryptions.ok) return encryptions
  const keys = await openKeys(db, encryptions.value)
  if (!keys.ok) return keys
  // A failed look is repeated by the next; what needs an unknown key meanwhile looks by itself.
  const timer = setInterval(() => void keys.value.refresh().catch(() => undefined), refresh_ms).unref()
  return ok({ vault: createVault(keys.value), keys: keys.value, encryptions: encryptions.value, close: () => clearInterval(timer) })
}
