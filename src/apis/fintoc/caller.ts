/** Who calls, and in which version ("Fintoc reference: Authentication", "Versioning"). */
import type { IncomingHttpHeaders } from 'node:http'
import { fail, ok } from '../../core/result.ts'
import type { Result } from '../../core/result.ts'
import { keyLookup } from '../../merchants/service.ts'
import type { Merchant } from '../../merchants/store.ts'
import type { Mode } from '../../providers/contract.ts'
import { API } from './deps.ts'
import type { FintocDeps } from './deps.ts'
import { problem } from './errors.ts'
import type { Problem } from './errors.ts'
import { pin } from './account/pinned.ts'
import { DEFAULT_VERSION, isVersion } from './versions.ts'
import type { Version } from './versions.ts'

export interface Caller {
  readonly merchant: Merchant
  readonly mode: Mode
  /** What this request speaks. */
  readonly version: Version
  /** What the account speaks: its webhooks, and events wherever they are read. */
  readonly pinned: Version
}

/** Kinds of credentials of this API. The secret key is found by its hash, the public one by itself. */
export const SECRET_KEY = 'secret_key'
export const PUBLIC_KEY = 'public_key'

/** The secret key is the whole header, or follows `Bearer`: both are in use. */
export async function callerOf(deps: FintocDeps, headers: IncomingHttpHeaders): Promise<Result<Caller, Problem>> {
  const key = (headers.authorization ?? '').trim().replace(/^Bearer\s+/i, '')
  if (key === '') return fail(problem('authentication', 'No API key provided. Send your secret key in the Authorization header.'))
  if (key.startsWith('pk_')) return fail(problem('invalid_api_key_mode', 'This is a public key. Use a secret key (sk_…).'))
  const found = key.length > 200 ? undefined : await deps.merchants.authenticateKey(API, SECRET_KEY, key)
  if (found === undefined || found.credential.mode === null) return fail(problem('invalid_api_key', 'Invalid API key.'))
  const asked = headers['fintoc-version']
  const version = asked === undefined || asked === '' ? undefined : String(asked)
  if (version !== undefined && !isVersion(version)) return fail(problem('invalid_api_version', `Unknown version ${version.slice(0, 20)}.`))
  const pinned = await pin(deps, found.merchant, version ?? DEFAULT_VERSION)
  return ok({ merchant: found.merchant, mode: found.credential.mode, version: version ?? pinned, pinned })
}

/** The merchant and mode of a public key. */
export async function publicCaller(deps: FintocDeps, key: string): Promise<{ merchant: Merchant; mode: Mode } | undefined> {
  if (!/^pk_(test|live)_\w{1,190}$/.test(key)) return undefined
  const found = await deps.merchants.authenticate(API, PUBLIC_KEY, key)
  const mode = found?.credential.mode ?? undefined
  return found === undefined || mode === undefined ? undefined : { merchant: found.merchant, mode }
}

/** The rows of a key pair, for whoever creates merchants. */
export function keyPair(merchant_id: string, mode: Mode, secret: string, publicKey: string): readonly { merchant_id: string; id: string; api: string; kind: string; mode: Mode; lookup: string; public?: Record<string, unknown> }[] {
  const row = { merchant_id, api: API, mode }
  return [
    { ...row, id: `fintoc_${mode}_secret`, kind: SECRET_KEY, lookup: keyLookup(secret), public: { last4: secret.slice(-4) } },
    { ...row, id: `fintoc_${mode}_public`, kind: PUBLIC_KEY, lookup: publicKey },
  ]
}

