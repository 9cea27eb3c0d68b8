import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../core/clock.ts'
import { createLogger, logLevel } from '../core/log.ts'
import type { Config } from '../config.ts'
import type { Db } from '../db/db.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import { createTender } from '../main.ts'
import { openVault, type OpenVault } from '../vault/open.ts'
import { createDemo } from './demo.ts'
import { lockDataFolder } from './lock.ts'
import { greeting } from './greeting.ts'

/** A sentence for the operator; the command ends with exit code 1. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem'
}

export interface Opened {
  readonly db: Db
  readonly vault: OpenVault
  close(): Promise<void>
}

/** Opens database and vault for one process: the data folder is locked when the embedded engine is in it. */
export async function open(config: Config): Promise<Opened> {
  const embedded = config.database_url === undefined
  await mkdir(config.data_folder, { recursive: true }).catch((error: unknown) => {
    throw new StartProblem(`The data folder ${config.data_folder} cannot be made: ${reasonOf(error)}. Set TENDER_DATA to a folder that can be written.`)
  })
  const lock = embedded ? await lockDataFolder(config.data_folder) : undefined
  if (lock?.ok === false) throw new StartProblem(lock.error)
  try {
    const db = await openDatabase(embedded ? { folder: join(config.data_folder, 'db') } : { url: config.database_url }).catch((error: unknown) => {
      throw new StartProblem(embedded ? `The database in ${config.data_folder} cannot be opened: ${reasonOf(error)}.` : `The PostgreSQL server of DATABASE_URL cannot be used: ${reasonOf(error)}.`)
    })
    await migrate(db)
    const vault = await openVault({ db, env: process.env, folder: config.data_folder })
    if (!vault.ok) throw new StartProblem(vault.error)
    return {
      db, vault: vault.value,
      close: async () => {
        vault.value.close()
        await db.close()
        if (lock?.ok === true) await lock.value.release()
      },
    }
  } catch (error) {
    if (lock?.ok === true) await lock.value.release()
    throw error
  }
}

/** Runs the server until a signal stops it. */
export async function start(config: Config): Promise<void> {
  const log = createLogger({ level: logLevel(process.env) })
  const opened = await open(config)
  const tender = await createTender({ config, db: opened.db, vault: opened.vault.vault, log })
  if (config.demo) await createDemo(opened.db, tender.merchants, systemClock.now())
  try {
    await tender.server.listen({ port: config.port, host: config.host })
  } catch (error) {
    await tender.stop()
    await opened.close()
    const inUse = typeof error === 'object' && error !== null && 'code' in error && error.code === 'EADDRINUSE'
    throw new StartProblem(inUse ? `Port ${config.port} is in use. Stop what uses it, or set PORT to another one.` : `Cannot listen on ${config.host}:${config.port}: ${reasonOf(error)}.`)
  }
  await tender.start()
  process.stdout.write(greeting(config))
  await signalled()
  log.info('stopping: finishing what is under way')
  await tender.stop()
  await opened.close()
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const stop = (): void => {
      if (asked) process.exit(130)
      asked = true
      resolve()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}

export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error)
  return text.replace(/\.$/, '')
}
