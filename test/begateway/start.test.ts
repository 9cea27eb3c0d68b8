/** A payment that is accepted and never started, because its process died and nobody asked again, ends by itself; one that has started keeps its own time. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Called } from '../support/server.ts'
import { apm, card, createHarness, createVerifier, statusOf, uidOf, type Harness, type Json, type Verifier } from './harness.ts'

let h: Harness
beforeAll(async () => {
  h = await createHarness()
})
afterAll(() => h.close())
afterEach(() => void vi.restoreAllMocks())

const MINUTE_MS = 60_000
const wallet = { method: { type: 'q_pay' } }

/** The process dies between accepting the payment and sending it; answers the payment's uid. */
async function dying(path: string, request: { request: Json }, headers: Record<string, string> = {}): Promise<string> {
  const tracking_id = randomUUID()
  vi.spyOn(h.server.tender.payments, 'pay').mockRejectedValueOnce(new Error('the process is gone'))
  expect((await h.shop.post(path, { request: { ...request.request, tracking_id } }, headers)).status).toBe(500)
  const list = await h.shop.get(`${path.startsWith('/beyag') ? '/beyag' : '/v2'}/transactions/tracking_id/${tracking_id}`)
  return String((list.get('transactions') as Json[])[0]?.['uid'])
}

const at = (path: string, uid: string): ReturnType<Harness['shop']['get']> => h.shop.get(`${path.startsWith('/beyag') ? '/beyag' : ''}/transactions/${uid}`)

async function pass(ms: number): Promise<void> {
  h.server.clock.advance(ms)
  await h.server.work()
}

describe('accepted and never started', () => {
  test.each([
    ['/beyag/transactions/payments', () => apm(wallet), 'initial'],
    ['/beyag/transactions/payouts', () => apm(), 'initial'],
    ['/beyag/payments', () => apm({ currency: 'BYN', payment_method: { type: 'erip', account_number: '5' }, method: undefined }), 'initial'],
    ['/transactions/payments', () => card(), 'pending'],
    ['/transactions/authorizations', () => card(), 'pending'],
  ] as const)('%s: failed after ten minutes, and the shop is told', async (path, request, first) => {
    const hook = `/${randomUUID()}`
    const { request: fields } = request()
    const uid = await dying(path, { request: { ...fields, notification_url: `${h.server.receiver.url}${hook}` } })
    await pass(9 * MINUTE_MS)
    expect(statusOf(await at(path, uid))).toBe(first)
    await pass(2 * MINUTE_MS)
    const ended = await at(path, uid)
    expect([statusOf(ended), ended.get(path.startsWith('/beyag') ? 'transaction.code' : 'transaction.status_code')]).toEqual(['failed', 'F.0117'])
    expect(h.server.receiver.at(hook).map(({ body }) => (body as { transaction: Json }).transaction['status'])).toEqual(['failed'])
    expect(await h.server.db.query('SELECT 1 FROM attempts WHERE payment_id = $1', [uid])).toEqual([])
  })

  test('its own expired_at, where that is earlier, makes it expired', async () => {
    const uid = await dying('/beyag/transactions/payments', apm({ ...wallet, expired_at: new Date(h.server.clock.now().getTime() + 5 * MINUTE_MS).toISOString() }))
    await pass(6 * MINUTE_MS)
    const ended = await at('/beyag', uid)
    expect([statusOf(ended), ended.get('transaction.code')]).toEqual(['expired', 'F.0109'])
  })

  test('the same RequestID carries it on before that, and is told how it ended after', async () => {
    const path = '/beyag/transactions/payments'
    const [early, late] = [{ RequestID: randomUUID() }, { RequestID: randomUUID() }]
    const carried = await dying(path, apm(wallet), early)
    const left = await dying(path, apm(wallet), late)
    await pass(5 * MINUTE_MS)
    const again = await h.shop.post(path, apm(wallet), early)
    expect([uidOf(again), statusOf(again)]).toEqual([carried, 'pending'])
    await pass(6 * MINUTE_MS)
    const over = await h.shop.post(path, apm(wallet), late)
    expect([uidOf(over), statusOf(over)]).toEqual([left, 'failed'])
    // What was carried on has the time that its shop gave it: none.
    expect(statusOf(await at(path, carried))).toBe('pending')
  })

  test('another body under the RequestID carries nothing of its own in', async () => {
    const path = '/beyag/transactions/payments'
    const headers = { RequestID: randomUUID() }
    const uid = await dying(path, apm(wallet), headers)
    await pass(MINUTE_MS)
    const again = await h.shop.post(path, apm({ method: { type: 'bank_transfer' } }), headers)
    expect([uidOf(again), again.get('transaction.method_type')]).toEqual([uid, 'q_pay'])
    expect((await h.server.call('GET', String(again.get('transaction.form.action')))).text).toContain('QPay')
    const key = { RequestID: randomUUID() }
    const card_uid = await dying('/transactions/payments', card(), key)
    await pass(MINUTE_MS)
    const other = await h.shop.post('/transactions/payments', card({}, '5204240000015003'), key)
    expect([uidOf(other), statusOf(other), other.get('transaction.credit_card.last_4')]).toEqual([card_uid, 'pending', '0000'])
    expect(await h.server.db.query('SELECT 1 FROM attempts WHERE payment_id = $1', [card_uid])).toEqual([])
  })
})

describe('a client that waits no longer than 25 seconds', () => {
  let verifier: Verifier
  beforeAll(async () => {
    verifier = await createVerifier()
    // As if the shop had taken long to answer.
    verifier.answer = ({ uid, amount }) => {
      h.server.clock.advance(17_000)
      return { body: { code: 0, uid, amount } }
    }
  })
  afterAll(() => verifier.close())

  /** The provider's answer comes so late; what came of the request before that, and how long it took. */
  async function slow(path: string, request: { request: Json }, ending: 'answer' | 'error'): Promise<{ answer: Called; took_ms: number }> {
    const really = h.server.tender.payments.pay.bind(h.server.tender.payments)
    vi.spyOn(h.server.tender.payments, 'pay').mockImplementationOnce(async (...given) => {
      const paid = await really(...given)
      await delay(8_000)
      if (ending === 'error') throw new Error('the connection is gone')
      return paid
    })
    const start_ms = performance.now()
    const answer = await h.shop.post(path, { request: { ...request.request, verification_url: verifier.url } })
    return { answer, took_ms: performance.now() - start_ms }
  }

  test.each([['/beyag/transactions/payments', 'answer'], ['/transactions/payments', 'error']] as const)('%s: is answered with what is known by then (%s)', { timeout: 20_000 }, async (path, ending) => {
    const { answer, took_ms } = await slow(path, path.startsWith('/beyag') ? apm() : card(), ending)
    expect([answer.status, statusOf(answer)]).toEqual([200, 'successful'])
    expect(took_ms).toBeLessThan(7_000)
  })
})

describe('started', () => {
  const pay = (changes: Json = {}): ReturnType<Harness['shop']['post']> => h.shop.post('/beyag/transactions/payments', apm({ ...wallet, ...changes }))

  test('a payment without expired_at waits for its payer as long as the method does', async () => {
    const uid = uidOf(await pay())
    await pass(20 * MINUTE_MS)
    expect(statusOf(await at('/beyag', uid))).toBe('pending')
    expect(await h.server.db.query('SELECT expires_at FROM payments WHERE id = $1', [uid])).toEqual([{ expires_at: null }])
  })

  test('one with expired_at expires then, not earlier', async () => {
    const expired_at = new Date(h.server.clock.now().getTime() + 15 * MINUTE_MS).toISOString()
    const uid = uidOf(await pay({ expired_at }))
    await pass(14 * MINUTE_MS)
    expect(statusOf(await at('/beyag', uid))).toBe('pending')
    await pass(2 * MINUTE_MS)
    expect(statusOf(await at('/beyag', uid))).toBe('expired')
  })

  test('3-D Secure has its own time', async () => {
    const uid = uidOf(await h.shop3ds.post('/transactions/payments', card({}, '4012000000003010')))
    h.server.clock.advance(11 * MINUTE_MS)
    expect(await h.server.db.query('SELECT expires_at FROM payments WHERE id = $1', [uid])).toEqual([{ expires_at: null }])
  })
})
