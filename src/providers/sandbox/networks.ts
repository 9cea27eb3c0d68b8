/** The sandbox networks as a server uses them: in its own process, or as a program that goes on living when the server is killed. */
import type { Clock } from '../../core/clock.ts'
import type { Ids } from '../../core/ids.ts'
import type { Db } from '../../db/db.ts'
import type { BankDirectory, Provider } from '../contract.ts'
import { createDbBook } from './book-db.ts'
import { createRemoteSandbox } from './client.ts'
import type { Pages } from './pages/page.ts'
import { createSandbox } from './sandbox.ts'

export interface SandboxNetworks {
  readonly providers: readonly Provider[]
  readonly banks: BankDirectory
  /** The payer's pages; undefined when the program serves them. */
  readonly pages: Pages | undefined
  /** Takes up what was planned before a restart. */
  start(): Promise<void>
  stop(): void
}

export interface LocalParts {
  readonly db: Db
  readonly clock: Clock
  readonly ids: Ids
  /** Where the pages are, without a slash at the end. */
  readonly base_url: string
}

/** The networks in this process; their book is in its database. */
export async function openLocalNetworks({ db, clock, ids, base_url }: LocalParts): Promise<SandboxNetworks> {
  const sandbox = createSandbox({ book: await createDbBook(db), clock, ids, base_url })
  return { providers: sandbox.networks, banks: sandbox.banks, pages: sandbox.pages, start: sandbox.start, stop: sandbox.stop }
}

/** The networks of the program at `base_url`. It may come and go: what cannot be reached is an unknown outcome like any other. */
export function openRemoteNetworks(options: { readonly base_url: string; readonly token?: string | undefined }): SandboxNetworks {
  const { cards, banks, apms } = createRemoteSandbox(options)
  return { providers: [cards, banks, apms], banks, pages: undefined, start: () => Promise.resolve(), stop: () => undefined }
}
