/** Several service stacks over one database and one set of networks, as several processes would be. */
import { randomIds } from '../../src/core/ids.ts'
import { createCommitter } from '../../src/db/commit.ts'
import type { Db } from '../../src/db/db.ts'
import { openDatabase } from '../../src/db/open.ts'
import type { NewPayment, PayInstruction, Payments } from '../../src/payments/commands.ts'
import type { PaymentDeps } from '../../src/payments/deps.ts'
import { createResolver, type Resolver } from '../../src/payments/resolver.ts'
import { createPayments } from '../../src/payments/service.ts'
import { bookOf, differences, faults } from '../crash/books.ts'
import { createWorld, type World } from '../support/world.ts'

export interface House {
  readonly world: World
  /** The service stacks; calls go to one after the other. */
  readonly stacks: readonly { readonly payments: Payments; readonly resolver: Resolver; readonly deps: PaymentDeps }[]
  /** `count` calls at once, spread over the stacks. */
  crowd<T>(count: number, call: (payments: Payments, number: number) => Promise<T>): Promise<T[]>
  /** Accepts a payment of 1,000 minor units of USD; its id. */
  accepted(more?: Partial<NewPayment>): Promise<string>
  /** Rounds of all resolvers until nothing is due. */
  work(): Promise<void>
  /** What is untrue now, as sentences: the books against themselves and against the networks'. */
  lies(): Promise<string[]>
  close(): Promise<void>
}

export const byCard = (number = '4242424242424242'): PayInstruction => ({
  instrument: { type: 'card', number, exp_month: 12, exp_year: 2041, holder: 'Ann Lee', cvv: '123' }, initiator: 'payer', authentication: 'auto', return_url: (id) => `http://127.0.0.1/back?pid=${id}`,
})

export async function openHouse(stackCount = 2): Promise<House> {
  const world = await createWorld({ call_timeout_ms: 10_000 })
  const own: Db[] = []
  const stacks: House['stacks'][number][] = []
  for (let n = 0; n < stackCount; n++) {
    // On a server every process has connections of its own.
    const db = n > 0 && world.url !== undefined ? await openDatabase({ url: world.url, connections_max: 6 }) : world.db
    if (db !== world.db) own.push(db)
    const deps: PaymentDeps = { ...world.deps, db, committer: createCommitter(db) }
    const payments = createPayments(deps)
    stacks.push({ payments, deps, resolver: createResolver(deps, payments) })
  }
  const stack = (number: number): House['stacks'][number] => stacks[number % stacks.length] as House['stacks'][number]
  return {
    world, stacks,
    crowd: (count, call) => Promise.all(Array.from({ length: count }, (_, number) => call(stack(number).payments, number))),
    accepted: async (more = {}) => {
      const id = `pay_${randomIds.alphanumeric(16)}`
      const accepted = await stack(0).payments.accept({ merchant_id: 'm1', id, api: 'races', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {}, tries_max: 3, ...more })
      if (!accepted.ok) throw new Error('not accepted')
      return id
    },
    work: async () => {
      while ((await Promise.all(stacks.map(({ resolver }) => resolver.runOnce()))).some((count) => count > 0));
    },
    lies: async () => [...(await differences(world.db, await bookOf((question) => world.book.list(question)))), ...(await faults(world.db))],
    close: async () => {
      await Promise.all(own.map((db) => db.close()))
      await world.close()
    },
  }
}
