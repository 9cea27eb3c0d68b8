/**
 * A part is one table's share of a write set: rows to insert, or rows to update by key. Stores describe their tables as
 * parts once; commit.ts turns any mixture of them into one statement.
 */
import type { Columns, Row } from './columns.ts'

export type PartRow = Row

export interface Part {
  /** Unique; part of the prepared statement's name. */
  readonly name: string
  readonly columns: Columns
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
export function inserts(table: string, columns: Columns): Part {
  const names = Object.keys(columns).join(', ')
  return { name: `+${table}`, columns, statement: `INSERT INTO ${table} (${names}) SELECT ${names} FROM rows` }
}

/** Rows to update by `key`; all other columns are set. */
export function updates(name: string, table: string, key: readonly string[], columns: Columns): Part {
  const set = Object.keys(columns).filter((column) => !key.includes(column))
  const match = key.map((column) => `t.${column} = rows.${column}`).join(' AND ')
  return {
    name: `~${name}`,
    columns,
    statement: `UPDATE ${table} AS t SET ${set.map((column) => `${column} = rows.${column}`).join(', ')} FROM rows WHERE ${match}`,
  }
}

/** Rows to update by `key` under their `version`, which is the next one in the row: the part that guards the rest of its write set. */
export function guardedUpdates(name: string, table: string, key: readonly string[], columns: Columns): Part {
  const part = updates(name, table, key, columns)
  return { ...part, statement: `${part.statement} AND t.version = rows.version - 1`, guard: { table, key } }
}

/** A statement of the store's own over `rows`. */
export function statement(name: string, columns: Columns, text: string): Part {
  return { name, columns, statement: text }
}
