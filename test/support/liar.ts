import { ProviderUnreachable, type Inquiry, type Operation, type Outcome, type Provider } from '../../src/providers/contract.ts'

/** A provider that forgets its promises: what it does not know for ever so long, or has declined, may be approved in the end. */
export interface Liar extends Provider {
  /** What it says next, instead of approving. */
  readonly next: Array<Outcome | 'lost'>
  /** Whether what it does not know, or has declined, is approved after all. */
  relents(yes: boolean): void
  /** What it says from now on about what it was asked to do under a key. */
  says(key: string, outcome: Outcome): void
  readonly executed: Operation[]
}

export function createLiar(settlement: Provider['settlement']): Liar {
  const operations = new Map<string, { operation: Operation; said: Outcome | 'lost' }>()
  const next: Liar['next'] = []
  const executed: Operation[] = []
  let relented = false
  const truth = (key: string): Inquiry => {
    const found = operations.get(key)
    if (found === undefined) return { status: 'not_found' }
    if (relented) return { status: 'approved', amount: found.operation.amount, facts: {} }
    return found.said === 'lost' ? { status: 'not_found', final_after_ms: 0 } : found.said
  }
  return {
    name: 'liar', settlement, unknown_key_final_after_ms: 1_000, next, executed,
    supports: () => true,
    relents: (yes) => (relented = yes),
    says: (key, said) => {
      const found = operations.get(key)
      if (found !== undefined) operations.set(key, { ...found, said })
    },
    execute: async (operation) => {
      executed.push(operation)
      const said = next.shift() ?? { status: 'approved', amount: operation.amount, facts: {} }
      operations.set(operation.key, { operation, said })
      if (said === 'lost') throw new ProviderUnreachable('gone')
      return said
    },
    inquire: async (key) => truth(key),
    resume: async () => ({ status: 'processing', facts: {} }),
    abandon: async () => ({ status: 'processing', facts: {} }),
  }
}
