import { describe, expect, test } from 'vitest'
import type { Attempt, AttemptState, Payment, PaymentState } from '../../payments/model.ts'
import { lapse } from './widget/flow.ts'
import { errorReason } from './error-reasons.ts'
import { intentObject, intentStatus } from './translate.ts'

const payment = (state: PaymentState, more: Partial<Payment> = {}): Payment => ({
  merchant_id: 'm', id: 'pi_1', api: 'fintoc', kind: 'charge', mode: 'test', method: 'bank_transfer', state, reason: null, version: 1, currency: 'CLP', amount: 1000n, payable: 1000n, fee_terms: null,
  manual_capture: false, authorized: 0n, captured: 0n, released: 0n, refunded: 0n, refunding: 0n, fee: 0n, refunded_fee: 0n, tries: 0, tries_max: 1, reference: null, description: null,
  customer_id: null, instrument_id: null, request: { metadata: {} }, result: {}, created_at: new Date(0), updated_at: new Date(0), expires_at: null, finished_at: null, ...more,
})
const attempt = (state: AttemptState): Attempt => ({ id: 'a', kind: 'transfer', state, instrument: null }) as unknown as Attempt
const started = { result: { api: { started_at: '2026-01-01T00:00:00Z' } } }

describe('statuses', () => {
  test.each<[PaymentState, AttemptState | undefined, Partial<Payment>, string]>([
    ['created', undefined, {}, 'created'],
    ['created', undefined, started, 'in_progress'],
    ['pending', 'action', started, 'in_progress'],
    ['processing', 'sent', started, 'in_progress'],
    ['processing', 'processing', started, 'pending'],
    ['succeeded', 'approved', started, 'succeeded'],
    ['failed', 'declined', started, 'failed'],
    ['rejected', 'declined', started, 'rejected'],
    ['expired', undefined, {}, 'expired'],
    ['canceled', undefined, {}, 'expired'],
  ])('%s with an attempt that is %s', (state, open, more, status) => {
    expect(intentStatus({ payment: payment(state, more), attempts: open === undefined ? [] : [attempt(open)] })).toBe(status)
  })
})

test('a reason is only shown of what has ended badly', () => {
  const shown = (state: PaymentState): unknown => intentObject({ payment: payment(state, { reason: 'insufficient_funds' }), attempts: [] })['error_reason']
  expect(['pending', 'succeeded', 'failed'].map((state) => shown(state as PaymentState))).toEqual([null, null, 'insufficient_funds'])
  expect(errorReason('payer_left')).toBe('user_left')
})

test('how an intent ends by itself depends on how far the payer came', () => {
  const end = (api: object): unknown => lapse({ payment: payment('created', { result: { api: api as Record<string, unknown> } }), attempts: [], refunds: [] })
  expect(end({})).toEqual({ state: 'expired', reason: 'expired' })
  expect(end({ started_at: 'x' })).toEqual({ state: 'failed', reason: 'payer_left' })
  expect(end({ started_at: 'x', refused: null })).toEqual({ state: 'failed', reason: 'payer_left' })
  expect(end({ started_at: 'x', refused: 'credentials_locked' })).toEqual({ state: 'failed', reason: 'credentials_locked' })
})
