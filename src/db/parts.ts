/**
 * A part is one table's share of a write set: rows to insert, or rows to update by key. Stores describe their tables as
 * parts once; commit.ts turns any mixture of them into one statement.
 */

/** `amount` and `count` are `bigint` and `int` that are mostly 0: then they need not travel. */
export type ColumnType = 'text' | 'int' | 'count' | 'bigint' | 'amount' | 'boolean' | 'json' | 'jsonb' | 'timestamptz' | 'bytea' | 'text[]' | 'bigint[]'

export type PartRow = Readonly<Record<string, unknown>>

export interface Part {
  /** Unique; part of the prepared statement's name. */
  readonly name: string
  readonly columns: Readonly<Record<string, ColumnType>>
  /** The data-modifying statement, reading from `rows`, which has the columns and has been cut down to items that may be written. */
  readonly statement: string
  /** Set for the part that guards its write set. */
  readonly guard?: Guard
}

/**
 * A guarding part updates a row under its version: only when the table has the version before the one in the row. Where it has another one,
 * nothing of the write set happens.
 */
export interface Guard {
  readonly table: string
  /** Columns of the key. */
  readonly key: readonly string[]
}

/** Rows to insert. A duplicate key fails the item with the database's error. */
export function inserts(table: string, columns: Readonly<Record<string, ColumnType>>): Part {
  const names = Object.keys(columns).join(', ')
  return { name: `+${table}`, columns, statement: `INSERT INTO ${table} (${names}) SELECT ${names} FROM rows` }
}

/** Rows to update by `key`; all other columns are set. */
export function updates(name: string, table: string, key: readonly string[], columns: Readonly<Record<string, ColumnType>>): Part {
  const set = Object.keys(columns).filter((column) => !key.includes(column))
  const match = key.map((column) => `t.${column} = rows.${column}`).join(' AND ')
  return {
    name: `~${name}`,
    columns,
    statement: `UPDATE ${table} AS t SET ${set.map((column) => `${column} = rows.${column}`).join(', ')} FROM rows WHERE ${match}`,
  }
}

/** Rows to update by `key` under their `version`, which is the next one in the row: the part that guards the rest of its write set. */
export function guardedUpdates(name: string, table: string, key: readonly string[], columns: Readonly<Record<string, ColumnType>>): Part {
  const part = updates(name, table, key, columns)
  return { ...part, statement: `${part.statement} AND t.version = rows.version - 1`, guard: { table, key } }
}

/** A statement of the store's own over `rows`. */
export function statement(name: string, columns: Readonly<Record<string, ColumnType>>, text: string): Part {
  return { name, columns, statement: text }
}

/**
 * The row as the JSON that `json_to_recordset` reads back into the part's column types; what is missing comes out as null.
 * (`unnest` over one array per column was measured too, and costs the database a third more.)
 */
export function toJsonRow(item: number, part: Part, row: PartRow): Record<string, unknown> {
  const json: Record<string, unknown> = { item }
  for (const column in part.columns) {
    const value = row[column]
    if (value === null || value === undefined) continue
    if ((value === 0n || value === 0) && isMostlyZero(part.columns[column])) continue
    json[column] = toJsonValue(value)
  }
  return json
}

const isMostlyZero = (type: ColumnType | undefined): boolean => type === 'amount' || type === 'count'

/** The columns of a record of JSON rows, as SQL: the item's number first. */
export function recordOf(columns: Readonly<Record<string, ColumnType>>): string {
  return ['item int', ...Object.entries(columns).map(([name, type]) => `${name} ${type === 'amount' ? 'bigint' : type === 'count' ? 'int' : type}`)].join(', ')
}

/** What to select from such a record, as SQL, without the item's number. */
export function valuesOf(columns: Readonly<Record<string, ColumnType>>): string {
  return Object.entries(columns).map(([name, type]) => (isMostlyZero(type) ? `coalesce(${name}, 0) AS ${name}` : name)).join(', ')
}

function toJsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
  // A JSON array becomes a PostgreSQL array of the column's element type.
  if (Array.isArray(value)) return value.map(toJsonValue)
  return value
}
