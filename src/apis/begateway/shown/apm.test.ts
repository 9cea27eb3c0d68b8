import { describe, expect, it } from 'vitest'
import type { Action } from '../../../providers/contract.ts'
import { formOf } from './apm.ts'
import type { Transaction } from './transaction.ts'

const waiting = (action: Action, changes: { readonly standing?: Transaction['standing']; readonly method_type?: string; readonly mode?: 'test' | 'live' } = {}): Transaction =>
  ({
    standing: changes.standing ?? 'waiting', stored: { method_type: changes.method_type ?? 'bank_transfer' }, payment: { mode: changes.mode ?? 'test' }, attempts: [{ state: 'action', action }],
  }) as unknown as Transaction

const GET = { kind: 'redirect', url: 'https://pay.example/r/0d6f', method: 'GET', fields: {} } as const
const POST = { kind: 'redirect', url: 'https://pay.example/abc', method: 'POST', fields: { sid: '42', 'a"b': '<c>' } } as const

describe('form', () => {
  it('is posted with hidden fields, in their order, and no button among them', () => {
    expect(formOf(waiting(POST))).toEqual({ action: POST.url, method: 'POST', fields: [{ type: 'hidden', name: 'sid', value: '42' }, { type: 'hidden', name: 'a"b', value: '<c>' }] })
  })

  it('is plain navigation where nothing is to be posted', () => expect(formOf(waiting(GET))).toEqual({ action: GET.url, method: 'GET', fields: [] }))

  it('names the bank apps of QPay, of play money alone', () => {
    const urls = (changes: Parameters<typeof waiting>[1]): unknown => formOf(waiting(GET, changes))?.urls
    expect(urls({ method_type: 'q_pay' })).toEqual([{ name: expect.any(String) as string, description: expect.any(String) as string, logo: expect.stringMatching(/^data:image\/svg/) as string, link: GET.url }])
    expect([urls({ method_type: 'q_pay', mode: 'live' }), urls({})]).toEqual([undefined, undefined])
  })

  it.each(['successful', 'failed', 'expired', 'deleted', 'accepted'] as const)('is not there when the transaction is %s', (standing) => expect(formOf(waiting(GET, { standing }))).toBeUndefined())

  it('is not there for what is no way', () => expect(formOf(waiting({ kind: 'wait', wait: 'app' }))).toBeUndefined())
})
