/** What can happen to a record, as pure functions: opening it, giving it its verdict, letting time pass. */
import { after } from '../../core/clock.ts'
import { assert } from '../../core/result.ts'
import type { Reason } from '../../core/reasons.ts'
import type { Action, Facts, Operation } from '../contract.ts'
import type { BookRecord, Notes, Verdict } from './book.ts'

/** A record of an operation that nothing is known about yet. */
export function draft(operation: Operation, network: string, facts: Facts, now: Date): BookRecord {
  const { key, kind, mode, method, amount, parent_key, instrument } = operation
  return {
    key, network, kind, mode, method, amount, parent_key, facts,
    status: 'processing', captured: 0n, refunded: 0n, released: 0n,
    card: instrument?.type === 'card' ? { first6: instrument.number.slice(0, 6), last4: instrument.number.slice(-4) } : undefined,
    reason: undefined, action: undefined, notes: {}, handle: undefined, expires_at: undefined, due_at: undefined,
    created_at: now, updated_at: now,
  }
}

/** The record with its verdict. What moves money at once (sale, transfer) counts as captured from here on. */
export function conclude(record: BookRecord, verdict: Verdict, now: Date): BookRecord {
  assert(record.status === 'processing' || record.status === 'action_required', `${record.key} is ${record.status} already`)
  const open = { ...record, action: undefined, expires_at: undefined, due_at: undefined, updated_at: now }
  switch (verdict.status) {
    case 'approved': {
      const captured = record.kind === 'sale' || record.kind === 'transfer' ? record.amount.minor : 0n
      return { ...open, status: 'approved', captured, facts: { ...record.facts, executed_at: now.toISOString() } }
    }
    case 'declined':
      return { ...open, status: 'declined', reason: verdict.reason }
    case 'processing': {
      const due_at = verdict.after_ms === undefined ? undefined : after(now, verdict.after_ms)
      return { ...open, status: 'processing', due_at, notes: { ...record.notes, then: verdict.then } }
    }
  }
}

/** The record, waiting for the payer. `settles_after_ms`: the network itself goes on then, with `notes.then`. */
export function ask(
  record: BookRecord,
  question: { action: Action; expires_after_ms: number; notes: Notes; handle?: string; settles_after_ms?: number },
  now: Date,
): BookRecord {
  const { action, expires_after_ms, notes, handle = record.handle, settles_after_ms } = question
  return {
    ...record, status: 'action_required', action, handle, notes: { ...record.notes, ...notes }, expires_at: after(now, expires_after_ms),
    due_at: settles_after_ms === undefined ? undefined : after(now, settles_after_ms), updated_at: now,
  }
}

/** The record, with a payer who has begun: nobody else can pay it, and it is not withdrawn, until they have decided or `within_ms` is over. */
export function begin(record: BookRecord, session: string, within_ms: number, now: Date): BookRecord {
  const { action, expires_at, facts, notes } = record
  assert(action !== undefined && expires_at !== undefined, `${record.key} waits for nobody`)
  return {
    ...record, status: 'processing', action: undefined, expires_at: undefined, due_at: after(now, within_ms), updated_at: now,
    facts: { ...facts, begun_at: now.toISOString() }, notes: { ...notes, begun: { session, action, expires_at: expires_at.toISOString() } },
  }
}

/** Who has begun, if the record is still theirs. */
export const sessionOf = ({ status, notes }: BookRecord): string | undefined => (status === 'processing' ? notes.begun?.session : undefined)

/** The record of a payer who has given up, or whose time is over: it waits again as it did before. */
export function waitAgain(record: BookRecord, now: Date): BookRecord {
  const { facts: { begun_at: _, ...facts }, notes: { begun, ...notes } } = record
  assert(begun !== undefined, `nobody has begun ${record.key}`)
  return { ...record, status: 'action_required', action: begun.action, expires_at: new Date(begun.expires_at), due_at: undefined, facts, notes, updated_at: now }
}

/** What the passing of time made of the record: itself when nothing. `late` is the reason for a payer who did not come. */
export function passTime(record: BookRecord, now: Date, late: Reason): BookRecord {
  let current = record
  // A step can end in the next delay (an app's approval, then a slow transfer), and both may be over by now.
  for (;;) {
    const { status, due_at, expires_at, notes } = current
    if (sessionOf(current) !== undefined) {
      if (!due_at || due_at > now) return current
      current = waitAgain(current, due_at)
    } else if (due_at && due_at <= now && (!expires_at || due_at <= expires_at) && notes.then) current = conclude(current, notes.then, due_at)
    else if (status === 'action_required' && expires_at && expires_at <= now) current = conclude(current, { status: 'declined', reason: late }, expires_at)
    else return current
  }
}
