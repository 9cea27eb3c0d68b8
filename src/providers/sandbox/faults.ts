/**
 * What can go wrong with a network, switchable while it runs. One set of switches per network; the control route of the
 * sandbox program sets them, and so does a single test payment through `hints.faults` (only `slow_ms`, `refuse` and
 * `timeout_after_work`, and only for that call).
 *
 * | switch               | effect                                                                                             |
 * |----------------------|----------------------------------------------------------------------------------------------------|
 * | `slow_ms`            | every call takes that many milliseconds more                                                       |
 * | `refuse`             | execute, resume, abandon, sign-in fail before any work                                             |
 * | `timeout_after_work` | they do their work, and then the call fails                                                        |
 * | `away`               | every call fails before any work, inquiries too, until it is switched off                          |
 * | `duplicate_news`     | every piece of late news is told that many times more                                              |
 * | `reorder_news`       | news is held back until two pieces wait (or a second has passed), and then told in reverse order   |
 *
 * `refuse` and `timeout_after_work` take `true` (until switched off) or a number (the next so many calls).
 */
import { setTimeout as delay } from 'node:timers/promises'
import { ProviderUnreachable } from '../contract.ts'

export interface FaultSettings {
  readonly slow_ms: number
  readonly refuse: boolean | number
  readonly timeout_after_work: boolean | number
  readonly away: boolean
  readonly duplicate_news: number
  readonly reorder_news: boolean
}

export interface Faults {
  current(): FaultSettings
  set(change: Partial<FaultSettings>): FaultSettings
  clear(): void
  /** Runs one call of the network under the faults that are switched on. `work`: it may change something; `hints`: the operation's. */
  through<T>(call: { work: boolean; hints?: Readonly<Record<string, unknown>>; signal: AbortSignal }, run: () => Promise<T>): Promise<T>
}

const NONE: FaultSettings = { slow_ms: 0, refuse: false, timeout_after_work: false, away: false, duplicate_news: 0, reorder_news: false }
/** No call takes longer than this, whatever is asked for: it has to stay below the time after which an unknown key is final. */
export const SLOW_MS_MAX = 25_000

/** `sleep` is the wait of `slow_ms`: real time, unless a simulation passes its own. */
export function createFaults(initial: Partial<FaultSettings> = {}, sleep: (ms: number, signal: AbortSignal) => Promise<void> = realSleep): Faults {
  let settings: FaultSettings = { ...NONE, ...initial }
  const take = (name: 'refuse' | 'timeout_after_work'): boolean => {
    const value = settings[name]
    if (typeof value === 'boolean') return value
    if (value <= 0) return false
    settings = { ...settings, [name]: value - 1 }
    return true
  }
  return {
    current: () => settings,
    set: (change) => (settings = { ...settings, ...change }),
    clear: () => void (settings = NONE),
    through: async ({ work, hints = {}, signal }, run) => {
      const own = parseFaults(hints.faults)
      const slow_ms = Math.min(own.slow_ms ?? settings.slow_ms, SLOW_MS_MAX)
      if (slow_ms > 0) await sleep(slow_ms, signal)
      if (signal.aborted) throw new ProviderUnreachable('the caller gave up before the call arrived')
      if (settings.away) throw new ProviderUnreachable('the network is away')
      if (work && (Boolean(own.refuse) || take('refuse'))) throw new ProviderUnreachable('the connection was refused')
      const answer = await run()
      if (work && (Boolean(own.timeout_after_work) || take('timeout_after_work'))) throw new ProviderUnreachable('the answer got lost on its way')
      return answer
    },
  }
}

/** Reads switches from untrusted input; what is not one of them, or not of its type, is left out. */
export function parseFaults(input: unknown): Partial<FaultSettings> {
  if (typeof input !== 'object' || input === null) return {}
  const fields: Record<string, unknown> = { ...input }
  const count = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
  const found: { -readonly [K in keyof FaultSettings]?: FaultSettings[K] } = {}
  for (const name of ['slow_ms', 'duplicate_news'] as const) {
    const value = fields[name]
    if (count(value)) found[name] = value
  }
  for (const name of ['refuse', 'timeout_after_work'] as const) {
    const value = fields[name]
    if (typeof value === 'boolean' || count(value)) found[name] = value
  }
  for (const name of ['away', 'reorder_news'] as const) {
    const value = fields[name]
    if (typeof value === 'boolean') found[name] = value
  }
  return found
}

async function realSleep(ms: number, signal: AbortSignal): Promise<void> {
  // An aborted wait is not an error of its own: the caller looks at the signal next.
  await delay(ms, undefined, { signal }).catch(() => undefined)
}
