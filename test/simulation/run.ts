/** Runs one seeded world from its first request until the dust has settled, and says what was untrue. */
import { MANUAL } from '../../src/providers/manual.ts'
import { differences, faults, unfinished, bookOf } from '../crash/books.ts'
import { ownerOfAttempt } from '../../src/payments/store.ts'
import { belowFloor } from './merchants.ts'
import { createProcess } from './process.ts'
import { LIFE_MS, plan } from './history.ts'
import type { Stage, World } from './model.ts'
import { createWorld } from './world.ts'

/** How often a process looks after what is due. */
const ROUND_MS = 1_500
/** What is still open so long after the last command is stuck. */
const SETTLE_MS_MAX = 3 * 3_600_000
/** How often the resolver asks about what was given up as unresolved, and a moment. */
const DAY_MS = 86_400_000 + ROUND_MS

export interface Ran {
  readonly seed: number
  readonly problems: readonly string[]
  /** Everything that happened, in order: equal for equal seeds. */
  readonly lines: readonly string[]
  /** How many operations reached a network. */
  readonly operations: number
  /** What happened: the kinds of what was posted, and what has to be provoked. */
  readonly happened: readonly string[]
}

export async function runWorld(stage: Stage, seed: number, payments: number): Promise<Ran> {
  await stage.clear()
  const world = createWorld(stage, seed)
  const { time, random, weather } = world
  const end = new Date(time.now().getTime() + LIFE_MS)
  for (let number = 0; number < payments; number++) plan(world, number)
  keepRounds(world)
  for (let n = 0; n < 3; n++) storm(world, random.whole(0, LIFE_MS), random.whole(500, 15_000))
  const problems: string[] = []
  await time.runUntil(new Date(time.now().getTime() + LIFE_MS / 2), world.calm)
  // The books are in order at any moment, not only at the end.
  problems.push(...[...(await faults(stage.db)), ...(await belowFloor(stage.db))].map((fault) => `in the middle: ${fault}`))
  await time.runUntil(end, world.calm)
  weather.calm = true
  weather.away.clear()
  await settle(world)
  // What had been given up as unresolved is asked about once a day.
  await time.runUntil(new Date(time.now().getTime() + DAY_MS), world.calm)
  await settle(world)
  await confess(world)
  await settle(world)
  const book = (await Promise.all(world.sandboxes.map(({ book: kept }) => bookOf((question) => kept.list(question))))).flat()
  problems.push(...world.failures, ...(await unfinished(stage.db)), ...(await differences(stage.db, book)), ...(await faults(stage.db)), ...(await belowFloor(stage.db)), ...(await forgottenCards(stage.db)), ...(await undelivered(world)))
  for (const { sandbox } of world.sandboxes) sandbox.stop()
  return { seed, problems, lines: world.lines, operations: book.length, happened: await happenings(world) }
}

async function happenings({ db, lines }: World): Promise<string[]> {
  const rows = await db.query<{ what: string }>(
    `SELECT DISTINCT kind AS what FROM postings
     UNION SELECT 'less than was asked for' FROM attempts a JOIN payments p ON p.merchant_id = a.merchant_id AND p.id = a.payment_id WHERE a.state = 'approved' AND a.kind IN ('sale', 'payout') AND a.amount < p.payable
     UNION SELECT 'a lie that came out' FROM refunds r JOIN events e ON e.merchant_id = r.merchant_id AND e.refund_id = r.id AND e.type = 'refund.failed' WHERE r.state = 'succeeded'
     UNION SELECT 'a refund was sent again' FROM attempts WHERE kind = 'refund' GROUP BY merchant_id, refund_id HAVING count(*) > 1
     UNION SELECT 'a refund was paid twice' FROM refunds WHERE result->>'exceeded' IS NOT NULL
     UNION SELECT 'more went back than came in' FROM events WHERE type = 'refund.exceeded'
     UNION SELECT 'money came too late' FROM payments WHERE state IN ('failed', 'rejected', 'expired', 'canceled') AND captured > 0
     UNION SELECT 'time was over at a page' FROM payments p JOIN attempts a ON a.merchant_id = p.merchant_id AND a.payment_id = p.id WHERE p.state = 'expired' AND a.kind = 'sale' AND a.reason IN ('not_completed', 'authentication_timeout')`,
  )
  const said = { 'a sale by token': / pay by token → ok/, 'no funds': /→ no_funds/ }
  return [...rows.map(({ what }) => what), ...Object.entries(said).filter(([, line]) => lines.some((text) => line.test(text))).map(([what]) => what)]
}

/** A provider goes away for a while. */
function storm({ time, weather, providers, random }: World, at_ms: number, for_ms: number): void {
  const { name } = random.pick(providers)
  time.schedule(at_ms, () => weather.away.add(name))
  time.schedule(at_ms + for_ms, () => weather.away.delete(name))
}

function keepRounds(world: World): void {
  const again = (): void => {
    if (world.weather.calm) return
    for (const process of world.processes) process.round()
    world.time.schedule(ROUND_MS, again)
  }
  world.time.schedule(ROUND_MS, again)
}

/** Lets time pass until nothing is open any more: in leaps, from one thing that is due to the next. */
async function settle(world: World): Promise<void> {
  const { time, db } = world
  const deadline = time.now().getTime() + SETTLE_MS_MAX
  // Whoever is still starting again does so now.
  await time.runUntil(new Date(time.now().getTime() + 60_000), world.calm)
  world.processes.forEach((process, index) => {
    if (process.dead()) world.processes[index] = createProcess(world, `p${index}`)
  })
  for (;;) {
    for (const process of world.processes) process.round()
    await time.runUntil(new Date(time.now().getTime() + ROUND_MS), world.calm)
    if (world.processes.some((process) => process.busy())) continue
    await conclude(world)
    const [due] = await db.query<{ at: Date | null }>(
      `SELECT min(at) AS at FROM (SELECT min(inquire_at) AS at FROM attempts WHERE state IN ('sent', 'action', 'processing')
         UNION ALL SELECT min(expires_at) FROM payments WHERE finished_at IS NULL AND state IN ('created', 'pending')
         UNION ALL SELECT min(due_at) FROM refunds WHERE state IN ('pending', 'processing')
         UNION ALL SELECT min(greatest(due_at, leased_until)) FROM deliveries WHERE state = 'due') AS things`,
    )
    if (due === undefined || due.at === null || time.now().getTime() > deadline) return
    const next = Math.max(due.at.getTime(), time.now().getTime())
    await time.runUntil(new Date(next + 1), world.calm)
  }
}

/** The operator goes through what waits for a hand. */
async function conclude({ db, processes, random }: World): Promise<void> {
  const waiting = await db.query<{ merchant_id: string; refund_id: string }>(`SELECT merchant_id, refund_id FROM attempts WHERE provider = $1 AND state = 'processing' ORDER BY id`, [MANUAL])
  for (const { merchant_id, refund_id } of waiting) await processes[0]?.payments.concludeRefund(merchant_id, refund_id, random.chance(0.7))
}

/** Providers that have said no to what they did say yes, whoever asks: the first answer is the lie once more. */
async function confess({ db, lies, processes, time, calm }: World): Promise<void> {
  for (let twice = 0; twice < 2; twice++) {
    for (const key of lies) {
      const owner = await ownerOfAttempt(db, key)
      if (owner !== undefined) void processes[0]?.payments.settle(owner.merchant_id, owner.payment_id, key)
    }
    await time.runUntil(new Date(time.now().getTime() + 60_000), calm)
  }
}

/** A card is kept exactly when what brought it was approved. */
async function forgottenCards(db: World['db']): Promise<string[]> {
  const rows = await db.query<{ what: string }>(
    `SELECT a.payment_id || ': the card ' || a.instrument_id || ' of an attempt that is ' || a.state || ' is ' || CASE WHEN i.id IS NULL THEN 'gone' WHEN i.usable THEN 'usable' ELSE 'not usable' END AS what
     FROM attempts a LEFT JOIN instruments i ON i.merchant_id = a.merchant_id AND i.id = a.instrument_id
     WHERE a.instrument_id IS NOT NULL AND (a.state = 'approved') <> coalesce(i.usable, false) OR (a.state = 'declined' AND i.id IS NOT NULL)`,
  )
  return rows.map(({ what }) => what)
}

/** Every event that somebody wants to know has been told. */
async function undelivered({ db, received }: World): Promise<string[]> {
  const rows = await db.query<{ id: string }>('SELECT event_id AS id FROM deliveries')
  return rows.filter(({ id }) => !received.has(id)).map(({ id }) => `event ${id} was never told`)
}
