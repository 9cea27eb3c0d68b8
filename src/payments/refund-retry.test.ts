import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createLiar, type Liar } from '../../test/support/liar.ts'
import { createWorld, type World } from '../../test/support/world.ts'
import { after } from '../core/clock.ts'
import { audit } from '../ledger/audit.ts'
import type { Outcome } from '../providers/contract.ts'
import type { PaymentDeps } from './deps.ts'
import type { DeclinedRefund } from './decisions/policy.ts'
import type { Payments, PayInstruction } from './commands.ts'
import type { PaymentView } from './model.ts'
import { createResolver } from './resolver.ts'
import { createPayments } from './service.ts'

const PATIENT = 'patient'
const WAIT_MS = 60_000
const FEE = { strategy: 'internal', reverse: false, rate: '0.03', fixed: '0', min: '0', max: '0' } as const
const BY_CARD: PayInstruction = { instrument: { type: 'card', number: '4242424242424242', exp_month: 12, exp_year: 2031, holder: 'Ann Lee', cvv: '123' }, initiator: 'payer', authentication: 'off', return_url: undefined }
const EMPTY: Outcome = { status: 'declined', reason: 'insufficient_funds', facts: {} }
const NEVER: Outcome = { status: 'declined', reason: 'not_permitted', facts: {} }

describe('a refund that its provider could not do yet', () => {
  let world: World
  let liar: Liar
  let deps: PaymentDeps
  let payments: Payments
  let n = 0
  let id: string
  let told: DeclinedRefund[]
  beforeAll(async () => {
    world = await createWorld({ providers: () => [(liar = createLiar('platform'))] })
    const retryRefund = (declined: DeclinedRefund, now: Date): Date | undefined => {
      told.push(declined)
      return declined.reason === 'insufficient_funds' && declined.tries < 4 ? after(now, WAIT_MS) : undefined
    }
    deps = { ...world.deps, policies: new Map([[PATIENT, { retryRefund }]]) }
    payments = createPayments(deps)
  })
  beforeEach(async () => {
    told = []
    liar.relents(false)
    id = `pay_${++n}`
    await payments.accept({ merchant_id: 'm1', id, api: PATIENT, kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {}, fee_terms: FEE })
    await payments.pay('m1', id, BY_CARD)
  })
  afterAll(() => world.close())

  const refund = (amount: bigint, ref = 'ref'): ReturnType<Payments['refund']> => payments.refund({ merchant_id: 'm1', payment_id: id, id: `${ref}_${id}`, amount, request: {}, with_fee: true })
  const find = async (): Promise<PaymentView> => {
    const view = await payments.find('m1', id)
    if (view === undefined) throw new Error(`no payment ${id}`)
    return view
  }
  const tries = async (): Promise<string[]> => (await find()).attempts.filter(({ kind }) => kind === 'refund').map(({ id: attempt }) => attempt)
  const resolve = (): Promise<number> => createResolver(deps, payments).runOnce()
  const later = async (...says: Array<Outcome | 'lost'>): Promise<void> => {
    liar.next.push(...says)
    world.clock.advance(WAIT_MS)
    await resolve()
  }
  const events = async (): Promise<string[]> => (await world.db.query<{ type: string }>(`SELECT type FROM events WHERE payment_id = $1 AND type LIKE 'refund.%' ORDER BY version, id`, [id])).map(({ type }) => type)
  const expectOrder = async (): Promise<void> => expect(await audit(world.db)).toMatchObject({ clean: true, findings: [] })

  it('is sent again under a key of its own, at the time that its API says, until it is done', async () => {
    liar.next.push(EMPTY)
    expect(await refund(400n)).toMatchObject({ ok: true, value: { refund: { state: 'processing', reason: null } } })
    expect(await find()).toMatchObject({ payment: { refunding: 400n, refunded: 0n }, refunds: [{ state: 'processing', due_at: after((await find()).refunds[0]!.updated_at, WAIT_MS) }] })
    await expectOrder()
    // Not before.
    await resolve()
    expect(await tries()).toHaveLength(1)
    await later(EMPTY)
    expect(await find()).toMatchObject({ payment: { refunding: 400n, refunded: 0n }, refunds: [{ state: 'processing' }] })
    await expectOrder()
    await later()
    expect(await find()).toMatchObject({ payment: { refunding: 0n, refunded: 400n, refunded_fee: 12n }, refunds: [{ state: 'succeeded', due_at: null, reason: null }] })
    expect(new Set(await tries()).size).toBe(3)
    expect(told.map(({ tries: sent }) => sent)).toEqual([1, 2])
    expect(await events()).toEqual(['refund.created', 'refund.processing', 'refund.succeeded'])
    await expectOrder()
  })

  it('fails when its API says that it is enough, or for a reason that time does not mend', async () => {
    liar.next.push(EMPTY)
    await refund(400n)
    for (let n = 0; n < 5; n++) await later(EMPTY)
    expect(await find()).toMatchObject({ payment: { refunding: 0n, refunded: 0n }, refunds: [{ state: 'failed', reason: 'insufficient_funds' }] })
    expect(await tries()).toHaveLength(4)
    liar.next.length = 0
    liar.next.push(NEVER)
    expect(await refund(400n, 'other')).toMatchObject({ ok: true, value: { refund: { state: 'failed', reason: 'not_permitted' } } })
    expect(await events()).toEqual(['refund.created', 'refund.processing', 'refund.failed', 'refund.created', 'refund.processing', 'refund.failed'])
    await expectOrder()
  })

  it('keeps its amount meanwhile, and cannot be canceled', async () => {
    liar.next.push(EMPTY)
    await refund(700n)
    expect(await refund(400n, 'other')).toMatchObject({ ok: false, error: { kind: 'too_much', left: 300n } })
    expect(await payments.cancelRefund('m1', `ref_${id}`)).toMatchObject({ ok: false, error: { kind: 'wrong_state', refund: { state: 'processing' } } })
    // Others of the payment go their way.
    expect(await refund(300n, 'third')).toMatchObject({ ok: true, value: { refund: { state: 'succeeded' } } })
    await later()
    expect((await find()).payment).toMatchObject({ refunded: 1_000n, refunding: 0n, refunded_fee: 30n })
    await expectOrder()
  })

  it('is sent once by any number of processes, also by one that is slow', async () => {
    liar.next.push(EMPTY)
    await refund(400n)
    world.clock.advance(WAIT_MS)
    liar.next.push(EMPTY)
    await Promise.all(Array.from({ length: 8 }, resolve))
    // Those that had found it due find that it has been sent, and waits again.
    expect(await tries()).toHaveLength(2)
    expect(liar.next).toEqual([])
    await expectOrder()
  })

  it('whose answer got lost is asked about, not sent again under another key', async () => {
    liar.next.push(EMPTY)
    await refund(400n)
    await later('lost')
    expect(await tries()).toHaveLength(2)
    liar.relents(true)
    world.clock.advance(WAIT_MS)
    await resolve()
    expect(await tries()).toHaveLength(2)
    expect((await find()).payment).toMatchObject({ refunded: 400n, refunding: 0n })
    await expectOrder()
  })

  it('is given up for now once, whoever hears of it', async () => {
    liar.next.push({ status: 'processing', facts: {} })
    await refund(400n)
    const [first] = await tries()
    liar.says(first ?? '', EMPTY)
    const { payment: { version } } = await find()
    await Promise.all(Array.from({ length: 10 }, () => payments.settle('m1', id, first)))
    expect((await find()).payment.version).toBe(version + 1)
    await expectOrder()
  })

  it('is done when its provider finds that it had done it the first time: it is not sent again', async () => {
    liar.next.push(EMPTY)
    await refund(400n)
    liar.relents(true)
    const [first] = await tries()
    await Promise.all(Array.from({ length: 10 }, () => payments.settle('m1', id, first)))
    expect(await find()).toMatchObject({ payment: { refunded: 400n, refunding: 0n }, refunds: [{ state: 'succeeded', due_at: null }] })
    await expectOrder()
    await later()
    expect(await tries()).toHaveLength(1)
    expect(await events()).toEqual(['refund.created', 'refund.processing', 'refund.succeeded'])
  })

  describe('when its provider finds that it had done it the first time, while it is at it again', () => {
    beforeEach(async () => {
      liar.next.push(EMPTY)
      await refund(400n)
      await later({ status: 'processing', facts: {} })
      liar.relents(true)
      const [first] = await tries()
      await payments.settle('m1', id, first)
    })

    it('the refund is done', async () => {
      expect(await find()).toMatchObject({ payment: { refunded: 400n, refunding: 0n }, refunds: [{ state: 'succeeded' }], attempts: [{}, { state: 'approved' }, { state: 'processing' }] })
    })

    it('a no to the second changes nothing', async () => {
      const view = await find()
      liar.relents(false)
      liar.says((await tries())[1] ?? '', EMPTY)
      world.clock.advance(WAIT_MS)
      await resolve()
      expect(await find()).toMatchObject({ payment: { refunded: 400n, refunding: 0n }, refunds: [{ state: 'succeeded', reason: null }], attempts: [{}, { state: 'approved' }, { state: 'declined' }] })
      expect((await find()).refunds).toEqual(view.refunds)
      expect(await events()).toEqual(['refund.created', 'refund.processing', 'refund.succeeded'])
      await expectOrder()
    })

    it('a yes to the second is booked: it went back twice, and an operator can find it', async () => {
      world.clock.advance(WAIT_MS)
      await resolve()
      expect(await find()).toMatchObject({ payment: { refunded: 800n, refunding: 0n, refunded_fee: 12n }, refunds: [{ state: 'succeeded', amount: 400n, fee: 12n, result: { exceeded: '400' } }] })
      expect(await events()).toEqual(['refund.created', 'refund.processing', 'refund.succeeded', 'refund.exceeded'])
      expect(await refund(201n, 'other')).toMatchObject({ ok: false, error: { kind: 'too_much', left: 200n } })
      await expectOrder()
    })
  })

  it('all that was sent is booked, however often it was done, also beyond what had come in', async () => {
    liar.next.push(EMPTY)
    await refund(1_000n)
    for (let n = 0; n < 3; n++) await later(EMPTY)
    expect((await find()).refunds).toMatchObject([{ state: 'failed' }])
    liar.relents(true)
    for (const attempt of await tries()) await Promise.all(Array.from({ length: 5 }, () => payments.settle('m1', id, attempt)))
    expect(await find()).toMatchObject({ payment: { refunded: 4_000n, refunding: 0n, refunded_fee: 30n, result: { over_refunded: '3000' } }, refunds: [{ state: 'succeeded', result: { exceeded: '3000' } }] })
    expect((await events()).filter((type) => type === 'refund.exceeded')).toHaveLength(3)
    await expectOrder()
  })

  it('the database lets nobody else refund more than was captured', async () => {
    await expect(world.db.query(`UPDATE payments SET refunded = 1001 WHERE id = $1`, [id])).rejects.toThrow('payments_refunding')
    await expect(world.db.query(`UPDATE payments SET refunded = 600, refunding = 401 WHERE id = $1`, [id])).rejects.toThrow('payments_refunding')
  })
})
