/** Builds simulated worlds, one after the other on the same stage. */
import { randomBytes } from 'node:crypto'
import type { Db } from '../../src/db/db.ts'
import { createMemoryBook } from '../../src/providers/sandbox/book.ts'
import { createSandbox } from '../../src/providers/sandbox/sandbox.ts'
import { insertMerchant } from '../../src/merchants/store.ts'
import { openVault } from '../../src/vault/open.ts'
import type { Notifier } from '../../src/webhooks/notifier.ts'
import { createTestDatabase } from '../support/database.ts'
import { behindNetwork, lying, stingy, type Weather } from './network.ts'
import { MERCHANTS } from './merchants.ts'
import type { Stage, World } from './model.ts'
import { createProcess } from './process.ts'
import { createIds, createRandom } from './random.ts'
import { createTime } from './time.ts'

export async function openStage(): Promise<Stage> {
  const { db, close } = await createTestDatabase()
  const vault = await openVault({ db, env: { TENDER_MASTER_KEY: randomBytes(32).toString('base64') }, folder: '/nonexistent' })
  if (!vault.ok) throw new Error(vault.error)
  for (const [index, id] of MERCHANTS.entries()) await insertMerchant(db, { id, number: index + 1, name: id, settings: {}, demo: true, created_at: new Date() })
  return {
    db, vault: vault.value.vault,
    clear: () => db.transaction(async (tx) => {
      // Postings are append-only; only the stage may be swept.
      await tx.query(`SET LOCAL session_replication_role = 'replica'`)
      await tx.query('TRUNCATE withdrawals, payments, attempts, refunds, postings, balances, events, deliveries, delivery_tries, claims, instruments, sessions CASCADE')
    }),
    close: async () => {
      vault.value.close()
      await close()
    },
  }
}

/** Turns of the event loop without anything to do after which nothing is to be expected. */
const CALM_TURNS = 4

const notifier: Notifier = {
  api: 'sim', endpointEvent: () => undefined,
  // Every fourth payment's merchant wants to be told: enough to see that nobody is forgotten.
  receivers: (_event, payment) => (Number(payment.id.slice(4)) % 4 === 0 ? ['http://shop.test/hook'] : []),
  render: ({ event }) => Promise.resolve({ headers: {}, body: event.id }),
  accepted: (status) => status === 200, retryDelay_ms: (tries, random) => Math.round(1_000 * tries * (1 + random)), timeouts: { connect_ms: 1_000, read_ms: 1_000, total_ms: 1_000 },
}

export function createWorld(stage: Stage, seed: number): World {
  const random = createRandom(seed)
  const ids = createIds(createRandom(seed ^ 0x5eed))
  const time = createTime()
  const weather: Weather = { calm: false, away: new Set() }
  let flying = 0
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    flying++
    try {
      return await work()
    } finally {
      flying--
    }
  }
  const db: Db = { ...stage.db, query: (text, params, options) => counted(() => stage.db.query(text, params, options)), transaction: (work) => counted(() => stage.db.transaction(work)) }
  const sandboxes = [1, 2].map(() => {
    const book = createMemoryBook()
    return { book, sandbox: createSandbox({ book, clock: time, ids, base_url: 'http://sandbox.test', schedule: time.schedule, sleep: (ms) => time.sleep(ms) }) }
  })
  const [main, backup] = sandboxes.map(({ sandbox }) => sandbox)
  if (main === undefined || backup === undefined) throw new Error('two sandboxes were made')
  const world: World = {
    seed, random, ids, time, weather, db, vault: stage.vault, notifiers: new Map([['sim', notifier], ['strict', { ...notifier, api: 'strict' }]]), sandboxes, processes: [], lies: new Set(), tokens: [], received: new Set(), lines: [], failures: [],
    // A second acquirer takes what the first one cannot do for technical reasons.
    providers: [main.cards, { ...backup.cards, name: 'backup-cards' }, main.apms, main.banks].map((provider) => behindNetwork(lying(stingy(provider), { random, weather }, (key) => doubt(world, key)), { random, time, weather })),
    trace: (line) => void world.lines.push(`${time.now().toISOString().slice(14, 23)} ${line}`),
    fail: (what) => {
      world.trace(`FAILED: ${what}`)
      world.failures.push(what)
    },
    died: (name) => {
      time.schedule(random.whole(100, 5_000), () => {
        world.trace(`${name} starts again`)
        const process = createProcess(world, name)
        world.processes[Number(name.slice(1))] = process
        void process.start()
      })
    },
    calm: async () => {
      for (let turns = 0; turns < CALM_TURNS; turns++) {
        await new Promise(setImmediate)
        if (flying > 0) turns = -1
      }
    },
  }
  for (const index of [0, 1]) world.processes.push(createProcess(world, `p${index}`))
  for (const { sandbox } of sandboxes) for (const network of sandbox.networks) network.onNews((key) => tell(world, key))
  return world
}

/** A lie comes out: sooner or later somebody asks about that attempt, by its key. */
function doubt(world: World, key: string): void {
  world.lies.add(key)
  tell(world, key)
  world.time.schedule(world.random.whole(2_000, 30_000), () => tell(world, key))
}

/** News reaches whoever lives: now or later, once or twice, in any order; or nobody. */
function tell({ random, time, trace, processes }: World, key: string): void {
  for (let times = random.pick([0, 1, 1, 1, 2, 2]); times > 0; times--) {
    time.schedule(random.whole(1, 4_000), () => {
      const process = processes[random.whole(0, processes.length - 1)]
      if (process === undefined || process.dead()) return trace(`nobody hears the news of ${key}`)
      trace(`news of ${key}`)
      void process.hear(key)
    })
  }
}
