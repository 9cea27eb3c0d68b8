/**
 * How the process is: for load balancers and for whoever watches.
 *
 *     GET /health    it runs, and answers: nothing else is asked
 *     GET /ready     it can take payments: the database answers with all migrations, and the vault opens what it seals
 *     GET /metrics   Prometheus' text: with the token when there is one, else only for direct calls from this machine
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Db } from '../../db/db.ts'
import { pendingMigrations } from '../../db/migrate.ts'
import type { Vault } from '../../vault/seal.ts'
import type { Metrics } from './metrics.ts'

export interface HealthParts {
  readonly db: Db
  readonly vault: Vault
  readonly metrics: Metrics
  readonly metrics_token: string | undefined
  /** Names this process: who reads the address of a server in a file can tell whether it is still this one. */
  readonly instance: string
}

/** A database that needs longer is not ready. */
const READY_MS_MAX = 2_000

export function healthRoutes(server: FastifyInstance, parts: HealthParts): void {
  server.get('/health', (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok', instance: parts.instance }))

  server.get('/ready', async (_request, reply) => {
    const checks = { database: await databaseProblem(parts.db), vault: vaultProblem(parts.vault) }
    const ready = Object.values(checks).every((problem) => problem === undefined)
    const shown = Object.fromEntries(Object.entries(checks).map(([name, problem]) => [name, problem ?? 'ok']))
    return reply.code(ready ? 200 : 503).header('cache-control', 'no-store').send({ status: ready ? 'ready' : 'not ready', checks: shown })
  })

  server.get('/metrics', async (request, reply) => {
    if (!mayRead(request, parts.metrics_token)) return reply.code(403).send({ error: 'Metrics are for direct calls from this machine, or with the token of TENDER_METRICS_TOKEN.' })
    return reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(await parts.metrics.render())
  })
}

/** What is wrong, in words that give nothing away: the log has the rest. */
async function databaseProblem(db: Db): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${READY_MS_MAX} ms`), READY_MS_MAX)
  })
  const asked = pendingMigrations(db).then((pending) => (pending.length === 0 ? undefined : `${pending.length} migrations are missing`), () => 'not reachable')
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}

function vaultProblem(vault: Vault): string | undefined {
  const probe = Buffer.from('ready?')
  const opened = vault.unseal(vault.seal(probe, 'health:probe'), 'health:probe')
  return opened.ok && probe.equals(opened.value) ? undefined : 'does not open what it seals'
}

/** A proxy on this machine calls from this machine too, but says for whom. */
function mayRead(request: FastifyRequest, token: string | undefined): boolean {
  if (token !== undefined) return isSame(request.headers.authorization ?? '', `Bearer ${token}`)
  const forwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => request.headers[name] !== undefined)
  return !forwarded && isLoopback(request.socket.remoteAddress ?? '')
}

const isLoopback = (address: string): boolean => address === '::1' || (isIP(address.replace(/^::ffff:/, '')) === 4 && address.replace(/^::ffff:/, '').startsWith('127.'))

/** Compares digests: of equal length, so that the time tells nothing of the token. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
