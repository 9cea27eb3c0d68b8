import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { Db } from '../db/db.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import { openVault, type OpenVault } from '../vault/open.ts'
import { lockDataFolder } from './lock.ts'
import { Problem, reasonOf } from './problem.ts'

export interface Opened {
  readonly db: Db
  readonly vault: OpenVault
  close(): Promise<void>
}

/** Opens database and vault for one process: the data folder is locked when the embedded engine is in it. What was opened is closed when the rest fails. */
export async function open(config: Config): Promise<Opened> {
  const closers: Array<() => unknown> = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    const db = config.database_url === undefined ? await openEmbedded(config.data_folder, closers) : await openServer(config.database_url, closers)
    await migrate(db).catch((error: unknown) => {
      throw new Problem(`The database cannot be brought up to date: ${reasonOf(error)}.`)
    })
    const vault = await openVault({ db, env: process.env, folder: config.data_folder })
    if (!vault.ok) throw new Problem(vault.error)
    closers.push(() => vault.value.close())
    return { db, vault: vault.value, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openEmbedded(data_folder: string, closers: Array<() => unknown>): Promise<Db> {
  const lock = await lockDataFolder(data_folder)
  if (!lock.ok) throw new Problem(lock.error)
  closers.push(() => lock.value.release())
  const db = await openDatabase({ folder: join(data_folder, 'db') }).catch((error: unknown) => {
    throw new Problem(`The database in ${data_folder} cannot be opened: ${reasonOf(error)}.`)
  })
  closers.push(() => db.close())
  return db
}

async function openServer(database_url: string, closers: Array<() => unknown>): Promise<Db> {
  const db = await openDatabase({ url: database_url }).catch((error: unknown) => {
    throw new Problem(`The PostgreSQL server of DATABASE_URL cannot be used: ${reasonOf(error)}.`)
  })
  closers.push(() => db.close())
  return db
}
