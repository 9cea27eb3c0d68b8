/**
 * A database of its own for every test (or test file) that wants one, on the engine of the run.
 *
 * @example
 * const { db, close } = await createTestDatabase()
 * afterAll(close)
 */
import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { Db } from '../../src/db/db.ts'
import { openDatabase } from '../../src/db/open.ts'
import { createDataFolder } from './folder.ts'
import { withDatabase } from './postgres.ts'
import { template } from './prepare.ts'

/** The engine of this run. */
export const testEngine: Db['engine'] = process.env.TENDER_TEST_ENGINE === 'postgres' ? 'postgres' : 'pglite'

export interface TestDatabase {
  readonly db: Db
  /** The address of the database, for a second pool or another process; the embedded engine has none. */
  readonly url: string | undefined
  /** Closes `db` and removes the database. */
  close(): Promise<void>
}

export interface TestDatabaseOptions {
  /** Without tables, to test the migrations themselves. */
  empty?: boolean
}

/** A fresh, migrated database: a clone of the template on a server, a copy of the snapshot in memory. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  if (testEngine === 'pglite') {
    const db = await openDatabase(options.empty ? {} : { snapshot: await snapshot() })
    return { db, url: undefined, close: () => db.close() }
  }
  const { url, remove } = await cloneTemplate(options.empty ? 'template0' : template)
  const db = await openDatabase({ url })
  return {
    db, url,
    close: async () => {
      await db.close()
      await remove()
    },
  }
}

/** Where a server process of its own can keep its data; fits the options of `openDatabase`. */
export interface TestPlace {
  readonly url?: string
  readonly folder?: string
  /** Removes what is there. The process must have ended. */
  remove(): Promise<void>
}

/** A place for the database of a process that a test starts and kills: a database on a server, or a data folder; migrated. */
export async function createTestPlace(): Promise<TestPlace> {
  if (testEngine === 'postgres') return cloneTemplate(template)
  const parent = await createDataFolder()
  const folder = join(parent, 'data')
  const db = await openDatabase({ folder, snapshot: await snapshot() })
  await db.close()
  return { folder, remove: () => rm(parent, { recursive: true, force: true }) }
}

let snapshotBlob: Promise<Blob> | undefined

function snapshot(): Promise<Blob> {
  const path = process.env.TENDER_TEST_SNAPSHOT
  if (path === undefined) throw new Error('no snapshot was prepared: run this test by vitest (npm test, or npx vitest)')
  return (snapshotBlob ??= readFile(path).then((bytes) => new Blob([bytes])))
}

async function cloneTemplate(original: string): Promise<{ url: string; remove(): Promise<void> }> {
  const server = process.env.TENDER_TEST_POSTGRES
  if (server === undefined) throw new Error('no PostgreSQL was started: run this test by vitest (npm test, or npx vitest)')
  const name = `test_${randomBytes(8).toString('hex')}`
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE ${original} STRATEGY FILE_COPY`)
  return { url: withDatabase(server, name), remove: () => onServer(server, `DROP DATABASE ${name} WITH (FORCE)`) }
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
