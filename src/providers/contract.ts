/**
 * Where money really moves: a card acquirer, a bank, an alternative payment method. One small interface, so that the
 * sandbox networks and real providers are the same thing to the rest of the house.
 *
 * Rules that every provider keeps (the conformance suite in `conformance.ts` checks them):
 * 1. `execute` under a key that the provider has seen does not do the work again: it answers what became of it.
 * 2. `inquire` tells the truth about a key at any time, also after a time-out or a crash on our side.
 * 3. `execute`, `resume` and `abandon` throw only `ProviderUnreachable`; every other ending is an Outcome.
 *    After a throw the outcome is **unknown**: only `inquire` may settle it.
 * 4. A key that `inquire` does not know, `unknown_key_final_after_ms` after it was sent, will never be executed.
 */
import type { Money } from '../core/money.ts'
import type { Reason } from '../core/reasons.ts'

/** `sale` is authorization and capture in one. `verify` authorizes and voids. `transfer` moves money from the payer's bank account. */
export type OperationKind = 'authorize' | 'sale' | 'capture' | 'void' | 'refund' | 'verify' | 'transfer' | 'payout' | 'credit'

export type Method = 'card' | 'bank_transfer' | 'apm'
export type Mode = 'test' | 'live'

/** Plain card data on its way to the provider. Lives in memory only. */
export interface CardData {
  readonly type: 'card'
  readonly number: string
  /** 1–12 */
  readonly exp_month: number
  /** four digits */
  readonly exp_year: number
  readonly holder: string | undefined
  /** Absent for stored cards. Never stored. */
  readonly cvv: string | undefined
}

/** A bank session that the payer opened with the provider (see bank.ts) and the account chosen in it. */
export interface BankAccountData {
  readonly type: 'bank_account'
  readonly session: string
  readonly account: string
}

/** An alternative payment method by its code, with the fields that it asks for; `token` charges a stored account. */
export interface ApmData {
  readonly type: 'apm'
  readonly code: string
  readonly token: string | undefined
  readonly fields: Readonly<Record<string, unknown>>
}

export type InstrumentData = CardData | BankAccountData | ApmData

export interface Recipient {
  readonly holder_id: string
  readonly number: string
  readonly account_type: string
  readonly institution: string
}

export interface Operation {
  /** Our attempt's id: the provider's idempotency key. */
  readonly key: string
  readonly kind: OperationKind
  readonly mode: Mode
  readonly amount: Money
  readonly method: Method
  /** Key of the operation that this one continues: the sale of a refund, the authorization of a capture or void. */
  readonly parent_key: string | undefined
  readonly instrument: InstrumentData | undefined
  /** Who starts it: decides whether the payer can be asked for anything (3-D Secure). */
  readonly initiator: 'payer' | 'merchant'
  /** `off`: never ask for 3-D Secure; `auto`: as the card demands; `required`: decline without it. */
  readonly authentication: 'off' | 'auto' | 'required'
  /** Where the payer's browser comes back to after a redirect; the provider appends nothing secret. */
  readonly return_url: string | undefined
  /** Where the provider tells late news by itself (see callbacks in the provider's own routes). */
  readonly recipient: Recipient | undefined
  readonly description: string | undefined
  /** Whom the payer pays, by the name that payers know: for pages that say so. */
  readonly merchant_name?: string | undefined
  readonly payer: {
    readonly ip?: string | undefined
    readonly email?: string | undefined
    readonly name?: string | undefined
    readonly language?: string | undefined
    readonly user_agent?: string | undefined
  }
  /** Extra words to a test network (amounts, expected codes, switches). Ignored by live providers. */
  readonly hints: Readonly<Record<string, unknown>>
}

/** What the payer's browser or the payer must do before the operation can go on. */
export type Action =
  | { readonly kind: 'redirect'; readonly url: string; readonly method: 'GET' | 'POST'; readonly fields: Readonly<Record<string, string>> }
  | { readonly kind: 'input'; readonly input: 'sms' | 'device' | 'coordinates'; readonly positions?: readonly string[]; readonly hint?: string }
  | { readonly kind: 'wait'; readonly wait: 'app' }

/** Facts about a finished operation that merchants and payers may see. Never a PAN, never a CVV. */
export interface Facts {
  readonly provider_ref?: string
  readonly approval_code?: string
  readonly rrn?: string
  readonly arn?: string
  /** Provider's own code and words for the result. */
  readonly code?: string
  readonly message?: string
  readonly authentication?: { readonly version: string; readonly eci: string; readonly status: string }
  /** The bank account or wallet that paid, as the provider names it. */
  readonly account?: Readonly<Record<string, string>>
  /** A token under which the provider charges the same wallet again. */
  readonly token?: string
  /** What the network knows about the card from its first digits. */
  readonly card?: { readonly brand: string; readonly type?: string; readonly issuer?: string; readonly country?: string }
  readonly executed_at?: string
  /** Where the payer can act whenever they like, such as a kiosk that takes a bill's number. */
  readonly pay_url?: string
  /** When the payer began to pay there: said while the operation is processing because of it. */
  readonly begun_at?: string
}

export type Outcome =
  | { readonly status: 'approved'; readonly amount: Money; readonly facts: Facts }
  | { readonly status: 'declined'; readonly reason: Reason; readonly facts: Facts }
  | { readonly status: 'action_required'; readonly action: Action; readonly expires_at: Date; readonly facts: Facts }
  /** The provider has it and will know later. `inquire` again, or wait for its callback. */
  | { readonly status: 'processing'; readonly facts: Facts }

/** `final_after_ms`: what this provider says instead of its `unknown_key_final_after_ms`. */
export type Inquiry = Outcome | { readonly status: 'not_found'; readonly final_after_ms?: number }

/** The call failed on its way there or back: the outcome is unknown. */
export class ProviderUnreachable extends Error {
  override readonly name = 'ProviderUnreachable'
}

export interface Provider {
  readonly name: string
  /** Pure and fast: routing asks it. */
  supports(question: { kind: OperationKind; method: Method; currency: string; mode: Mode; code?: string | undefined }): boolean
  execute(operation: Operation, signal: AbortSignal): Promise<Outcome>
  inquire(key: string, signal: AbortSignal): Promise<Inquiry>
  /** The payer came back or typed a code: carries on an operation that required an action. Safe to repeat. */
  resume(key: string, input: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Outcome>
  /** Gives up an operation that still waits for the payer. The answer is what really became of it. */
  abandon(key: string, signal: AbortSignal): Promise<Outcome>
  /** Late news: "something changed under this key, inquire". May repeat itself and arrive in any order. The answer stops it. */
  onNews?(listener: (key: string) => void): () => void
  readonly unknown_key_final_after_ms: number
  /** Whether the money goes through the platform's account, or straight to the recipient. */
  readonly settlement: 'platform' | 'direct'
}

/** A bank network's interactive half, before any money moves: sign in and list accounts. */
export interface BankDirectory {
  signIn(input: { institution: string; username: string; password: string; holder_type: string; mode: Mode; currency: string }, signal: AbortSignal): Promise<BankSignIn>
}

export interface BankAccountView {
  /** The account's id inside this session; not its number. */
  readonly id: string
  readonly number: string
  readonly type: string
  readonly holder_id: string
  readonly holder_name: string
  readonly institution: string
  readonly balance: Money
}

export type BankSignIn =
  | { readonly status: 'signed_in'; readonly session: string; readonly accounts: readonly BankAccountView[] }
  | { readonly status: 'refused'; readonly reason: Reason }
