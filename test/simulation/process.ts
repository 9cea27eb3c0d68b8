import { after } from '../../src/core/clock.ts'
import { createCommitter } from '../../src/db/commit.ts'
import type { Db } from '../../src/db/db.ts'
import { rollUpBalances } from '../../src/ledger/store.ts'
import type { PaymentDeps } from '../../src/payments/deps.ts'
import { createResolver } from '../../src/payments/resolver.ts'
import { createPayments } from '../../src/payments/service.ts'
import { hurryInquiries } from '../../src/payments/due.ts'
import { findView, ownerOfAttempt } from '../../src/payments/store.ts'
import { createManual } from '../../src/providers/manual.ts'
import { createRouting } from '../../src/providers/routing.ts'
import type { Provider } from '../../src/providers/contract.ts'
import { createDeliveryWorker, type Answer } from '../../src/webhooks/worker.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './time.ts'
import type { Process, World } from './model.ts'

class Killed extends Error {}

/** The database did what was asked, or did not: the connection broke before the answer came. */
export class ConnectionLost extends Error {}

const forever = (): Promise<never> => new Promise(() => undefined)

/** How often a process dies at a checkpoint. */
const DEATH = 0.01
/** How often the connection to the database breaks before a commit, and after it. */
const LOST = 0.004

export function createProcess(world: World, name: string): Process {
  const { random, time, weather, trace } = world
  let dead = false
  // What a dead process waits for never comes: but what it has sent to the database is done.
  const alive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (dead) return forever()
    try {
      const value = await work()
      return dead ? await forever() : value
    } catch (error) {
      if (dead) return forever()
      throw error
    }
  }
  const db: Db = { ...world.db, query: (text, params, options) => alive(() => world.db.query(text, params, options)), transaction: (work) => alive(() => world.db.transaction(work)) }
  const checkpoint = (label: string): void => {
    if (dead) throw new Killed()
    if (weather.calm || !random.chance(DEATH)) return
    dead = true
    trace(`${name} is killed at ${label}`)
    world.died(name)
    throw new Killed()
  }
  const deps: PaymentDeps = {
    db, clock: time, ids: world.ids, vault: world.vault, notifiers: world.notifiers, checkpoint, schedule: time.schedule, call_timeout_ms: 5_000,
    // One of the two APIs gives up early on what nobody knows, tells a merchant once how a payment ended, and sends a declined refund again.
    policies: new Map([['strict', { final_endings: true, patience_ms: 30_000, retryRefund: ({ tries }, now) => (tries < 3 ? after(now, 5_000) : undefined) }]]),
    committer: slowly(createCommitter(db), random, time, world),
    routing: createRouting([...world.providers.map((provider) => mortal(provider, alive)), byHand()], new Set(world.providers.map((provider) => provider.name))),
    deliveriesWaiting: () => undefined,
    warn: (what, facts) => {
      if (!dead) trace(`${name} warns: ${what} ${JSON.stringify(facts)}`)
    },
  }
  const payments = createPayments(deps)
  const resolver = createResolver(deps, payments)
  const post = async (): Promise<Answer> => {
    await time.sleep(random.whole(1, 400))
    if (weather.calm || random.chance(0.8)) return { status: 200, answer: null, error: null }
    return random.chance(0.5) ? { status: 500, answer: null, error: null } : { status: null, answer: null, error: 'refused' }
  }
  const worker = createDeliveryWorker({
    db, clock: time, random: random.next, notifiers: world.notifiers, checkpoint, warn: deps.warn, load: (merchant_id, payment_id) => findView(db, merchant_id, payment_id),
    post: ({ body }) => alive(post).then((answer) => {
      if (answer.status === 200) world.received.add(body)
      return answer
    }),
  })
  let rounds = 0
  const run = (work: () => Promise<unknown>): void => {
    rounds++
    void work().catch((error: unknown) => {
      if (!(error instanceof Killed || error instanceof ConnectionLost)) world.fail(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    }).finally(() => rounds--)
  }
  return {
    payments, dead: () => dead,
    hear: async (key) => run(async () => {
      const owner = await ownerOfAttempt(db, key)
      if (owner !== undefined) await payments.settle(owner.merchant_id, owner.payment_id, key)
    }),
    start: () => hurryInquiries(db, time.now()),
    busy: () => !dead && rounds > 0,
    round: () => {
      if (dead || rounds > 0) return
      run(() => resolver.runOnce())
      run(() => worker.runOnce())
      if (random.chance(0.2)) run(() => rollUpBalances(db))
    },
  }
}

/** The database takes its time, sometimes a lot of it: before a commit, or before its answer arrives. Now and then the answer gets lost. */
function slowly(committer: PaymentDeps['committer'], random: Random, time: VirtualTime, { weather }: World): PaymentDeps['committer'] {
  const wait = async (): Promise<void> => {
    if (!weather.calm && random.chance(0.25)) await time.sleep(random.chance(0.03) ? random.whole(1_000, 40_000) : random.whole(1, 300))
  }
  return {
    ...committer,
    commit: async (writes) => {
      await wait()
      if (!weather.calm && random.chance(LOST)) throw new ConnectionLost('before the commit')
      const result = await committer.commit(writes)
      await wait()
      if (!weather.calm && random.chance(LOST)) throw new ConnectionLost('after the commit')
      return result
    },
  }
}

/** The operator's hands, also for play money: a refund waits until somebody says that it has been paid back. */
function byHand(): Provider {
  const manual = createManual()
  return { ...manual, execute: (operation, signal) => manual.execute({ ...operation, mode: 'live' }, signal) }
}

/** A dead process hears no answers. */
function mortal(provider: Provider, alive: <T>(work: () => Promise<T>) => Promise<T>): Provider {
  return {
    ...provider,
    execute: (operation, signal) => alive(() => provider.execute(operation, signal)),
    inquire: (key, signal) => alive(() => provider.inquire(key, signal)),
    resume: (key, input, signal) => alive(() => provider.resume(key, input, signal)),
    abandon: (key, signal) => alive(() => provider.abandon(key, signal)),
  }
}
