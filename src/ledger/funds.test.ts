import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomIds } from '../core/ids.ts'
import { createWorld, type World } from '../../test/support/world.ts'
import { createCommitter } from '../db/commit.ts'
import { createPayments } from '../payments/service.ts'
import { audit } from './audit.ts'
import type { FeeTerms } from './fees.ts'
import { balancesOf, rollUpBalances } from './store.ts'

describe('a balance with a floor', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.close())

  const card = { type: 'card', number: '4242424242424242', exp_month: 12, exp_year: 2031, holder: 'Ann Lee', cvv: '123' } as const
  const accept = async (kind: 'charge' | 'payout', currency: string, amount: bigint, fee_terms?: FeeTerms): Promise<string> => {
    const id = `pay_${randomIds.alphanumeric(16)}`
    await world.payments.accept({ merchant_id: 'm1', id, api: 'corefy', kind, mode: 'test', method: 'card', currency, amount, request: {}, ...(fee_terms === undefined ? {} : { fee_terms }) })
    return id
  }
  const pay = (id: string, overdraft?: bigint): ReturnType<World['payments']['pay']> => world.payments.pay('m1', id, { instrument: card, initiator: 'merchant', authentication: 'off', final: true, overdraft })
  const earn = async (currency: string, amount: bigint): Promise<string> => {
    const id = await accept('charge', currency, amount)
    expect(await pay(id)).toMatchObject({ ok: true, value: { payment: { state: 'succeeded' } } })
    return id
  }
  const held = async (currency: string): Promise<number> => 0 - Number((await balancesOf(world.db, 'm1', 'test')).find((balance) => balance.account === 'merchant' && balance.currency === currency)?.amount ?? 0n)

  it('pays a hundred payouts out of a balance for three of them three times', async () => {
    await earn('USD', 350n)
    await rollUpBalances(world.db)
    const ids = await Promise.all(Array.from({ length: 100 }, () => accept('payout', 'USD', 100n)))
    const paid = await Promise.all(ids.map((id) => pay(id, 0n)))
    expect(paid.filter((one) => one.ok)).toHaveLength(3)
    expect(paid.filter((one) => !one.ok && one.error.kind === 'no_funds')).toHaveLength(97)
    expect(await held('USD')).toBe(50)
    expect((await world.book.list({ network: 'sandbox-cards' })).filter(({ kind, status }) => kind === 'payout' && status === 'approved')).toHaveLength(3)
    // What was not covered waits: it can be sent when there is more.
    await earn('USD', 50n)
    const later = paid.findIndex((one) => !one.ok)
    expect(await pay(ids[later]!, 0n)).toMatchObject({ ok: true, value: { payment: { state: 'succeeded' } } })
    expect(await held('USD')).toBe(0)
  })

  it('lets payouts and refunds at once take no more than there is, and the overdraft', async () => {
    const sales = await Promise.all(Array.from({ length: 10 }, () => earn('EUR', 100n)))
    const out = await accept('payout', 'EUR', 800n)
    expect((await pay(out, 0n)).ok).toBe(true)
    const payouts = await Promise.all(Array.from({ length: 10 }, () => accept('payout', 'EUR', 60n)))
    const results = await Promise.all([
      ...sales.map((payment_id, index) => world.payments.refund({ merchant_id: 'm1', payment_id, id: `ref_${index}`, amount: 60n, request: {}, overdraft: 50n })),
      ...payouts.map((id) => pay(id, 50n)),
    ])
    // 200 are left, and 50 more may be taken: four times 60.
    expect(results.filter((one) => one.ok)).toHaveLength(4)
    expect(await held('EUR')).toBe(-40)
    expect((await audit(world.db)).findings).toEqual([])
  })

  it('lets everybody through when there is enough for all', async () => {
    await earn('CHF', 10_000n)
    const ids = await Promise.all(Array.from({ length: 100 }, () => accept('payout', 'CHF', 100n)))
    const paid = await Promise.all(ids.map((id) => pay(id, 0n)))
    expect(paid.filter((one) => one.ok)).toHaveLength(100)
    expect(await held('CHF')).toBe(0)
  })

  it('is kept between processes, which know nothing of each other', async () => {
    await earn('SEK', 250n)
    const processes = [1, 2, 3].map(() => {
      const db = { ...world.db }
      return createPayments({ ...world.deps, db, committer: createCommitter(db) })
    })
    const ids = await Promise.all(Array.from({ length: 12 }, () => accept('payout', 'SEK', 100n)))
    const paid = await Promise.all(ids.map((id, index) => processes[index % 3]!.pay('m1', id, { instrument: card, initiator: 'merchant', authentication: 'off', final: true, overdraft: 0n })))
    expect(paid.filter((one) => one.ok)).toHaveLength(2)
    expect(await held('SEK')).toBe(50)
    expect(await world.db.query(`SELECT n FROM withdrawals WHERE currency = 'SEK' ORDER BY n`)).toEqual([{ n: 1n }, { n: 2n }])
  })

  it('need not cover what the platform gives back itself', async () => {
    const id = await accept('charge', 'CHF', 1_000n, { strategy: 'internal', reverse: false, rate: '0.03', fixed: '0', min: '0', max: '0' })
    await pay(id)
    expect(await held('CHF')).toBe(970)
    expect(await world.payments.refund({ merchant_id: 'm1', payment_id: id, id: 'ref_fee', amount: undefined, request: {}, with_fee: true, overdraft: 0n })).toMatchObject({ ok: true, value: { refund: { state: 'succeeded', fee: 30n } } })
    expect(await held('CHF')).toBe(0)
  })

  it('counts a refund that waits as gone, and one that was canceled as there', async () => {
    const sale = await earn('GBP', 100n)
    const due_at = new Date(world.clock.now().getTime() + 3_600_000)
    expect(await world.payments.refund({ merchant_id: 'm1', payment_id: sale, id: 'ref_waits', amount: 100n, request: {}, due_at, overdraft: 0n })).toMatchObject({ ok: true })
    const out = await accept('payout', 'GBP', 100n)
    expect(await pay(out, 0n)).toMatchObject({ ok: false, error: { kind: 'no_funds' } })
    await world.payments.cancelRefund('m1', 'ref_waits')
    expect(await pay(out, 0n)).toMatchObject({ ok: true })
  })
})
