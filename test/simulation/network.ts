import { ProviderUnreachable, type Operation, type Outcome, type Provider } from '../../src/providers/contract.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './time.ts'

/** How bad the network between us and a provider is. Switched off when the dust settles. */
export interface Weather {
  calm: boolean
  /** Names of providers that are away. */
  readonly away: Set<string>
}

/** What happens to a call on its way. */
const FATES = ['arrives', 'arrives', 'arrives', 'arrives', 'arrives', 'arrives', 'lost before', 'refused', 'lost after', 'hangs after', 'late', 'twice'] as const

const MS_MAX = 900
/** A request that was held up arrives at most so much later: well before an unknown key is final. */
const LATE_MS_MAX = 8_000

/** Some approve less than they are asked for, always the same of the same operation; what they say is what they have in their books. */
export function stingy(provider: Provider): Provider {
  return { ...provider, execute: (operation, signal) => provider.execute(PARTIAL.has(operation.kind) && /[0-5]$/.test(operation.key) ? { ...operation, amount: less(operation.amount) } : operation, signal) }
}

const PARTIAL: ReadonlySet<string> = new Set(['sale', 'authorize', 'capture', 'payout', 'credit'])

const less = ({ minor, currency }: Operation['amount']): Operation['amount'] => ({ minor: minor - minor / 3n, currency })

/**
 * Some say that they have not paid a refund which they have: until they are asked again. `liesAbout` is told of its key; whoever asks too soon
 * hears the lie again.
 */
export function lying(provider: Provider, { random, weather }: { random: Random; weather: Weather }, liesAbout: (key: string) => void): Provider {
  const lies = new Set<string>()
  return {
    ...provider,
    execute: async (operation, signal) => {
      const outcome = await provider.execute(operation, signal)
      if (lies.has(operation.key)) return NO
      if (weather.calm || operation.kind !== 'refund' || outcome.status !== 'approved' || !random.chance(0.25)) return outcome
      lies.add(operation.key)
      liesAbout(operation.key)
      return NO
    },
    inquire: async (key, signal) => {
      const told = await provider.inquire(key, signal)
      if (!lies.has(key)) return told
      if (weather.calm || random.chance(0.3)) lies.delete(key)
      return NO
    },
  }
}

const NO: Outcome = { status: 'declined', reason: 'declined', facts: {} }

/** A provider behind a network that loses, delays and repeats. What is lost before the work was never done; what is lost after it was. */
export function behindNetwork(provider: Provider, { random, time, weather }: { random: Random; time: VirtualTime; weather: Weather }): Provider {
  const aborted = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      const gone = (): void => reject(new ProviderUnreachable('nobody answered'))
      if (signal.aborted) gone()
      else signal.addEventListener('abort', gone, { once: true })
    })

  const through = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    const fate = weather.calm ? 'arrives' : random.pick(FATES)
    await time.sleep(random.whole(1, weather.calm ? 20 : MS_MAX))
    if (weather.away.has(provider.name) || fate === 'refused') throw new ProviderUnreachable('connection refused')
    if (fate === 'lost before') return aborted(signal)
    if (fate === 'late') {
      await Promise.race([time.sleep(random.whole(100, LATE_MS_MAX)), time.sleep(LATE_MS_MAX)])
      const answer = await work()
      return signal.aborted ? aborted(signal) : answer
    }
    const answer = await work()
    if (fate === 'twice') void time.sleep(random.whole(1, LATE_MS_MAX)).then(work).catch(() => undefined)
    await time.sleep(random.whole(1, weather.calm ? 20 : MS_MAX))
    if (fate === 'lost after') throw new ProviderUnreachable('the connection broke')
    if (fate === 'hangs after' || signal.aborted) return aborted(signal)
    return answer
  }

  const never = new AbortController().signal
  return {
    ...provider,
    execute: (operation: Operation, signal) => through(signal, () => provider.execute(operation, never)),
    inquire: (key, signal) => through(signal, () => provider.inquire(key, never)),
    resume: (key, input, signal) => through(signal, () => provider.resume(key, input, never)),
    abandon: (key, signal) => through(signal, () => provider.abandon(key, never)),
  }
}
