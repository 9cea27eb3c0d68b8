/** What must be true after a crash and a restart, whatever the client did meanwhile: the sandbox's book equals ours, and nothing is left lying. */
import type { Db } from '../../src/db/db.ts'
import { audit, formatReport } from '../../src/ledger/audit.ts'
import type { Attempt } from '../../src/payments/model.ts'
import { MANUAL } from '../../src/providers/manual.ts'
import type { BookRecord } from '../../src/providers/sandbox/book.ts'
import type { Sandbox } from '../../src/providers/sandbox/sandbox.ts'
import type { Received } from '../support/server.ts'

/** Every line of the sandbox's book. */
export async function bookOf(list: (question: { after: string; limit: number }) => Promise<BookRecord[]>): Promise<BookRecord[]> {
  const all: BookRecord[] = []
  for (;;) {
    const page = await list({ after: all.at(-1)?.key ?? '', limit: 1_000 })
    all.push(...page)
    if (page.length < 1_000) return all
  }
}

/** The sandbox program's book, over HTTP. */
export async function bookAt(url: string): Promise<BookRecord[]> {
  return bookOf(async ({ after, limit }) => {
    const { records } = (await (await fetch(`${url}/book?after=${after}&limit=${limit}`)).json()) as { records: (Omit<BookRecord, 'amount'> & { amount: { minor: string; currency: string } })[] }
    return records.map((record) => ({ ...record, amount: { minor: BigInt(record.amount.minor), currency: record.amount.currency } }))
  })
}

export type { Sandbox }

type AttemptRow = Pick<Attempt, 'id' | 'payment_id' | 'kind' | 'state' | 'amount' | 'currency' | 'parent_id' | 'reason'>

const ENDED: Readonly<Record<BookRecord['status'], Attempt['state'] | undefined>> = { approved: 'approved', declined: 'declined', action_required: undefined, processing: undefined }
const PAYING: ReadonlySet<string> = new Set(['sale', 'transfer', 'authorize', 'verify', 'payout', 'credit'])

/** Every difference between what the networks did and what we say they did, as sentences. */
export async function differences(db: Db, book: readonly BookRecord[]): Promise<string[]> {
  // What an operator has said is in no network's book.
  const attempts = await db.query<AttemptRow>(`SELECT id, payment_id, kind, state, amount, currency, parent_id, reason FROM attempts a WHERE provider <> '${MANUAL}'
     AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.merchant_id = a.merchant_id AND r.id = a.refund_id AND r.request->>'charge_back' = 'true')`)
  const ours = new Map(attempts.map((attempt) => [attempt.id, attempt]))
  const found: string[] = []
  for (const { key, kind, status, amount, parent_key } of book) {
    const attempt = ours.get(key)
    const theirs = `${kind} ${key} is ${status} at the network, ${amount.minor} ${amount.currency}`
    if (attempt === undefined) found.push(`${theirs}: we know nothing of it`)
    else if (attempt.kind !== kind || attempt.currency !== amount.currency || (attempt.parent_id ?? undefined) !== (parent_key ?? undefined)) found.push(`${theirs}: ours is a ${attempt.kind}, ${attempt.currency}`)
    else if (attempt.state !== (ENDED[status] ?? attempt.state)) found.push(`${theirs}: ours (${attempt.payment_id}) is ${attempt.state} ${attempt.reason ?? ''}`)
    else if (ENDED[status] === undefined && (attempt.state === 'approved' || attempt.state === 'declined')) found.push(`${theirs}: ours (${attempt.payment_id}) is ${attempt.state} already`)
    else if (status === 'approved' && attempt.amount !== amount.minor) found.push(`${theirs}: ours says ${attempt.amount}`)
  }
  const known = new Set(book.map(({ key }) => key))
  for (const { id, kind, state, payment_id } of attempts) if (!known.has(id) && state !== 'declined' && state !== 'sent') found.push(`${kind} ${id} of ${payment_id} is ${state} here: the network knows nothing of it`)
  const charged = book.filter(({ kind, status }) => status === 'approved' && PAYING.has(kind)).map(({ key }) => ours.get(key)?.payment_id)
  for (const payment_id of new Set(charged)) if (charged.filter((id) => id === payment_id).length > 1) found.push(`${payment_id} was charged ${charged.filter((id) => id === payment_id).length} times`)
  return found
}

/** What is not finished yet, as sentences: attempts, refunds and deliveries that somebody still has to do something about. */
export async function unfinished(db: Db): Promise<string[]> {
  const rows = await db.query<{ what: string }>(
    `SELECT 'attempt ' || id || ' of ' || payment_id || ' is ' || state AS what FROM attempts WHERE state IN ('sent', 'action', 'processing')
     UNION ALL SELECT 'payment ' || id || ' is ' || state FROM payments WHERE state = 'processing'
     UNION ALL SELECT 'refund ' || id || ' of ' || payment_id || ' is ' || state FROM refunds WHERE state IN ('pending', 'processing')
     UNION ALL SELECT 'delivery ' || id || ' of ' || coalesce(payment_id, 'no payment') || ' is ' || state || ', ' || tries || ' tries' FROM deliveries WHERE state <> 'delivered'`,
  )
  return rows.map(({ what }) => what)
}

/** Deliveries that their receiver has never seen, as sentences. Receivers name the event, or are at an address of the payment's own. */
export async function untold(db: Db, requests: readonly Received[]): Promise<string[]> {
  const rows = await db.query<{ id: string; event_id: string; url: string }>('SELECT id, event_id, url FROM deliveries')
  const seen = new Map<string, number>()
  const named = new Set<string>()
  for (const { path, raw } of requests) {
    seen.set(path, (seen.get(path) ?? 0) + 1)
    for (const [, text = ''] of raw.matchAll(/"([^"\\]+)"/g)) named.add(text)
  }
  const wanted = new Map<string, number>()
  const found: string[] = []
  for (const { id, event_id, url } of rows) {
    const path = new URL(url).pathname
    if (named.has(event_id)) continue
    wanted.set(path, (wanted.get(path) ?? 0) + 1)
    if ((wanted.get(path) ?? 0) > (seen.get(path) ?? 0)) found.push(`delivery ${id} never reached ${path}`)
  }
  return found
}

/** What the audit says, as sentences. */
export async function faults(db: Db): Promise<string[]> {
  const report = await audit(db)
  return report.clean ? [] : formatReport(report).split('\n').filter((line) => line.startsWith('✗'))
}
