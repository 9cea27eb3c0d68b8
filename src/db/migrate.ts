import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Db, Queryable } from './db.ts'

const FOLDER = new URL('./migrations/', import.meta.url)

/** Any number: processes that start together on one server take turns. */
const LOCK = 724_001

/**
 * Applies the numbered migrations that this database has not seen, each in its own transaction, in order of name.
 * Throws when an applied migration was edited afterwards, or when the database is newer than this code.
 */
export async function migrate(db: Db): Promise<void> {
  await db.transaction(async (tx) => {
    // Two first starts at once: IF NOT EXISTS alone lets both try, and one fail.
    await takeTurn(tx)
    await tx.query(`CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`)
  })
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort()
  const known = new Set(files)
  for (const row of await db.query<{ name: string }>('SELECT name FROM migrations')) {
    if (!known.has(row.name)) throw new Error(`the database has a migration that this version does not know: ${row.name}`)
  }
  for (const name of files) await apply(db, name, await readFile(new URL(name, FOLDER), 'utf8'))
}

/** Waits for whoever migrates now. An index of a large table takes longer than a statement of a payment may, and so does waiting for one. */
async function takeTurn(tx: Queryable): Promise<void> {
  await tx.query('SET LOCAL statement_timeout = 0')
  await tx.query(`SELECT pg_advisory_xact_lock(${LOCK})`)
}

/** Names of the migrations that the database has not seen. */
export async function pendingMigrations(db: Db): Promise<string[]> {
  const applied = new Set((await db.query<{ name: string }>('SELECT name FROM migrations')).map(({ name }) => name))
  return (await readdir(FOLDER)).filter((name) => name.endsWith('.sql') && !applied.has(name))
}

async function apply(db: Db, name: string, text: string): Promise<void> {
  const checksum = createHash('sha256').update(text).digest('hex')
  await db.transaction(async (tx) => {
    await takeTurn(tx)
    const [applied] = await tx.query<{ checksum: string }>('SELECT checksum FROM migrations WHERE name = $1', [name])
    if (applied !== undefined) {
      if (applied.checksum !== checksum) throw new Error(`migration ${name} was changed after it had been applied`)
      return
    }
    for (const statement of statements(text)) await tx.query(statement)
    await tx.query('INSERT INTO migrations (name, checksum) VALUES ($1, $2)', [name, checksum])
  })
}

/** Splits at semicolons that end a line, outside $$ bodies: the style that the migrations are written in. */
function statements(text: string): string[] {
  const found: string[] = []
  let current = ''
  let inBody = false
  for (const line of text.split('\n')) {
    if (line.trim().startsWith('--') && current.trim() === '') continue
    current += `${line}\n`
    if ((line.match(/\$\$/g)?.length ?? 0) % 2 === 1) inBody = !inBody
    if (!inBody && /;\s*(--.*)?$/.test(line)) {
      found.push(current)
      current = ''
    }
  }
  if (current.trim() !== '') found.push(current)
  return found
}
