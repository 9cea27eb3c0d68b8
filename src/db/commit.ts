import { assert } from '../core/result.ts'
import type { Claim } from './claims.ts'
import type { Db } from './db.ts'
import { recordOf, toJsonRow, valuesOf, type ColumnType, type Part, type PartRow } from './parts.ts'

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
  for (const [{ guard }, row] of rows) if (guard !== undefined) return `${guard.table} ${guard.key.map((column) => String(row[column])).join(' ')}`
  return undefined
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
  let hasBoth = false
  sets.forEach((set, item) => {
    if (set.claim !== undefined) claims.push(toJsonRow(item, CLAIM, { ...set.claim }))
    for (const [part, row] of set.rows) {
      hasBoth ||= part.guard !== undefined && set.claim !== undefined
      const rows = byPart.get(part)
      if (rows === undefined) byPart.set(part, [toJsonRow(item, part, row)])
      else rows.push(toJsonRow(item, part, row))
    }
  })
  // A fixed order of parts gives each mixture one prepared statement, whatever came first.
  const parts = [...byPart.keys()].sort((a, b) => (a.name < b.name ? -1 : 1))
  const params = [...(claims.length > 0 ? [JSON.stringify(claims)] : []), ...parts.map((part) => JSON.stringify(byPart.get(part)))]
  const { text, name } = statementFor(parts, { claims: claims.length > 0, both: hasBoth })
  const failed = await db.query<{ item: number; stale: boolean }>(text, params, { name })
  const results: CommitResult[] = new Array(sets.length).fill('done')
  for (const { item, stale } of failed) results[item] = stale ? 'stale' : 'claimed'
  return results
}

/** Which conditions there are in a group: claims, and write sets that have a claim and a guard both. */
interface Conditions {
  readonly claims: boolean
  readonly both: boolean
}

const statements = new Map<string, { text: string; name: string }>()

function statementFor(parts: readonly Part[], conditions: Conditions): { text: string; name: string } {
  const shape = `${conditions.claims ? 'claims ' : ''}${conditions.both ? 'both ' : ''}${parts.map((part) => part.name).join(' ')}`
  let known = statements.get(shape)
  if (known === undefined) {
    known = { text: buildStatement(parts, conditions), name: `commit_${statements.size}` }
    statements.set(shape, known)
  }
  return known
}

/**
 * claimed (keys won) → lost (keys that were taken) → guarded (rows updated whose version was right) → failed (any condition broken)
 * → one statement per part, over the rows of items that did not fail.
 *
 * Rows are updated in the order of their keys: two processes cannot deadlock. An update cannot be taken back when the claim then turns out
 * to be taken, nor a claim when the version turns out to be wrong: where a write set has both, its row is locked first, and its version
 * looked at, before anything is written.
 *
 * `NOT IN` over these sets is a hashed look-up; a join of two functions' rows would be a nested loop.
 */
function buildStatement(parts: readonly Part[], { claims, both }: Conditions): string {
  const ctes: string[] = []
  const firstPart = claims ? 2 : 1
  const guarding = parts.findIndex((part) => part.guard !== undefined)
  assert(parts.findLastIndex((part) => part.guard !== undefined) === guarding, 'a statement has one guarding part')
  const guard = parts[guarding]
  const refused: string[] = []
  if (guard?.guard !== undefined) {
    const { table, key } = guard.guard
    ctes.push(`versions AS MATERIALIZED (SELECT item, ${valuesOf(guard.columns)} FROM ${recordset(firstPart + guarding)} AS r(${recordOf(guard.columns)}))`)
    if (both) {
      ctes.push(
        `locked AS MATERIALIZED (SELECT r.item FROM versions r JOIN ${table} t ON ${key.map((column) => `t.${column} = r.${column}`).join(' AND ')}
           WHERE t.version = r.version - 1 AND r.item IN (SELECT item FROM ${recordset(1)} AS c(item int)) ORDER BY ${key.map((column) => `t.${column}`).join(', ')} FOR NO KEY UPDATE OF t)`,
        `outdated AS MATERIALIZED (SELECT item FROM versions WHERE item IN (SELECT item FROM ${recordset(1)} AS c(item int)) AND item NOT IN (SELECT item FROM locked))`,
      )
      refused.push('SELECT item, true AS stale FROM outdated')
    }
  }
  if (claims) {
    const names = Object.keys(CLAIM_COLUMNS).join(', ')
    ctes.push(
      `wanted AS MATERIALIZED (SELECT * FROM ${recordset(1)} AS r(${recordOf(CLAIM_COLUMNS)})${both ? ' WHERE item NOT IN (SELECT item FROM outdated)' : ''})`,
      `claimed AS (INSERT INTO claims (${names}) SELECT ${names} FROM wanted ORDER BY merchant_id, scope, key ON CONFLICT DO NOTHING RETURNING owner)`,
    )
    refused.push('SELECT item, false AS stale FROM wanted WHERE owner NOT IN (SELECT owner FROM claimed)')
  }
  if (refused.length > 0) ctes.push(`refused AS MATERIALIZED (${refused.join(' UNION ALL ')})`)
  if (guard?.guard !== undefined) {
    const { key } = guard.guard
    ctes.push(
      `guarded_rows AS MATERIALIZED (SELECT * FROM versions${refused.length > 0 ? ' WHERE item NOT IN (SELECT item FROM refused)' : ''} ORDER BY ${key.join(', ')})`,
      `guarded AS (${guard.statement.replaceAll(/\brows\b/g, 'guarded_rows')} RETURNING guarded_rows.item)`,
      `failed AS MATERIALIZED (${refused.length > 0 ? 'SELECT item, stale FROM refused UNION ALL ' : ''}SELECT item, true AS stale FROM guarded_rows WHERE item NOT IN (SELECT item FROM guarded))`,
    )
  } else {
    ctes.push(`failed AS MATERIALIZED (${refused.length > 0 ? 'SELECT item, stale FROM refused' : 'SELECT 0 AS item, true AS stale WHERE false'})`)
  }
  parts.forEach((part, index) => {
    if (index === guarding) return
    ctes.push(
      `rows_${index} AS (SELECT ${valuesOf(part.columns)} FROM ${recordset(firstPart + index)} AS r(${recordOf(part.columns)}) WHERE item NOT IN (SELECT item FROM failed))`,
      `write_${index} AS (${part.statement.replaceAll(/\brows\b/g, `rows_${index}`)})`,
    )
  })
  return `WITH ${ctes.join(',\n')}\nSELECT item, stale FROM failed`
}

const recordset = (parameter: number): string => `json_to_recordset($${parameter}::json)`
