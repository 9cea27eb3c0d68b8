/**
 * The database commits, and its answer is lost: a server that fails over, a connection that breaks. Nobody knows then whether anything was
 * written. Whatever the caller does next, money moves once and the books say so.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { differences } from '../../test/crash/books.ts'
import { createWorld, type World } from '../../test/support/world.ts'
import type { Db } from '../db/db.ts'
import { audit } from '../ledger/audit.ts'
import type { PaymentView } from './model.ts'
import { createResolver } from './resolver.ts'

/** Loses one answer: `done`, the statement has been committed; `lost`, it never arrived. */
function unreliable(db: Db, plan: { readonly nth: number; readonly kind: 'done' | 'lost'; seen: number }): Db {
  return {
    ...db,
    query: async (text, params, options) => {
      const hit = ++plan.seen === plan.nth
      if (hit && plan.kind === 'lost') throw broken()
      const rows = await db.query(text, params, options)
      if (hit) throw broken()
      return rows as never
    },
  }
}

const broken = (): Error => Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' })

let world: World | undefined
afterEach(() => world?.close())

/** A client that repeats what failed, as clients do. */
async function insist<T>(what: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await what()
    } catch (error) {
      if (tries === 3) throw error
    }
  }
}

const TERMS = { strategy: 'internal', reverse: false, rate: '0', fixed: '0', min: '0', max: '0', reserve: { rate: '0.1', minutes: 1 } } as const

/** Order, sale, refund, each with a key; then everything that happens by itself. */
async function shop({ payments, deps, clock }: World): Promise<PaymentView> {
  const order = { merchant_id: 'm1', api: 'corefy', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {}, tries_max: 3, fee_terms: TERMS } as const
  let made = 0
  const accepted = await insist(() => payments.accept({ ...order, id: `pay_${++made}` }, {
    claim: (payment) => ({ merchant_id: 'm1', scope: 'order', key: 'R-1', owner: payment.id, request_hash: null, status: null, answer: null, created_at: payment.created_at, expires_at: null }),
  }))
  const id = accepted.ok ? accepted.value.payment.id : accepted.error.claim.owner
  const resolver = createResolver(deps, payments)
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 4; i++) {
      clock.advance(60_000)
      await resolver.runOnce()
    }
  }
  const card = { type: 'card', number: '4242424242424242', exp_month: 12, exp_year: 2031, holder: 'Ann Lee', cvv: '123' } as const
  // An attempt that never left ends as a decline; the payer, who has been told, pays again.
  for (let tries = 0; tries < 2; tries++) {
    await insist(() => payments.pay('m1', id, { instrument: card, initiator: 'payer', authentication: 'auto' })).catch(() => undefined)
    await settle()
  }
  await insist(() => payments.refund({
    merchant_id: 'm1', payment_id: id, id: `ref_${++made}`, amount: 400n, request: {},
    claim: (refund) => ({ merchant_id: 'm1', scope: 'refund', key: 'B-1', owner: refund.id, request_hash: null, status: null, answer: null, created_at: refund.created_at, expires_at: null }),
  }))
  await settle()
  const view = await payments.find('m1', id)
  if (view === undefined) throw new Error('the payment is gone')
  return view
}

/** Commits of the whole: accept, intend, record, the reserve's release, refund, its intend, its record. */
const COMMITS = 7

describe.each(['done', 'lost'] as const)('an answer is lost, and the statement is %s', (kind) => {
  it.each(Array.from({ length: COMMITS }, (_, index) => index + 1))('at commit %i', async (nth) => {
    const plan = { nth, kind, seen: 0 }
    world = await createWorld({ commits: (db) => unreliable(db, plan) })
    const { payment, attempts, refunds } = await shop(world)
    expect(plan.seen).toBeGreaterThanOrEqual(COMMITS)
    expect(payment).toMatchObject({ state: 'succeeded', captured: 1_000n, refunded: 400n, refunding: 0n })
    expect(attempts.filter(({ kind: operation, state }) => operation === 'sale' && state === 'approved')).toHaveLength(1)
    expect(refunds).toHaveLength(1)
    expect(await world.db.query(`SELECT kind FROM postings WHERE kind LIKE 'reserve%' ORDER BY kind`)).toEqual([{ kind: 'reserve' }, { kind: 'reserve_released' }])
    expect(await differences(world.db, await world.book.list())).toEqual([])
    expect((await audit(world.db)).findings).toEqual([])
    expect(await world.db.query('SELECT id FROM payments')).toHaveLength(1)
  })
})
