/** What the tests of the sandbox share: a clock that they move, ids that repeat, timers that follow the clock, and operations. */
import { createHash } from 'node:crypto'
import type { Clock } from '../../../core/clock.ts'
import type { Ids } from '../../../core/ids.ts'
import { money } from '../../../core/money.ts'
import type { CardData, Operation } from '../../contract.ts'
import type { Schedule } from '../news.ts'

export interface ManualClock extends Clock {
  /** Moves the time and runs what is due on the way. */
  pass(ms: number): Promise<void>
  readonly schedule: Schedule
}

/** Starts at noon of 2 November 2026, UTC. */
export function manualClock(): ManualClock {
  let now_ms = Date.UTC(2026, 10, 2, 12)
  let timers: { at_ms: number; task: () => void }[] = []
  return {
    now: () => new Date(now_ms),
    schedule: (delay_ms, task) => {
      const timer = { at_ms: now_ms + delay_ms, task }
      timers.push(timer)
      return () => void (timers = timers.filter((other) => other !== timer))
    },
    pass: async (ms) => {
      const end_ms = now_ms + ms
      for (;;) {
        const next = timers.filter(({ at_ms }) => at_ms <= end_ms).sort((a, b) => a.at_ms - b.at_ms)[0]
        if (!next) break
        now_ms = Math.max(now_ms, next.at_ms)
        timers = timers.filter((other) => other !== next)
        next.task()
        // What the task began goes on in promises; let it finish before time passes on.
        for (let i = 0; i < 20; i++) await Promise.resolve()
      }
      now_ms = end_ms
    },
  }
}

/** Ids that are the same in every run: hashes of a counter. */
export function countingIds(seed = ''): Ids {
  let count = 0
  const next = (): string => createHash('sha256').update(`${seed}:${count++}`).digest('hex')
  return {
    hex: (bytes) => next().slice(0, bytes * 2).padEnd(bytes * 2, '0'),
    uuid: () => next().replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5'),
    alphanumeric: (length) => next().slice(0, length).padEnd(length, 'x'),
  }
}

export const never = new AbortController().signal

export function card(number: string, change: Partial<CardData> = {}): CardData {
  return { type: 'card', number, exp_month: 12, exp_year: 2030, holder: 'ANN LEE', cvv: '123', ...change }
}

let keys = 0
/** A card sale of 10.00 USD under a new key; `change` says what is different. */
export function operation(change: Partial<Operation> = {}): Operation {
  return {
    key: `op_${++keys}`, kind: 'sale', mode: 'test', amount: money(1000n, 'USD'), method: 'card', parent_key: undefined,
    instrument: card('4242424242424242'), initiator: 'payer', authentication: 'auto', return_url: 'https://pay.example/return', recipient: undefined,
    description: 'Order 17', payer: {}, hints: {}, ...change,
  }
}
