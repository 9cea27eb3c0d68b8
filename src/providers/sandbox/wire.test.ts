import fc from 'fast-check'
import { expect, it } from 'vitest'
import { money } from '../../core/money.ts'
import type { Inquiry } from '../contract.ts'
import { openSession, sealSession } from './bank/session.ts'
import { readCreq, readCres } from './card/three-ds.ts'
import { parseFaults } from './faults.ts'
import { card, countingIds, operation } from './testing/support.ts'
import { readInquiry, readOperation, toJson } from './wire.ts'

const now = new Date('2026-11-02T12:00:00Z')
const overTheWire = (value: unknown): unknown => JSON.parse(toJson(value)) as unknown

it('operations arrive as they were sent', () => {
  const minor = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n })
  fc.assert(fc.property(minor, fc.string({ minLength: 1, maxLength: 60 }), fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), (amount, key, hints) => {
    // JSON has no negative zero; nothing of ours has one either.
    const sent = operation({ key, amount: money(amount, 'CLP'), hints: JSON.parse(JSON.stringify(hints)) as Record<string, unknown>, instrument: card('4242424242424242') })
    expect(readOperation(overTheWire(sent))).toEqual(sent)
  }), { seed: 7 })
})

it('outcomes arrive as they were given', () => {
  const outcomes: Inquiry[] = [
    { status: 'approved', amount: money(10n ** 15n, 'USD'), facts: { rrn: '1' } },
    { status: 'declined', reason: 'lost_card', facts: {} },
    { status: 'processing', facts: {} },
    { status: 'action_required', action: { kind: 'wait', wait: 'app' }, expires_at: now, facts: {} },
    { status: 'not_found' },
  ]
  for (const outcome of outcomes) expect(readInquiry(overTheWire(outcome))).toEqual(outcome)
  for (const wrong of [undefined, null, 1, [], {}, { status: 'approved' }, { status: 'fine' }, { status: 'action_required' }]) expect(() => readInquiry(wrong)).toThrow('the network answered')
})

it('nothing that arrives breaks a reader', () => {
  fc.assert(fc.property(fc.anything(), (value) => {
    readOperation(value)
    expect(Object.keys(parseFaults(value)).length).toBeLessThanOrEqual(6)
  }), { seed: 8 })
  const base64url = fc.oneof(fc.string(), fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')))
  fc.assert(fc.property(base64url, (text) => {
    expect([readCreq(text), readCres(text)].every((message) => message === undefined || typeof message.acsTransID === 'string')).toBe(true)
    expect(openSession(`bks_${text}`, { now, secret: 's' })).toBeUndefined()
  }), { seed: 9 })
})

it('a session that was changed in one place is none', () => {
  const session = sealSession({ user: 'u', institution: 'i' }, { ids: countingIds(), now, secret: 's' })
  expect(openSession(session, { now, secret: 's' })).toEqual({ user: 'u', institution: 'i' })
  expect(openSession(session, { now, secret: 'other' })).toBeUndefined()
  fc.assert(fc.property(fc.nat(session.length - 2), fc.constantFrom('A', 'b', '0', '.'), (at, char) => {
    const changed = session.slice(0, at) + char + session.slice(at + 1)
    expect(changed === session || openSession(changed, { now, secret: 's' }) === undefined).toBe(true)
  }), { seed: 10 })
})
