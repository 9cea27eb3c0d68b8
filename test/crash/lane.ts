/**
 * A lane of the crash tests: a database that outlives the servers over it, a sandbox and a merchant's receiver that live in the
 * test, and one server process at a time that is killed and started again on the same port.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { after } from '../../src/core/clock.ts'
import type { Db } from '../../src/db/db.ts'
import { openDatabase } from '../../src/db/open.ts'
import { startSandbox, type SandboxProgram } from '../../src/providers/sandbox/program.ts'
import { createDbBook } from '../../src/providers/sandbox/book-db.ts'
import type { BookRecord } from '../../src/providers/sandbox/book.ts'
import { createTestPlace } from '../support/database.ts'
import { createReceiver, type Receiver } from '../support/server.ts'
import { bookAt, bookOf } from './books.ts'

/** After this the provider's answer counts as unknown. */
const PROVIDER_TIMEOUT_MS = 1_000
/** A key that the sandbox does not know was never executed, after this. */
export const UNKNOWN_KEY_MS = 4_000
const START_MS_MAX = 40_000

export interface Life {
  /** Resolves with the signal, or the code, when the process is gone. */
  readonly gone: Promise<string>
  /** From now on it kills itself at a labelled step. */
  arm(label: string): Promise<void>
  kill(): Promise<void>
  /** Asks it to stop, and waits until it has; the exit code. */
  stop(): Promise<string>
}

export interface Lane {
  /** `http://127.0.0.1:port` of whichever server is running. */
  readonly url: string
  readonly sandbox: SandboxProgram
  /** Puts the networks' clock forward by so much; 0: it is right again. */
  ahead(ms: number): void
  readonly receiver: Receiver
  /** Starts a server; resolves when it answers. */
  start(): Promise<Life>
  /** Every line of the networks' book; while no server runs. */
  book(): Promise<BookRecord[]>
  /** A look into the database; on the embedded engine only while no server runs. */
  look<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** What the server said since the lane began, for a failing test. */
  log(): string
  close(): Promise<void>
}

/** `inside`: the networks run in the server's own process, as they do for who just starts it, and are killed with it. Their faults cannot be switched then. */
export async function openLane({ inside = false }: { inside?: boolean } = {}): Promise<Lane> {
  const place = await createTestPlace()
  const data = place.folder === undefined ? await mkdtemp(join(tmpdir(), 'tender-crash-')) : dirname(place.folder)
  if (place.folder !== undefined) await rename(place.folder, join(data, 'db'))
  let ahead_ms = 0
  const clock = { now: () => after(new Date(), ahead_ms) }
  const sandbox = await startSandbox({ port: 0, clock, unknown_key_final_after_ms: UNKNOWN_KEY_MS, delays: { app_ms: 500, pending_ms: 500, late_ms: 500 } })
  const receiver = await createReceiver()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const log: string[] = []
  const order = join(data, 'crash-at')
  let child: ChildProcess | undefined
  const look: Lane['look'] = async (work) => {
    const db = await openDatabase(place.url === undefined ? { folder: join(data, 'db') } : { url: place.url, connections_max: 2 })
    try {
      return await work(db)
    } finally {
      await db.close()
    }
  }
  return {
    url, sandbox, receiver, look,
    ahead: (ms) => void (ahead_ms = ms),
    book: () => (inside ? look(async (db) => bookOf((await createDbBook(db)).list)) : bookAt(sandbox.url)),
    start: async () => {
      log.push('\n── started\n')
      const running = spawn(process.execPath, [join(import.meta.dirname, '../../bin/tender.js'), 'start'], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env.PATH, PORT: String(port), HOST: '127.0.0.1', TENDER_PUBLIC_URL: url, TENDER_DATA: data, TENDER_RESOLVE_EVERY_MS: '100', LOG_LEVEL: 'warn',
          TENDER_PROVIDER_TIMEOUT_MS: String(PROVIDER_TIMEOUT_MS), ...(inside ? {} : { TENDER_SANDBOX_URL: sandbox.url }),
          ...(place.url === undefined ? {} : { DATABASE_URL: place.url }), TENDER_CRASH_AT: `@${order}`,
        },
      })
      child = running
      for (const stream of [running.stdout, running.stderr]) stream.on('data', (chunk: Buffer) => log.push(chunk.toString()))
      const gone = once(running, 'exit').then(([code, signal]) => String(signal ?? code))
      await answering(url, running).catch((error: unknown) => Promise.reject(new Error(`${String(error)}\n${log.slice(-20).join('')}`)))
      const arm = async (label: string): Promise<void> => {
        log.push(`\n── to be killed at ${label}\n`)
        await writeFile(order, label)
        running.kill('SIGUSR2')
        while (existsSync(order) && running.signalCode === null) await delay(5)
      }
      const end = (signal: NodeJS.Signals): Promise<string> => {
        running.kill(signal)
        return gone
      }
      return { gone, arm, kill: async () => void (await end('SIGKILL')), stop: () => end('SIGTERM') }
    },
    // Without the greeting, which is long, and the same each time.
    log: () => log.join('').split('\n').filter((line) => /^(\{|──|.*Error)/.test(line)).slice(-30).join('\n'),
    close: async () => {
      if (child !== undefined && child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      }
      await sandbox.close()
      await receiver.close()
      await place.remove()
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** Resolves when the server answers. */
async function answering(url: string, child: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + START_MS_MAX; ; await delay(25)) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server ended at its start: ${child.exitCode ?? child.signalCode}`)
    if (await fetch(`${url}/corefy/`).then((answer) => answer.text().then(() => true), () => false)) return
    if (Date.now() > deadline) throw new Error('the server did not start')
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
