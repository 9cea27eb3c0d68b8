import type { Queryable } from './db.ts'

/**
 * Grouped reads, the counterpart of group commit: point look-ups of one kind that wait at the same time become one query.
 * A lone look-up goes out at once; while queries are in flight the rest gathers.
 */
export interface Lookup {
  /** Unique; the name of the prepared statement. */
  readonly name: string
  /** The table, and what must hold beside the key, as SQL over `t`. */
  readonly table: string
  readonly where?: string
  /** Columns of the key. A key finds at most one row. */
  readonly key: readonly string[]
  /** Types of the key's columns that are not text; values are given as text all the same. */
  readonly types?: Readonly<Record<string, string>>
}

interface Waiting {
  readonly key: readonly string[]
  readonly resolve: (row: object | undefined) => void
  readonly reject: (error: unknown) => void
}

interface Group {
  waiting: Waiting[]
  flying: number
  /** Whether a pump is already planned for the end of this turn. */
  planned: boolean
}

/** Queries of one kind in flight at a time: while one flies, the next group gathers. */
const LANES = 1
const GROUP_MAX = 256

const groups = new WeakMap<Queryable, Map<Lookup, Group>>()

/** The row of a key, or undefined. Reads what was committed before the call. */
export function lookUp<R extends object>(db: Queryable, lookup: Lookup, key: readonly string[]): Promise<R | undefined> {
  return new Promise((resolve, reject) => {
    const group = groupOf(db, lookup)
    group.waiting.push({ key, resolve: resolve as (row: object | undefined) => void, reject })
    if (!group.planned && group.flying < LANES) {
      group.planned = true
      setImmediate(() => {
        group.planned = false
        pump(db, lookup, group)
      })
    }
  })
}

function groupOf(db: Queryable, lookup: Lookup): Group {
  let byLookup = groups.get(db)
  if (byLookup === undefined) groups.set(db, (byLookup = new Map()))
  let group = byLookup.get(lookup)
  if (group === undefined) byLookup.set(lookup, (group = { waiting: [], flying: 0, planned: false }))
  return group
}

function pump(db: Queryable, lookup: Lookup, group: Group): void {
  while (group.flying < LANES && group.waiting.length > 0) {
    const batch = group.waiting.splice(0, GROUP_MAX)
    group.flying++
    void answer(db, lookup, batch).finally(() => {
      group.flying--
      pump(db, lookup, group)
    })
  }
}

async function answer(db: Queryable, lookup: Lookup, batch: readonly Waiting[]): Promise<void> {
  try {
    const { text, params } = queryFor(lookup, batch)
    const rows = await db.query<{ lookup_item: number }>(text, params, { name: `lookup_${lookup.name}${batch.length === 1 ? '' : 's'}` })
    const found = new Map(rows.map(({ lookup_item, ...row }) => [lookup_item, row]))
    batch.forEach(({ resolve }, item) => resolve(found.get(item)))
  } catch (error) {
    for (const { reject } of batch) reject(error)
  }
}

function queryFor({ table, key, where, types = {} }: Lookup, batch: readonly Waiting[]): { text: string; params: readonly unknown[] } {
  const more = where === undefined ? '' : ` AND ${where}`
  // Values come as text, whatever the column is: a driver may want bytes for a parameter that is said to be bytes.
  const cast = (column: string): string => (types[column] === undefined ? '' : `::${types[column]}`)
  const [first] = batch
  if (batch.length === 1 && first !== undefined) {
    return { text: `SELECT 0 AS lookup_item, t.* FROM ${table} t WHERE ${key.map((column, index) => `t.${column} = $${index + 1}::text${cast(column)}`).join(' AND ')}${more}`, params: first.key }
  }
  const arrays = key.map((_, index) => batch.map((waiting) => waiting.key[index]))
  const columns = key.map((_, index) => `k${index}`)
  return {
    text: `SELECT (k.n - 1)::int AS lookup_item, t.* FROM unnest(${key.map((_, index) => `$${index + 1}::text[]`).join(', ')}) WITH ORDINALITY AS k(${columns.join(', ')}, n)
      JOIN ${table} t ON ${key.map((column, index) => `t.${column} = k.k${index}${cast(column)}`).join(' AND ')}${more}`,
    params: arrays,
  }
}
