/** Runs flows on a few lanes: every case is killed at its label, started again, and must come to a truthful end. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { bookAt, differences, faults, unfinished, untold } from './books.ts'
import type { Flow, Shop } from './flow.ts'
import { openLane, type Lane } from './lane.ts'

/** How long it may take after a restart until nothing is left to do. */
const SETTLE_MS_MAX = 30_000
/** How long the flow may take to come to its label. */
const REACH_MS_MAX = 40_000

let count = 0

/** Defines a test for every label of every flow. `lanes` of them run at a time. */
export function crashTests(flows: readonly Flow[], lanes = 2): void {
  const pool = lanePool(lanes)
  afterAll(pool.close, 60_000)
  for (const flow of flows) {
    describe.concurrent(flow.name, () => {
      it.each(flow.labels)('killed at %s', async (label) => {
        const problem = await pool.use((lane) => survive(lane, flow, label))
        expect(problem).toBeUndefined()
      }, 300_000)
    })
  }
}

/** One case. Answers what went wrong. */
async function survive(lane: Lane, flow: Flow, label: string): Promise<string | undefined> {
  const shop = shopOf(lane, `${flow.name} ${label} ${++count}`)
  try {
    const doomed = await lane.start(label)
    const outcome = flow.run(shop).then(() => undefined, (error: unknown) => error ?? new Error('thrown nothing'))
    const death = await Promise.race([doomed.gone, outcome.then((error) => (error === undefined ? 'the flow ended' : String(error))), delay(REACH_MS_MAX, 'too late')])
    if (death !== 'SIGKILL') {
      await doomed.kill()
      return `the server was not killed at ${label}: ${death}`
    }
    const next = await lane.start()
    const error = await outcome
    await next.kill()
    if (error !== undefined) return `${error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)}\n${lane.log()}`
    const problems = await settled(lane)
    return problems.length === 0 ? undefined : `${problems.join('\n')}\n${lane.log()}`
  } finally {
    for (const network of lane.sandbox.sandbox.networks) network.faults.clear()
  }
}

/** What is wrong once nothing is left to do. Where something is left, a server gets the time to do it. */
async function settled(lane: Lane): Promise<string[]> {
  for (const deadline = Date.now() + SETTLE_MS_MAX; ; ) {
    const left = await lane.look(unfinished)
    if (left.length === 0 || Date.now() > deadline) {
      const book = await bookAt(lane.sandbox.url)
      return lane.look(async (db) => [...left, ...(await differences(db, book)), ...(await faults(db)), ...(await untold(db, lane.receiver.requests))])
    }
    const life = await lane.start()
    await delay(3_000)
    await life.kill()
  }
}

function shopOf(lane: Lane, reference: string): Shop {
  return {
    url: lane.url, sandbox_url: lane.sandbox.url, hooks_url: lane.receiver.url, told: lane.receiver.requests, reference: reference.replaceAll(/[^\w.#]+/g, '-'),
    faults: (network, change) => void lane.sandbox.sandbox[network].faults.set(change),
  }
}

/** Lanes are opened when they are first needed, and one case at a time has one for itself. */
function lanePool(size: number): { use<T>(work: (lane: Lane) => Promise<T>): Promise<T>; close(): Promise<void> } {
  const free: Lane[] = []
  const all: Lane[] = []
  const waiting: Array<() => void> = []
  let opened = 0
  const take = async (): Promise<Lane> => {
    for (;;) {
      const lane = free.pop()
      if (lane !== undefined) return lane
      if (opened < size) {
        opened++
        const made = await openLane()
        all.push(made)
        return made
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  return {
    use: async (work) => {
      const lane = await take()
      try {
        return await work(lane)
      } finally {
        free.push(lane)
        waiting.shift()?.()
      }
    },
    close: async () => void (await Promise.all(all.map((lane) => lane.close()))),
  }
}
