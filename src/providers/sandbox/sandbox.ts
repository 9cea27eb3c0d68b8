/** All sandbox networks over one book, with their pages: what a server that runs them in its own process builds. */
import type { Clock } from '../../core/clock.ts'
import type { Ids } from '../../core/ids.ts'
import type { Mode } from '../contract.ts'
import { createApmPages } from './apm/pages.ts'
import { createSandboxApms } from './apm/apms.ts'
import { createSandboxBanks, type SandboxBanks } from './bank/banks.ts'
import type { Book } from './book.ts'
import { createAcsPages } from './card/acs.ts'
import { createSandboxCards } from './card/cards.ts'
import type { Network } from './network.ts'
import type { Schedule } from './news.ts'
import type { Pages } from './pages/page.ts'

export interface SandboxParts {
  readonly book: Book
  readonly clock: Clock
  readonly ids: Ids
  /** Where the pages are mounted, without a slash at the end: `https://pay.example/sandbox`. */
  readonly base_url: string
  /** Whose payments the networks take: test ones, unless a demo says otherwise. */
  readonly modes?: readonly Mode[]
  readonly schedule?: Schedule
  /** Shorter for tests that kill the caller and do not want to wait. */
  readonly unknown_key_final_after_ms?: number
}

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
