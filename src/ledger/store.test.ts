import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testEngine } from '../../test/support/database.ts'
import { createWorld, type World } from '../../test/support/world.ts'
import { openDatabase } from '../db/open.ts'
import { audit } from './audit.ts'
import { balancesOf, rollUpBalances, rollUpWithin } from './store.ts'

describe('the roll-up of balances', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.close())

  let count = 0
  const pay = async (): Promise<void> => {
    const id = `p${++count}`
    await world.payments.accept({ merchant_id: 'm1', id, api: 'x', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 100n, request: {} })
    const paid = await world.payments.pay('m1', id, { instrument: { type: 'card', number: '4242424242424242', exp_month: 12, exp_year: 2041, holder: undefined, cvv: '123' }, initiator: 'payer', authentication: 'auto' })
    expect(paid.ok).toBe(true)
  }
  const expectProven = async (): Promise<void> => {
    expect((await audit(world.db)).findings).toEqual([])
    expect((await balancesOf(world.db, 'm1', 'test')).map(({ account, amount }) => [account, BigInt(amount)])).toEqual([['merchant', BigInt(count) * -100n], ['provider:sandbox-cards', BigInt(count) * 100n]])
  }

  it('counts every posting once, however many do it while payments are made', async () => {
    for (let round = 0; round < 5; round++) {
      await Promise.all([...Array.from({ length: 10 }, pay), ...Array.from({ length: 8 }, () => rollUpBalances(world.db))])
    }
    await rollUpBalances(world.db)
    await expectProven()
  })

  it.runIf(testEngine === 'postgres')('counts nothing twice when one process has waited for another', async () => {
    const other = await openDatabase({ url: world.url, connections_max: 4 })
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 200))
    // A payment's commit that takes its time, and is older than all that follows.
    let finish = (): void => undefined
    const written = new Promise<void>((resolve) => (finish = resolve))
    const slow = other.transaction(async (tx) => {
      await tx.query(`INSERT INTO postings (merchant_id, id, kind, mode, payment_id, currency, accounts, amounts, created_at)
        VALUES ('m1', 'slow', 'sale', 'test', 'p1', 'USD', '{provider:sandbox-cards,merchant}', '{100,-100}', now())`)
      await written
    })
    await pause()
    let waited: Promise<void> | undefined
    await other.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM balances_rolled_up FOR UPDATE')
      waited = rollUpBalances(world.db)
      await pause()
      finish()
      await slow
      // Counts what the one that waits, which looked before, takes for unfinished.
      await rollUpWithin(tx)
    })
    await waited
    await rollUpBalances(world.db)
    await other.close()
    expect((await audit(world.db)).checks.find(({ name }) => name === 'balances agree')?.faults).toBe(0)
  })

  it.runIf(testEngine === 'postgres')('counts once what is committed between its look at the mark and its sum', async () => {
    const other = await openDatabase({ url: world.url, connections_max: 4 })
    let finish = (): void => undefined
    const released = new Promise<void>((resolve) => (finish = resolve))
    let begun = (): void => undefined
    const isBegun = new Promise<void>((resolve) => (begun = resolve))
    // The oldest transaction: the mark stops right before it.
    const oldest = other.transaction(async (tx) => {
      await tx.query(`INSERT INTO postings (merchant_id, id, kind, mode, payment_id, currency, accounts, amounts, created_at)
        VALUES ('m1', 'oldest', 'sale', 'test', 'p1', 'USD', '{provider:sandbox-cards,merchant}', '{100,-100}', now())`)
      begun()
      await released
    })
    await isBegun
    await pay()
    await world.db.transaction((tx) => rollUpWithin({
      query: async (text, params, options) => {
        const rows = await tx.query(text, params, options)
        if (text.includes('pg_snapshot_xmin')) {
          finish()
          await oldest
        }
        return rows as never
      },
    }))
    await rollUpBalances(world.db)
    await other.close()
    expect((await audit(world.db)).checks.find(({ name }) => name === 'balances agree')?.faults).toBe(0)
  })
})
