/**
 * Mixed traffic of all APIs for minutes, while things are killed at any moment: servers, the sandbox program, PostgreSQL; and keys are
 * rotated. At the end the books must agree, nothing may be stuck, and nobody untold. On demand, because it takes its time:
 *
 *     npm run soak                                  two minutes
 *     npm run soak -- --minutes 10 --kill server,sandbox
 *     npm run soak -- --kill postgres,keys --crowd 4
 *
 * Two servers share one PostgreSQL; behind them the sandbox program, with its book on a PostgreSQL of its own. In front a balancer that
 * passes each connection on to a server that takes it. What kills is chance, so a run cannot be repeated exactly: what it finds is in the
 * databases, which are kept when something is wrong (--keep).
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openDatabase } from '../../src/db/open.ts'
import { BEGATEWAY_FLOWS as BEGATEWAY } from '../begateway/crash-flows.ts'
import { FINTOC_FLOWS } from '../fintoc/crash-flows.ts'
import { startPostgres } from '../support/postgres.ts'
import { createReceiver } from '../support/server.ts'
import { bookAt, differences, faults, unfinished, untold } from './books.ts'
import { BEGATEWAY_FLOWS } from './flows/begateway.ts'
import { COREFY_FLOWS } from './flows/corefy-cards.ts'
import { canceledRefund } from './flows/fintoc-cancel.ts'
import type { Flow, Shop } from './flow.ts'

const ROOT = join(import.meta.dirname, '../..')
const FLOWS: readonly Flow[] = [...COREFY_FLOWS, ...BEGATEWAY_FLOWS, ...BEGATEWAY, ...FINTOC_FLOWS, canceledRefund]
const UNKNOWN_KEY_MS = 6_000
const SETTLE_MS_MAX = 120_000

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '2' }, kill: { type: 'string', default: 'server,sandbox,postgres,keys' }, crowd: { type: 'string', default: '6' }, every: { type: 'string', default: '2500' }, keep: { type: 'boolean', default: false } },
})

const between = (low: number, high: number): number => low + Math.random() * (high - low)
const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T

/** A program that is started again when it has been killed. */
interface Program {
  readonly name: string
  start(): Promise<void>
  kill(): Promise<void>
  stop(): Promise<number | null>
}

const log: string[] = []

function program(name: string, args: readonly string[], env: Readonly<Record<string, string>>, ready: () => Promise<boolean>): Program {
  let child: ChildProcess | undefined
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
    return child.exitCode
  }
  return {
    name,
    start: async () => {
      const running = spawn(process.execPath, args, { cwd: tmpdir(), env: { PATH: process.env.PATH ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
      child = running
      for (const stream of [running.stdout, running.stderr]) stream.on('data', (chunk: Buffer) => log.push(...chunk.toString().split('\n').filter((line) => /^\{|Error|database/.test(line)).map((line) => `${name} ${line}`)))
      running.once('exit', (code, signal) => {
        if (signal !== 'SIGKILL' && code !== 0) log.push(`${name} ENDED BY ITSELF with ${code ?? signal}`)
      })
      for (const deadline = Date.now() + 60_000; !(await ready().catch(() => false)); await delay(50)) if (Date.now() > deadline || running.exitCode !== null) return
    },
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
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

/** Passes each connection on to a server that takes it. */
async function balancer(ports: readonly number[]): Promise<{ port: number; close(): void }> {
  const open = new Set<Socket>()
  const server = createServer((client) => {
    open.add(client)
    const order = Math.random() < 0.5 ? ports : ports.toReversed()
    const to = (index: number): void => {
      const port = order[index]
      if (port === undefined) return void client.destroy()
      const upstream = connect(port, '127.0.0.1')
      upstream.once('connect', () => {
        client.pipe(upstream).pipe(client)
        client.once('close', () => upstream.destroy())
        upstream.once('close', () => client.destroy())
      })
      let connected = false
      upstream.once('connect', () => (connected = true)).on('error', () => (connected ? client.destroy() : to(index + 1)))
    }
    client.on('error', () => undefined).once('close', () => open.delete(client))
    to(0)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => (server.close(), open.forEach((socket) => socket.destroy())) }
}

const ourPostgres = await startPostgres({ durable: true })
const bookPostgres = await startPostgres()
const receiver = await createReceiver()
const data = await mkdtemp(join(tmpdir(), 'tender-soak-'))
const [sandboxPort, ...serverPorts] = [await freePort(), await freePort(), await freePort()]
const front = await balancer(serverPorts)
const url = `http://127.0.0.1:${front.port}`
const sandbox_url = `http://127.0.0.1:${sandboxPort}`
const alive = (port: number | undefined, path: string) => async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}${path}`)).status < 500
const sandbox = program('sandbox', [join(ROOT, 'src/providers/sandbox/start.ts')], { DATABASE_URL: bookPostgres.url, SANDBOX_PORT: String(sandboxPort), SANDBOX_UNKNOWN_KEY_MS: String(UNKNOWN_KEY_MS) }, alive(sandboxPort, '/book?limit=1'))
const shared = { DATABASE_URL: ourPostgres.url, TENDER_DATA: data, TENDER_PUBLIC_URL: url, TENDER_SANDBOX_URL: sandbox_url, TENDER_PROVIDER_TIMEOUT_MS: '1500', TENDER_RESOLVE_EVERY_MS: '250', LOG_LEVEL: 'warn' }
const servers = serverPorts.map((port, index) => program(`server ${index}`, [join(ROOT, 'bin/tender.js'), 'start'], { ...shared, PORT: String(port) }, alive(port, '/ready')))
const rotation = program('rotation', [join(ROOT, 'bin/tender.js'), 'keys', 'rotate'], shared, () => Promise.resolve(true))

const rotations = { asked: 0 }
const KILLS: Readonly<Record<string, () => Promise<void>>> = {
  server: async () => {
    const victim = pick(servers)
    await victim.kill()
    await delay(between(0, 1_500))
    await victim.start()
  },
  sandbox: async () => {
    await sandbox.kill()
    await delay(between(0, 2_500))
    await sandbox.start()
  },
  postgres: () => ourPostgres.restart(),
  keys: async () => {
    rotations.asked++
    await rotation.start()
    await delay(between(200, 4_000))
    await rotation.kill()
  },
}

for (const start of [sandbox, ...servers]) await start.start()
const began = Date.now()
const until_ms = began + Number(values.minutes) * 60_000
const kinds = values.kill.split(',').filter((kind) => kind in KILLS)
const killed = new Map<string, number>()
const outcomes = new Map<string, number>()
let done = 0

async function destroy(): Promise<void> {
  while (Date.now() < until_ms && kinds.length > 0) {
    await delay(between(300, Number(values.every)))
    const kind = pick(kinds)
    killed.set(kind, (killed.get(kind) ?? 0) + 1)
    await KILLS[kind]?.()
  }
}

async function trade(lane: number): Promise<void> {
  for (let n = 0; Date.now() < until_ms; n++) {
    const flow = pick(FLOWS)
    const reference = `${flow.name} ${lane}.${n}`.replaceAll(/[^\w.#]+/g, '-')
    const faultsAt = (network: string, change: unknown): void => void fetch(`${sandbox_url}/networks/${network}/faults`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(change) }).catch(() => undefined)
    const shop: Shop = { url, sandbox_url, hooks_url: receiver.url, told: receiver.requests, reference, faults: faultsAt, pass: () => undefined }
    const said = await flow.run(shop).then(() => 'ok', (error: unknown) => (error instanceof Error ? error.message : String(error)))
    done++
    const key = said === 'ok' ? 'ok' : `${flow.name}: ${said.replaceAll(/\b(cpi|pi|cgi|re|pui|rf)_\w+|[0-9a-f]{8}-[0-9a-f-]{27}|\d+\.\d+|https?:\S+/g, '…').slice(0, 240)}`
    outcomes.set(key, (outcomes.get(key) ?? 0) + 1)
  }
}

await Promise.all([destroy(), ...Array.from({ length: Number(values.crowd) }, (_, lane) => trade(lane))])
await fetch(`${sandbox_url}/networks/cards/faults`, { method: 'DELETE' }).catch(() => undefined)
console.log(`${done} flows in ${Math.round((Date.now() - began) / 1000)} s; killed: ${[...killed].map(([kind, times]) => `${kind} ${times}`).join(', ')}`)
for (const [said, times] of [...outcomes].toSorted(([, a], [, b]) => b - a)) console.log(`  ${times} × ${said}`)

const db = await openDatabase({ url: ourPostgres.url, connections_max: 2 })
let left: string[] = []
for (const deadline = Date.now() + SETTLE_MS_MAX; ; await delay(1_000)) {
  // Whose payer left in the middle waits until their time is over: the network says so too.
  const waiting = new Set((await bookAt(sandbox_url)).filter(({ status }) => status === 'action_required').map(({ key }) => `attempt ${key} `))
  left = (await unfinished(db)).filter((sentence) => !(sentence.endsWith('is action') && [...waiting].some((beginning) => sentence.startsWith(beginning))))
  if (left.length === 0 || Date.now() > deadline) break
}
const [counts] = await db.query<Record<string, bigint>>('SELECT (SELECT count(*) FROM payments) AS payments, (SELECT count(*) FROM attempts) AS attempts, (SELECT count(*) FROM refunds) AS refunds, (SELECT count(*) FROM deliveries) AS deliveries')
const codes = await Promise.all(servers.map((server) => server.stop()))
const problems = [...left, ...(await differences(db, await bookAt(sandbox_url))), ...(await faults(db)), ...(await untold(db, receiver.requests)), ...codes.filter((code) => code !== 0).map((code) => `a server ended with ${code}`), ...log.filter((line) => /ENDED BY ITSELF|"level":"fatal"/.test(line)).slice(0, 20)]
if (rotations.asked > 0) {
  await rotation.start()
  await rotation.stop()
}
console.log(Object.entries(counts ?? {}).map(([what, count]) => `${what} ${count}`).join(', '))
const warnings = new Map<string, number>()
for (const line of log) {
  const said = /"msg":"([^"]*)"/.exec(line)?.[1]
  if (said !== undefined) warnings.set(said, (warnings.get(said) ?? 0) + 1)
}
for (const [said, times] of warnings) console.log(`  log: ${times} × ${said}`)
console.log(problems.length === 0 ? 'the books agree, nothing is stuck, nobody is untold' : problems.join('\n'))
await db.close()
await sandbox.stop()
front.close()
await receiver.close()
if (values.keep && problems.length > 0) {
  console.log(`kept until Ctrl-C: ${ourPostgres.url} and ${bookPostgres.url}`)
  await once(process, 'SIGINT')
}
await bookPostgres.stop()
await ourPostgres.stop()
await rm(data, { recursive: true, force: true })
process.exit(problems.length === 0 ? 0 : 1)
