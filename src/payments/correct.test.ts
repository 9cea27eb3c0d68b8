import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../test/support/world.ts'
import { randomIds } from '../core/ids.ts'
import { audit } from '../ledger/audit.ts'
import { ProviderUnreachable } from '../providers/contract.ts'
import type { Correction, NewPayment, PayInstruction } from './commands.ts'
import { createResolver } from './resolver.ts'

describe("an operator's word", () => {
  let world: World
  let reachable = true
  beforeAll(async () => {
    world = await createWorld({
      providers: (networks) => networks.map((network) => {
        const gate = (): void => {
          if (!reachable) throw new ProviderUnreachable('away')
        }
        return { ...network, inquire: async (key, signal) => (gate(), network.inquire(key, signal)), abandon: async (key, signal) => (gate(), network.abandon(key, signal)) }
      }),
    })
  })
  afterAll(() => world.close())

  const accept = async (more: Partial<NewPayment> = {}): Promise<string> => {
    const id = `pay_${randomIds.alphanumeric(16)}`
    await world.payments.accept({ merchant_id: 'm1', id, api: 'begateway', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {}, ...more })
    return id
  }
  const pay = (id: string, number: string, more: Partial<PayInstruction> = {}): ReturnType<World['payments']['pay']> =>
    world.payments.pay('m1', id, { instrument: { type: 'card', number, exp_month: 12, exp_year: 2031, holder: 'Ann Lee', cvv: '123' }, initiator: 'payer', authentication: 'auto', return_url: () => 'http://127.0.0.1/back', ...more })
  const correct = (id: string, more: Partial<Correction> = {}): ReturnType<World['payments']['correct']> =>
    world.payments.correct('m1', id, { id: `att_${randomIds.alphanumeric(24)}`, amount: 1_000n, facts: {}, request: { by: 'operator' }, ...more })
  const booked = async (id: string): Promise<Record<string, number>> =>
    Object.fromEntries((await world.db.query<{ account: string; sum: string }>(
      'SELECT line.account, sum(line.amount)::text AS sum FROM postings p, unnest(p.accounts, p.amounts) AS line(account, amount) WHERE p.payment_id = $1 GROUP BY 1', [id])).map(({ account, sum }) => [account, Number(sum)]))
  const sound = async (): Promise<void> => expect((await audit(world.db)).findings).toEqual([])

  it('makes a failed payment paid, once, with the amount that came in and its fee', async () => {
    const id = await accept({ fee_terms: { strategy: 'internal', reverse: false, rate: '0.1', fixed: '0', min: '0', max: '0' } })
    await pay(id, '4000000000000002', { final: true })
    const failed_at = (await world.payments.find('m1', id))!.payment.finished_at!
    world.clock.advance(60_000)
    const all = await Promise.all(Array.from({ length: 20 }, () => correct(id, { amount: 900n })))
    expect(all.filter((one) => one.ok)).toHaveLength(1)
    expect(all.filter((one) => !one.ok && one.error.kind === 'finished')).toHaveLength(19)
    const { payment } = (await world.payments.find('m1', id))!
    expect(payment).toMatchObject({ state: 'succeeded', reason: null, captured: 900n, fee: 90n })
    expect(payment.finished_at!.getTime()).toBeGreaterThan(failed_at.getTime())
    expect(await booked(id)).toEqual({ 'provider:manual': 900, merchant: -810, fees: -90 })
    await sound()
  })

  it('is heard once under one id, also where nothing had started', async () => {
    const id = await accept()
    for (let i = 0; i < 3; i++) expect(await correct(id, { id: 'att_once' })).toMatchObject({ ok: true, value: { payment: { state: 'succeeded' } } })
    expect(await booked(id)).toEqual({ 'provider:manual': 1_000, merchant: -1_000 })
  })

  it("counts after the provider's: what waits for the payer is given up first, what may still be paid is left alone", async () => {
    const id = await accept()
    await pay(id, '4000000000003220')
    reachable = false
    expect(await correct(id)).toMatchObject({ ok: false, error: { kind: 'busy' } })
    expect(await booked(id)).toEqual({})
    reachable = true
    expect(await correct(id)).toMatchObject({ ok: true, value: { payment: { state: 'succeeded' } } })
    const [asked] = (await world.payments.find('m1', id))!.attempts
    expect(asked).toMatchObject({ state: 'declined' })
    expect(await world.book.find(asked!.id)).toMatchObject({ status: 'declined' })
    await sound()
  })

  it('says nothing about what is paid, held, on its way out, or not there', async () => {
    const paid = await accept()
    await pay(paid, '4242424242424242')
    expect(await correct(paid)).toMatchObject({ ok: false, error: { kind: 'finished' } })
    const held = await accept({ manual_capture: true })
    await pay(held, '4242424242424242')
    expect(await correct(held)).toMatchObject({ ok: false, error: { kind: 'finished' } })
    expect(await correct(await accept({ kind: 'payout' }))).toMatchObject({ ok: false, error: { kind: 'no_route' } })
    expect(await correct('nobody')).toMatchObject({ ok: false, error: { kind: 'not_found' } })
  })

  it('counts for what was held and let go again: the money that came by hand goes back by hand', async () => {
    const id = await accept({ manual_capture: true, amount: 1_000n })
    await pay(id, '4242424242424242')
    await world.payments.followUp('m1', id, { kind: 'void', id: `void_${id}`, amount: undefined, request: {} })
    expect(await correct(id, { amount: 900n })).toMatchObject({ ok: true, value: { payment: { state: 'succeeded', captured: 900n, authorized: 1_900n, released: 1_000n } } })
    const refunded = await world.payments.refund({ merchant_id: 'm1', payment_id: id, id: `ref_${id}`, amount: 900n, request: {} })
    expect(refunded).toMatchObject({ ok: true, value: { refund: { state: 'succeeded' } } })
    expect(await booked(id)).toEqual({ 'provider:manual': 0, merchant: 0, holds: 0, 'holds:contra': 0 })
    await sound()
  })

  it('play money goes back at once; real money when somebody has paid it back', async () => {
    const refund = async (id: string, amount: bigint, refund_id: string): ReturnType<World['payments']['refund']> => world.payments.refund({ merchant_id: 'm1', payment_id: id, id: refund_id, amount, request: {} })
    const test = await accept()
    await correct(test)
    expect(await refund(test, 400n, 'ref_test')).toMatchObject({ ok: true, value: { refund: { state: 'succeeded' } } })

    const live = await accept({ mode: 'live' })
    await correct(live)
    expect(await refund(live, 300n, 'ref_live_1')).toMatchObject({ ok: true, value: { refund: { state: 'processing' } } })
    world.clock.advance(3_600_000)
    await createResolver(world.deps, world.payments).runOnce()
    expect((await world.payments.find('m1', live))?.refunds[0]).toMatchObject({ state: 'processing' })
    expect(await world.payments.concludeRefund('m1', 'ref_live_1', true)).toMatchObject({ ok: true, value: { payment: { refunded: 300n } } })
    expect(await world.payments.concludeRefund('m1', 'ref_live_1', true)).toMatchObject({ ok: false, error: { kind: 'wrong_state' } })
    await refund(live, 700n, 'ref_live_2')
    expect(await world.payments.concludeRefund('m1', 'ref_live_2', false)).toMatchObject({ ok: true, value: { payment: { refunded: 300n, refunding: 0n } } })
    expect(await booked(live)).toEqual({ 'provider:manual': 700, merchant: -700 })
    expect(await world.payments.concludeRefund('m1', 'nobody', true)).toMatchObject({ ok: false, error: { kind: 'not_found' } })
    await sound()
  })

  it("is not asked about a network's refund", async () => {
    const id = await accept()
    await pay(id, '4242424242424242')
    await world.payments.refund({ merchant_id: 'm1', payment_id: id, id: 'ref_network', amount: 1n, request: {} })
    expect(await world.payments.concludeRefund('m1', 'ref_network', false)).toMatchObject({ ok: false, error: { kind: 'wrong_state' } })
  })
})
