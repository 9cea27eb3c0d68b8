/**
 * The sandbox network of alternative payment methods: wallets, bank pages, vouchers, an emulator, bills. The payer acts on the
 * network's pages (pages.ts), which conclude the operation in the book and tell the news; the browser's return proves nothing.
 */
import type { Ids } from '../../../core/ids.ts'
import type { ApmData, Mode, Operation } from '../../contract.ts'
import type { Book, BookRecord, Verdict } from '../book.ts'
import { forced } from '../bank-codes.ts'
import { createNetwork, type Network, type NetworkParts, type NetworkTerms, type Rules } from '../network.ts'
import { ask, conclude } from '../records.ts'
import { billVerdict, codeVerdict, emulatorVerdict, FAILING_AMOUNT } from './magic.ts'
import { findApmMethod, type ApmMethod } from './methods.ts'
import { mintToken, ownerOfToken } from './tokens.ts'

export interface SandboxApmsParts extends NetworkParts {
  readonly modes?: readonly Mode[]
  /** When a bill, or a payment that is pending first, is known. */
  readonly late_ms?: number
  /** How long a wallet or bank page waits. */
  readonly page_ms?: number
  /** How long a voucher can be paid. */
  readonly voucher_ms?: number
  /** How long a bill can be paid. */
  readonly bill_ms?: number
}

export const SANDBOX_APMS = 'sandbox-apms'
export const APM_LATE_MS = 10_000
const DAY_MS = 24 * 60 * 60_000
const KINDS: ReadonlySet<string> = new Set(['sale', 'refund', 'payout', 'credit'])
const APPROVED: Verdict = { status: 'approved' }

/** What can be known of the network without asking it. */
export function apmTerms(modes: readonly Mode[]): NetworkTerms {
  return {
    name: SANDBOX_APMS, settlement: 'platform',
    supports: ({ kind, method, mode, currency, code }) => {
      if (method !== 'apm' || !modes.includes(mode) || !KINDS.has(kind)) return false
      if (code === undefined) return true
      const found = findApmMethod(code)
      return found !== undefined && (found.currencies?.includes(currency) ?? true)
    },
  }
}

type Terms = Required<Omit<SandboxApmsParts, 'faults' | 'schedule' | 'sleep' | 'modes' | 'unknown_key_final_after_ms'>>

export function createSandboxApms(parts: SandboxApmsParts): Network {
  const { modes = ['test'], late_ms = APM_LATE_MS, page_ms = 60 * 60_000, voucher_ms = 3 * DAY_MS, bill_ms = 3_650 * DAY_MS } = parts
  const terms: Terms = { ...parts, late_ms, page_ms, voucher_ms, bill_ms }
  const rules: Rules = {
    ...apmTerms(modes),
    late: 'not_completed',
    open: (operation, record, now) => open(operation, record, now, terms),
    // The page has concluded what the payer decided on; coming back adds nothing.
    answer: (record) => record,
    concluded: (record) => withToken(record, parts.ids),
  }
  return createNetwork(rules, parts)
}

async function open(operation: Operation, blank: BookRecord, now: Date, terms: Terms): Promise<BookRecord> {
  const { instrument, kind, amount } = operation
  const method = instrument?.type === 'apm' ? findApmMethod(instrument.code) : undefined
  if (instrument?.type !== 'apm' || !method) return conclude(blank, { status: 'declined', reason: 'invalid_request' }, now)
  const record = await describe(operation, instrument, blank, terms.book)
  if (!record) return conclude(blank, { status: 'declined', reason: 'token_not_found' }, now)
  if (kind !== 'sale') {
    const usual: Verdict = amount.minor === FAILING_AMOUNT ? { status: 'declined', reason: 'insufficient_funds' } : APPROVED
    return conclude(arrivesInPart(operation) ? { ...record, amount: { ...amount, minor: amount.minor / 2n } } : record, forced(operation) ?? usual, now)
  }
  const verdict = instant(method, operation, instrument, terms.late_ms)
  // A bill waits for somebody who pays it elsewhere: until then it can be withdrawn, and its time can be over.
  if (method.kind === 'bill' && verdict !== 'page' && verdict.status === 'processing' && forced(operation) === undefined) {
    return bill(record, operation, { ...terms, ...(waitsForKiosk(operation, instrument) ? {} : { settles_after_ms: verdict.after_ms }) }, now)
  }
  if (verdict !== 'page') return conclude(record, forced(operation) ?? verdict, now)
  // Nobody is there to act on a page.
  if (operation.initiator === 'merchant') return conclude(record, { status: 'declined', reason: 'invalid_request' }, now)
  const handle = terms.ids.alphanumeric(32)
  return ask(record, {
    action: { kind: 'redirect', url: `${terms.base_url}/apm/${handle}`, method: 'GET', fields: {} },
    expires_after_ms: method.kind === 'voucher' ? terms.voucher_ms : terms.page_ms,
    notes: { then: forced(operation) ?? APPROVED, return_url: operation.return_url, description: operation.description, merchant_name: operation.merchant_name },
    handle,
  }, now)
}

/** Whether nobody pays this bill by itself: somebody has to come to its kiosk. */
const waitsForKiosk = ({ hints }: Operation, { fields }: ApmData): boolean => hints.kiosk === true || /^kiosk/i.test(String(fields.account_number))

function bill(record: BookRecord, { description, merchant_name }: Operation, { ids, base_url, bill_ms, settles_after_ms }: Terms & { settles_after_ms?: number | undefined }, now: Date): BookRecord {
  const handle = ids.alphanumeric(32)
  const at_kiosk = { ...record, facts: { ...record.facts, pay_url: `${base_url}/apm/${handle}` } }
  return ask(at_kiosk, { action: { kind: 'wait', wait: 'app' }, expires_after_ms: bill_ms, notes: { then: APPROVED, description, merchant_name }, handle, ...(settles_after_ms === undefined ? {} : { settles_after_ms }) }, now)
}

/** `hints.partial` of a test payout: half of it arrives, rounded down. Of the smallest amount there is no half. */
function arrivesInPart({ kind, mode, hints, amount }: Operation): boolean {
  return kind === 'payout' && mode === 'test' && hints.partial === true && amount.minor > 1n
}

/** What is decided without the payer, or 'page'. A stored account pays at once. */
function instant({ kind }: ApmMethod, { amount }: Operation, { token, fields }: ApmData, late_ms: number): Verdict | 'page' {
  if (kind === 'emulator') {
    const verdict = emulatorVerdict(amount.minor, late_ms)
    return verdict === 'page' && token !== undefined ? APPROVED : verdict
  }
  if (token !== undefined) return APPROVED
  if (kind === 'bill') return billVerdict(amount.minor, late_ms)
  if (kind === 'code') return codeVerdict(fields.blik_code ?? fields.code)
  return 'page'
}

/** The record with what the network remembers of the method; undefined when a token is given that nobody has. */
async function describe({ hints, payer }: Operation, { code, token, fields }: ApmData, blank: BookRecord, book: Book): Promise<BookRecord | undefined> {
  const owner = token === undefined ? undefined : await ownerOfToken(book, token, code)
  if (token !== undefined && !owner) return undefined
  const { account_number, contract } = fields
  const given: Readonly<Record<string, string>> = typeof account_number === 'string' ? { account_number } : {}
  const recurring = fields.recurring === true || hints.recurring === true || (Array.isArray(contract) && contract.includes('recurring'))
  return {
    ...blank,
    facts: { ...blank.facts, account: { type: code, ...given, ...owner?.facts.account }, ...(token !== undefined && { token }) },
    notes: { code, recurring, language: payer.language, iframe: hints.iframe === true, prefill: payer.email },
  }
}

function withToken(record: BookRecord, ids: Ids): BookRecord {
  if (record.status !== 'approved' || !record.notes.recurring || record.facts.token !== undefined) return record
  return { ...record, facts: { ...record.facts, token: mintToken(record.key, ids) } }
}
