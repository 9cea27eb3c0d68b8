import { describe, expect, it } from 'vitest'
import { after } from '../../core/clock.ts'
import type { FeeTerms } from '../../ledger/fees.ts'
import type { Outcome } from '../../providers/contract.ts'
import type { NewPayment } from '../commands.ts'
import type { Attempt, Payment } from '../model.ts'
import type { Change } from './change.ts'
import { decideAccept, decideOutcome, decideStart } from './pay.ts'

const now = new Date('2026-01-02T03:04:05Z')

/** What is booked when a payout of 10.00 that costs 0.51 is approved with `paid`, by account. */
function booked(paid: bigint): { fee: bigint; captured: bigint; lines: Record<string, bigint> } {
  const { payment: accepted } = decideAccept({ merchant_id: 'm', id: 'p', api: 'a', kind: 'payout', mode: 'test', method: 'apm', currency: 'USD', amount: 1_000n, payable: 1_051n, request: {} }, now)
  const attempt: Attempt = {
    merchant_id: 'm', id: 't', payment_id: 'p', refund_id: null, kind: 'payout', provider: 'x', state: 'sent', currency: 'USD', amount: 1_000n, parent_id: null, reason: null, action: null, facts: {},
    instrument: null, instrument_id: null, request: {}, sent_at: now, resolved_at: null, inquire_at: null, inquiries: 0,
  }
  const started = decideStart(accepted, attempt, now)
  const ended = decideOutcome({ payment: started.payment, attempts: [attempt], refunds: [] }, attempt, { status: 'approved', amount: { minor: paid, currency: 'USD' }, facts: {} }, now, 'platform')
  const lines: Record<string, bigint> = {}
  for (const posting of [...(started.postings ?? []), ...(ended?.postings ?? [])]) posting.accounts.forEach((account, i) => (lines[account] = (lines[account] ?? 0n) + (posting.amounts[i] ?? 0n)))
  return { fee: ended?.payment.fee ?? -1n, captured: ended?.payment.captured ?? -1n, lines }
}

describe('a payout', () => {
  it('that arrives whole costs what it was reserved for', () => {
    expect(booked(1_000n)).toEqual({ captured: 1_000n, fee: 51n, lines: { merchant: 1_051n, payouts: 0n, 'provider:x': -1_000n, fees: -51n } })
  })

  it('that arrives in part costs its part of the fee, rounded up; the rest is the merchant’s again, and no fee of ours', () => {
    expect(booked(600n)).toEqual({ captured: 600n, fee: 31n, lines: { merchant: 631n, payouts: 0n, 'provider:x': -600n, fees: -31n } })
  })
})

/** A card payment of 10.00 and its one attempt, as they are before the provider answers. */
function charged(more: Partial<NewPayment> = {}, kind: Attempt['kind'] = 'sale'): { payment: Payment; attempt: Attempt } {
  const { payment } = decideAccept({ merchant_id: 'm', id: 'p', api: 'a', kind: 'charge', mode: 'test', method: 'card', currency: 'USD', amount: 1_000n, request: {}, ...more }, now)
  const attempt: Attempt = {
    merchant_id: 'm', id: 't', payment_id: 'p', refund_id: null, kind, provider: 'x', state: 'sent', currency: 'USD', amount: 1_000n, parent_id: null, reason: null, action: null, facts: {},
    instrument: null, instrument_id: null, request: {}, sent_at: now, resolved_at: null, inquire_at: null, inquiries: 0,
  }
  return { payment: decideStart(payment, attempt, now).payment, attempt }
}

const answered = (payment: Payment, attempt: Attempt, outcome: Outcome): Change | undefined => decideOutcome({ payment, attempts: [attempt], refunds: [] }, attempt, outcome, now, 'platform')

describe('a charge', () => {
  it('of which nobody knows what became is not tried again, whatever tries are left, and asked about in a day', () => {
    const { payment, attempt } = charged({ tries_max: 3 })
    const ended = answered(payment, attempt, { status: 'declined', reason: 'unresolved', facts: {} })
    expect(ended?.payment).toMatchObject({ state: 'failed', tries: 1 })
    expect(ended?.attempt?.row.inquire_at).toEqual(after(now, 86_400_000))
    expect(answered(payment, attempt, { status: 'declined', reason: 'declined', facts: {} })?.payment.state).toBe('pending')
  })

  it('that is under way is told once, however often its provider says so', () => {
    const { payment, attempt } = charged()
    const first = answered(payment, attempt, { status: 'processing', facts: {} })
    expect(first?.events).toEqual(['payment.processing'])
    const again = answered(first?.payment ?? payment, first?.attempt?.row ?? attempt, { status: 'processing', facts: {} })
    expect([again?.events, again?.attempt?.row.inquiries]).toEqual([[], 2])
  })

  it('whose payer has less time than they mostly need is asked about when that is over', () => {
    const { payment, attempt } = charged()
    const askedAt = (expires_at: Date): Date | null | undefined =>
      answered(payment, attempt, { status: 'action_required', action: { kind: 'redirect', url: 'https://acs.example', method: 'GET', fields: {} }, expires_at, facts: {} })?.attempt?.row.inquire_at
    expect([askedAt(after(now, 3_600_000)), askedAt(after(now, 30_000))]).toEqual([after(now, 60_000), after(now, 30_000)])
  })

  it('that changes twice within a millisecond, or before the last change, is in the order of its versions by time too', () => {
    const { payment, attempt } = charged()
    const ended = answered({ ...payment, updated_at: after(now, 5) }, attempt, { status: 'approved', amount: { minor: 1_000n, currency: 'USD' }, facts: {} })
    expect(ended?.payment.updated_at).toEqual(after(now, 6))
  })
})

describe('a capture', () => {
  const fixed: FeeTerms = { strategy: 'internal', reverse: false, rate: '0', fixed: '30', min: '0', max: '0' }

  it('smaller than its fee is the fee, and the next one brings the rest', () => {
    const { payment, attempt } = charged({ manual_capture: true, fee_terms: fixed }, 'authorize')
    const held = answered(payment, attempt, { status: 'approved', amount: { minor: 1_000n, currency: 'USD' }, facts: {} })?.payment ?? payment
    const capture = (of: Payment, id: string, minor: bigint): Change | undefined => answered(of, { ...attempt, id, kind: 'capture', amount: minor }, { status: 'approved', amount: { minor, currency: 'USD' }, facts: {} })
    const first = capture(held, 'c1', 10n)
    expect([first?.payment.fee, first?.postings?.[0]?.accounts, first?.postings?.[0]?.amounts]).toEqual([10n, ['holds', 'holds:contra', 'provider:x', 'fees'], [-10n, 10n, 10n, -10n]])
    expect(capture(first?.payment ?? held, 'c2', 990n)?.payment).toMatchObject({ state: 'succeeded', fee: 30n, captured: 1_000n })
  })
})
