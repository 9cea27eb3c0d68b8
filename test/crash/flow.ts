/** What a flow of the crash tests is: what a client (and a payer) does from the first request to the end, and where the server is killed meanwhile. */
import type { Db } from '../../src/db/db.ts'
import type { Received } from '../support/server.ts'

export interface Shop {
  /** Of the server. Requests to it may fail at any time. */
  readonly url: string
  readonly sandbox_url: string
  /** Where the merchant's server listens, without a slash at the end. */
  readonly hooks_url: string
  /** What the merchant's server has been sent. */
  readonly told: readonly Received[]
  /** Good for one case: names of orders, customers, addresses. */
  readonly reference: string
  /** Changes the faults of a network of the sandbox. */
  faults(network: 'cards' | 'banks' | 'apms', change: Readonly<Record<string, unknown>>): void
  /** For the networks, and for nobody else, so much time passes at once; at the end of the case it has not passed. */
  pass(ms: number): void
}

export interface Flow {
  readonly name: string
  /** Where the server is killed, in one case each: a checkpoint's label, `#n` for the n-th time. */
  readonly labels: readonly string[]
  /** What has to be in a lane's database before the flow's first case; while no server runs. */
  prepare?(db: Db): Promise<void>
  /** Goes on through any number of restarts; throws when something untrue was said. */
  run(shop: Shop): Promise<void>
}

/** The labels of one operation from its intention to its record; `n`: of the n-th such operation. */
export function stepsOf(kind: string, n = 1): string[] {
  return ['intend.before', 'intend.after', 'execute.before', 'execute.after', 'record.before', 'record.after'].map((step) => `${kind}.${step}${n === 1 ? '' : `#${n}`}`)
}

/** Throws unless it holds. */
export function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}
