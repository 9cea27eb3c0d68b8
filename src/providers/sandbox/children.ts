/** Captures, voids and refunds: operations on what an earlier one left. The only place that changes the sums of a record. */
import { money } from '../../core/money.ts'
import type { Reason } from '../../core/reasons.ts'
import type { OperationKind } from '../contract.ts'
import type { BookRecord, Change, Records } from './book.ts'
import { conclude } from './records.ts'

export type ChildKind = Extract<OperationKind, 'capture' | 'void' | 'refund'>

export function isChild(kind: OperationKind): kind is ChildKind {
  return kind === 'capture' || kind === 'void' || kind === 'refund'
}

export interface ChildTerms {
  /** The authorization, when the parent is a capture of it. */
  readonly root_key: string | undefined
  /** Why the network refuses it in any case. */
  readonly refusal: Reason | undefined
  /** The network's finishing touches. */
  readonly finish: (record: BookRecord) => BookRecord
}

/**
 * Works out a child against its parent and writes both. `draft` is the child's record, still processing. A child that is there
 * already is left as it is.
 */
export function settleChild(records: Records, draft: BookRecord, { root_key, refusal, finish }: ChildTerms): Change<BookRecord> {
  const existing = records.get(draft.key)
  if (existing) return { write: [], value: existing }
  const now = draft.created_at
  const parent = records.get(draft.parent_key ?? '')
  const root = root_key === undefined ? parent : records.get(root_key)
  const effect = effectOf(draft, parent, root, refusal)
  if (typeof effect === 'string') {
    const value = finish(conclude(draft, { status: 'declined', reason: effect }, now))
    return { write: [value], value }
  }
  const approved = conclude({ ...draft, amount: money(effect.amount, draft.amount.currency), card: parent?.card }, { status: 'approved' }, now)
  // A capture can be refunded by its own key, so it counts for itself as well.
  const value = finish(draft.kind === 'capture' ? { ...approved, captured: approved.amount.minor } : approved)
  return { write: [...effect.write.map((record) => ({ ...record, updated_at: now })), value], value }
}

function effectOf(draft: BookRecord, parent: BookRecord | undefined, root: BookRecord | undefined, refusal: Reason | undefined): ReturnType<Effect> {
  if (!parent || !root || parent.network !== draft.network || parent.mode !== draft.mode) return 'transaction_not_found'
  if (refusal) return refusal
  if (parent.amount.currency !== draft.amount.currency) return 'invalid_request'
  return EFFECTS[draft.kind as ChildKind](parent, root, draft.amount.minor)
}

type Effect = (parent: BookRecord, root: BookRecord, amount: bigint) => Reason | { amount: bigint; write: readonly BookRecord[] }

/** What each child does to the sums, or why it may not. */
const EFFECTS: Readonly<Record<ChildKind, Effect>> = {
  /** Several partial captures, together never more than was authorized. */
  capture: (parent, _root, amount) => {
    if (parent.kind !== 'authorize' || parent.status !== 'approved') return 'not_permitted'
    if (amount <= 0n || parent.captured + parent.released + amount > parent.amount.minor) return 'invalid_amount'
    return { amount, write: [{ ...parent, captured: parent.captured + amount }] }
  },
  /**
   * Of an authorization: lets go of a part of what is held (a reversal may be partial). Of a sale: takes it back whole, as long as
   * nothing was refunded.
   */
  void: (parent, _root, amount) => {
    if (parent.status !== 'approved') return 'not_permitted'
    if (parent.kind === 'sale' && parent.refunded === 0n && parent.released === 0n) {
      return { amount: parent.amount.minor, write: [{ ...parent, released: parent.amount.minor, refunded: parent.captured }] }
    }
    if (parent.kind !== 'authorize' || parent.captured + parent.released === parent.amount.minor) return 'not_permitted'
    if (amount <= 0n || parent.captured + parent.released + amount > parent.amount.minor) return 'invalid_amount'
    return { amount, write: [{ ...parent, released: parent.released + amount }] }
  },
  /** Several partial refunds of a sale, an authorization or one capture of it, together never more than was captured. */
  refund: (parent, root, amount) => {
    if (parent.status !== 'approved' || parent.captured === 0n) return 'not_permitted'
    const refunded = parent === root ? [parent] : [parent, root]
    if (amount <= 0n || refunded.some((record) => record.refunded + amount > record.captured)) return 'invalid_amount'
    return { amount, write: refunded.map((record) => ({ ...record, refunded: record.refunded + amount })) }
  },
}
