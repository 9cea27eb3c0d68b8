/**
 * Sealed values: what the database holds instead of card data and signing secrets.
 *
 *   format (1 byte, = 1) | key version (4 bytes) | nonce (12 bytes) | ciphertext | tag (16 bytes)
 *
 * AES-256-GCM. The first five bytes and the context are authenticated with it. The context names the row
 * (`instrument:<merchant>:<id>`), so that a sealed value copied to another row, by mistake or by an attacker with write access to
 * the database, does not open there. Nonces are random; a key is good for 2^32 of them, far more than a year of cards, and
 * `tender keys rotate` starts anew.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { assert, fail, ok, type Result } from '../core/result.ts'
import type { DataKey, DataKeys } from './keys.ts'

/** `malformed`: not a sealed value; `unknown_key`: its key is not here; `not_authentic`: changed, or sealed for another row. */
export type UnsealProblem = 'malformed' | 'unknown_key' | 'not_authentic'

export interface Vault {
  /** Seals under the newest key for the row that `context` names. */
  seal(plaintext: Uint8Array, context: string): Uint8Array
  /** Opens with the keys in memory. `unknown_key` may only mean that another process rotated: `open` looks. */
  unseal(sealed: Uint8Array, context: string): Result<Uint8Array, UnsealProblem>
  /** Like `unseal`, but reads the keys again once when this process does not know the version. What services should call. */
  open(sealed: Uint8Array, context: string): Promise<Result<Uint8Array, UnsealProblem>>
  /** Hex HMAC that finds the same card of the same merchant again; different for every merchant; outlives rotations. */
  fingerprint(pan: string, merchant_id: string): string
}

const FORMAT = 1
const HEADER_BYTES = 5
const NONCE_BYTES = 12
const TAG_BYTES = 16
const OVERHEAD_BYTES = HEADER_BYTES + NONCE_BYTES + TAG_BYTES

/** A vault over keys in memory. Synchronous but for `open`, because sealing takes microseconds. */
export function createVault(keys: DataKeys): Vault {
  const unseal: Vault['unseal'] = (sealed, context) => {
    const version = versionOf(sealed)
    if (version === undefined) return fail('malformed')
    const key = keys.get(version)
    return key === undefined ? fail('unknown_key') : unsealWith(key, sealed, context)
  }
  return {
    seal: (plaintext, context) => sealWith(keys.newest(), plaintext, context),
    unseal,
    open: async (sealed, context) => {
      const version = versionOf(sealed)
      if (version !== undefined && keys.get(version) === undefined) await keys.find(version)
      return unseal(sealed, context)
    },
    fingerprint: (pan, merchant_id) => {
      // Anything but bare digits would give the same card two fingerprints.
      assert(/^\d{12,19}$/.test(pan), 'a fingerprint is made of the digits of a card number')
      return createHmac('sha256', keys.fingerprint().secret).update(`card\0${merchant_id}\0${pan}`).digest('hex')
    },
  }
}

/** The version of the key that sealed it, for the column `key_version`; undefined when it is not a sealed value. */
export function versionOf(sealed: Uint8Array): number | undefined {
  if (sealed.length < OVERHEAD_BYTES || sealed[0] !== FORMAT) return undefined
  return new DataView(sealed.buffer, sealed.byteOffset).getUint32(1)
}

/** Seals under one given key: for rotation. Everybody else uses a `Vault`. */
export function sealWith(key: DataKey, plaintext: Uint8Array, context: string): Uint8Array {
  assert(key.purpose === 'seal' && context.length > 0, 'sealing needs a seal key and the name of a row')
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt8(FORMAT)
  header.writeUInt32BE(key.version, 1)
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key.secret, nonce).setAAD(additionalData(header, context))
  return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** Opens with one given key. */
export function unsealWith(key: DataKey, sealed: Uint8Array, context: string): Result<Uint8Array, UnsealProblem> {
  if (versionOf(sealed) !== key.version || key.purpose !== 'seal') return fail('unknown_key')
  const nonce = sealed.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES)
  const end = sealed.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', key.secret, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(additionalData(sealed.subarray(0, HEADER_BYTES), context)).setAuthTag(sealed.subarray(end))
  try {
    const opened = decipher.update(sealed.subarray(HEADER_BYTES + NONCE_BYTES, end))
    decipher.final()
    return ok(opened)
  } catch {
    // The only thing that throws here is a tag that does not fit.
    return fail('not_authentic')
  }
}

function additionalData(header: Uint8Array, context: string): Buffer {
  return Buffer.concat([header, Buffer.from(context)])
}
