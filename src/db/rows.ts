/**
 * Rows that travel to the database as one parameter, and what a statement reads them from.
 *
 * A server gets an array of a composite type in PostgreSQL's binary format (binary.ts): there is nothing to parse, and a row costs it a
 * third of what it costs as JSON (measured: docs/performance.md). The type is named by its columns and made at its first use; so processes
 * of two versions can share a database. The embedded engine takes no binary arrays, and reads JSON.
 */
import { createHash } from 'node:crypto'
import { encodeRows } from './binary.ts'
import { valueIn, type Columns, type Row } from './columns.ts'
import type { Db } from './db.ts'

export interface RowSource {
  /** What to select the columns from, as SQL: `from(1, 'r')` reads the parameter $1 as `r`. */
  from(parameter: number, alias: string): string
  /** The parameter. `items`: numbers of the rows, for the column `item`. Throws a TypeError or RangeError for a value that its column cannot hold. */
  encode(rows: readonly Row[], items?: readonly number[]): unknown
}

export interface RowSources {
  /** The source for rows of these columns. */
  of(columns: Columns): Promise<RowSource>
  /** Looks the types up anew: the database may be another one than before. */
  forget(): void
}

const opened = new WeakMap<Db, RowSources>()

/** The row sources of a database. */
export function rowSources(db: Db): RowSources {
  let sources = opened.get(db)
  if (sources === undefined) opened.set(db, (sources = db.engine === 'postgres' ? binarySources(db) : jsonSources))
  return sources
}

function binarySources(db: Db): RowSources {
  const known = new Map<Columns, Promise<RowSource>>()
  return {
    of: (columns) => {
      let source = known.get(columns)
      if (source === undefined) {
        known.set(columns, (source = binarySource(db, columns)))
        // A failure is not kept: the next one looks again.
        source.catch(() => known.delete(columns))
      }
      return source
    },
    forget: () => known.clear(),
  }
}

async function binarySource(db: Db, columns: Columns): Promise<RowSource> {
  const { name, oid } = await typeOf(db, columns)
  return {
    from: (parameter, alias) => `unnest($${parameter}::${name}[]) AS ${alias}`,
    encode: (rows, items) => encodeRows(oid, columns, rows, items),
  }
}

interface RowType {
  readonly name: string
  readonly oid: number
}

/** The composite type with these columns, made if need be. */
async function typeOf(db: Db, columns: Columns): Promise<RowType> {
  const fields = Object.entries(columns).map(([name, type]) => `"${name}" ${type}`).join(', ')
  const name = `rows_${createHash('sha256').update(fields).digest('hex').slice(0, 20)}`
  const find = async (): Promise<number | undefined> => (await db.query<{ oid: number | null }>('SELECT to_regtype($1)::oid AS oid', [name]))[0]?.oid ?? undefined
  const found = await find()
  if (found !== undefined) return { name, oid: found }
  // Another process may make it at the same time: then it is there, whatever this one is told.
  const made = await db.query(`CREATE TYPE ${name} AS (${fields})`).then(() => undefined, (error: unknown) => error)
  const oid = await find()
  if (oid === undefined) throw made
  return { name, oid }
}

const jsonSources: RowSources = {
  of: (columns) => Promise.resolve({
    from: (parameter, alias) => `json_to_recordset($${parameter}::json) AS ${alias}(${Object.entries(columns).map(([name, type]) => `"${name}" ${type}`).join(', ')})`,
    encode: (rows, items = []) => JSON.stringify(rows.map((row, index) => toJsonRow(columns, row, items[index]))),
  }),
  forget: () => undefined,
}

function toJsonRow(columns: Columns, row: Row, item: number | undefined): Record<string, unknown> {
  const json: Record<string, unknown> = {}
  for (const column in columns) {
    const value = column === 'item' ? item : valueIn(row, column)
    if (value !== null && value !== undefined) json[column] = toJsonValue(value)
  }
  return json
}

function toJsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
  // A JSON array becomes a PostgreSQL array of the column's element type.
  if (Array.isArray(value)) return value.map(toJsonValue)
  return value
}
