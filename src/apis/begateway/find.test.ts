import { expect, it } from 'vitest'
import type { Found } from './find.ts'
import { inFlight } from './find.ts'

const found = (refund: string, attempt?: string): Found => ({
  transaction: { uid: 'r' },
  view: { payment: { id: 'p' }, attempts: attempt === undefined ? [] : [{ id: 'a', refund_id: 'r', kind: 'refund', state: attempt }], refunds: [{ id: 'r', state: refund }] },
}) as unknown as Found

it.each([
  ['pending', undefined, true],
  ['processing', 'sent', true],
  // Refunds and attempts are two reads: what came between them is not an answer yet.
  ['processing', undefined, true],
  ['processing', 'approved', true],
  ['pending', 'approved', true],
  // The provider will know later: that is an answer.
  ['processing', 'processing', false],
  ['succeeded', 'approved', false],
  ['failed', 'declined', false],
  ['canceled', undefined, false],
] as const)('a refund that is %s, with an attempt that is %s, is in flight: %s', (refund, attempt, expected) => {
  expect(inFlight(found(refund, attempt), new Date())).toBe(expected)
})
