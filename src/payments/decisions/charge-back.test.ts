import { expect, it } from 'vitest'
import type { Attempt } from '../model.ts'
import type { Change } from './change.ts'
import { decideChargeBack } from './charge-back.ts'
import { decideAccept } from './pay.ts'

const now = new Date('2026-01-02T03:04:05Z')

it('a charge-back beyond what was left says so', () => {
  const { payment } = decideAccept({ merchant_id: 'm', id: 'p', api: 'a', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {} }, now)
  const attempt: Attempt = {
    merchant_id: 'm', payment_id: 'p', currency: 'USD', id: 't', refund_id: 'c', kind: 'refund', provider: 'x', state: 'sent', amount: 400n, parent_id: 's', reason: null, action: null, facts: {},
    instrument: null, instrument_id: null, request: {}, sent_at: now, resolved_at: null, inquire_at: null, inquiries: 0,
  }
  const after = (refunded: bigint): Change => {
    const view = { payment: { ...payment, state: 'succeeded' as const, authorized: 1_000n, captured: 1_000n, refunded }, attempts: [], refunds: [] }
    return decideChargeBack(view, { id: 'c', attempt_id: 't', amount: 400n, request: {} }, { attempt, fee: 0n, share: 0n }, now)
  }
  expect([after(600n).events, after(600n).payment.result.over_refunded]).toEqual([['refund.succeeded'], undefined])
  expect([after(700n).events, after(700n).payment.result.over_refunded]).toEqual([['refund.succeeded', 'refund.exceeded'], '100'])
})
