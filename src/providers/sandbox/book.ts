/**
 * The sandbox networks' own book: one record per operation, under the caller's idempotency key. It belongs to the simulated
 * outside world, so that a test can compare what "really" happened with what our own ledger says.
 *
 * Two verbs write. `claim` is the hot one: it stores a new operation, mostly with its final outcome, in one insert that the
 * first caller wins. `update` is for everything that looks at what is there before it decides (a capture, a payer's answer,
 * the passing of time): a pure function over the records of some keys, atomic, also between processes.
 */
import type { Reason } from '../../core/reasons.ts'
import type { Money } from '../../core/money.ts'
import type { Action, Facts, Method, Mode, OperationKind, Outcome } from '../contract.ts'

export type Status = Outcome['status']

/** What is to become of an operation. `processing` without `then` stays open for ever. */
export type Verdict =
  | { readonly status: 'approved' }
  | { readonly status: 'declined'; readonly reason: Reason }
  | { readonly status: 'processing'; readonly after_ms?: number; readonly then?: Verdict }

/** What a network remembers of an operation that is not finished. Never a card number, a CVV, a password or a code. */
export interface Notes {
  /** What the operation becomes once the payer, or time, has done their part. */
  readonly then?: Verdict
  /** How the payer answered on the network's page, before the answer came back to us. */
  readonly answer?: 'passed' | 'failed' | 'canceled' | 'unavailable'
  /** Wrong codes so far. */
  readonly tries?: number
  readonly return_url?: string
  readonly language?: string
  readonly description?: string
  /** Whom the payer pays. */
  readonly merchant_name?: string
  /** The pages are shown inside somebody's frame. */
  readonly iframe?: boolean
  /** The alternative method's code, or the bank's second factor. */
  readonly code?: string
  /** What a page may put into the field that asks who the payer is. */
  readonly prefill?: string
  /** The work is done, but no answer about it arrives: only an inquiry tells. */
  readonly lossy?: boolean
  /** A token for later charges is wanted. */
  readonly recurring?: boolean
  /** Somebody is paying, who has `session` and some time; then the operation waits for its payer as before. `expires_at`: ISO 8601. */
  readonly begun?: { readonly session: string; readonly action: Action; readonly expires_at: string }
}

export interface BookRecord {
  readonly key: string
  readonly network: string
  readonly kind: OperationKind
  readonly mode: Mode
  readonly method: Method
  readonly status: Status
  readonly amount: Money
  readonly parent_key: string | undefined
  /** Minor units. Never more than `amount`. */
  readonly captured: bigint
  /** Minor units. Never more than `captured`. */
  readonly refunded: bigint
  /** Minor units that voids let go of: of an authorization what will not be captured, of a sale all of it. */
  readonly released: bigint
  readonly card: { readonly first6: string; readonly last4: string } | undefined
  readonly reason: Reason | undefined
  readonly action: Action | undefined
  readonly facts: Facts
  readonly notes: Notes
  /** How a payer's browser names the operation: unguessable, and not the key. */
  readonly handle: string | undefined
  /** When waiting for the payer ends. */
  readonly expires_at: Date | undefined
  /** When the network itself moves the operation on. */
  readonly due_at: Date | undefined
  readonly created_at: Date
  readonly updated_at: Date
}

export type Records = ReadonlyMap<string, BookRecord>
/** What an update answers: the records to write (new ones too) and a value for its caller. */
export interface Change<T> {
  readonly write: readonly BookRecord[]
  readonly value: T
}

export interface Book {
  /** Stores a new record; when its key is taken, nothing changes and the record that is there comes back. */
  claim(record: BookRecord): Promise<'new' | BookRecord>
  /** Runs `change` over the records of `keys` (absent ones are missing in the map) and writes what it returns. Atomic. */
  update<T>(keys: readonly string[], change: (records: Records) => Change<T>): Promise<T>
  find(key: string): Promise<BookRecord | undefined>
  findByHandle(handle: string): Promise<BookRecord | undefined>
  /** By key, ascending, those after `after`; at most `limit` (1,000). */
  list(question?: { network?: string; after?: string; limit?: number }): Promise<BookRecord[]>
  /** Everything that waits for a moment in time; at most 10,000, the soonest first. */
  due(): Promise<BookRecord[]>
}

/** What the record says to the outside. */
export function outcomeOf(record: BookRecord): Outcome {
  const { status, facts } = record
  if (status === 'approved') return { status, amount: record.amount, facts }
  if (status === 'declined') return { status, reason: record.reason ?? 'declined', facts }
  if (status === 'processing') return { status, facts }
  if (!record.action || !record.expires_at) throw new Error(`record ${record.key} waits for nobody`)
  return { status, action: record.action, expires_at: record.expires_at, facts }
}

/** The records of these keys, those that exist. */
export function pick(records: Records, keys: readonly string[]): Map<string, BookRecord> {
  const found = new Map<string, BookRecord>()
  for (const key of keys) {
    const record = records.get(key)
    if (record) found.set(key, record)
  }
  return found
}

/** A book in memory: for unit tests and the simulation. */
export function createMemoryBook(): Book {
  const records = new Map<string, BookRecord>()
  const handles = new Map<string, string>()
  const put = (record: BookRecord): void => {
    records.set(record.key, record)
    if (record.handle) handles.set(record.handle, record.key)
  }
  return {
    claim: async (record) => {
      const existing = records.get(record.key)
      if (existing) return existing
      put(record)
      return 'new'
    },
    update: async (keys, change) => {
      const { write, value } = change(pick(records, keys))
      write.forEach(put)
      return value
    },
    find: async (key) => records.get(key),
    findByHandle: async (handle) => records.get(handles.get(handle) ?? ''),
    list: async ({ network, after = '', limit = 1000 } = {}) =>
      [...records.values()]
        .filter((record) => record.key > after && (network === undefined || record.network === network))
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .slice(0, limit),
    due: async () => [...records.values()].filter((record) => record.due_at).sort((a, b) => Number(a.due_at) - Number(b.due_at)),
  }
}
