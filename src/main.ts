/** The only place that knows everybody: builds the parts of a process from its settings, starts and stops them. */
import { readFileSync, rmSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { systemClock, type Clock } from './core/clock.ts'
import { randomIds } from './core/ids.ts'
import type { Logger } from './core/log.ts'
import type { Config } from './config.ts'
import { createCommitter } from './db/commit.ts'
import type { Db } from './db/db.ts'
import { createUpkeep, type Upkeep } from './db/upkeep.ts'
import { sweepClaims } from './idempotency/store.ts'
import { sweepInstruments } from './instruments/store.ts'
import { rollUpBalances } from './ledger/store.ts'
import { createMerchants, type Merchants } from './merchants/service.ts'
import type { Merchant } from './merchants/store.ts'
import type { ApiPolicy } from './payments/decisions/policy.ts'
import type { PaymentDeps } from './payments/deps.ts'
import type { Payments } from './payments/commands.ts'
import { createResolver } from './payments/resolver.ts'
import { createPayments } from './payments/service.ts'
import { findView, ownerOfAttempt } from './payments/store.ts'
import { createManual } from './providers/manual.ts'
import { createRouting } from './providers/routing.ts'
import { openLocalNetworks, openRemoteNetworks } from './providers/sandbox/networks.ts'
import { sandboxRoutes } from './providers/sandbox/routes.ts'
import { sweepSessions } from './sessions/store.ts'
import { createServer, type Unreadable } from './apis/common/server.ts'
import type { Api, ApiDeps } from './apis/common/deps.ts'
import { healthRoutes } from './apis/common/health.ts'
import { homeRoutes } from './apis/common/home.ts'
import { createMeasures } from './apis/common/measures.ts'
import type { Onboarding } from './apis/common/onboarding.ts'
import { createRateLimit } from './apis/common/rate-limit.ts'
import { begatewayOnboarding } from './apis/begateway/onboarding.ts'
import { begateway } from './apis/begateway/routes.ts'
import { corefyOnboarding } from './apis/corefy/onboarding.ts'
import { corefy } from './apis/corefy/routes.ts'
import { fintocOnboarding } from './apis/fintoc/onboarding.ts'
import { fintoc } from './apis/fintoc/routes.ts'
import type { Vault } from './vault/seal.ts'
import { createOutgoingGuard, type OutgoingGuard } from './webhooks/guard.ts'
import type { Notifier } from './webhooks/notifier.ts'
import { createDeliveryWorker } from './webhooks/worker.ts'

export interface Tender {
  readonly server: FastifyInstance
  readonly merchants: Merchants
  readonly payments: Payments
  /** Names this process (`GET /health`). */
  readonly instance: string
  /** Tells the delivery worker that there is something to deliver. */
  readonly deliveriesWaiting: () => void
  /** One round of the background work, for tests that run it by hand: what is due now. Returns how much that was. */
  readonly once: { deliver(): Promise<number>; resolve(): Promise<number> }
  /** The background work: deliveries, open attempts, expiries, roll-ups. */
  start(): Promise<void>
  /** Ends what is under way, then stops. */
  stop(): Promise<void>
}

export interface TenderParts {
  readonly config: Config
  readonly db: Db
  readonly vault: Vault
  readonly log: Logger
  /** The system's, unless a test moves the time. */
  readonly clock?: Clock
}

/** How often balances are rolled up and what is over is swept away. */
const HOUSEKEEPING_MS = 10_000

/** All APIs, by folder name and in the order in which a newcomer reads them: adding one is adding a line. */
export const APIS: Readonly<Record<string, { readonly open: (deps: ApiDeps) => Api; readonly onboarding: Onboarding }>> = {
  corefy: { open: corefy, onboarding: corefyOnboarding },
  fintoc: { open: fintoc, onboarding: fintocOnboarding },
  begateway: { open: begateway, onboarding: begatewayOnboarding },
}

export async function createTender({ config, db, vault, log, clock = systemClock }: TenderParts): Promise<Tender> {
  const ids = randomIds
  const checkpoint = createCheckpoint(config.crash_at)
  const warn = (what: string, facts: Readonly<Record<string, unknown>>): void => log.warn(facts, what)
  const merchants = createMerchants({ db, clock, vault, demo: config.demo })
  const measures = createMeasures(db, () => clock.now())
  const networks = config.sandbox_url === undefined
    ? await openLocalNetworks({ db, clock, ids, base_url: `${config.public_url}/sandbox` })
    : openRemoteNetworks({ base_url: config.sandbox_url, token: config.sandbox_token })
  const notifiers = new Map<string, Notifier>()
  const policies = new Map<string, ApiPolicy>()
  const deps: PaymentDeps = {
    db, clock, ids, vault, notifiers, policies, checkpoint, warn,
    committer: measures.committer(createCommitter(db, { observe: measures.group })),
    routing: createRouting([...networks.providers.map(measures.provider), createManual()], new Set(networks.providers.map(({ name }) => name))),
    deliveriesWaiting: () => worker.wake(),
    call_timeout_ms: config.provider_timeout_ms,
  }
  const payments = createPayments(deps)
  const { post, refusesReceiver } = createOutgoing(merchants, config)
  const worker = createDeliveryWorker({
    db, clock, notifiers, checkpoint, warn,
    random: Math.random,
    post,
    load: (merchant_id, payment_id) => findView(db, merchant_id, payment_id),
  })
  const resolver = createResolver(deps, payments)
  const unreadable = new Map<string, Unreadable>()
  const limit = createRateLimit(config.rate_limit, clock)
  const server = createServer({ log, hosts: config.hosts, trust_proxy: config.trust_proxy, unreadable })
  const instance = ids.hex(8)
  measures.server(server)
  healthRoutes(server, { db, vault, metrics: measures.metrics, metrics_token: config.metrics_token, instance })
  homeRoutes(server, { public_url: config.public_url, demo: config.demo, apis: Object.entries(APIS).map(([name, { onboarding }]) => ({ name, onboarding, base_url: baseUrlOf(config, name) })) })
  for (const [name, { open }] of Object.entries(APIS)) {
    const apiDeps: ApiDeps = { db, clock, ids, merchants, payments, vault, base_url: baseUrlOf(config, name), public_url: config.public_url, post, refusesReceiver, banks: networks.banks, deliveriesWaiting: () => worker.wake(), limit, checkpoint }
    const { plugin, notifier, policy, unreadable: answer } = open(apiDeps)
    if (answer !== undefined) unreadable.set(name, answer)
    notifiers.set(name, notifier)
    policies.set(name, policy)
    await server.register(plugin, { prefix: `/${name}` })
  }
  if (networks.pages !== undefined) await server.register(sandboxRoutes(networks.pages), { prefix: '/sandbox' })
  const stopNews = networks.providers.map((network) => network.onNews?.((key) => void hearNews(db, payments, key).catch((error: unknown) => warn('news of a provider could not be heard', { key, error: String(error) }))))
  const upkeep = createUpkeep(db)
  let housekeeping: NodeJS.Timeout | undefined
  let kept: Promise<void> = Promise.resolve()
  return {
    server, merchants, payments, instance, deliveriesWaiting: () => worker.wake(),
    once: { deliver: () => worker.runOnce(), resolve: () => resolver.runOnce() },
    start: async () => {
      await networks.start()
      worker.start()
      await resolver.start(config.resolve_every_ms)
      housekeeping = setInterval(() => {
        kept = kept.then(() => keepHouse(db, clock.now(), upkeep)).catch((error: unknown) => warn('housekeeping failed', { error: String(error) }))
      }, HOUSEKEEPING_MS)
    },
    stop: async () => {
      clearInterval(housekeeping)
      await server.close()
      await resolver.stop()
      for (const stop of stopNews) stop?.()
      networks.stop()
      await worker.stop()
      await deps.committer.drain()
      await kept
      measures.close()
    },
  }
}

/** Where an API is reached: at its own host's root, when it has one, else under its name. */
export function baseUrlOf(config: Pick<Config, 'hosts' | 'public_url'>, api: string): string {
  const host = Object.entries(config.hosts).find(([, name]) => name === api)?.[0]
  const { protocol, port } = new URL(config.public_url)
  return host === undefined ? `${config.public_url}/${api}` : `${protocol}//${host}${port === '' ? '' : `:${port}`}`
}

/** A provider says that something changed: it is asked, never believed. */
async function hearNews(db: Db, payments: Payments, key: string): Promise<void> {
  const owner = await ownerOfAttempt(db, key)
  if (owner !== undefined) await payments.settle(owner.merchant_id, owner.payment_id, key)
}

async function keepHouse(db: Db, now: Date, upkeep: Upkeep): Promise<void> {
  await rollUpBalances(db)
  await sweepSessions(db, now)
  await sweepClaims(db, now)
  await sweepInstruments(db, now)
  await upkeep.run()
}

/** Posts webhooks: receivers of live merchants must be on the public internet, those of demo merchants may be on this machine while there is a demo. */
function createOutgoing(merchants: Merchants, config: Config): Pick<ApiDeps, 'post' | 'refusesReceiver'> {
  const open: OutgoingGuard = createOutgoingGuard({ allow_private: true })
  const strict: OutgoingGuard = createOutgoingGuard({ allow_private: config.allow_private_receivers })
  const guardOf = (merchant: Pick<Merchant, 'demo'> | undefined): OutgoingGuard => (config.demo && merchant?.demo === true ? open : strict)
  return {
    post: async ({ merchant_id, answer_bytes_max = 1_024, ...request }) => {
      const posted = await guardOf(await merchants.byId(merchant_id)).postJson({ ...request, answer_bytes_max })
      return posted.ok ? { status: posted.value.status, answer: posted.value.answer, error: null } : { status: null, answer: null, error: `${posted.error.kind}: ${posted.error.message}` }
    },
    refusesReceiver: (merchant, url) => !guardOf(merchant).checkUrl(url).ok,
  }
}

/** For crash tests: `label` or `label#n` kills the process at that step (the n-th time). `@file`: SIGUSR2 arms it with the label in that file, which then goes. */
function createCheckpoint(crash_at: string | undefined): (label: string) => void {
  if (crash_at === undefined) return () => undefined
  let label: string | undefined
  let left = 1
  const arm = (text: string): void => {
    const [name, count = '1'] = text.trim().split('#')
    label = name
    left = Number(count)
  }
  if (crash_at.startsWith('@')) {
    process.on('SIGUSR2', () => {
      arm(readFileSync(crash_at.slice(1), 'utf8'))
      rmSync(crash_at.slice(1))
    })
  } else arm(crash_at)
  return (at) => {
    if (at === label && --left === 0) process.kill(process.pid, 'SIGKILL')
  }
}
