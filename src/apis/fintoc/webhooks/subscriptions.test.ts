import { expect, test } from 'vitest'
import { aliasOf, nameHeard } from './subscriptions.ts'

const GUIDE = 'checkout_session.completed'
const USUAL = 'checkout_session.finished'

test.each([
  [['refund.failed'], USUAL],
  [[USUAL], USUAL],
  [[GUIDE, 'refund.failed'], GUIDE],
  [[GUIDE, USUAL], USUAL],
  [[USUAL, GUIDE], USUAL],
])('%j', (names, heard) => {
  expect([USUAL, GUIDE, 'refund.failed'].map((name) => nameHeard(names, name))).toEqual([heard, heard, 'refund.failed'])
  expect([USUAL, GUIDE, 'refund.failed'].map(aliasOf)).toEqual([GUIDE, USUAL, undefined])
})
