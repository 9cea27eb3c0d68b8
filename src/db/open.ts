import { PGlite, types as pgliteTypes } from '@electric-sql/pglite'
import pg from 'pg'
import type { Db, Queryable } from './db.ts'

export interface OpenOptions {
  /** A PostgreSQL server (`postgres://…`). Without it the embedded engine is used. */
  url?: string | undefined
  /** Data folder of the embedded engine; without it (and without url) everything stays in memory. */
  folder?: string | undefined
  /** In-memory start from a dump of another embedded database (`PGlite.dumpDataDir`). */
  snapshot?: Blob | undefined
  /** Size of the connection pool for a server. */
  connections_max?: number | undefined
  /** How long one statement of a server may go without an answer. */
  answer_ms_max?: number | undefined
}

/**
 * A network may drop packets and tell nobody; then no answer ever comes. The server gives up on a statement after 30 s (below), so what is not
 * answered a little later will never be. Whether it was done, nobody knows then: for whoever waits it is a lost answer like any other.
 * Not for transactions: an audit may take its time; there, the system finds out (keepalive).
 */
const ANSWER_MS_MAX = 35_000
const KEEPALIVE_AFTER_MS = 10_000

/**
 * Planner settings of every connection. The statements of payment paths join a handful of incoming rows to large
 * tables by primary key; a plan cached while a table was still small must not be a sequential scan.
 */
const SETTINGS = { enable_seqscan: 'off', enable_hashjoin: 'off', enable_mergejoin: 'off', statement_timeout: '30s', jit: 'off', plan_cache_mode: 'force_generic_plan', timezone: 'UTC' }

/** A transaction whose client has vanished must not hold its locks until somebody notices. */
const SERVER_SETTINGS = { idle_in_transaction_session_timeout: '60s' }

/** Opens the embedded engine or a PostgreSQL server behind one interface. Throws when it cannot be reached. */
export async function openDatabase(options: OpenOptions = {}): Promise<Db> {
  return options.url === undefined ? openEmbedded(options) : openServer(options.url, options.connections_max ?? 12, options.answer_ms_max ?? ANSWER_MS_MAX)
}

async function openEmbedded(options: OpenOptions): Promise<Db> {
  const parsers = { [pgliteTypes.INT8]: (text: string) => BigInt(text) }
  const engine = await PGlite.create({
    ...(options.folder === undefined ? {} : { dataDir: options.folder }),
    ...(options.snapshot === undefined ? {} : { loadDataDir: options.snapshot }),
    parsers,
  })
  await engine.exec(Object.entries(SETTINGS).map(([name, value]) => `SET ${name} = '${value}';`).join(' '))
  return {
    engine: 'pglite',
    query: async <R extends object>(text: string, params: readonly unknown[] = []) => (await engine.query<R>(text, [...params])).rows,
    transaction: (work) =>
      engine.transaction((tx) =>
        work({ query: async <R extends object>(text: string, params: readonly unknown[] = []) => (await tx.query<R>(text, [...params])).rows }),
      ),
    script: async (text) => void (await engine.exec(text)),
    close: () => engine.close(),
  }
}

async function openServer(url: string, connections_max: number, answer_ms_max: number): Promise<Db> {
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, (text: string) => BigInt(text))
  const pool = new pg.Pool({
    connectionString: url,
    max: connections_max,
    types,
    application_name: 'tender',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_AFTER_MS,
    options: Object.entries({ ...SETTINGS, ...SERVER_SETTINGS }).map(([name, value]) => `-c ${name}=${value}`).join(' '),
  })
  // An idle connection that breaks is replaced by the pool; without a listener Node would end the process.
  pool.on('error', () => undefined)
  const [version] = (await pool.query<{ number: number }>('SELECT current_setting(\'server_version_num\')::int AS number')).rows
  if (version === undefined || version.number < 150_000) {
    await pool.end()
    throw new Error('PostgreSQL 15 or newer is needed')
  }
  return {
    engine: 'postgres',
    query: (text, params, options) => run(pool, text, params, { ...options, query_timeout: answer_ms_max }),
    transaction: async (work) => {
      const client = await pool.connect()
      let broken: Error | undefined
      // A connection in use that breaks between two statements has no statement to tell; without a listener Node would end the process.
      const lost = (error: Error): void => void (broken = error)
      client.on('error', lost)
      try {
        await client.query('BEGIN')
        const value = await work({ query: (text, params, options) => run(client, text, params, options) })
        await client.query('COMMIT')
        return value
      } catch (error) {
        await client.query('ROLLBACK').catch((problem: unknown) => (broken = problem instanceof Error ? problem : new Error(String(problem))))
        throw error
      } finally {
        client.off('error', lost)
        client.release(broken)
      }
    },
    script: async (text) => void (await pool.query(text)),
    close: () => pool.end(),
  }
}

interface PgQueryable {
  query<R extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<pg.QueryResult<R>>
}

const run = async <R extends object>(on: PgQueryable, text: string, params: readonly unknown[] = [], options: { name?: string; query_timeout?: number } = {}): Promise<R[]> =>
  (await on.query({ text, values: [...params], ...options })).rows as R[]

export type { Db, Queryable }
