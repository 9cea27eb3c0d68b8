/**
 * Key-encryption keys: what wraps the data keys, and comes from outside the database. Whoever has only the database, or only a
 * backup of it, has nothing. A KMS is one more function that returns a `KeyEncryption`.
 */
import { createCipheriv, createDecipheriv, createHash, createSecretKey, randomBytes, type KeyObject } from 'node:crypto'
import { link, open, readFile, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../core/folder.ts'
import { fail, ok, type Result } from '../core/result.ts'

export interface KeyEncryption {
  /** Stored beside everything wrapped: says which key opens it. Not secret. */
  readonly id: string
  wrap(bytes: Uint8Array): Promise<Uint8Array>
  /** Throws when the bytes were not wrapped under this key. */
  unwrap(bytes: Uint8Array): Promise<Uint8Array>
}

/** `current` wraps; `previous` only open what was wrapped before, until `tender keys rotate` has re-wrapped it. */
export interface KeyEncryptions {
  readonly current: KeyEncryption
  readonly previous: readonly KeyEncryption[]
}

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const FILE = 'master.key'

/** A key that this process holds itself. Its id follows from the key, so the same key is the same one in a file and in the environment. */
export function localKeyEncryption(key: Uint8Array): KeyEncryption {
  if (key.length !== KEY_BYTES) throw new RangeError(`a master key has ${KEY_BYTES} bytes`)
  const secret: KeyObject = createSecretKey(key)
  const id = `local:${createHash('sha256').update('tender master key id\0').update(key).digest('hex').slice(0, 16)}`
  const aad = Buffer.from(id)
  return {
    id,
    wrap: async (bytes) => {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(aad)
      return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
    },
    unwrap: async (bytes) => {
      if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('too short for a wrapped key')
      const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(aad)
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES)), decipher.final()])
    },
  }
}

export interface KeyEncryptionSettings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** `TENDER_DATA`, where `master.key` lives. */
  readonly folder: string
  /** First start: makes `master.key` when there is no key yet. Otherwise a missing key is a failure, because data was sealed under one. */
  readonly create: boolean
}

/**
 * The keys of this installation: `TENDER_MASTER_KEY` when set, else `<folder>/master.key`.
 * Previous ones are `TENDER_MASTER_KEYS_OLD` (separated by commas) and, once the environment has taken over, the file.
 */
export async function localKeyEncryptions(settings: KeyEncryptionSettings): Promise<Result<KeyEncryptions, string>> {
  const previous: KeyEncryption[] = []
  for (const text of (settings.env['TENDER_MASTER_KEYS_OLD'] ?? '').split(/[\s,]+/).filter((part) => part !== '')) {
    const old = parseKey(text)
    if (old === undefined) return fail('TENDER_MASTER_KEYS_OLD must hold base64 of 32 bytes each, separated by commas.')
    previous.push(localKeyEncryption(old))
  }
  const text = settings.env['TENDER_MASTER_KEY']
  const file = join(settings.folder, FILE)
  if (text === undefined || text === '') {
    const key = await readOrCreateKey(file, settings.create)
    return key.ok ? ok({ current: localKeyEncryption(key.value), previous }) : key
  }
  const key = parseKey(text)
  if (key === undefined) return fail('TENDER_MASTER_KEY must be base64 of 32 bytes; make one with: openssl rand -base64 32')
  const kept = await readKey(file)
  if (!kept.ok) return kept
  if (kept.value !== undefined) previous.push(localKeyEncryption(kept.value))
  return ok({ current: localKeyEncryption(key), previous })
}

async function readOrCreateKey(file: string, create: boolean): Promise<Result<Uint8Array, string>> {
  const found = await readKey(file)
  if (!found.ok) return found
  if (found.value !== undefined) return ok(found.value)
  if (!create) {
    return fail(`${file} is missing, and this database was sealed under a master key: put the file back, or set TENDER_MASTER_KEY.`)
  }
  try {
    await createKey(file)
  } catch (error) {
    return fail(`${file} cannot be created (${codeOf(error)}): make its folder writable, or set TENDER_MASTER_KEY.`)
  }
  // Read back even when we made it: of two processes at first start, only one file is the key.
  const made = await readKey(file)
  if (!made.ok) return made
  return made.value === undefined ? fail(`${file} disappeared while it was being created.`) : ok(made.value)
}

/**
 * Writes elsewhere and links into place: link() fails when the file exists and shows it to others only when it is complete,
 * so nobody reads half a key and nobody's key is overwritten.
 */
async function createKey(file: string): Promise<void> {
  const folder = join(file, '..')
  makeFolder(folder)
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`)
    await handle.sync()
    await link(draft, file).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error
    })
  } finally {
    await handle.close()
    await unlink(draft)
  }
  // A key that is lost in a power cut takes every card with it: the folder's entry must be on disk before anything is sealed.
  const directory = await open(folder, 'r')
  await directory.sync().catch(() => undefined)
  await directory.close()
}

async function readKey(file: string): Promise<Result<Uint8Array | undefined, string>> {
  try {
    // Windows has no such modes; there the folder's own permissions decide.
    const { mode } = await stat(file)
    if (process.platform !== 'win32' && (mode & 0o007) !== 0) {
      return fail(`${file} can be read by every user of this machine: run "chmod 600 ${file}" and consider the key known to them.`)
    }
    const key = parseKey(await readFile(file, 'utf8'))
    return key === undefined ? fail(`${file} is not a master key: it must hold base64 of 32 bytes.`) : ok(key)
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? ok(undefined) : fail(`${file} cannot be read (${codeOf(error)}).`)
  }
}

function parseKey(text: string): Uint8Array | undefined {
  const clean = text.trim()
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(clean)) return undefined
  const key = Buffer.from(clean, 'base64')
  return key.length === KEY_BYTES ? key : undefined
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error)
}
