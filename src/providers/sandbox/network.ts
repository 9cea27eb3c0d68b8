/**
 * What all sandbox networks have in common: how an operation is opened once, carried on, given up and looked up, under the
 * faults that are switched on. A network adds its rules: what becomes of a new operation, and what a payer's input does.
 *
 *     execute ─┬─> approved                       an operation is opened by one insert under its key; whoever comes
 *              ├─> declined                       second with the same key reads what is there
 *              ├─> processing ──(time)──> …
 *              └─> action_required ─┬─(resume)──> any of the above
 *                                   ├─(abandon)─> declined, not_completed
 *                                   └─(time)────> what the network decides by itself, or declined as too late
 */
import type { Clock } from '../../core/clock.ts'
import type { Ids } from '../../core/ids.ts'
import type { Reason } from '../../core/reasons.ts'
import { ProviderUnreachable, type Operation, type Outcome, type Provider } from '../contract.ts'
import { forced } from './bank-codes.ts'
import { outcomeOf, type Book, type BookRecord, type Change, type Verdict } from './book.ts'
import { isChild, settleChild } from './children.ts'
import { createFaults, type Faults } from './faults.ts'
import { createNews, type News, type Schedule } from './news.ts'
import { conclude, draft, passTime } from './records.ts'

export interface NetworkParts {
  readonly book: Book
  readonly clock: Clock
  readonly ids: Ids
  /** Where the network's pages are, without a slash at the end: `https://pay.example/sandbox`. */
  readonly base_url: string
  readonly faults?: Faults
  /** Timers of the network's own doings (late answers). */
  readonly schedule?: Schedule
  /** The wait of slow calls, when the network makes its own switches. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>
  /** Shorter for tests that kill the caller and do not want to wait. */
  readonly unknown_key_final_after_ms?: number
}

/** What can be known of a network without asking it: its name, what it takes, whose account the money goes through. */
export type NetworkTerms = Pick<Provider, 'name' | 'supports' | 'settlement'>

/** A key that no inquiry knows after this time was never executed: longer than the slowest call may take (SLOW_MS_MAX in faults.ts). */
export const UNKNOWN_KEY_FINAL_AFTER_MS = 30_000

export interface Rules extends NetworkTerms {
  /** The network's own reference of an operation; a UUID unless it has a form of its own. */
  reference?(): string
  /** What becomes of a new operation that is not a capture, void or refund. Pure but for the ids it draws. */
  open(operation: Operation, record: BookRecord, now: Date): BookRecord | Promise<BookRecord>
  /** Why a capture, void or refund that would be in order is declined all the same. */
  refuses?(operation: Operation): Reason | undefined
  /** What the payer's input does to an operation that waits for it. The same record: nothing. */
  answer(record: BookRecord, input: Readonly<Record<string, string>>, now: Date): BookRecord
  /** Finishing touches at the moment when a record is approved or declined: the facts that exist from then on. */
  concluded?(record: BookRecord): BookRecord
  /** The reason for a payer who did not come in time. */
  readonly late: Reason
}

/** A network as the rest of the sandbox sees it: the provider, and what its pages and its control need. */
export interface Network extends Provider {
  readonly faults: Faults
  onNews(listener: (key: string) => void): () => void
  /** Changes one open record by a pure function, and tells the news when that settled it. For the network's pages. */
  carryOn(key: string, change: (record: BookRecord, now: Date) => BookRecord): Promise<BookRecord | undefined>
  /** Settles an operation that stays `processing`, as somebody at the network would by hand. False when there is nothing to settle. */
  settle(key: string, verdict: Verdict): Promise<boolean>
  /** Takes up again what was planned before a restart. */
  start(): Promise<void>
  /** Cancels the network's timers. */
  stop(): void
}

export function createNetwork(rules: Rules, parts: NetworkParts): Network {
  const { book, clock, ids, sleep, faults = createFaults({}, sleep), schedule, unknown_key_final_after_ms = UNKNOWN_KEY_FINAL_AFTER_MS } = parts
  const news = createNews({ clock, faults, schedule })
  const context: Context = { rules, book, clock, ids, news }
  const call = <T>(signal: AbortSignal, work: boolean, run: () => Promise<T>, hints?: Operation['hints']): Promise<T> =>
    guarded(() => faults.through({ work, hints, signal }, run))
  return {
    name: rules.name,
    supports: rules.supports,
    settlement: rules.settlement,
    unknown_key_final_after_ms,
    faults,
    execute: (operation, signal) =>
      call(signal, true, async () => answerOf(await open(context, operation)), operation.mode === 'test' ? operation.hints : undefined),
    inquire: (key, signal) =>
      call(signal, false, async () => {
        const record = await present(context, key)
        return record ? outcomeOf(record) : { status: 'not_found' as const }
      }),
    resume: (key, input, signal) => call(signal, true, () => outcomeAfter(context, key, (record, now) => rules.answer(record, input, now))),
    abandon: (key, signal) =>
      call(signal, true, () => outcomeAfter(context, key, (record, now) => conclude(record, { status: 'declined', reason: 'not_completed' }, now))),
    onNews: news.listen,
    carryOn: (key, change) => carryOn(context, key, change),
    settle: async (key, verdict) => {
      const before = await book.find(key)
      if (before?.network !== rules.name || before.status !== 'processing') return false
      await carryOn(context, key, (record, now) => (record.status === 'processing' ? conclude(record, verdict, now) : record))
      return true
    },
    start: async () => {
      for (const record of await book.due()) if (record.network === rules.name) planNews(context, record)
    },
    stop: news.stop,
  }
}

interface Context {
  readonly rules: Rules
  readonly book: Book
  readonly clock: Clock
  readonly ids: Ids
  readonly news: News
}

/** Rule 3 of the contract: whatever breaks in here, the caller cannot know how far it got. */
export async function guarded<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof ProviderUnreachable) throw error
    throw new ProviderUnreachable(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

async function open(context: Context, operation: Operation): Promise<BookRecord> {
  const { rules, book, clock, ids } = context
  const now = clock.now()
  const blank = draft(operation, rules.name, { provider_ref: rules.reference?.() ?? ids.uuid() }, now)
  if (isChild(operation.kind)) return openChild(context, operation, blank)
  const { kind, method, mode, amount, instrument } = operation
  const code = instrument?.type === 'apm' ? instrument.code : undefined
  const supported = rules.supports({ kind, method, mode, code, currency: amount.currency })
  const record = !supported
    ? conclude(blank, { status: 'declined', reason: 'not_permitted' }, now)
    : amount.minor < 0n || (amount.minor === 0n && kind !== 'verify')
      ? conclude(blank, { status: 'declined', reason: 'invalid_amount' }, now)
      : await rules.open(operation, blank, now)
  const stored = finish(rules, blank, record)
  const claimed = await book.claim(stored)
  if (claimed !== 'new') return (await present(context, claimed.key, claimed)) ?? claimed
  planNews(context, stored)
  return stored
}

async function openChild({ rules, book }: Context, operation: Operation, blank: BookRecord): Promise<BookRecord> {
  const { parent_key = '' } = operation
  // A capture's own parent never changes, so it may be read before the locks.
  const parent = await book.find(parent_key)
  const root_key = parent?.kind === 'capture' ? parent.parent_key : undefined
  const keys = [operation.key, parent_key, ...(root_key === undefined ? [] : [root_key])]
  const wish = forced(operation)
  const { kind, method, mode, amount } = operation
  const supported = rules.supports({ kind, method, mode, currency: amount.currency })
  const refusal = !supported ? 'not_permitted' : wish?.status === 'declined' ? wish.reason : rules.refuses?.(operation)
  return book.update(keys, (records) => settleChild(records, blank, { root_key, refusal, finish: (record) => finish(rules, blank, record) }))
}

/** The record as of now; what time did to it is written down first. Undefined when this network has none under the key. */
async function present(context: Context, key: string, known?: BookRecord): Promise<BookRecord | undefined> {
  const { rules, book, clock } = context
  const record = known ?? (await book.find(key))
  if (record?.network !== rules.name) return undefined
  if (passTime(record, clock.now(), rules.late) === record) return record
  return modify(context, key, (current) => current)
}

async function outcomeAfter(context: Context, key: string, change: (record: BookRecord, now: Date) => BookRecord): Promise<Outcome> {
  const record = await modify(context, key, (current, now) => (current.status === 'action_required' ? change(current, now) : current))
  return record ? answerOf(record) : { status: 'declined', reason: 'transaction_not_found', facts: {} }
}

/** The answer to a call that did work. Of some operations it never arrives. */
function answerOf(record: BookRecord): Outcome {
  if (record.notes.lossy && record.status !== 'action_required') throw new ProviderUnreachable('the answer got lost on its way')
  return outcomeOf(record)
}

async function carryOn(context: Context, key: string, change: (record: BookRecord, now: Date) => BookRecord): Promise<BookRecord | undefined> {
  let settled = false
  const record = await modify(context, key, (current, now) => {
    if (current.status !== 'action_required' && current.status !== 'processing') return current
    const next = change(current, now)
    settled = next.status !== current.status
    return next
  })
  if (settled) context.news.tell(key)
  return record
}

/** Locks the record, lets time pass, applies `change` and writes what differs. */
async function modify(context: Context, key: string, change: (record: BookRecord, now: Date) => BookRecord): Promise<BookRecord | undefined> {
  const { rules, book, clock } = context
  const now = clock.now()
  const record = await book.update(key === '' ? [] : [key], (records): Change<BookRecord | undefined> => {
    const before = records.get(key)
    if (before?.network !== rules.name) return { write: [], value: undefined }
    const after = finish(rules, before, change(passTime(before, now, rules.late), now))
    return { write: after === before ? [] : [after], value: after }
  })
  if (record) planNews(context, record)
  return record
}

function finish(rules: Rules, before: BookRecord, after: BookRecord): BookRecord {
  const final = after.status === 'approved' || after.status === 'declined'
  return final && before.status !== after.status && rules.concluded ? rules.concluded(after) : after
}

/** When the record's time comes, the change is written down and told. */
function planNews(context: Context, record: BookRecord): void {
  const { due_at, key } = record
  if (!due_at) return
  context.news.at(due_at, () => {
    // A failed look-up loses only the news: the next inquiry lets the time pass just the same.
    present(context, key).then(() => context.news.tell(key), () => undefined)
  })
}
