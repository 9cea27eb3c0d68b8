/** All sandbox networks over one book, with their pages: what a server that runs them in its own process builds. */
import { createApmPages } from './apm/pages.ts'
import { createSandboxApms, type SandboxApmsParts } from './apm/apms.ts'
import { createSandboxBanks, type SandboxBanks, type SandboxBanksParts } from './bank/banks.ts'
import { createAcsPages } from './card/acs.ts'
import { createSandboxCards, type SandboxCardsParts } from './card/cards.ts'
import type { Network, NetworkParts } from './network.ts'
import type { Pages } from './pages/page.ts'

/** How long the networks and their payers take; each default is the documented one (docs/sandbox.md). */
export interface Delays
  extends Pick<SandboxCardsParts, 'challenge_ms'>, Pick<SandboxBanksParts, 'app_ms' | 'factor_ms' | 'pending_ms' | 'slow_ms'>,
    Pick<SandboxApmsParts, 'late_ms' | 'page_ms' | 'voucher_ms' | 'bill_ms'> {}

/** Each network makes its own fault switches, so that they can fail one by one. */
export interface SandboxParts extends Omit<NetworkParts, 'faults'>, Delays, Pick<SandboxCardsParts, 'modes'> {}

export interface Sandbox {
  readonly cards: Network
  readonly banks: SandboxBanks
  readonly apms: Network
  readonly networks: readonly Network[]
  readonly pages: Pages
  /** Takes up what was planned before a restart. */
  start(): Promise<void>
  stop(): void
}

export function createSandbox(parts: SandboxParts): Sandbox {
  const cards = createSandboxCards(parts)
  const banks = createSandboxBanks(parts)
  const apms = createSandboxApms(parts)
  const networks = [cards, banks, apms]
  const sections = [createAcsPages({ ...parts, network: cards }), createApmPages({ ...parts, network: apms })]
  return {
    cards,
    banks,
    apms,
    networks,
    pages: async (request) => {
      for (const section of sections) {
        const answer = await section(request)
        if (answer) return answer
      }
      return undefined
    },
    start: async () => {
      for (const network of networks) await network.start()
    },
    stop: () => networks.forEach((network) => network.stop()),
  }
}
