import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../test/support/world.ts'
import { after } from '../core/clock.ts'
import { randomIds } from '../core/ids.ts'
import { audit } from '../ledger/audit.ts'
import type { Provider } from '../providers/contract.ts'
import { createRouting } from '../providers/routing.ts'
import type { PayInstruction } from './commands.ts'
import type { PaymentView } from './model.ts'
import { createResolver } from './resolver.ts'
import { settleAttempt } from './runner.ts'
import { createPayments } from './service.ts'

const byCard = (number: string): PayInstruction => ({
  instrument: { type: 'card', number, exp_month: 12, exp_year: 2031, holder: 'Ann Lee', cvv: '123' }, initiator: 'payer', authentication: 'auto', return_url: (id) => `http://127.0.0.1/back?pid=${id}`,
})

describe('the resolver', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ call_timeout_ms: 300 })
  })
  afterAll(() => world.close())

  const pay = async (number: string): Promise<PaymentView> => {
    const id = `cpi_${randomIds.alphanumeric(16)}`
    await world.payments.accept({ merchant_id: 'm1', id, api: 'corefy', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {}, tries_max: 3 })
    const paid = await world.payments.pay('m1', id, byCard(number))
    if (!paid.ok) throw new Error(paid.error.kind)
    return paid.value
  }

  const find = async ({ payment }: PaymentView): Promise<PaymentView> => {
    const view = await world.payments.find('m1', payment.id)
    if (view === undefined) throw new Error('vanished')
    return view
  }

  /** What a process does when it starts: until every round is over. */
  const restart = async (): Promise<void> => {
    const resolver = createResolver(world.deps, world.payments)
    await resolver.start(20)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await resolver.stop()
  }

  it('asks about a sent attempt as soon as a process starts', async () => {
    world.sandbox.cards.faults.set({ timeout_after_work: 1 })
    const view = await pay('4242424242424242')
    expect(view.attempts[0]).toMatchObject({ state: 'sent' })
    expect(await createResolver(world.deps, world.payments).runOnce()).toBe(0)
    await restart()
    expect(await find(view)).toMatchObject({ payment: { state: 'succeeded', captured: 1_000n }, attempts: [{ state: 'approved' }] })
  })

  it('carries on when the payer passed the challenge and came back to nobody', async () => {
    const view = await pay('4000000000003220')
    const open = await pay('4000000000003220')
    const record = await world.book.find(view.attempts[0]?.id ?? '')
    await world.sandbox.pages({ method: 'POST', path: '/acs/answer', query: {}, form: { challenge: record?.handle ?? '', code: '1234', decision: 'approve' }, accept_language: undefined })
    await restart()
    expect(await find(view)).toMatchObject({ payment: { state: 'succeeded' }, attempts: [{ state: 'approved' }] })
    // Whose payer is still at it is left alone, and asked about from time to time.
    expect(await find(open)).toMatchObject({ payment: { state: 'pending' }, attempts: [{ state: 'action', inquiries: 1 }] })
  })

  it('asks by itself, soon and then ever more rarely, when the payer passed the challenge and nobody said so', async () => {
    const waiting = await pay('4000000000003220')
    const record = await world.book.find(waiting.attempts[0]?.id ?? '')
    await world.sandbox.pages({ method: 'POST', path: '/acs/answer', query: {}, form: { challenge: record?.handle ?? '', code: '1234', decision: 'approve' }, accept_language: undefined })
    const resolver = createResolver(world.deps, world.payments)
    await resolver.runOnce()
    expect((await find(waiting)).payment.state).toBe('pending')
    world.clock.advance(61_000)
    await resolver.runOnce()
    expect((await find(waiting)).payment.state).toBe('succeeded')
  })

  it('gives up what waits for the payer when its time is over, also at a provider that would wait for ever', async () => {
    const waiting = await pay('4000000000003220')
    const [attempt] = waiting.attempts
    const patient: Provider = {
      ...world.sandbox.cards,
      inquire: async () => ({ status: 'action_required', action: { kind: 'wait', wait: 'app' }, expires_at: after(world.clock.now(), -1_000), facts: {} }),
    }
    const settled = await settleAttempt({ ...world.deps, routing: createRouting([patient], new Set([patient.name])) }, waiting, attempt!)
    expect(settled.attempts[0]).toMatchObject({ state: 'declined', reason: 'not_completed' })
    expect(await world.book.find(attempt!.id)).toMatchObject({ status: 'declined' })
  })

  it('puts an attempt that the provider does not know off until that is final, and then gives it up', async () => {
    world.sandbox.cards.faults.set({ refuse: 1 })
    const view = await pay('4242424242424242')
    await restart()
    const [attempt] = (await find(view)).attempts
    expect(attempt).toMatchObject({ state: 'sent', inquire_at: after(attempt?.sent_at ?? new Date(0), 30_000) })
    world.clock.advance(31_000)
    await createResolver(world.deps, world.payments).runOnce()
    expect(await find(view)).toMatchObject({ payment: { state: 'pending', reason: 'provider_timeout' }, attempts: [{ state: 'declined' }] })
  })

  it('ends what is over, however many payments cannot be given up at a provider that is away', async () => {
    const expires_at = after(world.clock.now(), 60_000)
    const accept = (id: string, at: Date): Promise<unknown> => world.payments.accept({ merchant_id: 'm1', id, api: 'corefy', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {}, expires_at: at })
    await Promise.all(Array.from({ length: 70 }, async (_, n) => {
      await accept(`away_${n}`, expires_at)
      await world.payments.pay('m1', `away_${n}`, byCard('4000000000003220'))
    }))
    await accept('simple', after(expires_at, 1))
    world.clock.advance(61_000)
    world.sandbox.cards.faults.set({ away: true })
    const resolver = createResolver(world.deps, world.payments)
    for (let round = 0; round < 3; round++) await resolver.runOnce()
    world.sandbox.cards.faults.clear()
    expect((await world.payments.find('m1', 'simple'))?.payment.state).toBe('expired')
    world.clock.advance(31_000)
    while ((await resolver.runOnce()) > 0);
    expect(await world.db.query(`SELECT id FROM payments WHERE id LIKE 'away_%' AND state <> 'expired'`)).toEqual([])
  })

  it('does not give up on an answer that somebody else has made out of date', async () => {
    world.sandbox.cards.faults.set({ refuse: 1 })
    const view = await pay('4242424242424242')
    world.clock.advance(31_000)
    // While the provider is asked and knows nothing, the payment changes.
    const provider = world.deps.routing.provider('sandbox-cards')
    if (provider === undefined) throw new Error('no provider')
    const asked = { ...provider, inquire: async () => (await world.payments.annotate('m1', view.payment.id, { n: 1 }), { status: 'not_found' as const }) }
    const payments = createPayments({ ...world.deps, routing: { ...world.deps.routing, provider: () => asked } })
    expect((await payments.settle('m1', view.payment.id))?.attempts[0]?.state).toBe('sent')
    expect((await find(view)).attempts[0]?.state).toBe('sent')
    await world.payments.settle('m1', view.payment.id)
    expect((await find(view)).attempts[0]).toMatchObject({ state: 'declined', reason: 'provider_timeout' })
  })

  it('sends a refund again, however long its provider was away', async () => {
    const { payment } = await pay('4242424242424242')
    world.sandbox.cards.faults.set({ away: true })
    await world.payments.refund({ merchant_id: 'm1', payment_id: payment.id, id: `ref_${payment.id}`, amount: undefined, request: {} })
    world.clock.advance(3_600_000)
    await createResolver(world.deps, world.payments).runOnce()
    world.sandbox.cards.faults.clear()
    world.clock.advance(61_000)
    await createResolver(world.deps, world.payments).runOnce()
    expect((await world.payments.find('m1', payment.id))?.payment).toMatchObject({ refunded: 1_000n, refunding: 0n })
  })

  it('asks a provider that is away again soon, and then ever more rarely, but not rarely', async () => {
    world.sandbox.cards.faults.set({ timeout_after_work: 1 })
    const view = await pay('4242424242424242')
    world.sandbox.cards.faults.set({ away: true })
    const resolver = createResolver(world.deps, world.payments)
    const waits: number[] = []
    for (let n = 0; n < 8; n++) {
      const due = (await find(view)).attempts[0]?.inquire_at ?? new Date(0)
      world.clock.advance(Math.max(0, due.getTime() - world.clock.now().getTime()))
      await resolver.runOnce()
      waits.push(Math.round((((await find(view)).attempts[0]?.inquire_at?.getTime() ?? 0) - world.clock.now().getTime()) / 1_000))
    }
    expect(waits.at(0)).toBeLessThanOrEqual(2)
    expect(Math.max(...waits)).toBeLessThanOrEqual(60)
    expect(waits).toEqual(waits.toSorted((a, b) => a - b))
    world.sandbox.cards.faults.clear()
    world.clock.advance(61_000)
    await resolver.runOnce()
    expect((await find(view)).payment.state).toBe('succeeded')
  })

  it('sends a refund that never arrived once more, and once only', async () => {
    for (const fault of [{ refuse: 1 }, { timeout_after_work: 1 }]) {
      const { payment } = await pay('4242424242424242')
      world.sandbox.cards.faults.set(fault)
      const asked = await world.payments.refund({ merchant_id: 'm1', payment_id: payment.id, id: `ref_${payment.id}`, amount: 400n, request: {} })
      expect(asked.ok && asked.value.refund.state).toBe('processing')
      await restart()
      expect((await world.payments.find('m1', payment.id))?.payment).toMatchObject({ refunded: 400n, refunding: 0n })
      expect((await world.book.list({ limit: 1000 })).filter(({ kind, parent_key }) => kind === 'refund' && parent_key !== undefined)).not.toHaveLength(0)
    }
    expect(await audit(world.db)).toMatchObject({ clean: true })
  })

  it('does not send what the database held up until nobody would look for it any more', async () => {
    const id = `cpi_${randomIds.alphanumeric(16)}`
    await world.payments.accept({ merchant_id: 'm1', id, api: 'corefy', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {} })
    const { committer } = world.deps
    const slow = { ...committer, commit: async (writes: Parameters<typeof committer.commit>[0]) => (world.clock.advance(31_000), committer.commit(writes)) }
    Object.assign(world.deps, { committer: slow })
    const paid = await world.payments.pay('m1', id, byCard('4242424242424242'))
    Object.assign(world.deps, { committer })
    expect(paid.ok && paid.value.attempts[0]).toMatchObject({ state: 'sent' })
    expect(await world.book.find(paid.ok ? (paid.value.attempts[0]?.id ?? '') : '')).toBeUndefined()
    await restart()
    expect((await world.payments.find('m1', id))?.payment).toMatchObject({ state: 'failed', reason: 'provider_timeout' })
  })
})
