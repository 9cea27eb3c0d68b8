/**
 * The sandbox's banks: one network for all of them. The payer signs in, chooses an account, proves by a second factor that it is
 * them, and the money goes straight to the recipient. What is typed is compared in memory; no password and no code is kept.
 *
 * Input of `resume`: `code` for a device, an SMS or a coordinate card (its three values together, with or without spaces, or each
 * under its position), `decision` = `approve` or `reject` for an app, and `decision` = `reject` for every other factor too.
 */
import type { BankAccountView, BankDirectory, BankSignIn, Mode, Operation } from '../../contract.ts'
import { CURRENCY_OF, findBank, limitsOf } from '../../../core/banks.ts'
import { money } from '../../../core/money.ts'
import type { Reason } from '../../../core/reasons.ts'
import { forced } from '../bank-codes.ts'
import type { BookRecord, Verdict } from '../book.ts'
import { createNetwork, guarded, type Network, type NetworkParts, type NetworkTerms, type Rules } from '../network.ts'
import { ask, conclude } from '../records.ts'
import { openSession, sealSession } from './session.ts'
import { CODES, COORDINATES, findUser, type BankAccount, type BankUser } from './users.ts'

export interface SandboxBanksParts extends NetworkParts {
  readonly modes?: readonly Mode[]
  /** How long a banking app takes to approve. */
  readonly app_ms?: number
  /** How long the payer may take for the second factor. */
  readonly factor_ms?: number
  /** When a pending transfer is known. */
  readonly pending_ms?: number
  /** When a slow transfer is known. */
  readonly slow_ms?: number
  readonly session_secret?: string
}

export type SandboxBanks = Network & BankDirectory

export const SANDBOX_BANKS = 'sandbox-banks'
const KINDS: ReadonlySet<string> = new Set(['transfer', 'refund', 'payout'])
/** What can be known of the network without asking it. The money goes straight to the recipient. */
export function bankTerms(modes: readonly Mode[]): NetworkTerms {
  return {
    name: SANDBOX_BANKS, settlement: 'direct',
    supports: ({ kind, method, mode, currency }) =>
      method === 'bank_transfer' && modes.includes(mode) && KINDS.has(kind) && Object.values(CURRENCY_OF).includes(currency),
  }
}

type Terms = Required<Omit<SandboxBanksParts, 'faults' | 'schedule' | 'sleep' | 'unknown_key_final_after_ms'>>

export function createSandboxBanks(parts: SandboxBanksParts): SandboxBanks {
  const { modes = ['test'], app_ms = 5_000, factor_ms = 5 * 60_000, pending_ms = 10_000, slow_ms = 3 * 60_000, session_secret = 'sandbox banks' } = parts
  const terms: Terms = { ...parts, modes, app_ms, factor_ms, pending_ms, slow_ms, session_secret }
  const rules: Rules = {
    ...bankTerms(modes),
    late: 'authentication_timeout',
    reference: () => (BigInt(`0x${parts.ids.hex(8)}`) % 10n ** 12n).toString().padStart(12, '0'),
    open: (operation, record, now) => (operation.kind === 'transfer' ? openTransfer(operation, record, now, terms) : openPayout(operation, record, now)),
    refuses: ({ kind, amount }) => (kind === 'refund' && amount.minor % 100n === 4n ? 'insufficient_funds' : undefined),
    answer: answerFactor,
  }
  const network = createNetwork(rules, parts)
  return {
    ...network,
    signIn: (input, signal) => guarded(() => network.faults.through({ work: true, signal }, async () => signIn(input, terms))),
  }
}

function signIn(input: Parameters<BankDirectory['signIn']>[0], { clock, ids, modes, session_secret: secret }: Terms): BankSignIn {
  const refuse = (reason: Reason): BankSignIn => ({ status: 'refused', reason })
  const bank = findBank(input.institution)
  if (!bank) return refuse('invalid_details')
  if (!modes.includes(input.mode)) return refuse('access_denied')
  if (CURRENCY_OF[bank.country] !== input.currency) return refuse('currency_not_supported')
  const user = findUser(input.username)
  if (user?.country !== bank.country || (user.password !== undefined && user.password !== input.password)) return refuse('credentials_invalid')
  if (user.refused) return refuse(user.refused)
  const session = sealSession({ user: user.id, institution: bank.id }, { ids, now: clock.now(), secret })
  return { status: 'signed_in', session, accounts: user.accounts.map((account, index) => view(user, account, index, bank.id)) }
}

const accountId = (index: number): string => `acc_${index + 1}`

function view(user: BankUser, { number, type, balance }: BankAccount, index: number, institution: string): BankAccountView {
  return { id: accountId(index), number, type, holder_id: user.id, holder_name: user.name, institution, balance: money(balance, CURRENCY_OF[user.country]) }
}

function openTransfer(operation: Operation, blank: BookRecord, now: Date, terms: Terms): BookRecord {
  const declined = (reason: Reason, record = blank): BookRecord => conclude(record, { status: 'declined', reason }, now)
  const { instrument, amount } = operation
  if (instrument?.type !== 'bank_account') return declined('invalid_request')
  const session = openSession(instrument.session, { now, secret: terms.session_secret })
  const user = session && findUser(session.user)
  const account = user?.accounts.find((_, index) => accountId(index) === instrument.account)
  if (!session || !user || !account) return declined('credentials_invalid')
  const record = { ...blank, facts: { ...blank.facts, account: payerAccount(user, account, session.institution) } }
  const refusal = refusalOf(account, amount, session.institution)
  if (refusal) return declined(refusal, record)
  const settled = forced(operation) ?? verdictOf(account, amount.minor, terms)
  const lossy = account.ending === 'unknown'
  return askFactor({ ...record, notes: { lossy } }, account, settled, now, terms)
}

function payerAccount(user: BankUser, { number, type }: BankAccount, institution_id: string): Record<string, string> {
  return { holder_id: user.id, holder_name: user.name, number, type, institution_id }
}

function refusalOf(account: BankAccount, amount: Operation['amount'], institution: string): Reason | undefined {
  const bank = findBank(institution)
  const limits = bank && limitsOf(bank)
  if (limits?.maximum.currency !== amount.currency) return 'currency_not_supported'
  if (amount.minor < limits.minimum.minor) return 'invalid_amount'
  if (amount.minor > limits.maximum.minor) return 'limit_exceeded'
  if (amount.minor > account.balance) return 'insufficient_funds'
  return account.refused
}

const SILENT_MS = 11 * 86_400_000

function verdictOf({ ending }: BankAccount, minor: bigint, { pending_ms, slow_ms }: Terms): Verdict {
  if (minor % 100n === 3n) return { status: 'declined', reason: 'invalid_authentication_code' }
  switch (ending) {
    case 'approved':
    case 'unknown':
    case 'never':
      return { status: 'approved' }
    case 'pending':
      return { status: 'processing', after_ms: pending_ms, then: { status: 'approved' } }
    case 'slow':
      return { status: 'processing', after_ms: slow_ms, then: { status: 'approved' } }
    case 'slow_failure':
      return { status: 'processing', after_ms: slow_ms, then: { status: 'declined', reason: 'provider_error' } }
    case 'silent':
      return { status: 'processing', after_ms: SILENT_MS, then: { status: 'approved' } }
    default:
      return { status: 'declined', reason: ending }
  }
}

function askFactor(record: BookRecord, { factor, ending }: BankAccount, then: Verdict, now: Date, { app_ms, factor_ms }: Terms): BookRecord {
  const question = { expires_after_ms: factor_ms, notes: { then, code: factor } }
  switch (factor) {
    case 'none':
      return conclude(record, then, now)
    case 'app':
      return ask(record, { ...question, action: { kind: 'wait', wait: 'app' }, settles_after_ms: ending === 'never' ? undefined : app_ms }, now)
    case 'coordinates':
      return ask(record, { ...question, action: { kind: 'input', input: factor, positions: COORDINATES } }, now)
    case 'sms':
      return ask(record, { ...question, action: { kind: 'input', input: factor, hint: '•••• ••17' } }, now)
    case 'device':
      return ask(record, { ...question, action: { kind: 'input', input: factor } }, now)
  }
}

/** The first wrong code ends the transfer, as the banks' payment screens do. Nothing typed changes nothing. */
function answerFactor(record: BookRecord, input: Readonly<Record<string, string>>, now: Date): BookRecord {
  const { then, code: factor } = record.notes
  if (!then) return record
  if (input.decision === 'reject') return conclude(record, { status: 'declined', reason: 'payer_rejected' }, now)
  if (factor === 'app') return input.decision === 'approve' ? conclude(record, then, now) : record
  const typed = (input.code ?? COORDINATES.map((position) => input[position] ?? '').join('')).replace(/\D/g, '')
  if (typed === '') return record
  const right = (factor === 'device' || factor === 'sms' || factor === 'coordinates') && typed === CODES[factor]
  return conclude(record, right ? then : { status: 'declined', reason: 'invalid_authentication_code' }, now)
}

/** Money from the platform to somebody's account. */
function openPayout({ recipient, amount }: Operation, record: BookRecord, now: Date): BookRecord {
  if (!recipient || !findBank(recipient.institution)) return conclude(record, { status: 'declined', reason: 'invalid_details' }, now)
  return conclude(record, amount.minor % 100n === 3n ? { status: 'declined', reason: 'recipient_not_allowed' } : { status: 'approved' }, now)
}
