/**
 * What a PostgreSQL server does by itself (autovacuum) and the embedded engine does not: statistics for the planner, and reuse of the
 * space that updates leave behind. On a server only the first ANALYZE is ours, because autovacuum comes a minute late and the first
 * minute of a fresh installation should not be slow.
 *
 * The embedded engine works on the thread that serves requests, so a long VACUUM would be a pause for everybody: it goes one table
 * at a time, smallest need last, and rests between two.
 */
import type { Db } from './db.ts'

export interface Upkeep {
  /** One look at all tables; does what is due. Returns the names of the tables that it worked on. */
  run(): Promise<string[]>
}

/** Rows that changed since a table was last looked after, before it is again: these, and a part of the table. */
const CHANGES_MIN = 200
const CHANGED_PART = 0.2

interface TableCount extends Record<string, unknown> {
  readonly name: string
  /** Inserts, updates and deletes since the statistics began. */
  readonly changes: bigint
  readonly updates: bigint
  readonly rows: bigint
}

export function createUpkeep(db: Db, rest: () => Promise<void> = () => new Promise((resolve) => setTimeout(resolve, 50))): Upkeep {
  const seen = new Map<string, { changes: bigint; updates: bigint }>()

  const due = ({ name, changes, rows }: TableCount): boolean => {
    const since = Number(changes - (seen.get(name)?.changes ?? 0n))
    return since >= CHANGES_MIN && since >= Number(rows) * CHANGED_PART
  }

  return {
    run: async () => {
      const done: string[] = []
      for (const table of (await tableCounts(db)).filter(due)) {
        // A server's own autovacuum goes on from here.
        if (db.engine === 'postgres' && seen.has(table.name)) continue
        const updated = table.updates > (seen.get(table.name)?.updates ?? 0n)
        await db.query(`${db.engine === 'pglite' && updated ? 'VACUUM (ANALYZE, TRUNCATE false)' : 'ANALYZE'} ${table.name}`)
        seen.set(table.name, { changes: table.changes, updates: table.updates })
        done.push(table.name)
        await rest()
      }
      return done
    },
  }
}

function tableCounts(db: Db): Promise<TableCount[]> {
  return db.query<TableCount>(
    `SELECT format('%I.%I', schemaname, relname) AS name, n_tup_ins + n_tup_upd + n_tup_del AS changes, n_tup_upd + n_tup_del AS updates, n_live_tup AS rows
     FROM pg_stat_user_tables ORDER BY n_tup_upd + n_tup_del DESC`,
  )
}
