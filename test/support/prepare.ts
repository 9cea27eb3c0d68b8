/**
 * What a vitest run needs before its first test: a migrated database to copy. Vitest calls `setup` once per run, before the workers start.
 *
 * TENDER_TEST_ENGINE says which engine: `pglite` (the default) or `postgres`. The workers learn from the environment where the original is;
 * test/support/database.ts makes the copies.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open.ts'
import { createDataFolder } from './folder.ts'
import { startPostgres, withDatabase } from './postgres.ts'

export const template = 'tender_template'

const root = join(import.meta.dirname, '../..')
const cache = join(root, 'node_modules/.cache/tender')

/** Called by vitest; what it returns is called at the end of the run. */
export async function setup(): Promise<() => Promise<void>> {
  const engine = process.env.TENDER_TEST_ENGINE ?? 'pglite'
  if (engine === 'postgres') return preparePostgres()
  if (engine !== 'pglite') throw new Error(`TENDER_TEST_ENGINE is "${engine}"; it may be "pglite" or "postgres"`)
  process.env.TENDER_TEST_SNAPSHOT = await prepareSnapshot()
  return () => Promise.resolve()
}

/** Starts the server and migrates the database that every test's own one is cloned from. */
async function preparePostgres(): Promise<() => Promise<void>> {
  const server = await startPostgres()
  try {
    const admin = await openDatabase({ url: server.url, connections_max: 1 })
    await admin.query(`CREATE DATABASE ${template}`)
    await admin.close()
    const db = await openDatabase({ url: withDatabase(server.url, template), connections_max: 1 })
    await migrate(db)
    await db.close()
  } catch (error) {
    await server.stop()
    throw error
  }
  process.env.TENDER_TEST_POSTGRES = server.url
  return () => server.stop()
}

/**
 * A dump of a migrated embedded database. It is kept between runs under the hash of everything that it depends on, because making it
 * takes two seconds and reading it none.
 */
async function prepareSnapshot(): Promise<string> {
  const path = join(cache, `snapshot-${await fingerprint()}.tar`)
  await mkdir(cache, { recursive: true })
  const present = (await readdir(cache)).filter((name) => name.startsWith('snapshot-'))
  if (present.some((name) => path.endsWith(name))) return path
  // A run that started before a migration was edited may still need the one before; older ones are of no use.
  await Promise.all(present.slice(0, -2).map((name) => rm(join(cache, name), { force: true })))
  const folder = await createDataFolder()
  try {
    const db = await openDatabase({ folder: join(folder, 'data') })
    await migrate(db)
    await db.close()
    const engine = await PGlite.create({ dataDir: join(folder, 'data') })
    const dump = await engine.dumpDataDir('none')
    await engine.close()
    await writeFile(`${path}.${process.pid}`, new Uint8Array(await dump.arrayBuffer()))
    await rename(`${path}.${process.pid}`, path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return path
}

/** Changes with the migrations, with the code that applies them, and with the engine. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  const migrations = (await readdir(join(root, 'src/db/migrations'))).sort().map((name) => `src/db/migrations/${name}`)
  for (const file of [...migrations, 'src/db/migrate.ts', 'src/db/open.ts', 'node_modules/@electric-sql/pglite/package.json']) {
    hash.update(file).update(await readFile(join(root, file)))
  }
  return hash.digest('hex').slice(0, 16)
}
