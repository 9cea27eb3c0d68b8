/**
 * What may be known for minutes and never be stored: the CVV, and a card that waits for 3-D Secure and is not to be kept.
 * Lives in this process's memory only. A restart loses it, and the payer types it again; that is the price, and it is meant.
 *
 * An entry is read once: taking removes it. What is replaced, dropped, expired or swept is overwritten with zeros. (The string a
 * request came in as is the garbage collector's; pass bytes where you can, and let go of the string early.)
 */
import type { Clock } from '../core/clock.ts'

export interface TransientVault {
  /** Keeps a copy under the key, in place of an earlier one. False when the vault is full: better to refuse this payer than to forget another. */
  put(key: string, bytes: Uint8Array): boolean
  /** The bytes, now the caller's to use and overwrite; undefined when they are not there, not any more, or expired. */
  take(key: string): Uint8Array | undefined
  /** Forgets an entry without reading it. */
  drop(key: string): void
  /** Forgets what has expired; returns how many. */
  sweep(): number
  readonly size: number
  /** Forgets everything and stops sweeping. */
  close(): void
}

export interface TransientVaultOptions {
  readonly clock: Clock
  readonly ttl_ms?: number
  readonly entries_max?: number
  /** How often the process sweeps by itself; 0 leaves it to the caller. */
  readonly sweep_every_ms?: number
}

interface Entry {
  readonly bytes: Buffer
  readonly expires_ms: number
}

/** An empty vault: ten minutes for an entry are a slow 3-D Secure challenge, 10,000 entries are 17 new payers a second for that long. */
export function createTransientVault({ clock, ttl_ms = 600_000, entries_max = 10_000, sweep_every_ms = 5_000 }: TransientVaultOptions): TransientVault {
  // In order of expiry, because all live equally long and a replaced entry goes to the end.
  const entries = new Map<string, Entry>()

  const drop = (key: string): void => {
    entries.get(key)?.bytes.fill(0)
    entries.delete(key)
  }
  /** `all`: also behind the first entry that is still good, for a system clock that was set back. */
  const forgetExpired = (all: boolean): number => {
    const now_ms = clock.now().getTime()
    let forgotten = 0
    for (const [key, { expires_ms }] of entries) {
      if (expires_ms <= now_ms) {
        drop(key)
        forgotten++
      } else if (!all) break
    }
    return forgotten
  }
  const sweep = (): number => forgetExpired(true)
  const timer = sweep_every_ms > 0 ? setInterval(sweep, sweep_every_ms).unref() : undefined

  return {
    put: (key, bytes) => {
      forgetExpired(false)
      drop(key)
      if (entries.size >= entries_max) return false
      // alloc, not allocUnsafe: memory of its own, not a slice of a pool that others read from.
      const copy = Buffer.alloc(bytes.length)
      copy.set(bytes)
      entries.set(key, { bytes: copy, expires_ms: clock.now().getTime() + ttl_ms })
      return true
    },
    take: (key) => {
      const entry = entries.get(key)
      entries.delete(key)
      if (entry === undefined || entry.expires_ms > clock.now().getTime()) return entry?.bytes
      entry.bytes.fill(0)
      return undefined
    },
    drop,
    sweep,
    get size() {
      return entries.size
    },
    close: () => {
      clearInterval(timer)
      for (const key of entries.keys()) drop(key)
    },
  }
}
