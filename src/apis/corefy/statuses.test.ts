import { describe, expect, it } from 'vitest'
import type { Attempt, Payment, PaymentView, Refund } from '../../payments/model.ts'
import { payoutStatusNow, payoutStatusOf, statusNow, statusOf } from './statuses.ts'

const view = (payment: Partial<Payment>, attempts: readonly Partial<Attempt>[] = [], refunds: readonly Partial<Refund>[] = []): PaymentView => ({
  payment: { kind: 'charge', state: 'pending', reason: null, tries: 0, captured: 0n, payable: 10n, amount: 10n, refunding: 0n, refunded: 0n, ...payment } as Payment,
  attempts: attempts.map((attempt) => ({ inquiries: 0, refund_id: null, ...attempt }) as Attempt),
  refunds: refunds.map((refund, index) => ({ id: `ref_${index}`, amount: 5n, request: {}, ...refund }) as Refund),
})
const back = (refunding: bigint, attempts: readonly Partial<Attempt>[], refunds: readonly Partial<Refund>[]): PaymentView => view({ state: 'succeeded', captured: 10n, refunding }, attempts, refunds)

describe('what a read shows between two steps', () => {
  it.each<[string, string, PaymentView]>([
    ['nobody has tried', 'process_pending', view({})],
    ['an attempt has left, and nobody knows of it', 'processing', view({ state: 'processing' }, [{ state: 'sent' }])],
    ['the payer must act', 'process_pending', view({}, [{ state: 'action' }])],
    ['the provider will know later', 'process_pending', view({ state: 'processing' }, [{ state: 'processing' }])],
    ['the card was declined, and another may be tried', 'process_pending', view({ reason: 'insufficient_funds', tries: 1 }, [{ state: 'declined' }])],
    ['the provider could not do it', 'process_error', view({ reason: 'provider_error', tries: 1 }, [{ state: 'declined' }])],
    ['it is tried again after that', 'processing', view({ state: 'processing', tries: 1 }, [{ state: 'declined' }, { state: 'sent' }])],
    ['money is held', 'process_pending', view({ state: 'authorized' }, [{ state: 'approved' }])],
    ['it could not be done in the end', 'process_failed', view({ state: 'failed', reason: 'provider_error' }, [{ state: 'declined' }])],
    ['a refund waits for its turn', 'refunding', back(5n, [], [{ state: 'pending' }])],
    ['a refund has been sent', 'refund_pending', back(5n, [{ state: 'sent', refund_id: 'ref_0' }], [{ state: 'processing' }])],
    ['one is sent, and another waits', 'refund_pending', back(10n, [{ state: 'sent', refund_id: 'ref_1' }], [{ state: 'pending' }, { state: 'processing' }])],
    ['a provider that was asked about a refund does not know it', 'refund_error', back(5n, [{ state: 'sent', inquiries: 1, refund_id: 'ref_0' }], [{ state: 'processing' }])],
    ['a provider works on a refund', 'refund_pending', back(5n, [{ state: 'processing', inquiries: 3, refund_id: 'ref_0' }], [{ state: 'processing' }])],
    ['only what came twice goes back', 'processed', { ...back(5n, [{ state: 'sent', inquiries: 2, refund_id: 'ref_0' }], [{ state: 'processing', request: { surplus: 'a' } }]), payment: { ...back(5n, [], []).payment, captured: 15n } }],
  ])('%s: %s', (_when, word, at) => {
    expect(statusNow(at)).toBe(word)
    // What is told, and what a command answers, never has these words.
    expect(['processing', 'process_error', 'refunding', 'refund_error']).not.toContain(statusOf(at.payment, at.refunds.at(-1) ?? null, at.refunds))
  })

  it('payouts have the same words', () => {
    const sent = view({ kind: 'payout', state: 'processing' }, [{ state: 'sent' }])
    expect([payoutStatusNow(sent), payoutStatusOf(sent.payment)]).toEqual(['processing', 'process_pending'])
    expect(payoutStatusNow(view({ kind: 'payout', state: 'processing' }, [{ state: 'processing' }]))).toBe('process_pending')
    expect(payoutStatusNow(view({ kind: 'payout', state: 'pending', reason: 'provider_unavailable' }, [{ state: 'declined' }]))).toBe('process_error')
    expect(payoutStatusNow(view({ kind: 'payout', state: 'created' }))).toBe('created')
  })
})
