/**
 * `npm run bench [-- --json] [-- --seconds N]`: crash-safe card sales per second over HTTP, beside pgbench on the same server in the
 * same run. Starts a PostgreSQL of its own (flushing every commit), a Tender process on it, and the load in this process.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startPostgres, withDatabase } from '../support/postgres.ts'
import { getToken, measureAtRate, measured, sellFor, type Account, type Measured, type Slice } from './load.ts'
import { findPgbench, measurePgbench, preparePgbench } from './pgbench.ts'

const CONCURRENCY = [1, 16, 64]
const PGBENCH_SCALE = 64
const WARM_S = 4
/** Sales and yardstick take turns: this machine is not the same from one ten seconds to the next. */
const SLICES = 4
/** As docs/operations.md starts a server in production: room for young objects, which are collected half as often then. */
const PRODUCTION_FLAGS = ['--min-semi-space-size=64', '--max-semi-space-size=64']
const root = new URL('../..', import.meta.url).pathname

interface Row extends Measured {
  pgbench_tps: number
  sales_per_s_rs512: number
}

async function main(args: readonly string[]): Promise<void> {
  const json = args.includes('--json')
  const seconds = Number(args[args.indexOf('--seconds') + 1] ?? Number.NaN) || 12
  const say = (line: string): void => void (json || process.stdout.write(`${line}\n`))
  const pgbench = await findPgbench()
  const postgres = await startPostgres({ durable: true })
  const data = await mkdtemp(join(tmpdir(), 'tender-bench-'))
  try {
    const database = await createDatabases(postgres.url)
    say(`machine: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}; server, load and PostgreSQL share it`)
    say('preparing pgbench …')
    await preparePgbench(pgbench, withDatabase(postgres.url, 'yardstick'), PGBENCH_SCALE)
    const tender = await startTender(database, data)
    try {
      const rows = await measure(tender, database, pgbench, withDatabase(postgres.url, 'yardstick'), seconds, say)
      if (json) process.stdout.write(`${JSON.stringify({ concurrency: rows })}\n`)
      else print(rows, await atRate(tender, seconds), say)
    } finally {
      await stop(tender.process)
    }
  } finally {
    await postgres.stop()
    await rm(data, { recursive: true, force: true })
  }
}

interface Running extends Account {
  readonly process: ChildProcess
  readonly token: string
}

async function measure(tender: Running, database: string, pgbench: string, yardstick: string, seconds: number, say: (line: string) => void): Promise<Record<string, Row>> {
  const rows: Record<string, Row> = {}
  for (const concurrency of CONCURRENCY) {
    say(`measuring ${concurrency} at a time …`)
    await useAlgorithm(database, 'HS256')
    // Plans, compiled code and caches settle first, since each number at a time has its own mixtures of groups; pgbench gets the same.
    await measurePgbench(pgbench, yardstick, concurrency, WARM_S)
    await sellFor(tender, tender.token, concurrency, WARM_S)
    // pgbench counts whole seconds.
    const slice_s = Math.max(1, Math.round(seconds / SLICES))
    const sales: Slice[] = []
    let transactions = 0
    for (let slice = 0; slice < SLICES; slice++) {
      sales.push(await sellFor(tender, tender.token, concurrency, slice_s))
      transactions += (await measurePgbench(pgbench, yardstick, concurrency, slice_s)) / SLICES
    }
    await useAlgorithm(database, 'RS512')
    const { sales_per_s } = measured([await sellFor(tender, tender.token, concurrency, seconds)])
    rows[concurrency] = { ...round(measured(sales)), pgbench_tps: Math.round(transactions), sales_per_s_rs512: Math.round(sales_per_s) }
  }
  await useAlgorithm(database, 'HS256')
  return rows
}

const atRate = (tender: Running, seconds: number): Promise<Measured> => measureAtRate(tender, tender.token, 100, seconds)

const round = ({ sales_per_s, p50_ms, p99_ms }: Measured): Measured => ({ sales_per_s: Math.round(sales_per_s), p50_ms: Number(p50_ms.toFixed(2)), p99_ms: Number(p99_ms.toFixed(2)) })

function print(rows: Record<string, Row>, rate: Measured, say: (line: string) => void): void {
  say('')
  say('| at a time | sales/s (HS256) | p50 ms | p99 ms | pgbench tps | ratio | sales/s (RS512) |')
  say('|---|---|---|---|---|---|---|')
  for (const [concurrency, row] of Object.entries(rows)) {
    say(`| ${concurrency} | ${row.sales_per_s} | ${row.p50_ms} | ${row.p99_ms} | ${row.pgbench_tps} | ${(row.sales_per_s / row.pgbench_tps).toFixed(2)} | ${row.sales_per_s_rs512} |`)
  }
  say('')
  say(`at 100 sales/s (HS256): p50 ${rate.p50_ms.toFixed(2)} ms, p99 ${rate.p99_ms.toFixed(2)} ms for a whole sale (two requests)`)
}

async function createDatabases(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('CREATE DATABASE tender')
  await client.query('CREATE DATABASE yardstick')
  await client.end()
  return withDatabase(url, 'tender')
}

async function useAlgorithm(database: string, algorithm: 'HS256' | 'RS512'): Promise<void> {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  await client.query(`UPDATE merchants SET settings = jsonb_set(settings, '{corefy,jwt_algorithm}', to_jsonb($1::text))`, [algorithm])
  await client.end()
  // Longer than a process remembers a merchant.
  await sleep(2_500)
}

async function startTender(database: string, data: string): Promise<Running> {
  const port = 18_000 + Math.floor(Math.random() * 2_000)
  const child = spawn(process.execPath, [...PRODUCTION_FLAGS, join(root, 'bin/tender.js'), 'start'], {
    env: { ...process.env, PORT: String(port), DATABASE_URL: database, TENDER_DATA: data, LOG_LEVEL: 'warn' }, stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (text: Buffer) => text.includes('is ready') && resolve())
    child.once('exit', (code) => reject(new Error(`the server ended with code ${code}`)))
  })
  const keys = (await import('../../src/apis/corefy/demo.ts')).COREFY_DEMO
  const account = { port, account_id: keys.account_id, api_key: keys.api_key }
  return { ...account, process: child, token: await getToken(account) }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await new Promise((resolve) => child.once('exit', resolve))
}

await main(process.argv.slice(2))
