import { expect, test } from 'vitest'
import { named, subscribed, typeHeard } from './subscriptions.ts'

const GUIDE = 'checkout_session.completed'
const USUAL = 'checkout_session.finished'

test.each([
  [['refund.failed'], ['refund.failed'], USUAL],
  [[USUAL], [USUAL], USUAL],
  [[GUIDE, 'refund.failed'], [GUIDE, 'refund.failed', USUAL], GUIDE],
  [[GUIDE, USUAL], [GUIDE, USUAL], USUAL],
  [[USUAL, GUIDE], [USUAL, GUIDE], USUAL],
])('%j', (names, matched, heard) => {
  const kept = subscribed(names)
  expect(named(kept)).toEqual(names)
  expect(kept.filter((name) => /^[a-z_.]+$/.test(name))).toEqual(matched)
  expect([USUAL, GUIDE, 'refund.failed'].map((type) => typeHeard(kept, type))).toEqual([heard, GUIDE, 'refund.failed'])
})
