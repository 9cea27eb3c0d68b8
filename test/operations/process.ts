/**
 * Real `tender` processes, as an operator starts them: with environment variables, and looked at through exit code, output and files.
 *
 * @example
 * const place = await createFreshPlace()        // or createPlace() of place.ts
 * const server = await place.start()
 * await fetch(`${server.url}/health`)
 * expect(await server.stop()).toBe(0)
 * expect((await place.run(['audit'])).code).toBe(0)
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { createDataFolder } from '../support/folder.ts'

export const ROOT = join(import.meta.dirname, '../..')

type Env = Readonly<Record<string, string>>

/** What a command left behind. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  /** `http://localhost:port`, read from the greeting. */
  readonly url: string
  readonly folder: string
  /** Everything printed so far. */
  readonly output: () => string
  readonly ended: Promise<Ended>
  readonly kill: (signal: NodeJS.Signals) => void
  /** Sends a signal, SIGTERM by default, and resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Where the data of servers and commands is. */
export interface Place {
  readonly folder: string
  readonly env: Env
  start(env?: Env, node_args?: readonly string[]): Promise<Running>
  /** By `npm start`, as a newcomer does. SIGINT then comes from the terminal, to every process in it; other signals go to npm alone. */
  startByNpm(env?: Env): Promise<Running>
  /** By `npx tender start`: npx has a shell stay between itself and the program. The child is that shell. */
  startByNpx(env?: Env): Promise<Running>
  run(args: readonly string[], env?: Env): Promise<Ended>
  remove(): Promise<void>
}

const START_MS_MAX = 60_000

/** A place where nothing has been yet, as on the first start. On the embedded engine. */
export async function createFreshPlace(): Promise<Place> {
  const scratch = await createDataFolder()
  return placeAt(join(scratch, 'data'), {}, () => rm(scratch, { recursive: true, force: true }))
}

/** A place at a data folder. `remove` is called when its servers are gone. */
export function placeAt(folder: string, more: Env, remove: () => Promise<void>): Place {
  const env: Env = { TENDER_DATA: folder, ...more }
  const servers: Running[] = []
  const kept = (server: Running): Running => {
    servers.push(server)
    return server
  }
  return {
    folder, env,
    start: async (own = {}, node_args) => kept(await startServer({ ...env, ...own }, node_args)),
    startByNpm: async (own = {}) => kept(serverOf({ ...env, ...own }, await untilReady(launch('npm', ['start', '--prefix', ROOT], { ...env, PORT: '0', ...own }, true), READY, true))),
    startByNpx: async (own = {}) => kept(serverOf({ ...env, ...own }, await untilReady(launch('sh', ['-c', `"${process.execPath}" "${join(ROOT, 'bin/tender.js')}" start; exit $?`], { ...env, PORT: '0', npm_lifecycle_event: 'npx', ...own }, true), READY, true))),
    run: (args, own = {}) => runTender(args, { ...env, ...own }),
    remove: async () => {
      for (const { kill, ended } of servers) {
        kill('SIGKILL')
        await ended
      }
      await remove()
    },
  }
}

/** Runs one command to its end. */
export async function runTender(args: readonly string[], env: Env = {}, node_args: readonly string[] = []): Promise<Ended> {
  return watch(launchTender(args, env, node_args)).ended
}

const READY = /Tender is ready .*Open (\S+)\//

/** Starts a server, and resolves when it says that it is ready. */
export async function startServer(env: Env, node_args: readonly string[] = []): Promise<Running> {
  return serverOf(env, await startProgram(['start'], READY, { PORT: '0', ...env }, node_args))
}

const serverOf = (env: Env, { match, ...program }: Program): Running => ({ ...program, url: match, folder: env['TENDER_DATA'] ?? '' })

type Program = Omit<Running, 'url' | 'folder'> & { readonly match: string }

/** Starts a command that stays, and resolves with what the pattern finds in its output. */
export function startProgram(args: readonly string[], ready: RegExp, env: Env = {}, node_args: readonly string[] = []): Promise<Program> {
  return untilReady(launchTender(args, env, node_args), ready, false)
}

/** `leads`: it leads a group of processes, as a command in a terminal does. */
async function untilReady(child: ChildProcess, ready: RegExp, leads: boolean): Promise<Program> {
  const { output, ended } = watch(child)
  const kill = (signal: NodeJS.Signals): void => {
    if (child.exitCode !== null || child.signalCode !== null) return
    if (leads && child.pid !== undefined && signal !== 'SIGTERM') process.kill(-child.pid, signal)
    else child.kill(signal)
  }
  const late = AbortSignal.timeout(START_MS_MAX)
  let over = false
  void ended.then(() => (over = true))
  for (;;) {
    const match = ready.exec(output())?.[1]
    if (match !== undefined) return { child, match, output, ended, kill, stop: async (signal = 'SIGTERM') => (kill(signal), (await ended).code) }
    if (over || late.aborted) throw new Error(`tender did not start: ${output()}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

const launchTender = (args: readonly string[], env: Env, node_args: readonly string[]): ChildProcess => launch(process.execPath, [...node_args, join(ROOT, 'bin/tender.js'), ...args], env, false)

function launch(program: string, args: readonly string[], env: Env, detached: boolean): ChildProcess {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TENDER_(?!TEST)|DATABASE_URL$|PORT$|HOST$|LOG_LEVEL$|NODE_OPTIONS$|VITEST)/.test(name)))
  return spawn(program, args, { cwd: tmpdir(), env: { ...kept, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached })
}

function watch(child: ChildProcess): { output: () => string; ended: Promise<Ended> } {
  let [stdout, stderr] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (part: string) => (stdout += part))
  child.stderr?.setEncoding('utf8').on('data', (part: string) => (stderr += part))
  return { output: () => stdout + stderr, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr })) }
}

/** A port that something listens on. */
export async function occupiedPort(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => new Promise((resolve) => void server.close(() => resolve())) }
}

/** The demo merchant's keys, as the command prints them. */
export async function demoOf(place: Place): Promise<Record<string, Record<string, string>>> {
  const { stdout } = await place.run(['demo', '--json'])
  return JSON.parse(stdout) as Record<string, Record<string, string>>
}

/** One sentence, and nothing that only a programmer reads. */
export function expectSentence(ended: Ended, saying: RegExp): void {
  expect(ended.stderr).toMatch(saying)
  expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1)
  expect(ended.stderr).not.toMatch(/\bat .*:\d+:\d+|Error:|Warning/)
  expect(ended.stdout).toBe('')
  expect(ended.code).toBe(1)
}
