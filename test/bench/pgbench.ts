/** The yardstick: pgbench's TPC-B-like transactions on the same server, in the same run. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Finds pgbench; as root on Debian it is installed when it is missing. Throws one sentence when there is none. */
export async function findPgbench(): Promise<string> {
  const found = await locate()
  if (found !== undefined) return found
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    await run('apt-get', ['update']).catch(() => undefined)
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'postgresql-contrib'])
    const installed = await locate()
    if (installed !== undefined) return installed
  }
  throw new Error('pgbench is needed as the yardstick, and is not installed: install the PostgreSQL client programs (Debian: apt-get install postgresql-contrib).')
}

async function locate(): Promise<string | undefined> {
  const onPath = await run('which', ['pgbench']).then(({ stdout }) => stdout.trim(), () => undefined)
  if (onPath !== undefined && onPath !== '') return onPath
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : []
  return versions.map((version) => `/usr/lib/postgresql/${version}/bin/pgbench`).find((path) => existsSync(path))
}

/** Fills the tables: as many branches as there will be clients, so that they do not wait for one row. */
export async function preparePgbench(pgbench: string, url: string, scale: number): Promise<void> {
  await run(pgbench, ['--initialize', '--quiet', '--scale', String(scale), url], { maxBuffer: 1 << 26 })
}

/** Transactions per second with `clients` at a time. */
export async function measurePgbench(pgbench: string, url: string, clients: number, seconds: number): Promise<number> {
  const { stdout } = await run(pgbench, ['--client', String(clients), '--jobs', String(Math.min(2, clients)), '--time', String(seconds), '--no-vacuum', '--protocol', 'prepared', url])
  const tps = /tps = ([\d.]+) \(without initial connection time\)/.exec(stdout)?.[1]
  if (tps === undefined) throw new Error(`pgbench said something unexpected: ${stdout}`)
  return Number(tps)
}
