import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { systemClock } from '../core/clock.ts'
import { createLogger, type Logger, type LogLevel } from '../core/log.ts'
import { nameOf, readConfig, type Config } from '../config.ts'
import { APIS, baseUrlOf, createTender, type Tender } from '../main.ts'
import { warnOfSettings } from './account-settings.ts'
import { startControl, type Control } from './control.ts'
import { createDemo } from './demo.ts'
import { greeting } from './greeting.ts'
import { open, type Opened } from './open.ts'
import { Problem, reasonOf } from './problem.ts'
import { removeServerFile, writeServerFile } from './server-file.ts'

/** Runs the server until a signal stops it. What cannot start says so in one sentence (`Problem`) and leaves nothing behind. */
export async function start(wanted: Config): Promise<void> {
  const log = createLogger({ level: wanted.log_level as LogLevel })
  endOnSurprise(log)
  const asked = listenForSignals()
  checkHosts(wanted)
  const config = await withFreePort(wanted)
  const opened = await open(config)
  let tender: Tender | undefined
  let control: Control | undefined
  try {
    tender = await createTender({ config, db: opened.db, vault: opened.vault.vault, log })
    if (config.demo) await createDemo(opened.db, tender.merchants, systemClock.now())
    await tender.server.listen({ port: config.port, host: config.host }).catch((error: unknown) => {
      throw cannotListen(config, error)
    })
    control = config.database_url === undefined ? await openControl(config, opened, tender, log) : undefined
    announce(config, tender, control, log)
    await tender.start()
    await warnOfSettings(opened.db, log)
    process.stdout.write(greeting(config))
    await asked
    log.info('stopping: finishing what is under way')
  } finally {
    removeServerFile(config.data_folder, tender?.instance ?? '')
    await control?.close()
    await tender?.stop()
    await opened.close()
  }
}

/** Which APIs there are, the settings do not know by themselves. */
function checkHosts({ hosts }: Config): void {
  const unknown = Object.values(hosts).find((api) => !Object.hasOwn(APIS, api))
  if (unknown !== undefined) throw new Problem(`TENDER_HOSTS names "${unknown}"; the APIs are ${Object.keys(APIS).join(', ')}.`)
}

/** The port is looked at before anything else is opened: most starts that fail, fail here. With PORT=0 this is where it is chosen. */
async function withFreePort(config: Config): Promise<Config> {
  const probe = createServer().listen({ port: config.port, host: config.host })
  try {
    await once(probe, 'listening')
  } catch (error) {
    throw cannotListen(config, error)
  }
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  if (config.port !== 0) return config
  const again = readConfig({ ...process.env, PORT: String(port) })
  return again.ok ? again.value : { ...config, port }
}

function cannotListen({ port, host }: Config, error: unknown): Problem {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return new Problem(`Port ${port} is in use: stop what uses it, or set PORT to another one.`)
  if (code === 'EACCES') return new Problem(`Port ${port} may not be used by this user: set PORT to one above 1023.`)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return new Problem(`HOST is ${host}, and this machine has no such address.`)
  return new Problem(`Cannot listen on ${host}:${port}: ${reasonOf(error)}.`)
}

function openControl(config: Config, { db, vault }: Opened, { merchants, payments, deliveriesWaiting }: Tender, log: Logger): Promise<Control> {
  return startControl(
    (say) => ({ db, vault, merchants, payments: async () => payments, now: systemClock.now(), baseUrl: (api) => baseUrlOf(config, api), deliveriesWaiting, say }),
    (error) => log.error({ err: error }, 'a command failed'),
  )
}

/** For the commands. A server on PostgreSQL can do without the file: its folder may not be writable. */
function announce(config: Config, { instance }: Tender, control: Control | undefined, log: Logger): void {
  const { port, host, public_url, hosts, data_folder } = config
  const local_url = `http://${nameOf(host) === 'localhost' ? (host === '::1' ? '[::1]' : '127.0.0.1') : nameOf(host)}:${port}`
  try {
    writeServerFile(data_folder, { pid: process.pid, instance, local_url, public_url, hosts, control: control === undefined ? null : { url: control.url, token: control.token } })
  } catch (error) {
    log.warn({ error: reasonOf(error) }, 'the address of this server could not be written into the data folder')
  }
}

/** Signals that come so soon after the first one are the same: a terminal sends Ctrl-C to all of its processes, and npm passes it on. */
const ECHO_MS = 500

/** Resolves at the first SIGINT or SIGTERM, also one that comes during the start; a second one ends the process at once. */
function listenForSignals(): Promise<void> {
  return new Promise((resolve) => {
    let asked_ms: number | undefined
    const stop = (signal: NodeJS.Signals): void => {
      if (asked_ms !== undefined && performance.now() - asked_ms > ECHO_MS) process.exit(signal === 'SIGINT' ? 130 : 143)
      asked_ms ??= performance.now()
      resolve()
    }
    process.on('SIGINT', stop).on('SIGTERM', stop)
  })
}

/** What nobody caught leaves the process in a state that nobody knows. It ends; what was under way is found and finished by the next start. */
function endOnSurprise(log: Logger): void {
  const end = (err: unknown): void => {
    log.fatal({ err: err instanceof Error ? err : new Error(String(err)) }, 'this should not happen: the process ends')
    process.exit(1)
  }
  process.on('uncaughtException', end).on('unhandledRejection', end)
}
