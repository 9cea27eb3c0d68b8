import type { Facts, InstrumentData, Method, Mode, OperationKind, Recipient } from '../providers/contract.ts'
import type { Claim } from '../idempotency/model.ts'
import type { FeeTerms } from '../ledger/fees.ts'
import type { Result } from '../core/result.ts'
import type { Instrument } from '../instruments/store.ts'
import type { SessionRow } from '../sessions/model.ts'
import type { Attempt, CardSummary, Payment, PaymentKind, PaymentView, Refund } from './model.ts'

/** A payment to accept. The API has validated everything; ids are made by the API, in its own shape. */
export interface NewPayment {
  readonly merchant_id: string
  readonly id: string
  readonly api: string
  readonly kind: PaymentKind
  readonly mode: Mode
  readonly method: Method
  readonly currency: string
  /** Minor units. */
  readonly amount: bigint
  /** Minor units; the amount when left out. */
  readonly payable?: bigint
  readonly fee_terms?: FeeTerms
  readonly manual_capture?: boolean
  /** `pending` when the API's word for a fresh payment is "the payer must act". */
  readonly initial?: 'created' | 'pending'
  readonly tries_max?: number
  readonly reference?: string | undefined
  readonly description?: string | undefined
  readonly customer_id?: string | undefined
  readonly instrument_id?: string | undefined
  readonly request: Readonly<Record<string, unknown>>
  readonly expires_at?: Date | undefined
  readonly result?: Payment['result']
}

/** What else goes into the commit that accepts a payment. */
export interface Acceptance {
  /** Idempotency: made from the payment as it will be stored. */
  readonly claim?: (payment: Payment) => Claim
  readonly sessions?: readonly SessionRow[]
  /** Instruments that come with the payment, sealed (a card to pay out to, later). */
  readonly instruments?: readonly Instrument[]
}

/** How to try a payment: with what, and on whose word. */
export interface PayInstruction {
  readonly instrument: InstrumentData
  /** What may be shown of the instrument, kept with the attempt. */
  readonly shown?: CardSummary | Readonly<Record<string, string>>
  /** An instrument row to store now, sealed, and to make usable once this attempt is approved. */
  readonly store?: { readonly id: string; readonly remembered: boolean } | undefined
  readonly initiator: 'payer' | 'merchant'
  readonly authentication: 'off' | 'auto' | 'required'
  /** Where the payer comes back to after a redirect; gets the attempt's id. */
  readonly return_url?: (attempt_id: string) => string
  readonly recipient?: Recipient | undefined
  /** Whom the payer pays, as payers know the merchant. */
  readonly merchant_name?: string | undefined
  readonly payer?: { readonly ip?: string; readonly email?: string; readonly name?: string; readonly language?: string; readonly user_agent?: string }
  readonly hints?: Readonly<Record<string, unknown>>
  /** A decline ends the payment, whatever number of tries is left. */
  readonly final?: boolean
  /** After a technical no from so many routes, the last one counts, and no other is asked. */
  readonly routes_max?: number | undefined
  /** The attempt's id where the API shows it; made up otherwise. */
  readonly attempt_id?: string
  /** What else becomes of the payment in the commit that starts it: when its time is over (null: never), and what the API keeps in `result.api`. */
  readonly with?: { readonly expires_at?: Date | null; readonly api?: Readonly<Record<string, unknown>> }
  /** For money out: it must be covered by the merchant's balance and this much overdraft (minor units). */
  readonly overdraft?: bigint | undefined
}

export type PayError =
  | { readonly kind: 'not_found' }
  /** The payment is over. */
  | { readonly kind: 'finished'; readonly view: PaymentView }
  /** Another attempt is open: this one was not started. */
  | { readonly kind: 'busy'; readonly view: PaymentView }
  | { readonly kind: 'expired'; readonly view: PaymentView }
  /** No provider does this. */
  | { readonly kind: 'no_route'; readonly view: PaymentView }
  /** The merchant's balance does not cover it. */
  | { readonly kind: 'no_funds'; readonly view: PaymentView }

/** A capture or a release (void) of an authorized payment. */
export interface FollowUp {
  readonly kind: Extract<OperationKind, 'capture' | 'void'>
  /** The attempt's id, which the API may show. */
  readonly id: string
  /** Minor units; all that is left when undefined. */
  readonly amount: bigint | undefined
  readonly request: Readonly<Record<string, unknown>>
  /** Idempotency: goes into the commit that stores the attempt. */
  readonly claim?: (attempt: Attempt, payment: Payment) => Claim
}

export type FollowUpError =
  | { readonly kind: 'not_found' }
  | { readonly kind: 'busy'; readonly view: PaymentView }
  | { readonly kind: 'wrong_state'; readonly view: PaymentView }
  | { readonly kind: 'too_much'; readonly left: bigint; readonly view: PaymentView }
  | { readonly kind: 'duplicate'; readonly claim: Claim }

/** An operator's word that a payment was paid, whatever its provider says. */
export interface Correction {
  /** Id of the attempt that it makes: repeating it changes nothing. */
  readonly id: string
  /** Minor units of the payment's currency that have come in; more than 0, and not necessarily the payment's amount. */
  readonly amount: bigint
  /** References and words, as a provider would give them. */
  readonly facts: Facts
  /** Who says so, and why: kept with the attempt. */
  readonly request: Readonly<Record<string, unknown>>
}

export interface NewRefund {
  readonly merchant_id: string
  readonly payment_id: string
  readonly id: string
  /** Minor units; all that is left when undefined. */
  readonly amount: bigint | undefined
  readonly reference?: string | undefined
  readonly request: Readonly<Record<string, unknown>>
  /** Returns the platform's fee in proportion. */
  readonly with_fee?: boolean
  /** It must be covered by the merchant's balance and this much overdraft (minor units). */
  readonly overdraft?: bigint | undefined
  /** What is left of the part that it gives back, such as one capture, in minor units: pure, and decided under the payment's version, as the whole is. */
  readonly within?: (view: PaymentView) => bigint
  /** When to start; at once when undefined. */
  readonly due_at?: Date
  readonly claim?: (refund: Refund, payment: Payment) => Claim
}

export type RefundError = FollowUpError | { readonly kind: 'no_funds'; readonly view: PaymentView }

/**
 * The use cases of payments. Every method that talks to a provider lives by intend, call, record: when it answers, what
 * is known is stored; when the outcome is unknown, the view says so (an attempt in state `sent`) and the resolver goes on.
 */
export interface Payments {
  /** Stores payment, event and claim in one commit. `duplicate` carries the claim that was there first. */
  accept(input: NewPayment, acceptance?: Acceptance): Promise<Result<PaymentView, { kind: 'duplicate'; claim: Claim }>>
  find(merchant_id: string, id: string): Promise<PaymentView | undefined>
  /** `known` is the view that the caller has just read, to save reading it again; when it is stale that is noticed. */
  pay(merchant_id: string, id: string, instruction: PayInstruction, known?: PaymentView): Promise<Result<PaymentView, PayError>>
  /** The payer came back from a redirect, or typed a code. Repeating it is harmless. */
  resume(merchant_id: string, id: string, attempt_id: string, input: Readonly<Record<string, string>>): Promise<Result<PaymentView, { kind: 'not_found' }>>
  /** Asks the provider about an attempt, and stores what it says: about the one that is named, else the open one, else one that was given up as unresolved. */
  settle(merchant_id: string, id: string, attempt_id?: string): Promise<PaymentView | undefined>
  followUp(merchant_id: string, id: string, what: FollowUp): Promise<Result<{ view: PaymentView; attempt: Attempt }, FollowUpError>>
  refund(input: NewRefund): Promise<Result<{ view: PaymentView; refund: Refund }, RefundError>>
  /** Cancels a refund that has not started. */
  cancelRefund(merchant_id: string, refund_id: string): Promise<Result<{ view: PaymentView; refund: Refund }, { kind: 'not_found' } | { kind: 'wrong_state'; refund: Refund }>>
  /** Ends a payment that is not finished; an attempt that waits for the payer is given up at the provider first. */
  end(merchant_id: string, id: string, how: EndHow): Promise<Result<PaymentView, PayError>>
  /**
   * An operator says that a payment was paid on another way. Its provider is asked first: `busy` while it has not given the payment up,
   * `finished` when it was paid already, `no_route` for a payment that takes no money in.
   */
  correct(merchant_id: string, id: string, correction: Correction): Promise<Result<PaymentView, PayError>>
  /** An operator says what became of a refund that only a hand could pay back, since its payment was corrected. */
  concludeRefund(merchant_id: string, refund_id: string, paid: boolean): Promise<Result<PaymentView, { kind: 'not_found' } | { kind: 'wrong_state'; refund: Refund }>>
  /** An operator says that the payer's bank has taken money back (charge-back.ts). */
  chargeBack(merchant_id: string, id: string, wanted: ChargeBack): Promise<Result<PaymentView, ChargeBackError>>
  /** Changes what the API keeps in `result.api`, without an event; and, for a payment that is not over, when its time is. */
  annotate(merchant_id: string, id: string, patch: Readonly<Record<string, unknown>>, more?: { readonly expires_at: Date }): Promise<PaymentView | undefined>
}

/** `id`: of the refund that it is in the books; `attempt_id`: of what moved the money. */
export interface ChargeBack {
  readonly id: string
  readonly attempt_id: string
  /** Minor units. */
  readonly amount: bigint
  readonly reference?: string | undefined
  readonly request: Readonly<Record<string, unknown>>
  /** As of a refund. */
  readonly within?: (view: PaymentView) => bigint
  /** Also more than is left, up to what was captured: the bank took what had been refunded. */
  readonly beyond?: boolean
  /** The key under which it is booked once. */
  readonly claim?: Claim | undefined
}

export type ChargeBackError = Exclude<FollowUpError, { kind: 'busy' }>

/** How a payment ends without an attempt. */
export interface EndHow {
  readonly state: 'expired' | 'canceled' | 'failed' | 'rejected'
  readonly reason: NonNullable<Payment['reason']>
}
