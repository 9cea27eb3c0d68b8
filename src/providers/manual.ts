import type { Outcome, Provider } from './contract.ts'

export const MANUAL = 'manual'

/** Nothing is on its way to a hand: whatever is asked under a key can be asked again, at any time. */
const NEVER_LATE_MS = 365 * 86_400_000

/**
 * The operator's own hands, as the provider of payments that an operator has corrected (payments/correct.ts): money that came in on
 * another way than the network's goes back on another way as well. A refund waits until an operator says that it has been paid back;
 * play money needs no hand, and goes back at once.
 *
 * It keeps no book: the attempt in our own database is the only record. So it knows no key, and what was asked before a crash is asked
 * once more, which changes nothing. Routing never chooses it.
 */
export function createManual(): Provider {
  const waits: Outcome = { status: 'processing', facts: {} }
  return {
    name: MANUAL,
    supports: () => false,
    execute: async ({ kind, mode, amount }) => {
      if (kind !== 'refund') return { status: 'declined', reason: 'not_permitted', facts: {} }
      return mode === 'test' ? { status: 'approved', amount, facts: {} } : waits
    },
    inquire: async () => ({ status: 'not_found' }),
    resume: async () => waits,
    abandon: async () => waits,
    unknown_key_final_after_ms: NEVER_LATE_MS,
    settlement: 'platform',
  }
}
