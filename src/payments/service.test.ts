import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../test/support/world.ts'
import { randomIds } from '../core/ids.ts'
import { audit } from '../ledger/audit.ts'
import { balancesOf, rollUpBalances } from '../ledger/store.ts'
import type { CardData } from '../providers/contract.ts'
import type { PayInstruction } from './commands.ts'
import { decideOutcome } from './decisions/pay.ts'
import { decideRefundStart } from './decisions/refund.ts'
import { followUpAttempt } from './follow-up-service.ts'
import { createResolver } from './resolver.ts'
import { commitChange } from './runner.ts'
import { createPayments } from './service.ts'

const card = (number: string): CardData => ({ type: 'card', number, exp_month: 12, exp_year: 2031, holder: 'Ann Lee', cvv: '123' })

const byCard = (number: string, more: Partial<PayInstruction> = {}): PayInstruction => ({
  instrument: card(number), initiator: 'payer', authentication: 'auto', return_url: (id) => `http://127.0.0.1/back?pid=${id}`, ...more,
})

describe('payments', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.close())

  const accept = async (more: Partial<Parameters<World['payments']['accept']>[0]> = {}): Promise<string> => {
    const id = `cpi_${randomIds.alphanumeric(16)}`
    const accepted = await world.payments.accept({ merchant_id: 'm1', id, api: 'corefy', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {}, tries_max: 3, ...more })
    expect(accepted.ok).toBe(true)
    return id
  }

  it('takes a card payment: one charge at the provider, one posting that balances', async () => {
    const id = await accept({ fee_terms: { strategy: 'internal', reverse: false, rate: '0.03', fixed: '10', min: '0', max: '0' } })
    const paid = await world.payments.pay('m1', id, byCard('4242424242424242'))
    expect(paid.ok && paid.value.payment).toMatchObject({ state: 'succeeded', captured: 1_000n, fee: 40n })
    const again = await world.payments.pay('m1', id, byCard('4242424242424242'))
    expect(again).toMatchObject({ ok: false, error: { kind: 'finished' } })
    const [posting] = await world.db.query<{ accounts: string[]; amounts: bigint[] }>('SELECT accounts, amounts FROM postings WHERE merchant_id = $1 AND payment_id = $2', ['m1', id])
    expect(posting?.accounts).toEqual(['provider:sandbox-cards', 'merchant', 'fees'])
    expect(posting?.amounts.map(BigInt)).toEqual([1_000n, -960n, -40n])
  })

  it('lets the payer try again after a decline, up to the limit', async () => {
    const id = await accept()
    for (const state of ['pending', 'pending', 'failed']) {
      const paid = await world.payments.pay('m1', id, byCard('4000000000000002'))
      expect(paid.ok && paid.value.payment.state).toBe(state)
    }
    expect(await world.payments.pay('m1', id, byCard('4242424242424242'))).toMatchObject({ ok: false, error: { kind: 'finished' } })
  })

  it('has at most one open attempt, whatever the code does: the database refuses a second', async () => {
    const id = await accept()
    await world.payments.pay('m1', id, byCard('4000000000003220'))
    const second = world.db.query(
      `INSERT INTO attempts (merchant_id, id, payment_id, kind, provider, state, currency, amount, sent_at)
       SELECT merchant_id, id || '2', payment_id, kind, provider, 'sent', currency, amount, sent_at FROM attempts WHERE payment_id = $1`, [id])
    await expect(second).rejects.toThrow('attempts_one_open')
  })

  it.each([['charge', 'failed'], ['payout', 'failed']] as const)('believes a provider that approves a %s after all', async (kind, state) => {
    const id = await accept({ kind, tries_max: 1 })
    await world.payments.pay('m1', id, byCard('4000000000000002'))
    const view = (await world.payments.find('m1', id))!
    expect(view.payment.state).toBe(state)
    const change = decideOutcome(view, view.attempts[0]!, { status: 'approved', amount: { minor: 1_000n, currency: 'USD' }, facts: {} }, world.clock.now(), 'platform')
    expect(await commitChange(world.deps, change!)).toBe('done')
    expect((await world.payments.find('m1', id))?.payment).toMatchObject({ state: 'succeeded', captured: 1_000n, reason: null })
    expect((await audit(world.db)).findings).toEqual([])
  })

  it('believes a provider that approves a refund after all, and takes its amount out of what is left once', async () => {
    const id = await accept()
    await world.payments.pay('m1', id, byCard('4242424242424242'))
    for (const amount of [300n, 200n]) await world.payments.refund({ merchant_id: 'm1', payment_id: id, id: `ref_${id}_${amount}`, amount, request: {}, due_at: new Date(world.clock.now().getTime() + 3_600_000) })
    const told = async (status: 'declined' | 'approved'): Promise<void> => {
      const view = (await world.payments.find('m1', id))!
      const change = decideOutcome(view, view.attempts.at(-1)!, status === 'approved' ? { status, amount: { minor: 300n, currency: 'USD' }, facts: {} } : { status, reason: 'declined', facts: {} }, world.clock.now(), 'platform')
      expect(await commitChange(world.deps, change!)).toBe('done')
    }
    const view = (await world.payments.find('m1', id))!
    const sent = followUpAttempt(world.deps, view, { kind: 'refund', id: `att_${id}`, amount: 300n, refund_id: `ref_${id}_300`, request: {} })
    await commitChange(world.deps, decideRefundStart(view.payment, view.refunds.find(({ amount }) => amount === 300n)!, sent, world.clock.now()))
    await told('declined')
    expect((await world.payments.find('m1', id))?.payment).toMatchObject({ refunded: 0n, refunding: 200n })
    await told('approved')
    expect((await world.payments.find('m1', id))?.payment).toMatchObject({ refunded: 300n, refunding: 200n })
    expect((await audit(world.db)).findings).toEqual([])
  })

  it('sends nothing for a payment whose time is over, also before anybody has ended it', async () => {
    const id = await accept({ expires_at: new Date(world.clock.now().getTime() - 1) })
    expect(await world.payments.pay('m1', id, byCard('4242424242424242'))).toMatchObject({ ok: false, error: { kind: 'expired', view: { payment: { state: 'created' }, attempts: [] } } })
    // The moment itself is no longer in time: the resolver ends it from then on.
    const at = world.clock.now()
    const last = await accept({ expires_at: at })
    expect(await createPayments({ ...world.deps, clock: { now: () => at } }).pay('m1', last, byCard('4242424242424242'))).toMatchObject({ ok: false, error: { kind: 'expired' } })
  })

  it('gives the amount of a refund that was canceled free again', async () => {
    const id = await accept()
    await world.payments.pay('m1', id, byCard('4242424242424242'))
    await world.payments.refund({ merchant_id: 'm1', payment_id: id, id: `ref_${id}`, amount: 700n, request: {}, due_at: new Date(world.clock.now().getTime() + 3_600_000) })
    expect(await world.payments.cancelRefund('m1', `ref_${id}`)).toMatchObject({ ok: true, value: { refund: { state: 'canceled' }, view: { payment: { refunding: 0n, refunded: 0n } } } })
    // Only what has not started: neither twice, nor while nobody knows what became of it, nor when it is done.
    expect(await world.payments.cancelRefund('m1', `ref_${id}`)).toMatchObject({ ok: false, error: { kind: 'wrong_state' } })
    world.sandbox.cards.faults.set({ timeout_after_work: true })
    await world.payments.refund({ merchant_id: 'm1', payment_id: id, id: `ref2_${id}`, amount: 700n, request: {} })
    world.sandbox.cards.faults.set({ timeout_after_work: false })
    expect(await world.payments.cancelRefund('m1', `ref2_${id}`)).toMatchObject({ ok: false, error: { kind: 'wrong_state', refund: { state: 'processing' } } })
    await world.payments.settle('m1', id)
    expect(await world.payments.cancelRefund('m1', `ref2_${id}`)).toMatchObject({ ok: false, error: { kind: 'wrong_state', refund: { state: 'succeeded' } } })
    expect((await audit(world.db)).findings).toEqual([])
  })

  it('gives a hundred equal tries one charge', async () => {
    const id = await accept()
    const tries = await Promise.all(Array.from({ length: 100 }, () => world.payments.pay('m1', id, byCard('4242424242424242'))))
    expect(tries.filter((tried) => tried.ok)).toHaveLength(1)
    const view = await world.payments.find('m1', id)
    expect(view?.attempts).toHaveLength(1)
  })

  it('accepts a hundred equal claims once', async () => {
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        world.payments.accept(
          { merchant_id: 'm1', id: `cpi_equal${n}`, api: 'corefy', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1n, request: {} },
          { claim: (payment) => ({ merchant_id: 'm1', scope: 'corefy.invoice', key: 'R-1', owner: payment.id, request_hash: null, status: null, answer: null, created_at: payment.created_at, expires_at: null }) },
        ),
      ),
    )
    expect(results.filter((result) => result.ok)).toHaveLength(1)
    const rows = await world.db.query(`SELECT id FROM payments WHERE id LIKE 'cpi_equal%'`)
    expect(rows).toHaveLength(1)
  })

  it('knows a refund that is asked for again, also when it took all there was', async () => {
    const id = await accept()
    await world.payments.pay('m1', id, byCard('4242424242424242'))
    const ask = (n: number, amount: bigint | undefined): ReturnType<World['payments']['refund']> => world.payments.refund({
      merchant_id: 'm1', payment_id: id, id: `ref_${id}_${n}`, amount, request: {},
      claim: (refund) => ({ merchant_id: 'm1', scope: `refund.${id}`, key: 'all', owner: refund.id, request_hash: null, status: null, answer: null, created_at: refund.created_at, expires_at: null }),
    })
    expect(await ask(1, undefined)).toMatchObject({ ok: true })
    for (const amount of [undefined, 1_000n, 1_001n]) expect(await ask(2, amount)).toMatchObject({ ok: false, error: { kind: 'duplicate', claim: { owner: `ref_${id}_1` } } })
    expect(await world.db.query(`SELECT 1 FROM events WHERE payment_id = $1 AND type = 'refund.exceeded'`, [id])).toEqual([])
  })

  it('refunds in parts, never more than was captured, in any order', async () => {
    const id = await accept()
    await world.payments.pay('m1', id, byCard('4242424242424242'))
    const refunds = await Promise.all(Array.from({ length: 20 }, (_, n) => world.payments.refund({ merchant_id: 'm1', payment_id: id, id: `ref_${id}_${n}`, amount: 300n, request: {} })))
    expect(refunds.filter((refund) => refund.ok)).toHaveLength(3)
    const resolver = createResolver(world.deps, world.payments)
    while ((await resolver.runOnce()) > 0);
    const view = await world.payments.find('m1', id)
    expect(view?.payment).toMatchObject({ captured: 1_000n, refunded: 900n, refunding: 0n })
    expect(view?.refunds.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded'])
  })

  it('stores the card only once it has paid, sealed, and charges it by token', async () => {
    const id = await accept({ customer_id: null as never })
    const paid = await world.payments.pay('m1', id, byCard('4242424242424242', { shown: { first6: '424242', last4: '4242', length: 16, brand: 'visa', holder: null, exp_month: 12, exp_year: 2031 }, store: { id: 'tok_1', remembered: false } }))
    expect(paid.ok && paid.value.payment.result.token).toBe('tok_1')
    const declined = await accept()
    await world.payments.pay('m1', declined, byCard('4000000000000002', { shown: { first6: '400000', last4: '0002', length: 16, brand: 'visa', holder: null, exp_month: 12, exp_year: 2031 }, store: { id: 'tok_2', remembered: false } }))
    const rows = await world.db.query<{ id: string; usable: boolean }>('SELECT id, usable FROM instruments ORDER BY id')
    expect(rows).toEqual([{ id: 'tok_1', usable: true }])
  })

  it('runs a 3-D Secure challenge, and ends one left open', async () => {
    const id = await accept()
    const paid = await world.payments.pay('m1', id, byCard('4000000000003220'))
    expect(paid.ok && paid.value.payment.state).toBe('pending')
    expect(paid.ok && paid.value.attempts[0]).toMatchObject({ state: 'action', action: { kind: 'redirect', method: 'POST' } })
    expect(await world.payments.pay('m1', id, byCard('4242424242424242'))).toMatchObject({ ok: false, error: { kind: 'busy' } })
    world.clock.advance(20 * 60_000)
    await createResolver(world.deps, world.payments).runOnce()
    const view = await world.payments.find('m1', id)
    expect(view?.attempts[0]).toMatchObject({ state: 'declined', reason: 'authentication_timeout' })
    expect(view?.payment.state).toBe('pending')
  })

  it('asks soon about an answer whose outcome it never heard', async () => {
    const id = await accept()
    const paid = await world.payments.pay('m1', id, byCard('4000000000003220'))
    const attempt = paid.ok ? paid.value.attempts[0] : undefined
    const { fields } = attempt?.action?.kind === 'redirect' ? attempt.action : { fields: {} as Record<string, string> }
    world.sandbox.cards.faults.set({ timeout_after_work: true })
    await world.payments.resume('m1', id, attempt?.id ?? '', fields)
    world.sandbox.cards.faults.set({ timeout_after_work: false })
    const open = (await world.payments.find('m1', id))?.attempts[0]
    expect(open?.state).toBe('action')
    // Sooner than about a payer of whom nobody has heard anything.
    expect(open?.inquire_at?.getTime()).toBeLessThanOrEqual(world.clock.now().getTime() + world.deps.call_timeout_ms + 5_000)
  })

  it('expires what nobody paid', async () => {
    const id = await accept({ expires_at: new Date(world.clock.now().getTime() + 1_000) })
    world.clock.advance(2_000)
    await createResolver(world.deps, world.payments).runOnce()
    expect((await world.payments.find('m1', id))?.payment).toMatchObject({ state: 'expired', reason: 'expired' })
  })

  it('ends as asked, and not as failed, what waits for a payer who never came', async () => {
    for (const state of ['expired', 'canceled'] as const) {
      const id = await accept({ tries_max: 1 })
      await world.payments.pay('m1', id, byCard('4000000000003220'))
      const ended = await world.payments.end('m1', id, { state, reason: 'expired' })
      expect(ended.ok && ended.value.payment.state).toBe(state)
      expect((await world.payments.find('m1', id))?.attempts[0]?.state).toBe('declined')
    }
  })

  it('captures once for a hundred equal claims', async () => {
    const id = await accept({ manual_capture: true })
    await world.payments.pay('m1', id, byCard('4242424242424242'))
    const captures = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        world.payments.followUp('m1', id, {
          kind: 'capture', id: `${id}-c${n}`, amount: 100n, request: {},
          claim: (attempt) => ({ merchant_id: 'm1', scope: 'capture', key: id, owner: attempt.id, request_hash: null, status: null, answer: null, created_at: attempt.sent_at, expires_at: null }),
        }),
      ),
    )
    expect(captures.filter(({ ok }) => ok)).toHaveLength(1)
    expect((await world.payments.find('m1', id))?.payment.captured).toBe(100n)
  })

  it('captures and releases what was authorized', async () => {
    const id = await accept({ manual_capture: true })
    await world.payments.pay('m1', id, byCard('4242424242424242'))
    expect(await world.payments.followUp('m1', id, { kind: 'capture', id: `${id}-c0`, amount: 1_001n, request: {} })).toMatchObject({ ok: false, error: { kind: 'too_much', left: 1_000n } })
    await world.payments.followUp('m1', id, { kind: 'capture', id: `${id}-c1`, amount: 400n, request: {} })
    const released = await world.payments.followUp('m1', id, { kind: 'void', id: `${id}-v1`, amount: undefined, request: {} })
    expect(released.ok && released.value.view.payment).toMatchObject({ state: 'succeeded', captured: 400n, released: 600n })
    const events = await world.db.query<{ type: string }>('SELECT type FROM events WHERE payment_id = $1 ORDER BY version, id', [id])
    expect(events.map(({ type }) => type)).toEqual(['payment.created', 'payment.authorized', 'payment.captured', 'payment.released', 'payment.succeeded'])
  })

  it('takes the fixed part of a fee once, in however many parts is captured, and gives all of it back with the last refund', async () => {
    const id = await accept({ manual_capture: true, fee_terms: { strategy: 'internal', reverse: false, rate: '0.03', fixed: '10', min: '0', max: '0' } })
    await world.payments.pay('m1', id, byCard('4242424242424242'))
    const after = async (part: bigint): Promise<bigint | undefined> => {
      await world.payments.followUp('m1', id, { kind: 'capture', id: `${id}-${part}`, amount: part, request: {} })
      return (await world.payments.find('m1', id))?.payment.fee
    }
    expect([await after(401n), await after(599n)]).toEqual([23n, 40n])
    const back = async (part: bigint): Promise<bigint | undefined> => {
      await world.payments.refund({ merchant_id: 'm1', payment_id: id, id: `ref_${randomIds.alphanumeric(16)}`, amount: part, request: {}, with_fee: true })
      return (await world.payments.find('m1', id))?.payment.refunded_fee
    }
    expect([await back(333n), await back(334n), await back(333n)]).toEqual([13n, 26n, 40n])
  })

  it('does not end what is held: that is released at the provider', async () => {
    const id = await accept({ manual_capture: true })
    await world.payments.pay('m1', id, byCard('4242424242424242'))
    for (const state of ['canceled', 'expired', 'failed'] as const) {
      expect(await world.payments.end('m1', id, { state, reason: 'canceled_by_merchant' })).toMatchObject({ ok: false, error: { kind: 'finished' } })
    }
    expect((await world.payments.find('m1', id))?.payment).toMatchObject({ state: 'authorized', authorized: 1_000n, released: 0n })
  })

  it('rolls balances up to the same sums', async () => {
    const before = await balancesOf(world.db, 'm1', 'test')
    expect(before.reduce((sum, { amount }) => sum + BigInt(amount), 0n)).toBe(0n)
    await rollUpBalances(world.db)
    expect(await balancesOf(world.db, 'm1', 'test')).toEqual(before)
  })
})
