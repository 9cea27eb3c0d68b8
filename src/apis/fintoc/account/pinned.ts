/**
 * The version that an account is pinned to: by its first call, for good ("Fintoc reference: Versioning"). It stands in the account's
 * settings, where every request and every webhook finds it without asking for more; an operator may change it there.
 *
 * Two first calls at once, in one process or in two, may name two versions. The first one to claim the account's pin wins, in the
 * database; the other finds its choice. A process that dies between the claim and the settings leaves them without a version, and the next
 * call writes the same one down.
 */
import { claimKey } from '../../../idempotency/store.ts'
import { findMerchant } from '../../../merchants/store.ts'
import type { Merchant } from '../../../merchants/store.ts'
import { API } from '../deps.ts'
import type { FintocDeps } from '../deps.ts'
import { settingsOf } from './settings.ts'
import { DEFAULT_VERSION, isVersion } from '../versions.ts'
import type { Version } from '../versions.ts'

const CLAIM = { scope: `${API}.version`, key: 'account' } as const

function pinnedOf(merchant: Merchant | undefined): Version | undefined {
  const version = merchant === undefined ? undefined : settingsOf(merchant).version
  return version !== undefined && isVersion(version) ? version : undefined
}

/** What an account speaks that has not been asked which: in webhooks, and where nobody has called yet. */
export const versionOfMerchant = (merchant: Merchant | undefined): Version => pinnedOf(merchant) ?? DEFAULT_VERSION

/** The account's version; `wanted` becomes it when this is the account's first call. Later calls read nothing and write nothing. */
export async function pin(deps: Pick<FintocDeps, 'db' | 'clock' | 'merchants'>, merchant: Merchant, wanted: Version): Promise<Version> {
  return pinnedOf(merchant) ?? settle(deps, merchant.id, wanted)
}

async function settle({ db, clock, merchants }: Pick<FintocDeps, 'db' | 'clock' | 'merchants'>, merchant_id: string, wanted: Version): Promise<Version> {
  const first = await claimKey(db, { merchant_id, ...CLAIM, owner: `${API}.version.${merchant_id}`, request_hash: null, status: 200, answer: wanted, created_at: clock.now(), expires_at: null })
  const answer = first?.answer ?? wanted
  const version = isVersion(answer) ? answer : DEFAULT_VERSION
  // Who came second may know the account as it was a moment ago; usually the first has written it down meanwhile.
  const written = first === undefined ? undefined : pinnedOf(await findMerchant(db, { id: merchant_id }))
  if (written === undefined) await merchants.updateSettings(merchant_id, API, { version })
  return written ?? version
}
