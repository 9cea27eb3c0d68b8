/** The one statement that writes a group: which of its items may be written, and one data-modifying statement per part. */
import { assert } from '../core/result.ts'
import type { Claim } from './claims.ts'
import type { Columns, ColumnType } from './columns.ts'
import type { Db } from './db.ts'
import type { Part } from './parts.ts'
import type { RowSource } from './rows.ts'

const CLAIM_COLUMNS: Readonly<Record<keyof Claim, ColumnType>> = {
  merchant_id: 'text', scope: 'text', key: 'text', owner: 'text', request_hash: 'text', status: 'int', answer: 'text', created_at: 'timestamptz', expires_at: 'timestamptz',
}

/** The keys that a group claims. Its rows are written first, since they decide about the rest. */
export const CLAIM: Part = { name: ' claims', columns: CLAIM_COLUMNS, statement: '' }

const withItem = new WeakMap<Part, Columns>()

/** The columns of a part's rows as they travel: with the number of the write set that each is of. */
export function columnsOf(part: Part): Columns {
  let columns = withItem.get(part)
  if (columns === undefined) withItem.set(part, (columns = { item: 'int', ...part.columns }))
  return columns
}

export interface Statement {
  readonly text: string
  /** Of the prepared statement. */
  readonly name: string
}

const statements = new Map<string, Statement>()

/** The statement for a mixture of parts, in a fixed order; `both`: some write set has a claim and a guard. Parameter n are the rows of part n. */
export function statementFor(db: Db, parts: readonly Part[], sources: readonly RowSource[], both: boolean): Statement {
  const shape = `${db.engine}${both ? ' both' : ''} ${parts.map((part) => part.name).join(' ')}`
  let known = statements.get(shape)
  if (known === undefined) {
    known = { text: buildStatement(parts, sources.map((source, index) => (alias) => source.from(index + 1, alias)), both), name: `commit_${statements.size}` }
    statements.set(shape, known)
  }
  return known
}

/**
 * claimed (keys won) → refused (keys that were taken) → guarded (rows updated whose version was right) → failed (any condition broken)
 * → one statement per part, over the rows of items that did not fail.
 *
 * Rows are updated in the order of their keys: two processes cannot deadlock. An update cannot be taken back when the claim then turns out
 * to be taken, nor a claim when the version turns out to be wrong: where a write set has both, its row is locked first, and its version
 * looked at, before anything is written.
 *
 * `NOT IN` over these sets is a hashed look-up; a join of two functions' rows would be a nested loop.
 */
function buildStatement(parts: readonly Part[], from: ReadonlyArray<(alias: string) => string>, both: boolean): string {
  const guarding = parts.findIndex((part) => part.guard !== undefined)
  assert(parts.findLastIndex((part) => part.guard !== undefined) === guarding, 'a statement has one guarding part')
  const claiming = parts.indexOf(CLAIM)
  const ctes: string[] = []
  const refused: string[] = []
  const rowsOf = (index: number): string => `(SELECT * FROM ${from[index]?.('r') ?? ''})`
  if (guarding >= 0) ctes.push(`versions AS MATERIALIZED ${rowsOf(guarding)}`)
  if (claiming >= 0) ctes.push(`keys AS MATERIALIZED ${rowsOf(claiming)}`)
  if (both) {
    const { table, key } = guardOf(parts[guarding])
    ctes.push(
      `locked AS MATERIALIZED (SELECT r.item FROM versions r JOIN ${table} t ON ${key.map((column) => `t.${column} = r.${column}`).join(' AND ')}
         WHERE t.version = r.version - 1 AND r.item IN (SELECT item FROM keys) ORDER BY ${key.map((column) => `t.${column}`).join(', ')} FOR NO KEY UPDATE OF t)`,
      `outdated AS MATERIALIZED (SELECT item FROM versions WHERE item IN (SELECT item FROM keys) AND item NOT IN (SELECT item FROM locked))`,
    )
    refused.push('SELECT item, true AS stale FROM outdated')
  }
  if (claiming >= 0) {
    const names = Object.keys(CLAIM_COLUMNS).join(', ')
    const wanted = both ? 'keys WHERE item NOT IN (SELECT item FROM outdated)' : 'keys'
    ctes.push(`claimed AS (INSERT INTO claims (${names}) SELECT ${names} FROM ${wanted} ORDER BY merchant_id, scope, key ON CONFLICT DO NOTHING RETURNING owner)`)
    refused.push(`SELECT item, false AS stale FROM ${wanted}${both ? ' AND' : ' WHERE'} owner NOT IN (SELECT owner FROM claimed)`)
  }
  if (refused.length > 0) ctes.push(`refused AS MATERIALIZED (${refused.join(' UNION ALL ')})`)
  if (guarding >= 0) {
    const { key } = guardOf(parts[guarding])
    ctes.push(
      `guarded_rows AS MATERIALIZED (SELECT * FROM versions${refused.length > 0 ? ' WHERE item NOT IN (SELECT item FROM refused)' : ''} ORDER BY ${key.join(', ')})`,
      `guarded AS (${over(parts[guarding], 'guarded_rows')} RETURNING guarded_rows.item)`,
      `failed AS MATERIALIZED (${refused.length > 0 ? 'SELECT item, stale FROM refused UNION ALL ' : ''}SELECT item, true AS stale FROM guarded_rows WHERE item NOT IN (SELECT item FROM guarded))`,
    )
  } else {
    ctes.push(`failed AS MATERIALIZED (${refused.length > 0 ? 'SELECT item, stale FROM refused' : 'SELECT 0 AS item, true AS stale WHERE false'})`)
  }
  parts.forEach((part, index) => {
    if (index === guarding || index === claiming) return
    ctes.push(`rows_${index} AS (SELECT * FROM ${from[index]?.('r') ?? ''} WHERE item NOT IN (SELECT item FROM failed))`, `write_${index} AS (${over(part, `rows_${index}`)})`)
  })
  return `WITH ${ctes.join(',\n')}\nSELECT item, stale FROM failed`
}

function guardOf(part: Part | undefined): NonNullable<Part['guard']> {
  assert(part?.guard !== undefined, 'a guarding part has its guard')
  return part.guard
}

/** The part's own statement, reading from these rows. */
const over = (part: Part | undefined, rows: string): string => (part?.statement ?? '').replaceAll(/\brows\b/g, rows)
