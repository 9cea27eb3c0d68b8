import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../test/support/world.ts'
import { randomIds } from '../core/ids.ts'
import { audit } from '../ledger/audit.ts'
import type { Provider } from '../providers/contract.ts'

/** A provider that cannot do anything today. */
const out = (name: string, of: Provider): Provider => ({ ...of, name, execute: async () => ({ status: 'declined', reason: 'provider_unavailable', facts: {} }) })

describe('a technical no', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ providers: (networks) => networks.flatMap((network) => [out(`${network.name}-a`, network), out(`${network.name}-b`, network), network]) })
  })
  afterAll(() => world.close())

  const card = { type: 'card', number: '4242424242424242', exp_month: 12, exp_year: 2031, holder: 'Ann Lee', cvv: '123' } as const
  const pay = async (kind: 'charge' | 'payout', routes_max?: number): ReturnType<World['payments']['pay']> => {
    const id = `pay_${randomIds.alphanumeric(16)}`
    await world.payments.accept({ merchant_id: 'm1', id, api: 'corefy', kind, mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {} })
    return world.payments.pay('m1', id, { instrument: card, initiator: 'merchant', authentication: 'off', final: true, ...(routes_max === undefined ? {} : { routes_max }) })
  }

  it.each<['charge' | 'payout', number | undefined, string, number]>([
    ['charge', undefined, 'succeeded', 3], ['payout', undefined, 'succeeded', 3], ['payout', 3, 'succeeded', 3], ['payout', 2, 'failed', 2], ['payout', 1, 'failed', 1],
  ])('of a %s goes to the next route, up to the limit of %s: %s after %d', async (kind, routes_max, state, count) => {
    const paid = await pay(kind, routes_max)
    expect(paid).toMatchObject({ ok: true, value: { payment: { state, tries: state === 'failed' ? 1 : 0 } } })
    const attempts = paid.ok ? paid.value.attempts : []
    expect(attempts.map(({ provider }) => provider)).toEqual(['sandbox-cards-a', 'sandbox-cards-b', 'sandbox-cards'].slice(0, count))
    expect((await audit(world.db)).findings).toEqual([])
  })
})
