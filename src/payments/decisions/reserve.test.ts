import { expect, it } from 'vitest'
import type { Attempt, Refund, Reserve } from '../model.ts'
import { decideAccept, decideOutcome, decideStart } from './pay.ts'

const now = new Date('2026-01-02T03:04:05Z')
const of = { merchant_id: 'm', payment_id: 'p', currency: 'USD' }

it('a refund that comes late, when others have taken the reserve, takes what is left of it and no more', () => {
  const { payment } = decideAccept({ merchant_id: 'm', id: 'p', api: 'a', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {}, initial: 'pending' }, now)
  const paid = { ...payment, state: 'succeeded' as const, authorized: 1_000n, captured: 1_000n, refunded: 80n }
  const refund: Refund = { ...of, id: 'r', state: 'failed', reason: 'declined', amount: 50n, fee: 0n, reference: null, request: { from_reserve: '50' }, result: {}, due_at: null, created_at: now, updated_at: now }
  const attempt: Attempt = {
    ...of, id: 't', refund_id: 'r', kind: 'refund', provider: 'x', state: 'declined', amount: 50n, parent_id: 's', reason: 'declined', action: null, facts: {},
    instrument: null, instrument_id: null, request: {}, sent_at: now, resolved_at: now, inquire_at: null, inquiries: 0,
  }
  const reserve: Reserve = { ...of, attempt_id: 's', amount: 100n, canceled: 80n, canceled_at: now, due_at: now, released_at: null, created_at: now }
  const change = decideOutcome({ payment: paid, attempts: [attempt], refunds: [refund], reserve }, attempt, { status: 'approved', amount: { minor: 50n, currency: 'USD' }, facts: {} }, now, 'platform')
  expect(change?.reserve?.row).toMatchObject({ amount: 100n, canceled: 100n })
  expect(change?.postings?.find(({ kind }) => kind === 'reserve_canceled')?.amounts.map((amount) => (amount < 0n ? -amount : amount))).toEqual([20n, 20n])
})

it('nothing is kept back of money that goes straight to the merchant: the platform never has it', () => {
  const terms = { strategy: 'internal', reverse: false, rate: '0', fixed: '0', min: '0', max: '0', reserve: { rate: '0.1', minutes: 60 } } as const
  const { payment } = decideAccept({ merchant_id: 'm', id: 'p', api: 'a', kind: 'charge', mode: 'test', method: 'bank_transfer', currency: 'USD', amount: 1_000n, request: {}, fee_terms: terms }, now)
  const attempt: Attempt = {
    ...of, id: 't', refund_id: null, kind: 'transfer', provider: 'x', state: 'sent', amount: 1_000n, parent_id: null, reason: null, action: null, facts: {},
    instrument: null, instrument_id: null, request: {}, sent_at: now, resolved_at: null, inquire_at: null, inquiries: 0,
  }
  const started = decideStart(payment, attempt, now).payment
  const kept = (settle: 'platform' | 'direct'): bigint | undefined =>
    decideOutcome({ payment: started, attempts: [attempt], refunds: [] }, attempt, { status: 'approved', amount: { minor: 1_000n, currency: 'USD' }, facts: {} }, now, settle)?.reserve?.row.amount
  expect([kept('platform'), kept('direct')]).toEqual([100n, undefined])
})
