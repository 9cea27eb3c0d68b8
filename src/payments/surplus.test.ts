import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createLiar, type Liar } from '../../test/support/liar.ts'
import { createWorld, type World } from '../../test/support/world.ts'
import { after } from '../core/clock.ts'
import { audit } from '../ledger/audit.ts'
import type { Inquiry, Outcome } from '../providers/contract.ts'
import type { NewPayment, Payments, PayInstruction } from './commands.ts'
import type { PaymentDeps } from './deps.ts'
import type { PaymentView } from './model.ts'
import { createResolver } from './resolver.ts'
import { createPayments } from './service.ts'

const FEE = { strategy: 'internal', reverse: false, rate: '0.03', fixed: '0', min: '0', max: '0' } as const
const BY_CARD: PayInstruction = { instrument: { type: 'card', number: '4242424242424242', exp_month: 12, exp_year: 2031, holder: 'Ann Lee', cvv: '123' }, initiator: 'payer', authentication: 'off', return_url: undefined }

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

  describe('when the payment had ended, and its API says that endings are final', () => {
    const FINAL = 'strict'
    let deps: PaymentDeps
    let payments: Payments
    beforeAll(() => {
      deps = { ...world.deps, policies: new Map([[FINAL, { final_endings: true, patience_ms: 60_000 }]]) }
      payments = createPayments(deps)
    })
    const resolveAll = (): Promise<number> => createResolver(deps, payments).runOnce()
    const eventsOf = async (id: string): Promise<string[]> =>
      (await world.db.query<{ type: string }>('SELECT type FROM events WHERE payment_id = $1 ORDER BY version, id', [id])).map(({ type }) => type)
    const endings = async (id: string): Promise<string[]> => (await eventsOf(id)).filter((type) => /^payment\.(succeeded|failed|rejected|canceled|expired)$/.test(type))

    /** A payment that has ended in some way while its provider has (or may have) the money. */
    async function ended(how: 'unresolved' | 'lost' | 'rejected' | 'expired' | 'canceled', more: Partial<NewPayment> = {}): Promise<PaymentView> {
      const id = await accept({ api: FINAL, tries_max: how === 'expired' || how === 'canceled' ? 3 : 1, expires_at: after(world.clock.now(), 86_400_000), ...more })
      const said = {
        unresolved: { status: 'processing', facts: {} }, lost: 'lost', rejected: { status: 'declined', reason: 'payer_rejected', facts: {} },
        expired: { status: 'declined', reason: 'declined', facts: {} }, canceled: { status: 'declined', reason: 'declined', facts: {} },
      } as const
      liar.next.push(said[how])
      await payments.pay('m1', id, BY_CARD)
      world.clock.advance(how === 'expired' ? 86_400_001 : 61_000)
      if (how === 'canceled') await payments.end('m1', id, { state: 'canceled', reason: 'canceled_by_merchant' })
      await resolveAll()
      const view = await payments.find('m1', id)
      if (view === undefined) throw new Error('gone')
      return view
    }
    const relent = async ({ payment, attempts }: PaymentView): Promise<PaymentView | undefined> => {
      liar.relents(true)
      return payments.settle('m1', payment.id, attempts[0]?.id)
    }

    it.each([
      ['unresolved', 'failed', 'unresolved'], ['lost', 'failed', 'provider_timeout'], ['rejected', 'rejected', 'payer_rejected'],
      ['expired', 'expired', 'expired'], ['canceled', 'canceled', 'canceled_by_merchant'],
    ] as const)('(%s): it stays %s, once, and the money goes back, once', async (how, state, reason) => {
      const before = await ended(how)
      const { id } = before.payment
      expect(before.payment).toMatchObject({ state, reason, captured: 0n })
      expect(await endings(id)).toEqual([`payment.${state}`])
      await Promise.all(Array.from({ length: 20 }, () => relent(before)))
      const { authorized, captured, refunding, fee, version, updated_at, ...same } = (await payments.find('m1', id))?.payment ?? before.payment
      expect({ authorized, captured, refunding, fee, version }).toEqual({ authorized: 1_000n, captured: 1_000n, refunding: 1_000n, fee: 0n, version: before.payment.version + 1 })
      expect(before.payment).toMatchObject(same)
      expect(updated_at.getTime()).toBeGreaterThan(before.payment.updated_at.getTime())
      await expectOrder()
      await resolveAll()
      await relent(before)
      expect(await payments.find('m1', id)).toMatchObject({
        payment: { state, reason, captured: 1_000n, refunding: 0n, refunded: 1_000n }, refunds: [{ state: 'succeeded', amount: 1_000n, fee: 0n }],
      })
      expect(liar.executed.filter(({ kind, parent_key }) => kind === 'refund' && parent_key === before.attempts[0]?.id)).toHaveLength(1)
      expect(await endings(id)).toEqual([`payment.${state}`])
      expect((await eventsOf(id)).slice(-3)).toEqual(['refund.created', 'refund.processing', 'refund.succeeded'])
      await expectOrder()
    })

    it("also after an operator's word, and an operator's word also after it", async () => {
      const [first, second] = [await ended('unresolved'), await ended('rejected')]
      const word = (id: string): Promise<unknown> => payments.correct('m1', id, { id: `word_${id}`, amount: 1_000n, facts: {}, request: {} })
      await word(first.payment.id)
      await relent(first)
      await relent(second)
      await resolveAll()
      await word(second.payment.id)
      for (const { payment: { id } } of [first, second]) {
        expect(await payments.find('m1', id)).toMatchObject({ payment: { state: 'succeeded', captured: 2_000n, refunded: 1_000n, fee: 30n }, refunds: [{ state: 'succeeded' }] })
      }
      await expectOrder()
    })

    it('and what the provider would not take back can be given back later', async () => {
      const before = await ended('unresolved')
      const { id } = before.payment
      await relent(before)
      liar.relents(false)
      liar.next.push({ status: 'declined', reason: 'declined', facts: {} })
      await resolveAll()
      expect(await payments.find('m1', id)).toMatchObject({ payment: { state: 'failed', refunding: 0n, refunded: 0n }, refunds: [{ state: 'failed' }] })
      await expectOrder()
      expect(await payments.refund({ merchant_id: 'm1', payment_id: id, id: `ref_${id}`, amount: undefined, request: {} })).toMatchObject({ ok: true, value: { refund: { state: 'succeeded', amount: 1_000n } } })
      expect(liar.executed.at(-1)).toMatchObject({ kind: 'refund', parent_key: before.attempts[0]?.id })
      expect(await payments.find('m1', id)).toMatchObject({ payment: { state: 'failed', refunded: 1_000n } })
      await expectOrder()
    })

    it.each(['before', 'after'])('a process that dies right %s it is written down leaves nothing half done', async (when) => {
      const before = await ended('unresolved')
      let isDead = false
      const dying = createPayments({ ...deps, checkpoint: (label) => {
        if (isDead || label !== `sale.record.${when}`) return
        isDead = true
        throw new Error('killed')
      } })
      liar.relents(true)
      await expect(dying.settle('m1', before.payment.id, before.attempts[0]?.id)).rejects.toThrow('killed')
      await expectOrder()
      expect((await payments.find('m1', before.payment.id))?.refunds).toHaveLength(when === 'before' ? 0 : 1)
      // Nobody has news of it any more: it is asked about once a day.
      world.clock.advance(86_400_000)
      await resolveAll()
      await resolveAll()
      expect(await payments.find('m1', before.payment.id)).toMatchObject({ payment: { state: 'failed', captured: 1_000n, refunded: 1_000n }, refunds: [{ state: 'succeeded' }] })
      await expectOrder()
    })

    it('nobody asks about it any more after sixty days, and news of it counts all the same', async () => {
      const before = await ended('unresolved')
      world.clock.advance(60 * 86_400_000)
      liar.relents(true)
      await resolveAll()
      expect(await payments.find('m1', before.payment.id)).toMatchObject({ payment: { state: 'failed', captured: 0n }, refunds: [] })
      expect(await relent(before)).toMatchObject({ payment: { state: 'failed', captured: 1_000n }, refunds: [{ amount: 1_000n }] })
      await resolveAll()
      await expectOrder()
    })

    it('a refund is waited for, however long its provider has nothing to say', async () => {
      const id = await accept({ api: FINAL })
      await payments.pay('m1', id, BY_CARD)
      liar.next.push({ status: 'processing', facts: {} })
      await payments.refund({ merchant_id: 'm1', payment_id: id, id: `ref_${id}`, amount: undefined, request: {} })
      world.clock.advance(3_600_000)
      await resolveAll()
      expect(await payments.find('m1', id)).toMatchObject({ payment: { refunding: 1_000n }, refunds: [{ state: 'processing' }] })
      liar.relents(true)
      world.clock.advance(3_600_000)
      await resolveAll()
      expect(await payments.find('m1', id)).toMatchObject({ payment: { refunding: 0n, refunded: 1_000n }, refunds: [{ state: 'succeeded' }] })
      await expectOrder()
    })

    it('elsewhere money that comes late pays it', async () => {
      const before = await ended('rejected', { api: 'corefy' })
      expect(await relent(before)).toMatchObject({ payment: { state: 'succeeded', captured: 1_000n }, refunds: [] })
      expect(await endings(before.payment.id)).toEqual(['payment.rejected', 'payment.succeeded'])
      await expectOrder()
    })
  })

  describe('by a capture that had been declined', () => {
    const held = async (): Promise<string> => {
      const id = await accept({ manual_capture: true, fee_terms: undefined })
      expect((await pay(id)).payment).toMatchObject({ state: 'authorized', authorized: 1_000n })
      return id
    }
    const followUp = (kind: 'capture' | 'void', id: string, name: string, amount?: bigint): ReturnType<Payments['followUp']> => world.payments.followUp('m1', id, { kind, id: `${id}-${name}`, amount, request: {} })
    const declined: Outcome = { status: 'declined', reason: 'declined', facts: {} }

    it.each([
      ['captured in another way', 'capture', 600n, 'succeeded', 1_600n],
      ['let go', 'void', 600n, 'canceled', 600n],
    ] as const)('goes back when what was held has been %s meanwhile', async (_what, kind, amount, state, captured) => {
      const id = await held()
      liar.next.push(declined)
      await followUp('capture', id, 'no', amount)
      await followUp(kind, id, 'all')
      liar.relents(true)
      await Promise.all(Array.from({ length: 20 }, () => world.payments.settle('m1', id, `${id}-no`)))
      expect((await world.payments.find('m1', id))?.payment).toMatchObject({ state, captured, refunding: 600n, refunded: 0n })
      await expectOrder()
      await resolve()
      expect(await world.payments.find('m1', id)).toMatchObject({ payment: { state, captured, refunding: 0n, refunded: 600n }, refunds: [{ state: 'succeeded', amount: 600n, fee: 0n }] })
      await expectOrder()
    })

    it('counts as that capture while as much is still held', async () => {
      const id = await held()
      liar.next.push(declined)
      await followUp('capture', id, 'no', 600n)
      liar.relents(true)
      await world.payments.settle('m1', id, `${id}-no`)
      expect(await world.payments.find('m1', id)).toMatchObject({ payment: { state: 'authorized', captured: 600n, refunding: 0n }, refunds: [] })
      await expectOrder()
    })

    it('is told from a release that had been declined, which moves nothing', async () => {
      const id = await held()
      liar.next.push(declined)
      await followUp('void', id, 'no')
      await followUp('capture', id, 'all')
      liar.relents(true)
      await world.payments.settle('m1', id, `${id}-no`)
      expect(await world.payments.find('m1', id)).toMatchObject({ payment: { state: 'succeeded', captured: 1_000n, released: 0n }, refunds: [] })
      await expectOrder()
    })
  })

  it('is booked when it had gone out in two ways, and an operator can find it', async () => {
    const id = await accept({ kind: 'payout', fee_terms: undefined })
    liar.next.push({ status: 'declined', reason: 'declined', facts: {} })
    const [attempt] = (await pay(id)).attempts
    expect((await pay(id)).payment).toMatchObject({ state: 'succeeded', captured: 1_000n })
    liar.relents(true)
    await Promise.all(Array.from({ length: 10 }, () => world.payments.settle('m1', id, attempt?.id)))
    expect(await world.payments.find('m1', id)).toMatchObject({ payment: { state: 'succeeded', captured: 2_000n }, attempts: [{ state: 'approved' }, { state: 'approved' }], refunds: [] })
    expect(await world.db.query(`SELECT type FROM events WHERE payment_id = $1 AND type = 'payout.exceeded'`, [id])).toHaveLength(1)
    expect(await world.db.query(`SELECT line.account, sum(line.amount)::int AS gone FROM postings p, unnest(p.accounts, p.amounts) AS line(account, amount) WHERE p.payment_id = $1 GROUP BY 1 HAVING sum(line.amount) <> 0 ORDER BY 1`, [id])).toEqual([{ account: 'merchant', gone: 2_000 }, { account: 'provider:liar', gone: -2_000 }])
    await expectOrder()
  })

  it('is booked when both of two payouts turn out to be paid, the second while it is under way', async () => {
    const id = await accept({ kind: 'payout', fee_terms: undefined })
    liar.next.push({ status: 'declined', reason: 'declined', facts: {} }, { status: 'processing', facts: {} })
    const [first] = (await pay(id)).attempts
    const second = (await pay(id)).attempts.at(-1)
    liar.relents(true)
    await world.payments.settle('m1', id, first?.id)
    await expectOrder()
    await world.payments.settle('m1', id, second?.id)
    expect((await world.payments.find('m1', id))?.payment).toMatchObject({ state: 'succeeded', captured: 2_000n })
    await expectOrder()
  })

  it('is not booked when the second of two payouts never arrived', async () => {
    const id = await accept({ kind: 'payout', fee_terms: undefined })
    liar.next.push({ status: 'declined', reason: 'declined', facts: {} }, 'lost')
    const [first] = (await pay(id)).attempts
    await pay(id)
    liar.relents(true)
    await world.payments.settle('m1', id, first?.id)
    liar.relents(false)
    world.clock.advance(31_000)
    await resolve()
    expect(await world.payments.find('m1', id)).toMatchObject({ payment: { state: 'succeeded', captured: 1_000n }, attempts: [{ state: 'approved' }, { state: 'declined' }] })
    await expectOrder()
  })

  it('is booked when it had gone back in two ways, and an operator can find it', async () => {
    const id = await accept()
    await pay(id)
    const refund = (ref: string, amount: bigint): ReturnType<World['payments']['refund']> => world.payments.refund({ merchant_id: 'm1', payment_id: id, id: `${ref}_${id}`, amount, request: {}, with_fee: true })
    liar.next.push({ status: 'declined', reason: 'declined', facts: {} })
    await refund('ref_a', 1_000n)
    await refund('ref_b', 400n)
    await refund('ref_c', 600n)
    liar.relents(true)
    const first = (await world.payments.find('m1', id))?.attempts.find(({ refund_id }) => refund_id === `ref_a_${id}`)
    await Promise.all(Array.from({ length: 10 }, () => world.payments.settle('m1', id, first?.id)))
    const view = await world.payments.find('m1', id)
    // The platform gives its fee back once.
    expect(view).toMatchObject({ payment: { captured: 1_000n, refunded: 2_000n, refunding: 0n, fee: 30n, refunded_fee: 30n }, refunds: [{ state: 'succeeded', fee: 0n }, { state: 'succeeded' }, { state: 'succeeded' }] })
    expect(await world.db.query(`SELECT type, refund_id FROM events WHERE payment_id = $1 AND type = 'refund.exceeded'`, [id])).toEqual([{ type: 'refund.exceeded', refund_id: `ref_a_${id}` }])
    expect(await world.db.query(`SELECT sum(line.amount)::int AS gone FROM postings p, unnest(p.accounts, p.amounts) AS line(account, amount) WHERE p.payment_id = $1 AND line.account = 'provider:liar' AND p.kind = 'refund'`, [id])).toEqual([{ gone: -2_000 }])
    expect(await refund('ref_d', 1n)).toMatchObject({ ok: false, error: { kind: 'too_much', left: 0n } })
    await expectOrder()
  })

  it('stops a refund that waits for its turn, when its money has gone back meanwhile', async () => {
    const id = await accept()
    await pay(id)
    const refund = (ref: string, more: object = {}): ReturnType<World['payments']['refund']> => world.payments.refund({ merchant_id: 'm1', payment_id: id, id: `${ref}_${id}`, amount: 1_000n, request: {}, ...more })
    liar.next.push({ status: 'declined', reason: 'declined', facts: {} })
    await refund('ref_a')
    await refund('ref_b', { due_at: after(world.clock.now(), 60_000) })
    liar.relents(true)
    const first = (await world.payments.find('m1', id))?.attempts.find(({ refund_id }) => refund_id === `ref_a_${id}`)
    await world.payments.settle('m1', id, first?.id)
    expect((await world.payments.find('m1', id))?.payment).toMatchObject({ refunded: 1_000n, refunding: 1_000n })
    await expectOrder()
    world.clock.advance(61_000)
    await resolve()
    expect(await world.payments.find('m1', id)).toMatchObject({ payment: { refunded: 1_000n, refunding: 0n }, refunds: [{ state: 'succeeded' }, { state: 'failed', reason: 'duplicate' }] })
    expect(await world.db.query(`SELECT 1 FROM attempts WHERE payment_id = $1 AND refund_id = $2`, [id, `ref_b_${id}`])).toEqual([])
    await expectOrder()
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
