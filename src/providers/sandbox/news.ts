/**
 * How a network tells late news: "something changed under this key, inquire". It may be told twice or in another order when the
 * faults say so; whoever listens must not mind.
 */
import type { Clock } from '../../core/clock.ts'
import type { Faults } from './faults.ts'

/** Runs `task` after so many milliseconds; the answer cancels it. A simulation passes one that follows its own clock. */
export type Schedule = (delay_ms: number, task: () => void) => () => void

export interface News {
  listen(listener: (key: string) => void): () => void
  tell(key: string): void
  /** Runs `task` at that time, or now when it is past. */
  at(time: Date, task: () => void): void
  /** Cancels everything that is planned. */
  stop(): void
}

/** How long a piece of news waits for a second one that could overtake it, in milliseconds. */
const REORDER_WINDOW_MS = 1000
/** The longest delay that a timer of the runtime can take. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** The runtime's timers; they do not keep the process alive. */
export const realSchedule: Schedule = (delay_ms, task) => {
  const timer = setTimeout(task, Math.min(delay_ms, TIMER_MS_MAX)).unref()
  return () => clearTimeout(timer)
}

export function createNews({ clock, faults, schedule = realSchedule }: { clock: Clock; faults: Faults; schedule?: Schedule }): News {
  const listeners = new Set<(key: string) => void>()
  const planned = new Set<() => void>()
  let held: string[] = []

  const plan = (delay_ms: number, task: () => void): void => {
    const cancel = schedule(delay_ms, () => {
      planned.delete(cancel)
      task()
    })
    planned.add(cancel)
  }
  const deliver = (key: string): void => {
    for (let i = 0; i <= faults.current().duplicate_news; i++) for (const listener of listeners) listener(key)
  }
  const release = (): void => {
    const keys = held.toReversed()
    held = []
    keys.forEach(deliver)
  }
  return {
    listen: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    tell: (key) => {
      if (!faults.current().reorder_news) return deliver(key)
      held.push(key)
      if (held.length > 1) release()
      else plan(REORDER_WINDOW_MS, release)
    },
    at: (time, task) => plan(Math.max(0, time.getTime() - clock.now().getTime()), task),
    stop: () => {
      for (const cancel of planned) cancel()
      planned.clear()
    },
  }
}
