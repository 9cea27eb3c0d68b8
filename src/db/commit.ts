import type { Claim } from './claims.ts'
import { valueIn } from './columns.ts'
import { CLAIM, columnsOf, statementFor } from './commit-statement.ts'
import type { Db } from './db.ts'
import type { Part, PartRow } from './parts.ts'
import { rowSources } from './rows.ts'

/**
 * Group commit: concurrent requests put their write sets into a queue; a flusher turns what has gathered into one
 * statement in one transaction, and answers them all. A lone write set goes out at once; while the lanes are busy the
 * queue grows, and the next flush takes it whole. So the cost of a commit is shared exactly when there is load.
 *
 * A write set is atomic and may carry two conditions that fail it alone, never its neighbours:
 *  - guard: the row that it updates under a version must still have the one that the writer read (else `stale`);
 *  - claim: an idempotency key that must not be taken yet (else `claimed`).
 * Anything else that is wrong with one item (a broken constraint) fails the whole statement; then each item is sent by itself,
 * so that only the wrong one fails.
 */

export interface WriteSet {
  readonly claim?: Claim | undefined
  readonly rows: ReadonlyArray<readonly [Part, PartRow]>
}

export type CommitResult = 'done' | 'stale' | 'claimed'

export interface Committer {
  commit(writes: WriteSet): Promise<CommitResult>
  /** Resolves when everything submitted so far has been answered. */
  drain(): Promise<void>
}

interface Item {
  readonly writes: WriteSet
  readonly resolve: (result: CommitResult) => void
  readonly reject: (error: unknown) => void
}

export interface CommitOptions {
  /** Statements in flight at a time: one at the database, one on its way there and one on its way back. More only make smaller groups. */
  lanes?: number
  /** Largest number of write sets in one statement. */
  group_max?: number
  /** Told of every statement: how many write sets it had, and how long it took. */
  observe?: (size: number, duration_ms: number) => void
}

/** The group committer of one process. */
export function createCommitter(db: Db, { lanes = db.engine === 'pglite' ? 1 : 3, group_max = 256, observe }: CommitOptions = {}): Committer {
  let queue: Item[] = []
  let flying = 0
  const busy = new Set<string>()
  const waiting: Array<() => void> = []

  /** Whether a pump is already planned for the end of this turn. */
  let planned = false
  /** How many write sets the last statement carried. */
  let last = 0

  const pump = (): void => {
    // A second statement goes out only when as many wait as the last one carried: small groups cost more each, and under load
    // the queue would never grow. When nothing flies, whatever waits goes at once.
    while (flying < lanes && queue.length > 0 && (flying === 0 || queue.length >= last)) {
      const { group, rest, keys } = takeGroup(queue, busy, group_max)
      if (group.length === 0) return
      queue = rest
      last = group.length
      flying++
      for (const key of keys) busy.add(key)
      const start_ms = performance.now()
      void flush(db, group).finally(() => {
        observe?.(group.length, performance.now() - start_ms)
        flying--
        for (const key of keys) busy.delete(key)
        if (queue.length === 0 && flying === 0) for (const done of waiting.splice(0)) done()
        pump()
      })
    }
  }

  return {
    commit: (writes) =>
      new Promise((resolve, reject) => {
        queue.push({ writes, resolve, reject })
        // After the current turn of the event loop, so that requests that arrived together share one statement.
        if (!planned) {
          planned = true
          setImmediate(() => {
            planned = false
            pump()
          })
        }
      }),
    drain: () => (queue.length === 0 && flying === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  }
}

/** Two write sets under one guard never share a statement, nor fly at once: the second waits and sees the first's version. */
function takeGroup(queue: readonly Item[], busy: ReadonlySet<string>, group_max: number): { group: Item[]; rest: Item[]; keys: string[] } {
  const group: Item[] = []
  const rest: Item[] = []
  const keys: string[] = []
  const taken = new Set<string>()
  for (const item of queue) {
    const key = guardOf(item.writes)
    if (group.length >= group_max || (key !== undefined && (taken.has(key) || busy.has(key)))) {
      rest.push(item)
      continue
    }
    if (key !== undefined) {
      taken.add(key)
      keys.push(key)
    }
    group.push(item)
  }
  return { group, rest, keys }
}

/** What the write set updates under a version, as text. */
function guardOf({ rows }: WriteSet): string | undefined {
  for (const [{ guard }, row] of rows) if (guard !== undefined) return `${guard.table} ${guard.key.map((column) => String(valueIn(row, column))).join(' ')}`
  return undefined
}

async function flush(db: Db, group: readonly Item[]): Promise<void> {
  let results: CommitResult[]
  try {
    results = await write(db, group.map((item) => item.writes))
  } catch (error) {
    if (isAboutTypes(error)) rowSources(db).forget()
    if (group.length === 1 || !isItemsFault(error)) {
      for (const item of group) item.reject(error)
      return
    }
    for (const item of group) {
      await write(db, [item.writes]).then(([result = 'stale']) => item.resolve(result), item.reject)
    }
    return
  }
  group.forEach((item, index) => item.resolve(results[index] ?? 'stale'))
}

const codeOf = (error: unknown): string => (typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '')

/**
 * SQLSTATE classes 22 (bad data) and 23 (broken constraint), and P0001 (raised by us), are one item's fault, and so is a value that cannot
 * even be sent; the rest is nobody's.
 */
function isItemsFault(error: unknown): boolean {
  const code = codeOf(error)
  return code.startsWith('22') || code.startsWith('23') || code === 'P0001' || error instanceof TypeError || error instanceof RangeError
}

/** A row's type is not what it was: another server answers at the address now. */
const isAboutTypes = (error: unknown): boolean => ['42704', '42804'].includes(codeOf(error))

async function write(db: Db, sets: readonly WriteSet[]): Promise<CommitResult[]> {
  const byPart = new Map<Part, { readonly rows: PartRow[]; readonly items: number[] }>()
  const add = (part: Part, item: number, row: PartRow): void => {
    let ofPart = byPart.get(part)
    if (ofPart === undefined) byPart.set(part, (ofPart = { rows: [], items: [] }))
    ofPart.rows.push(row)
    ofPart.items.push(item)
  }
  let both = false
  sets.forEach((set, item) => {
    if (set.claim !== undefined) add(CLAIM, item, set.claim)
    for (const [part, row] of set.rows) {
      both ||= part.guard !== undefined && set.claim !== undefined
      add(part, item, row)
    }
  })
  // A fixed order of parts gives each mixture one prepared statement, whatever came first.
  const parts = [...byPart.keys()].sort((a, b) => (a.name < b.name ? -1 : 1))
  const sources = await Promise.all(parts.map((part) => rowSources(db).of(columnsOf(part))))
  const { text, name } = statementFor(db, parts, sources, both)
  const params = parts.map((part, index) => sources[index]?.encode(byPart.get(part)?.rows ?? [], byPart.get(part)?.items))
  const failed = await db.query<{ item: number; stale: boolean }>(text, params, { name })
  const results: CommitResult[] = new Array(sets.length).fill('done')
  for (const { item, stale } of failed) results[item] = stale ? 'stale' : 'claimed'
  return results
}
