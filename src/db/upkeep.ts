/**
 * What a PostgreSQL server does by itself (autovacuum) and the embedded engine does not: statistics for the planner, and reuse of the
 * space that updates leave behind. On a server only the first ANALYZE is ours, because autovacuum comes a minute late and the first
 * minute of a fresh installation should not be slow.
 *
 * The embedded engine works on the thread that serves requests, so its VACUUM is a pause for everybody: measured, about 0.1 s for a
 * table of 100,000 payments of which half have changed. So it works on one table at a time, rests between two, and while payments come
 * in it lets them wait only for tables that have become twice as large as they need to be. ANALYZE reads a small sample: 0.05 s.
 */
import type { Db } from './db.ts'

export interface Upkeep {
  /** One look at all tables; does what is due. Returns what it did, in order: `ANALYZE public.payments`. */
  run(): Promise<string[]>
}

/** Rows that changed since a table was last analyzed or vacuumed, before it is again: these, and a part of the table. */
const CHANGES_MIN = 200
const CHANGED_PART = { quiet: 0.2, busy: 1 }
/** More changed rows than these since the last look mean that payments are coming in. */
const BUSY_CHANGES_MIN = 50
/** Of this many hundred rows ANALYZE takes its sample: a tenth of the default, since look-ups are by key alone. */
const STATISTICS_TARGET = 10

interface TableCount extends Record<string, unknown> {
  readonly name: string
  /** Inserts, updates and deletes since the statistics began. */
  readonly changes: bigint
  readonly analyzable: bigint
  readonly dead: bigint
  readonly rows: bigint
}

export function createUpkeep(db: Db, rest: () => Promise<void> = () => new Promise((resolve) => setTimeout(resolve, 50))): Upkeep {
  const analyzed = new Map<string, bigint>()
  let changesBefore = 0n

  return {
    run: async () => {
      const tables = await tableCounts(db)
      const changes = tables.reduce((sum, table) => sum + table.changes, 0n)
      const part = changes - changesBefore > BUSY_CHANGES_MIN ? CHANGED_PART.busy : CHANGED_PART.quiet
      changesBefore = changes
      const done: string[] = []
      for (const { name, ...table } of tables) {
        const steps: string[] = []
        if (db.engine === 'pglite' && isDue(table.dead, table.rows, part)) steps.push(`VACUUM (TRUNCATE false) ${name}`)
        // A server's own autovacuum goes on from the first time.
        const known = analyzed.get(name)
        if (known === undefined ? isDue(table.analyzable, table.rows, CHANGED_PART.quiet) : db.engine === 'pglite' && isDue(table.changes - known, table.rows, part)) steps.push(`ANALYZE ${name}`)
        for (const step of steps) {
          await (step.startsWith('ANALYZE') ? analyze(db, step) : db.query(step))
          if (step.startsWith('ANALYZE')) analyzed.set(name, table.changes)
          done.push(step)
          await rest()
        }
      }
      return done
    },
  }
}

const isDue = (changed: bigint, rows: bigint, part: number): boolean => Number(changed) >= CHANGES_MIN && Number(changed) >= Number(rows) * part

async function analyze(db: Db, statement: string): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query(`SET LOCAL default_statistics_target = ${STATISTICS_TARGET}`)
    await tx.query(statement)
  })
}

function tableCounts(db: Db): Promise<TableCount[]> {
  return db.query<TableCount>(
    `SELECT format('%I.%I', schemaname, relname) AS name, n_tup_ins + n_tup_upd + n_tup_del AS changes, n_mod_since_analyze AS analyzable, n_dead_tup AS dead, n_live_tup AS rows
     FROM pg_stat_user_tables ORDER BY n_tup_upd + n_tup_del DESC`,
  )
}
