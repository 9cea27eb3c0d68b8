import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../test/support/world.ts'
import { after } from '../core/clock.ts'
import { audit } from '../ledger/audit.ts'
import { ProviderUnreachable, type Inquiry, type Operation, type Outcome, type Provider } from '../providers/contract.ts'
import type { NewPayment, PayInstruction } from './commands.ts'
import type { PaymentView } from './model.ts'
import { createResolver } from './resolver.ts'
import { createPayments } from './service.ts'

const FEE = { strategy: 'internal', reverse: false, rate: '0.03', fixed: '0', min: '0', max: '0' } as const
const BY_CARD: PayInstruction = { instrument: { type: 'card', number: '4242424242424242', exp_month: 12, exp_year: 2031, holder: 'Ann Lee', cvv: '123' }, initiator: 'payer', authentication: 'off', return_url: undefined }

/** A provider that forgets its promises: what it does not know for ever so long, or has declined, may be approved in the end. */
interface Liar extends Provider {
  /** What it says next, instead of approving. */
  readonly next: Array<Outcome | 'lost'>
  /** Whether what it does not know, or has declined, is approved after all. */
  relents(yes: boolean): void
  readonly executed: Operation[]
}

function createLiar(settlement: Provider['settlement']): Liar {
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

describe.each(['platform', 'direct'] as const)('money that came twice, settled by the way of the %s', (settlement) => {
  let world: World
  let liar: Liar
  let n = 0
  beforeAll(async () => {
    world = await createWorld({ providers: () => [(liar = createLiar(settlement))] })
  })
  beforeEach(() => liar.relents(false))
  afterAll(() => world.close())

  const accept = async (more: Partial<NewPayment> = {}): Promise<string> => {
    const id = `cpi_${++n}`
    await world.payments.accept({ merchant_id: 'm1', id, api: 'corefy', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {}, tries_max: 3, fee_terms: FEE, ...more })
    return id
  }
  const pay = async (id: string): Promise<PaymentView> => {
    const paid = await world.payments.pay('m1', id, BY_CARD)
    if (!paid.ok) throw new Error(paid.error.kind)
    return paid.value
  }
  const resolve = (): Promise<number> => createResolver(world.deps, world.payments).runOnce()
  const expectOrder = async (): Promise<void> => expect(await audit(world.db)).toMatchObject({ clean: true, findings: [] })

  it.each([
    ['had been given up', 'lost'],
    ['had been declined', { status: 'declined', reason: 'declined', facts: {} }],
  ] as const)('by an attempt that %s goes back, once, to where it came from', async (_what, first) => {
    const id = await accept()
    liar.next.push(first)
    const [attempt] = (await pay(id)).attempts
    world.clock.advance(31_000)
    await resolve()
    expect((await pay(id)).payment).toMatchObject({ state: 'succeeded', captured: 1_000n, fee: 30n })
    liar.relents(true)
    const news = (): Promise<unknown> => world.payments.settle('m1', id, attempt?.id)
    await Promise.all(Array.from({ length: 20 }, news))
    const view = await world.payments.find('m1', id)
    expect(view?.payment).toMatchObject({ state: 'succeeded', captured: 2_000n, refunding: 1_000n, refunded: 0n, fee: 30n })
    await expectOrder()
    await resolve()
    await news()
    await resolve()
    const ended = await world.payments.find('m1', id)
    expect(ended).toMatchObject({ payment: { captured: 2_000n, refunding: 0n, refunded: 1_000n, fee: 30n }, refunds: [{ state: 'succeeded', amount: 1_000n, fee: 0n }] })
    expect(liar.executed.filter(({ kind, parent_key }) => kind === 'refund' && parent_key === attempt?.id)).toHaveLength(1)
    await expectOrder()
    // What the shop gives back itself comes out of the payment that counts.
    await world.payments.refund({ merchant_id: 'm1', payment_id: id, id: `ref_${id}`, amount: undefined, request: {} })
    expect(liar.executed.at(-1)).toMatchObject({ kind: 'refund', parent_key: ended?.attempts.find((one) => one.kind === 'sale' && one.id !== attempt?.id)?.id, amount: { minor: 1_000n } })
    expect((await world.payments.find('m1', id))?.payment).toMatchObject({ refunded: 2_000n })
    await expectOrder()
  })

  it("goes back when an operator's word was first", async () => {
    const id = await accept()
    liar.next.push('lost')
    const [attempt] = (await pay(id)).attempts
    world.clock.advance(31_000)
    await resolve()
    await world.payments.correct('m1', id, { id: `word_${id}`, amount: 1_000n, facts: {}, request: {} })
    liar.relents(true)
    await world.payments.settle('m1', id, attempt?.id)
    await resolve()
    expect(await world.payments.find('m1', id)).toMatchObject({ payment: { captured: 2_000n, refunded: 1_000n }, refunds: [{ state: 'succeeded' }] })
    expect(liar.executed.at(-1)).toMatchObject({ kind: 'refund', parent_key: attempt?.id })
    await expectOrder()
  })

  it('is left alone when it was only held or verified', async () => {
    for (const more of [{ kind: 'verify' }, { manual_capture: true }] as const) {
      const id = await accept(more)
      liar.next.push('lost')
      const [attempt] = (await pay(id)).attempts
      world.clock.advance(31_000)
      await resolve()
      const once = await pay(id)
      liar.relents(true)
      await world.payments.settle('m1', id, attempt?.id)
      expect((await world.payments.find('m1', id))?.payment).toEqual(once.payment)
      liar.relents(false)
      await expectOrder()
    }
  })

  it('and news about what was refused, and stays refused, change nothing', async () => {
    const id = await accept({ expires_at: after(world.clock.now(), 3_600_000) })
    const liarToo = { ...liar, inquire: async (): Promise<Inquiry> => ({ status: 'not_found' }) }
    liar.next.push({ status: 'declined', reason: 'declined', facts: {} })
    const before = await pay(id)
    world.clock.advance(31_000)
    const payments = createPayments({ ...world.deps, routing: { ...world.deps.routing, provider: () => liarToo } })
    expect((await payments.settle('m1', id, before.attempts[0]?.id))?.payment).toEqual(before.payment)
  })
})
