import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../test/support/world.ts'
import { randomIds } from '../core/ids.ts'
import { createCommitter } from '../db/commit.ts'
import { audit } from '../ledger/audit.ts'
import type { FeeTerms } from '../ledger/fees.ts'
import { balancesOf, rollUpBalances } from '../ledger/store.ts'
import { dueReserves } from './due.ts'
import { releaseReserve } from './reserve-service.ts'
import { createResolver } from './resolver.ts'
import { createPayments } from './service.ts'

/** A tenth of each deposit for an hour; a charge-back costs 2% and 5.00. */
const TERMS: FeeTerms = { strategy: 'internal', reverse: false, rate: '0.03', fixed: '0', min: '0', max: '0', reserve: { rate: '0.1', minutes: 60 }, charge_back: { rate: '0.02', fixed: '500', min: '0', max: '0' } }
const HOUR_MS = 3_600_000

describe('a rolling reserve', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.close())

  const card = { type: 'card', number: '4242424242424242', exp_month: 12, exp_year: 2031, holder: 'Ann Lee', cvv: '123' } as const
  const accept = async (currency: string, amount: bigint, fee_terms: FeeTerms | undefined = TERMS, kind: 'charge' | 'payout' = 'charge'): Promise<string> => {
    const id = `pay_${randomIds.alphanumeric(16)}`
    await world.payments.accept({ merchant_id: 'm1', id, api: 'corefy', kind, mode: 'test', method: 'card', currency, amount, request: {}, ...(fee_terms && { fee_terms }) })
    return id
  }
  const pay = (id: string, overdraft?: bigint): ReturnType<World['payments']['pay']> => world.payments.pay('m1', id, { instrument: card, initiator: 'merchant', authentication: 'off', final: true, overdraft })
  const sell = async (currency: string, amount = 10_000n): Promise<string> => {
    const id = await accept(currency, amount)
    expect(await pay(id)).toMatchObject({ ok: true, value: { payment: { state: 'succeeded' } } })
    return id
  }
  const refund = (payment_id: string, amount: bigint, overdraft?: bigint, due_at?: Date): ReturnType<World['payments']['refund']> =>
    world.payments.refund({ merchant_id: 'm1', payment_id, id: `ref_${randomIds.alphanumeric(16)}`, amount, request: {}, overdraft, due_at })
  const chargeBack = (payment_id: string, amount: bigint): ReturnType<World['payments']['chargeBack']> =>
    world.payments.chargeBack('m1', payment_id, { id: `ref_${randomIds.alphanumeric(16)}`, attempt_id: `att_${randomIds.alphanumeric(16)}`, amount, request: {} })
  /** What the merchant may spend, what is kept back, and what the platform has earned. */
  const books = async (currency: string): Promise<number[]> => {
    const rows = (await balancesOf(world.db, 'm1', 'test')).filter((row) => row.currency === currency)
    return ['merchant', 'reserve', 'fees'].map((name) => 0 - Number(rows.find(({ account }) => account === name)?.amount ?? 0n))
  }
  const round = (): Promise<number> => createResolver(world.deps, world.payments).runOnce()
  const kindsOf = async (id: string): Promise<string[]> => (await world.db.query<{ kind: string }>('SELECT kind FROM postings WHERE payment_id = $1 ORDER BY txid, id', [id])).map(({ kind }) => kind).sort()

  it('is kept with the sale, and is the merchant’s when its time is over', async () => {
    const id = await sell('EUR')
    await releaseReserve(world.deps, { merchant_id: 'm1', payment_id: id })
    expect(await books('EUR')).toEqual([8_730, 970, 300])
    expect(await world.payments.find('m1', id)).toMatchObject({ reserve: { amount: 970n, canceled: 0n, released_at: null } })
    expect((await audit(world.db)).totals).toContainEqual(expect.objectContaining({ currency: 'EUR', held: '10000', owed_to_merchants: '8730', in_reserve: '970', fees: '300' }))
    world.clock.advance(HOUR_MS - 60_000)
    await round()
    expect(await books('EUR')).toEqual([8_730, 970, 300])
    world.clock.advance(61_000)
    expect(await round()).toBe(1)
    expect(await books('EUR')).toEqual([9_700, 0, 300])
    expect(await round()).toBe(0)
  })

  it('is released once, by however many processes that look at once', async () => {
    const ids = [await sell('GBP'), await sell('GBP'), await sell('GBP')]
    world.clock.advance(HOUR_MS + 1_000)
    const processes = Array.from({ length: 3 }, () => {
      const deps = { ...world.deps, committer: createCommitter(world.db) }
      return createResolver(deps, createPayments(deps))
    })
    await Promise.all(processes.map((process) => process.runOnce()))
    expect(await books('GBP')).toEqual([29_100, 0, 900])
    for (const id of ids) expect(await kindsOf(id)).toEqual(['reserve', 'reserve_released', 'sale'])
    await Promise.all(ids.map((payment_id) => releaseReserve(world.deps, { merchant_id: 'm1', payment_id })))
    expect(await books('GBP')).toEqual([29_100, 0, 900])
  })

  it('is not touched by a refund that the balance covers, and gives what is missing to one that it does not', async () => {
    const [id, other] = [await sell('SEK'), await sell('SEK')]
    await refund(id, 1_000n)
    expect(await books('SEK')).toEqual([16_460, 1_940, 600])
    // All that may be spent is spent.
    expect(await pay(await accept('SEK', 16_400n, undefined, 'payout'), 0n)).toMatchObject({ ok: true })
    expect(await books('SEK')).toEqual([60, 1_940, 600])
    expect(await refund(id, 500n, 0n)).toMatchObject({ ok: true, value: { refund: { state: 'succeeded' }, view: { reserve: { canceled: 440n } } } })
    expect(await books('SEK')).toEqual([0, 1_500, 600])
    // Of its own payment's reserve, and no more than there is.
    expect(await refund(id, 531n, 0n)).toMatchObject({ ok: false, error: { kind: 'no_funds' } })
    expect(await refund(id, 530n, 0n)).toMatchObject({ ok: true })
    expect(await books('SEK')).toEqual([0, 970, 600])
    expect(await world.payments.find('m1', other)).toMatchObject({ reserve: { canceled: 0n } })
    await rollUpBalances(world.db)
    world.clock.advance(HOUR_MS + 1_000)
    await round()
    expect(await books('SEK')).toEqual([970, 0, 600])
    expect(await kindsOf(id)).toEqual(['refund', 'refund', 'refund', 'reserve', 'reserve_canceled', 'reserve_canceled', 'sale'])
  })

  it('waits for a refund that has been promised a share, and does not promise it twice', async () => {
    const id = await sell('NOK')
    await pay(await accept('NOK', 8_730n, undefined, 'payout'), 0n)
    const later = new Date(world.clock.now().getTime() + 2 * HOUR_MS)
    const waiting = await refund(id, 900n, 0n, later)
    expect(waiting).toMatchObject({ ok: true })
    expect(await refund(id, 71n, 0n)).toMatchObject({ ok: false, error: { kind: 'no_funds' } })
    // What comes out of the reserve is not missing in the balance: all of that may go.
    await sell('NOK')
    expect(await pay(await accept('NOK', 8_730n, undefined, 'payout'), 0n)).toMatchObject({ ok: true })
    world.clock.advance(HOUR_MS + 1_000)
    expect((await dueReserves(world.db, world.clock.now(), 10)).map(({ payment_id }) => payment_id)).not.toContain(id)
    await releaseReserve(world.deps, { merchant_id: 'm1', payment_id: id })
    expect(await books('NOK')).toEqual([0, 1_940, 600])
    world.clock.advance(HOUR_MS)
    for (let i = 0; i < 3; i++) await round()
    expect(await books('NOK')).toEqual([1_040, 0, 600])
  })

  it('gives its share to a charge-back and to what that costs', async () => {
    const id = await sell('DKK')
    await pay(await accept('DKK', 8_700n, undefined, 'payout'), 0n)
    // 3.00 are taken back, which costs 0.06 + 5.00; 0.30 may be spent.
    expect(await chargeBack(id, 300n)).toMatchObject({ ok: true, value: { refunds: [{ request: { charge_back_fee: '506', from_reserve: '776' } }], payment: { refunded_fee: 0n } } })
    expect(await books('DKK')).toEqual([0, 194, 806])
    await chargeBack(id, 9_700n)
    expect(await books('DKK')).toEqual([-10_200, 0, 1_500])
    world.clock.advance(HOUR_MS + 1_000)
    expect(await round()).toBe(0)
  })

  it('is nothing to payments without the option', async () => {
    const queries: string[] = []
    const db = { ...world.db, query: ((text: string, ...more: never[]) => (queries.push(text), world.db.query(text, ...more))) as typeof world.db.query }
    const payments = createPayments({ ...world.deps, db, committer: createCommitter(db) })
    await payments.accept({ merchant_id: 'm1', id: 'plain', api: 'corefy', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {} })
    await payments.pay('m1', 'plain', { instrument: card, initiator: 'merchant', authentication: 'off', final: true })
    await payments.refund({ merchant_id: 'm1', payment_id: 'plain', id: 'ref_plain', amount: 400n, request: {} })
    expect(queries.length).toBeGreaterThan(5)
    expect(queries.filter((text) => /reserves|FROM balances/.test(text))).toEqual([])
  })

  it('leaves the books in order', async () => {
    expect((await audit(world.db)).findings).toEqual([])
  })
})
