import { describe, expect, it } from 'vitest'
import { decideAccept, decideOutcome, decideStart } from './decide.ts'
import type { Attempt } from './model.ts'

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
