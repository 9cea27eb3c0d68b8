/** Runs flows on a few lanes: every case is killed at its label, started again, and must come to a truthful end. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { differences, faults, unfinished, untold } from './books.ts'
import type { Flow, Shop } from './flow.ts'
import { openLane, type Lane, type Life } from './lane.ts'

/** How long it may take after a restart until nothing is left to do. */
const SETTLE_MS_MAX = 30_000
/** How long the flow may take to come to its label. */
const REACH_MS_MAX = 40_000

/** How long after the end of a flow the server may still come to its label. */
const LINGER_MS = 3_000

let count = 0

/**
 * Defines a test for every label of every flow; `lanes` of them run at a time. A lane is used for many cases, one after the other, and
 * its server is the one that was started after the last kill. At the end each lane's books are compared and proven. `inside`: the networks
 * run in the server and are killed with it.
 */
export function crashTests(flows: readonly Flow[], { lanes = 2, inside = false }: { lanes?: number; inside?: boolean } = {}): void {
  const pool = lanePool(lanes, () => openLane({ inside }))
  afterAll(pool.close, 60_000)
  for (const flow of flows) {
    describe.concurrent(`${flow.name}`, () => {
      it.each(flow.labels)('killed at %s', async (label) => {
        const problem = await pool.use((seat) => survive(seat, flow, label))
        expect(problem).toBeUndefined()
      }, 300_000)
    })
  }
  it('leaves books that agree with the networks, nothing stuck, and nobody untold', async () => {
    const problems = await Promise.all(pool.all().map((seat) => settled(seat)))
    expect(problems.flat()).toEqual([])
  }, 120_000)
}

/** A lane and the server that runs on it now. */
interface Seat {
  readonly lane: Lane
  life: Life | undefined
  /** For which flows its database is ready. */
  readonly prepared: Set<string>
}

/** One case. Answers what went wrong. */
async function survive(seat: Seat, flow: Flow, label: string): Promise<string | undefined> {
  const { lane } = seat
  const shop = shopOf(lane, `${flow.name} ${label} ${++count}`)
  if (flow.prepare !== undefined && !seat.prepared.has(flow.name)) {
    // The first start makes the merchant.
    await (seat.life ?? (await lane.start())).stop()
    seat.life = undefined
    await lane.look(flow.prepare)
    seat.prepared.add(flow.name)
  }
  const doomed = (seat.life ??= await lane.start())
  seat.life = undefined
  try {
    await doomed.arm(label)
    const outcome = flow.run(shop).then(() => undefined, (error: unknown) => (error instanceof Error ? error : new Error(JSON.stringify(error))))
    // A receiver may know of a delivery before the server comes to its next step.
    const ended = outcome.then(async (error) => delay(LINGER_MS, error === undefined ? 'the flow ended' : error.message))
    const death = await Promise.race([doomed.gone, ended, delay(REACH_MS_MAX, 'too late')])
    if (death !== 'SIGKILL') {
      await doomed.kill()
      return `the server was not killed at ${label}: ${death}`
    }
    seat.life = await lane.start()
    const error = await outcome
    return error === undefined ? undefined : `${error.stack ?? error.message}\n${lane.log()}`
  } finally {
    for (const network of lane.sandbox.sandbox.networks) network.faults.clear()
    lane.ahead(0)
  }
}

/** What is wrong once nothing is left to do. Where something is left, a server gets the time to do it; then it is asked to stop. */
async function settled(seat: Seat): Promise<string[]> {
  const { lane } = seat
  for (const deadline = Date.now() + SETTLE_MS_MAX; ; await delay(3_000)) {
    const stopped = await seat.life?.stop()
    const left = await lane.look(unfinished)
    if (left.length === 0 || Date.now() > deadline) {
      const book = await lane.book()
      return lane.look(async (db) => {
        const found = [...left, ...(await differences(db, book)), ...(await faults(db)), ...(await untold(db, lane.receiver.requests))]
        const names = await db.query<{ id: string; reference: string | null }>('SELECT id, reference FROM payments')
        const explained = found.map((sentence) => names.reduce((text, { id, reference }) => (reference === null ? text : text.replaceAll(id, `${id} (${reference})`)), sentence))
        return stopped === undefined || stopped === '0' ? explained : [`asked to stop, the server ended with ${stopped}`, ...explained]
      })
    }
    seat.life = await lane.start()
  }
}

function shopOf(lane: Lane, reference: string): Shop {
  return {
    url: lane.url, sandbox_url: lane.sandbox.url, hooks_url: lane.receiver.url, told: lane.receiver.requests, reference: reference.replaceAll(/[^\w.#]+/g, '-'),
    faults: (network, change) => void lane.sandbox.sandbox[network].faults.set(change),
    pass: lane.ahead,
  }
}

/** Lanes are opened when they are first needed, and one case at a time has one for itself. */
function lanePool(size: number, open: () => Promise<Lane>): { use<T>(work: (seat: Seat) => Promise<T>): Promise<T>; all(): readonly Seat[]; close(): Promise<void> } {
  const free: Seat[] = []
  const all: Seat[] = []
  const waiting: Array<() => void> = []
  let opened = 0
  const take = async (): Promise<Seat> => {
    for (;;) {
      const seat = free.pop()
      if (seat !== undefined) return seat
      if (opened < size) {
        opened++
        const made: Seat = { lane: await open(), life: undefined, prepared: new Set() }
        all.push(made)
        return made
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  return {
    all: () => all,
    use: async (work) => {
      const seat = await take()
      try {
        return await work(seat)
      } finally {
        free.push(seat)
        waiting.shift()?.()
      }
    },
    close: async () => void (await Promise.all(all.map(({ lane }) => lane.close()))),
  }
}
