import type { Claim } from './claims.ts'
import type { Db } from './db.ts'
import { toJsonRow, type ColumnType, type Part, type PartRow } from './parts.ts'

/**
 * Group commit: concurrent requests put their write sets into a queue; a flusher turns what has gathered into one
 * statement in one transaction, and answers them all. A lone write set goes out at once; while the lanes are busy the
 * queue grows, and the next flush takes it whole. So the cost of a commit is shared exactly when there is load.
 *
 * A write set is atomic and may carry two conditions that fail it alone, never its neighbours:
 *  - guard: the payment must still have the version that the writer read (else `stale`);
 *  - claim: an idempotency key that must not be taken yet (else `claimed`).
 * Anything else that is wrong with one item (a broken constraint) fails the whole statement; then each item is sent by itself,
 * so that only the wrong one fails.
 */

export interface WriteSet {
  readonly guard?: { readonly merchant_id: string; readonly payment_id: string; readonly version: number } | undefined
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
  /** Statements in flight at a time. One or two: more connections only make smaller groups. */
  lanes?: number
  /** Largest number of write sets in one statement. */
  group_max?: number
  /** Told of every statement: how many write sets it had, and how long it took. */
  observe?: (size: number, duration_ms: number) => void
}

/** The group committer of one process. */
export function createCommitter(db: Db, { lanes = db.engine === 'pglite' ? 1 : 2, group_max = 256, observe }: CommitOptions = {}): Committer {
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

/** Two write sets of one payment never share a statement, nor fly at once: the second waits and sees the first's version. */
function takeGroup(queue: readonly Item[], busy: ReadonlySet<string>, group_max: number): { group: Item[]; rest: Item[]; keys: string[] } {
  const group: Item[] = []
  const rest: Item[] = []
  const keys: string[] = []
  const taken = new Set<string>()
  for (const item of queue) {
    const guard = item.writes.guard
    const key = guard === undefined ? undefined : `${guard.merchant_id}/${guard.payment_id}`
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

async function flush(db: Db, group: readonly Item[]): Promise<void> {
  let results: CommitResult[]
  try {
    results = await write(db, group.map((item) => item.writes))
  } catch (error) {
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

/** SQLSTATE classes 22 (bad data) and 23 (broken constraint), and P0001 (raised by us), are one item's fault; the rest is nobody's. */
function isItemsFault(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  return code.startsWith('22') || code.startsWith('23') || code === 'P0001'
}

const CLAIM_COLUMNS: Readonly<Record<keyof Claim, ColumnType>> = {
  merchant_id: 'text', scope: 'text', key: 'text', owner: 'text', request_hash: 'text', status: 'int', answer: 'text', created_at: 'timestamptz', expires_at: 'timestamptz',
}

const CLAIM: Part = { name: 'claims', columns: CLAIM_COLUMNS, statement: '' }

async function write(db: Db, sets: readonly WriteSet[]): Promise<CommitResult[]> {
  const byPart = new Map<Part, Array<Record<string, unknown>>>()
  const claims: Array<Record<string, unknown>> = []
  const items = sets.map((set, item) => {
    if (set.claim !== undefined) claims.push(toJsonRow(item, CLAIM, { ...set.claim }))
    for (const [part, row] of set.rows) {
      const rows = byPart.get(part)
      if (rows === undefined) byPart.set(part, [toJsonRow(item, part, row)])
      else rows.push(toJsonRow(item, part, row))
    }
    return { item, merchant_id: set.guard?.merchant_id ?? null, payment_id: set.guard?.payment_id ?? null, version: set.guard?.version ?? null }
  })
  // A fixed order of parts gives each mixture one prepared statement, whatever came first.
  const parts = [...byPart.keys()].sort((a, b) => (a.name < b.name ? -1 : 1))
  const params = [JSON.stringify(items), ...(claims.length > 0 ? [JSON.stringify(claims)] : []), ...parts.map((part) => JSON.stringify(byPart.get(part)))]
  const { text, name } = statementFor(parts, claims.length > 0)
  const failed = await db.query<{ item: number; stale: boolean }>(text, params, { name })
  const results: CommitResult[] = new Array(sets.length).fill('done')
  for (const { item, stale } of failed) results[item] = stale ? 'stale' : 'claimed'
  return results
}

const statements = new Map<string, { text: string; name: string }>()

function statementFor(parts: readonly Part[], withClaims: boolean): { text: string; name: string } {
  const shape = `${withClaims ? 'claims ' : ''}${parts.map((part) => part.name).join(' ')}`
  let known = statements.get(shape)
  if (known === undefined) {
    known = { text: buildStatement(parts, withClaims), name: `commit_${statements.size}` }
    statements.set(shape, known)
  }
  return known
}

/**
 * items → locked (guards that hold, rows locked in key order: two processes cannot deadlock) → stale (the others)
 * → claimed (keys won) → failed (any condition broken) → one statement per part, over the rows of items that did not fail.
 * `NOT IN` over these sets is a hashed look-up; a join of two functions' rows would be a nested loop.
 */
function buildStatement(parts: readonly Part[], withClaims: boolean): string {
  let parameter = 1
  const ctes = [
    `items AS MATERIALIZED (SELECT * FROM ${recordset(parameter)} AS i(item int, merchant_id text, payment_id text, version int))`,
    `locked AS MATERIALIZED (SELECT i.item FROM items i JOIN payments p ON p.merchant_id = i.merchant_id AND p.id = i.payment_id
       WHERE p.version = i.version ORDER BY p.merchant_id, p.id FOR NO KEY UPDATE OF p)`,
    `stale AS MATERIALIZED (SELECT item FROM items WHERE payment_id IS NOT NULL AND item NOT IN (SELECT item FROM locked))`,
  ]
  if (withClaims) {
    parameter++
    const names = Object.keys(CLAIM_COLUMNS).join(', ')
    ctes.push(
      `wanted AS MATERIALIZED (SELECT * FROM ${recordset(parameter)} AS r(${columnList(CLAIM_COLUMNS)}) WHERE item NOT IN (SELECT item FROM stale))`,
      `claimed AS (INSERT INTO claims (${names}) SELECT ${names} FROM wanted ORDER BY merchant_id, scope, key ON CONFLICT DO NOTHING RETURNING owner)`,
      `failed AS MATERIALIZED (SELECT item FROM stale UNION ALL SELECT item FROM wanted WHERE owner NOT IN (SELECT owner FROM claimed))`,
    )
  } else {
    ctes.push(`failed AS MATERIALIZED (SELECT item FROM stale)`)
  }
  parts.forEach((part, index) => {
    parameter++
    const names = Object.keys(part.columns).join(', ')
    ctes.push(
      `rows_${index} AS (SELECT ${names} FROM ${recordset(parameter)} AS r(${columnList(part.columns)}) WHERE item NOT IN (SELECT item FROM failed))`,
      `write_${index} AS (${part.statement.replaceAll(/\brows\b/g, `rows_${index}`)})`,
    )
  })
  return `WITH ${ctes.join(',\n')}
SELECT item, item IN (SELECT item FROM stale) AS stale FROM failed`
}

const recordset = (parameter: number): string => `json_to_recordset($${parameter}::json)`

const columnList = (columns: Readonly<Record<string, ColumnType>>): string =>
  ['item int', ...Object.entries(columns).map(([name, type]) => `${name} ${type}`)].join(', ')
