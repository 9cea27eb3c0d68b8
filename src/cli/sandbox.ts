/** The sandbox networks as a program of their own, from the command line. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Db } from '../db/db.ts'
import { openDatabase } from '../db/open.ts'
import { startSandbox } from '../providers/sandbox/program.ts'
import { lockDataFolder } from './lock.ts'
import { Problem, reasonOf } from './problem.ts'

const PORT = 4444

/**
 * `tender sandbox [--port 4444] [--folder path]`: runs until a signal stops it. The book is in memory, or in `folder`. Calls must carry
 * the bearer token of TENDER_SANDBOX_TOKEN when it is set.
 */
export async function sandbox(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' }, folder: { type: 'string' } } })
  const port = Number(values.port ?? PORT)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Problem('--port must be a whole number from 0 to 65535.')
  const kept = values.folder === undefined ? undefined : await openBook(values.folder)
  const program = await startSandbox({ port, db: kept?.db, token: env['TENDER_SANDBOX_TOKEN'] || undefined }).catch(async (error: unknown) => {
    await kept?.close()
    throw new Problem(`The sandbox cannot listen on port ${port}: ${reasonOf(error)}.`)
  })
  process.stdout.write(`The sandbox networks are at ${program.url}\nStart the server with TENDER_SANDBOX_URL=${program.url}\n`)
  await new Promise<void>((resolve) => process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve()))
  await program.close()
  await kept?.close()
}

/** The folder is locked: two processes over one embedded database would destroy it. */
async function openBook(folder: string): Promise<{ readonly db: Db; close(): Promise<void> }> {
  const lock = await lockDataFolder(folder, '--folder')
  if (!lock.ok) throw new Problem(lock.error)
  const db = await openDatabase({ folder: join(folder, 'db') }).catch(async (error: unknown) => {
    await lock.value.release()
    throw new Problem(`The folder ${folder} cannot be used: ${reasonOf(error)}.`)
  })
  return {
    db,
    close: async () => {
      await db.close()
      await lock.value.release()
    },
  }
}
