/** Runs one seeded world from its first request until the dust has settled, and says what was untrue. */
import { MANUAL } from '../../src/providers/manual.ts'
import { differences, faults, unfinished, bookOf } from '../crash/books.ts'
import { createProcess } from './process.ts'
import { LIFE_MS, plan } from './history.ts'
import type { Stage, World } from './model.ts'
import { createWorld } from './world.ts'

/** How often a process looks after what is due. */
const ROUND_MS = 1_500
/** What is still open so long after the last command is stuck. */
const SETTLE_MS_MAX = 3 * 3_600_000

export interface Ran {
  readonly seed: number
  readonly problems: readonly string[]
  /** Everything that happened, in order: equal for equal seeds. */
  readonly lines: readonly string[]
  /** How many operations reached a network. */
  readonly operations: number
  /** What was posted, by kind. */
  readonly posted: readonly string[]
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
  problems.push(...(await faults(stage.db)).map((fault) => `in the middle: ${fault}`))
  await time.runUntil(end, world.calm)
  weather.calm = true
  weather.away.clear()
  await settle(world)
  const book = (await Promise.all(world.sandboxes.map(({ book: kept }) => bookOf((question) => kept.list(question))))).flat()
  problems.push(...world.failures, ...(await unfinished(stage.db)), ...(await differences(stage.db, book)), ...(await faults(stage.db)), ...(await undelivered(world)))
  for (const { sandbox } of world.sandboxes) sandbox.stop()
  const posted = (await stage.db.query<{ kind: string }>('SELECT DISTINCT kind FROM postings ORDER BY kind')).map(({ kind }) => kind)
  return { seed, problems, lines: world.lines, operations: book.length, posted }
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
         UNION ALL SELECT min(due_at) FROM refunds WHERE state = 'pending'
         UNION ALL SELECT min(greatest(due_at, leased_until)) FROM deliveries WHERE state = 'due') AS things`,
    )
    if (due === undefined || due.at === null || time.now().getTime() > deadline) return
    const next = Math.max(due.at.getTime(), time.now().getTime())
    await time.runUntil(new Date(next + 1), world.calm)
  }
}

/** The operator goes through what waits for a hand. */
async function conclude({ db, processes, random }: World): Promise<void> {
  const waiting = await db.query<{ refund_id: string }>(`SELECT refund_id FROM attempts WHERE provider = $1 AND state = 'processing' ORDER BY id`, [MANUAL])
  for (const { refund_id } of waiting) await processes[0]?.payments.concludeRefund('m1', refund_id, random.chance(0.7))
}

/** Every event that somebody wants to know has been told. */
async function undelivered({ db, received }: World): Promise<string[]> {
  const rows = await db.query<{ id: string }>('SELECT event_id AS id FROM deliveries')
  return rows.filter(({ id }) => !received.has(id)).map(({ id }) => `event ${id} was never told`)
}
