/**
 * Starts the sandbox program from the command line. Settings come from the environment: SANDBOX_PORT (0: any), SANDBOX_HOST,
 * SANDBOX_TOKEN, SANDBOX_BASE_URL, SANDBOX_CALLBACK_URL, SANDBOX_MODES (`test,live`), SANDBOX_UNKNOWN_KEY_MS, and DATABASE_URL or SANDBOX_FOLDER for the
 * book; without either it is kept in memory. Prints one line of JSON when it listens: `{"url":"http://127.0.0.1:4444"}`.
 *
 *     node src/providers/sandbox/start.ts
 */
import { openDatabase } from '../../db/open.ts'
import type { Mode } from '../contract.ts'
import { startSandbox } from './program.ts'

const { env } = process
const db = env.DATABASE_URL || env.SANDBOX_FOLDER ? await openDatabase({ url: env.DATABASE_URL, folder: env.SANDBOX_FOLDER }) : undefined
const program = await startSandbox({
  port: Number(env.SANDBOX_PORT ?? 4444),
  host: env.SANDBOX_HOST,
  db,
  base_url: env.SANDBOX_BASE_URL,
  token: env.SANDBOX_TOKEN,
  callback_url: env.SANDBOX_CALLBACK_URL,
  modes: env.SANDBOX_MODES?.split(',').filter((mode): mode is Mode => mode === 'test' || mode === 'live'),
  unknown_key_final_after_ms: env.SANDBOX_UNKNOWN_KEY_MS === undefined ? undefined : Number(env.SANDBOX_UNKNOWN_KEY_MS),
})
process.stdout.write(`${JSON.stringify({ url: program.url })}\n`)

const stop = (): void => void program.close().then(() => db?.close()).then(() => process.exit(0))
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
