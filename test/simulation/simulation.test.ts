/**
 * The core in simulated worlds: virtual time, seeded chance, providers behind a bad network, processes that are killed at their
 * checkpoints and start again over the same database. Each world holds many payments, each with a history of its own.
 *
 *     npm test -- test/simulation                         as many worlds as fit into half a minute
 *     SIM_HISTORIES=5000 npm test -- test/simulation      so many histories
 *     SIM_FROM=70000 npm test -- test/simulation          other worlds
 *     SIM_SEED=1234 npm test -- test/simulation           one world, exactly as it was; prints everything that happened in it
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testEngine } from '../support/database.ts'
import { runWorld, type Ran } from './run.ts'
import type { Stage } from './model.ts'
import { openStage } from './world.ts'

const PAYMENTS = 100
const TIME_MS = 30_000
const LINES_MAX = 200
/** What happens in the first world, and in any few together. */
const HAPPENS = [
  'sale', 'settlement', 'hold', 'capture', 'release', 'refund', 'payout_reserved', 'payout', 'payout_returned', 'reserve', 'reserve_released',
  'less than was asked for', 'a sale by token', 'no funds', 'a lie that came out', 'a refund was sent again',
]

const told = ({ seed, problems, lines }: Ran): string => {
  const [payment] = problems.flatMap((problem) => /pay_\d+/.exec(problem) ?? [])
  const shown = payment === undefined ? lines : lines.filter((line) => new RegExp(`${payment}\\b|killed|starts`).test(line))
  return [`SIM_SEED=${seed} replays it:`, ...problems.slice(0, 20), '', ...shown.slice(-LINES_MAX)].join('\n')
}

describe.runIf(testEngine === 'pglite')('the simulation', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage.close())

  it('comes to a truthful end in every history', async () => {
    const only = process.env.SIM_SEED
    const wanted = Number(process.env.SIM_HISTORIES ?? 0)
    const started = Date.now()
    let worlds = 0
    let operations = 0
    // Worlds in which little happens would prove little.
    const missing = new Set(only === undefined ? HAPPENS : [])
    // Always the same seeds from the first on, so that two runs of one commit say the same; SIM_FROM looks elsewhere.
    for (let seed = Number(only ?? process.env.SIM_FROM ?? 1); ; seed++) {
      const ran = await runWorld(stage, seed, PAYMENTS)
      worlds++
      operations += ran.operations
      for (const what of ran.happened) missing.delete(what)
      if (only !== undefined) console.log(ran.lines.join('\n'))
      if (ran.problems.length > 0) throw new Error(told(ran))
      if (only !== undefined || (wanted > 0 ? worlds * PAYMENTS >= wanted : Date.now() - started > TIME_MS)) break
    }
    expect(operations).toBeGreaterThan(0)
    expect([...missing]).toEqual([])
    console.log(`simulation: ${worlds * PAYMENTS} histories in ${worlds} worlds, ${operations} operations at networks, no lie (${Math.round((Date.now() - started) / 1000)} s)`)
  }, 3_600_000)

  it('replays a seed exactly', async () => {
    const first = await runWorld(stage, 42, 20)
    const second = await runWorld(stage, 42, 20)
    expect(second.lines).toEqual(first.lines)
    expect(first.lines.length).toBeGreaterThan(100)
  }, 120_000)
})
