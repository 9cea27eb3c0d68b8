/**
 * How operations and outcomes travel between a server and the sandbox program, as JSON: amounts of money with their minor units
 * as text (they are bigint), times in ISO 8601. Both ends are ours, but what arrives is checked all the same.
 */
import { isCurrency, money, type Money } from '../../core/money.ts'
import type { BankSignIn, Inquiry, Operation, Outcome } from '../contract.ts'
import type { BookRecord } from './book.ts'

/** JSON text of anything that has bigint and Date in it. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => (typeof field === 'bigint' ? field.toString() : field))
}

type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const KINDS: ReadonlySet<unknown> = new Set(['authorize', 'sale', 'capture', 'void', 'refund', 'verify', 'transfer', 'payout', 'credit'])
const INSTRUMENTS: Readonly<Record<string, readonly string[]>> = { card: ['number'], bank_account: ['session', 'account'], apm: ['code'] }

/** The operation, or undefined when it is none. */
export function readOperation(body: unknown): Operation | undefined {
  if (!isFields(body)) return undefined
  const { key, kind, mode, method, amount, initiator, authentication, instrument, payer, hints } = body
  const read = readMoney(amount)
  const sound =
    typeof key === 'string' && key.length > 0 && key.length <= 200 && KINDS.has(kind) && (mode === 'test' || mode === 'live') &&
    (method === 'card' || method === 'bank_transfer' || method === 'apm') && (initiator === 'payer' || initiator === 'merchant') &&
    (authentication === 'off' || authentication === 'auto' || authentication === 'required') && isInstrument(instrument)
  if (!sound || !read) return undefined
  const apm = isFields(instrument) && instrument.type === 'apm' ? { instrument: { ...instrument, fields: isFields(instrument.fields) ? instrument.fields : {} } } : {}
  return { ...(body as unknown as Operation), ...(apm as object), amount: read, payer: isFields(payer) ? payer : {}, hints: isFields(hints) ? hints : {} }
}

function isInstrument(value: unknown): boolean {
  if (value === undefined) return true
  const needed = isFields(value) && typeof value.type === 'string' && Object.hasOwn(INSTRUMENTS, value.type) ? INSTRUMENTS[value.type] : undefined
  return needed !== undefined && isFields(value) && needed.every((name) => typeof value[name] === 'string')
}

function readMoney(value: unknown): Money | undefined {
  if (!isFields(value)) return undefined
  const { minor, currency } = value
  if (typeof minor !== 'string' || !/^-?\d{1,18}$/.test(minor) || typeof currency !== 'string' || !isCurrency(currency)) return undefined
  return money(BigInt(minor), currency)
}

/** The outcome as it arrived; throws on anything that is none. */
export function readInquiry(body: unknown): Inquiry {
  if (!isFields(body)) throw new Error('the network answered nothing')
  const { status, amount, expires_at } = body
  const outcome = body as unknown as Outcome
  if (status === 'approved') {
    const read = readMoney(amount)
    if (read) return { ...outcome, status, amount: read }
  }
  if (status === 'action_required' && typeof expires_at === 'string') return { ...(outcome as Extract<Outcome, { action: unknown }>), expires_at: new Date(expires_at) }
  if (status === 'declined' || status === 'processing') return outcome
  if (status === 'not_found') return typeof body.final_after_ms === 'number' ? { status, final_after_ms: body.final_after_ms } : { status }
  throw new Error('the network answered in a language that is not ours')
}

/** The outcome of a call that did work: it cannot be "not found". */
export function readOutcome(body: unknown): Outcome {
  const inquiry = readInquiry(body)
  if (inquiry.status === 'not_found') throw new Error('the network answered a question that was not asked')
  return inquiry
}

export function readSignIn(body: unknown): BankSignIn {
  const answer = body as BankSignIn
  if (answer.status !== 'signed_in') return answer
  return {
    ...answer,
    accounts: answer.accounts.map((account) => {
      const balance = readMoney(account.balance)
      if (!balance) throw new Error('an account without a balance')
      return { ...account, balance }
    }),
  }
}

/** A line of the book as it is shown to the outside: without what the network keeps to itself. */
export function showRecord({ notes: _notes, handle: _handle, action: _action, ...record }: BookRecord): Record<string, unknown> {
  return record
}
