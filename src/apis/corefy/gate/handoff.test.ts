import { expect, it } from 'vitest'
import type { Bound } from '../../../payments/store.ts'
import { createHandoff } from './handoff.ts'

let now = new Date('2026-03-04T05:06:07Z')
const bound = (id: string): Bound => ({ view: { payment: { id }, attempts: [], refunds: [] } as unknown as Bound['view'], instrument: undefined })

it('hands over once', () => {
  const handoff = createHandoff({ now: () => now })
  handoff.put('a', bound('p'))
  expect(handoff.take('a')?.view.payment.id).toBe('p')
  expect(handoff.take('a')).toBeUndefined()
  expect(handoff.take('b')).toBeUndefined()
})

it('forgets after two seconds', () => {
  const handoff = createHandoff({ now: () => now })
  handoff.put('a', bound('p'))
  now = new Date(now.getTime() + 2_000)
  expect(handoff.take('a')).toBeUndefined()
})

it('keeps no more than some thousand, the newest', () => {
  const handoff = createHandoff({ now: () => now })
  for (let n = 0; n < 5_000; n++) handoff.put(`s${n}`, bound(`p${n}`))
  expect(handoff.take('s903')).toBeUndefined()
  expect(handoff.take('s904')?.view.payment.id).toBe('p904')
  expect(handoff.take('s4999')).toBeDefined()
})
