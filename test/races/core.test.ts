/** A hundred equal requests at once have one effect, on one process and on two over the same database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Claim } from '../../src/db/claims.ts'
import { randomIds } from '../../src/core/ids.ts'
import { rollUpBalances } from '../../src/ledger/store.ts'
import type { PaymentView } from '../../src/payments/model.ts'
import { byCard, openHouse, type House } from './houses.ts'

const CROWD = 100

const claim = (scope: string, key: string, owner: string, at: Date): Claim => ({ merchant_id: 'm1', scope, key, owner, request_hash: null, status: null, answer: null, created_at: at, expires_at: null })

describe.each([1, 2])('with %i service stacks', (stacks) => {
  let house: House
  beforeAll(async () => {
    house = await openHouse(stacks)
  })
  afterAll(() => house.close())

  const find = async (id: string): Promise<PaymentView> => {
    const view = await house.world.payments.find('m1', id)
    if (view === undefined) throw new Error(`${id} has vanished`)
    return view
  }
  const events = async (id: string): Promise<string[]> => (await house.world.db.query<{ type: string }>('SELECT type FROM events WHERE payment_id = $1 ORDER BY version, id', [id])).map(({ type }) => type)
  const postings = async (id: string): Promise<string[]> => (await house.world.db.query<{ kind: string }>('SELECT kind FROM postings WHERE payment_id = $1 ORDER BY kind', [id])).map(({ kind }) => kind)
  const pay = async (id: string, number?: string): Promise<PaymentView> => {
    const paid = await house.world.payments.pay('m1', id, byCard(number))
    if (!paid.ok) throw new Error(paid.error.kind)
    return paid.value
  }
  const passChallenge = async (attempt_id: string): Promise<void> => {
    const record = await house.world.book.find(attempt_id)
    await house.world.sandbox.pages({ method: 'POST', path: '/acs/answer', query: {}, form: { challenge: record?.handle ?? '', code: '1234', decision: 'approve' }, accept_language: undefined })
  }
  const followUps = (id: string, kind: 'capture' | 'void', amount?: bigint): ReturnType<House['crowd']> =>
    house.crowd(CROWD, (payments) => payments.followUp('m1', id, { kind, id: `${kind}_${randomIds.alphanumeric(16)}`, amount, request: {} }))

  it('creates: one payment', async () => {
    const key = randomIds.alphanumeric(8)
    const results = await house.crowd(CROWD, (payments, n) => payments.accept(
      { merchant_id: 'm1', id: `equal_${key}_${n}`, api: 'races', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 5n, request: {} },
      { claim: (payment) => claim('races', key, payment.id, payment.created_at) },
    ))
    const [first] = results.filter(({ ok }) => ok)
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    const owner = first?.ok === true ? first.value.payment.id : ''
    expect(results.flatMap((result) => (result.ok ? [] : [result.error.claim.owner]))).toEqual(new Array(CROWD - 1).fill(owner))
    expect(await house.world.db.query('SELECT id FROM payments WHERE id LIKE $1', [`equal_${key}_%`])).toEqual([{ id: owner }])
  })

  it('pays: one charge', async () => {
    const id = await house.accepted()
    const results = await house.crowd(CROWD, (payments) => payments.pay('m1', id, byCard()))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect((await find(id)).attempts).toHaveLength(1)
    expect(await events(id)).toEqual(['payment.created', 'payment.succeeded'])
    expect(await house.lies()).toEqual([])
  })

  it('pays with cards that are declined: never more tries than there may be, one at a time', async () => {
    const id = await house.accepted({ tries_max: 3 })
    await house.crowd(CROWD, (payments) => payments.pay('m1', id, byCard('4000000000000002')))
    const { payment, attempts } = await find(id)
    expect(payment.tries).toBe(attempts.length)
    expect(payment.tries).toBeLessThanOrEqual(3)
    expect(await house.lies()).toEqual([])
  })

  it('returns from 3-D Secure: one approval, however many asked meanwhile', async () => {
    const id = await house.accepted()
    const [attempt] = (await pay(id, '4000000000003220')).attempts
    await passChallenge(attempt?.id ?? '')
    await house.crowd<unknown>(CROWD, (payments, n) => (n % 3 === 0 ? payments.settle('m1', id) : payments.resume('m1', id, attempt?.id ?? '', {})))
    expect((await find(id)).payment).toMatchObject({ state: 'succeeded', captured: 1_000n })
    expect(await postings(id)).toEqual(['sale'])
    expect((await events(id)).filter((type) => type === 'payment.succeeded')).toHaveLength(1)
    expect(await house.lies()).toEqual([])
  })

  it('refunds under one key: one refund', async () => {
    const id = await house.accepted()
    await pay(id)
    const results = await house.crowd(CROWD, (payments) => payments.refund({ merchant_id: 'm1', payment_id: id, id: `ref_${randomIds.alphanumeric(12)}`, amount: undefined, request: {}, claim: (refund) => claim(`refund.${id}`, 'same', refund.id, refund.created_at) }))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(new Set(results.flatMap((result) => (result.ok ? [] : [result.error.kind])))).toEqual(new Set(['duplicate']))
    await house.work()
    expect((await find(id)).payment).toMatchObject({ refunded: 1_000n, refunding: 0n })
    expect(await house.lies()).toEqual([])
  })

  it('refunds of parts: never more than was captured, and every one that was taken is paid', async () => {
    const id = await house.accepted()
    await pay(id)
    const results = await house.crowd(30, (payments, n) => payments.refund({ merchant_id: 'm1', payment_id: id, id: `ref_${randomIds.alphanumeric(12)}`, amount: BigInt(90 + n), request: {} }))
    const taken = results.flatMap((result) => (result.ok ? [result.value.refund.amount] : [])).reduce((sum, amount) => sum + amount, 0n)
    await house.work()
    const { payment, refunds } = await find(id)
    expect(payment.refunded).toBe(taken)
    expect(taken).toBeLessThanOrEqual(1_000n)
    expect(refunds.every(({ state }) => state === 'succeeded')).toBe(true)
    expect(await house.lies()).toEqual([])
  })

  it('captures: never more than was authorized', async () => {
    const id = await house.accepted({ manual_capture: true })
    await pay(id)
    for (let round = 0; round < 6; round++) await followUps(id, 'capture', 300n)
    await followUps(id, 'capture')
    expect((await find(id)).payment).toMatchObject({ state: 'succeeded', authorized: 1_000n, captured: 1_000n })
    expect(await house.lies()).toEqual([])
  })

  it('captures and voids: what one takes the other does not', async () => {
    const id = await house.accepted({ manual_capture: true })
    await pay(id)
    await Promise.all([followUps(id, 'capture', 400n), followUps(id, 'void')])
    await followUps(id, 'void')
    const { payment } = await find(id)
    expect(payment.captured + payment.released).toBe(1_000n)
    expect(await house.lies()).toEqual([])
  })

  it('ends: one end', async () => {
    const id = await house.accepted()
    const results = await house.crowd(CROWD, (payments) => payments.end('m1', id, { state: 'canceled', reason: 'canceled_by_merchant' }))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await events(id)).toEqual(['payment.created', 'payment.canceled'])
  })

  it('pays and ends: either, never both', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await house.accepted()
      await house.crowd(40, (payments, n) => (n % 2 === 0 ? payments.pay('m1', id, byCard()) : payments.end('m1', id, { state: 'canceled', reason: 'canceled_by_merchant' })))
      await house.work()
      const { payment } = await find(id)
      expect([payment.state, payment.captured]).toEqual(payment.state === 'succeeded' ? ['succeeded', 1_000n] : ['canceled', 0n])
      expect((await events(id)).filter((type) => type === 'payment.succeeded' || type === 'payment.canceled')).toHaveLength(1)
    }
    expect(await house.lies()).toEqual([])
  })

  it('comes back from the challenge while the merchant cancels: what the network says counts', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await house.accepted({ tries_max: 1 })
      const [attempt] = (await pay(id, '4000000000003220')).attempts
      await passChallenge(attempt?.id ?? '')
      await house.crowd(20, (payments, n) => (n % 2 === 0 ? payments.resume('m1', id, attempt?.id ?? '', {}) : payments.end('m1', id, { state: 'canceled', reason: 'canceled_by_merchant' })))
      const { payment } = await find(id)
      expect(['succeeded', 'canceled', 'failed']).toContain(payment.state)
    }
    expect(await house.lies()).toEqual([])
  })

  it('everything at once: the books stay in order', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, (_, n) => house.accepted({ manual_capture: n % 2 === 0 })))
    await house.crowd(400, async (payments, n) => {
      const id = ids[n % ids.length] ?? ''
      switch (Math.floor(n / ids.length) % 6) {
        case 0: return payments.pay('m1', id, byCard(n % 3 === 0 ? '4000000000003220' : undefined))
        case 1: return payments.followUp('m1', id, { kind: n % 4 === 0 ? 'void' : 'capture', id: `f_${randomIds.alphanumeric(12)}`, amount: n % 4 === 0 ? undefined : 100n, request: {} })
        case 2: return payments.refund({ merchant_id: 'm1', payment_id: id, id: `ref_${randomIds.alphanumeric(12)}`, amount: 70n, request: {} })
        case 3: return payments.settle('m1', id)
        case 4: return payments.annotate('m1', id, { n })
        default: return rollUpBalances(house.world.db)
      }
    })
    await house.work()
    expect(await house.lies()).toEqual([])
  })

  it('two resolvers over many open attempts: each is settled once', async () => {
    house.world.sandbox.cards.faults.set({ timeout_after_work: 50 })
    const ids = await Promise.all(Array.from({ length: 50 }, () => house.accepted()))
    await Promise.all(ids.map((id) => pay(id)))
    house.world.sandbox.cards.faults.clear()
    house.world.clock.advance(20_000)
    await house.work()
    for (const id of ids) expect(await postings(id)).toEqual(['sale'])
    expect(await house.lies()).toEqual([])
  })
})
