import type { Clock } from '../../src/core/clock.ts'

/** Time that passes only when nothing else can happen: timers fire in order of their moments, whatever the real clock says. */
export interface VirtualTime extends Clock {
  sleep(ms: number): Promise<void>
  /** Runs `task` after so long; the answer cancels it. */
  schedule(ms: number, task: () => void): () => void
  /** Fires everything up to that moment; `calm` is awaited between moments. */
  runUntil(moment: Date, calm: () => Promise<void>): Promise<void>
  /** When the next timer fires. */
  next(): Date | undefined
}

interface Timer {
  readonly at: number
  readonly order: number
  readonly task: () => void
}

const START = Date.UTC(2030, 0, 1)

export function createTime(): VirtualTime {
  let now = START
  let order = 0
  let timers: Timer[] = []

  const schedule = (ms: number, task: () => void): (() => void) => {
    const timer: Timer = { at: now + Math.max(0, Math.ceil(ms)), order: order++, task }
    // Kept sorted: there are few of them.
    const place = timers.findLastIndex((other) => other.at <= timer.at) + 1
    timers.splice(place, 0, timer)
    return () => {
      timers = timers.filter((other) => other !== timer)
    }
  }

  return {
    now: () => new Date(now),
    schedule,
    sleep: (ms) => new Promise((resolve) => void schedule(ms, resolve)),
    runUntil: async (moment, calm) => {
      await calm()
      for (let timer = timers[0]; timer !== undefined && timer.at <= moment.getTime(); timer = timers[0]) {
        now = Math.max(now, timer.at)
        timers.shift()
        timer.task()
        await calm()
      }
      now = Math.max(now, moment.getTime())
    },
    next: () => (timers[0] === undefined ? undefined : new Date(timers[0].at)),
  }
}
