/** The sandbox networks as a program of their own, from the command line. */
import { parseArgs } from 'node:util'
import { openDatabase } from '../db/open.ts'
import { startSandbox } from '../providers/sandbox/program.ts'
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
  const db = values.folder === undefined ? undefined : await openDatabase({ folder: values.folder }).catch((error: unknown) => {
    throw new Problem(`The folder ${values.folder} cannot be used: ${reasonOf(error)}.`)
  })
  const program = await startSandbox({ port, db, token: env['TENDER_SANDBOX_TOKEN'] || undefined }).catch(async (error: unknown) => {
    await db?.close()
    throw new Problem(`The sandbox cannot listen on port ${port}: ${reasonOf(error)}.`)
  })
  process.stdout.write(`The sandbox networks are at ${program.url}\nStart the server with TENDER_SANDBOX_URL=${program.url}\n`)
  await new Promise<void>((resolve) => process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve()))
  await program.close()
  await db?.close()
}
