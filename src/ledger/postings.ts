/**
 * The ledger: double entry, append-only. A posting is a set of lines that sum to zero in one currency, written in the
 * commit of the state that it explains; debits are positive, credits negative. Nothing is ever updated: a correction is
 * another posting. A posting's id is made of the attempt and the kind, so the same fact cannot be posted twice.
 *
 * Accounts, per merchant and mode:
 *
 * | account           | is                                                             | normal side |
 * |-------------------|----------------------------------------------------------------|-------------|
 * | provider:NAME     | money that the provider holds for us (`manual`: an operator)   | debit       |
 * | merchant          | what we owe the merchant                                       | credit      |
 * | fees              | what the platform has earned                                   | credit      |
 * | payouts           | taken from the merchant's balance, on its way out              | credit      |
 * | reserve           | the merchant's, kept back for a time                           | credit      |
 * | holds             | authorized at issuers, neither captured nor released (memo)    | debit       |
 * | holds:contra      | the other side of the memo account                             | credit      |
 *
 * Postings (P paid, F fee, D = P − F, A authorized, c captured, R refund, f the fee's part in it, W leaves the balance, K is kept back):
 *
 * | kind             | when                              | lines                                              |
 * |------------------|-----------------------------------|----------------------------------------------------|
 * | sale             | sale or transfer approved         | provider +P, merchant −D, fees −F                  |
 * | settlement       | transfer went straight to the recipient | merchant +D, provider −D                     |
 * | hold             | authorization approved            | holds +A, holds:contra −A                          |
 * | capture          | capture approved                  | holds −c, holds:contra +c, provider +P, merchant −D, fees −F |
 * | release          | void approved                     | holds −c, holds:contra +c                          |
 * | refund           | refund approved                   | provider −R, merchant +(R − f), fees +f            |
 * | payout_reserved  | payout sent                       | merchant +W, payouts −W                            |
 * | payout           | payout approved                   | payouts +W, provider −P, fees −F, merchant −(W − P − F): what did not arrive |
 * | payout_returned  | payout declined                   | payouts +W, merchant −W                            |
 * | reserve          | with a sale                       | merchant +K, reserve −K                            |
 * | reserve_released | its time is over                  | reserve +k, merchant −k: what is left of K         |
 * | reserve_canceled | with a refund or charge-back that the balance does not cover | reserve +k, merchant −k |
 * | charge_back_fee  | with a charge-back                | merchant +F, fees −F                               |
 */
import { assert } from '../core/result.ts'

export type PostingKind = 'sale' | 'settlement' | 'hold' | 'capture' | 'release' | 'refund' | 'payout_reserved' | 'payout' | 'payout_returned'
  | 'reserve' | 'reserve_released' | 'reserve_canceled' | 'charge_back_fee'

export interface Posting {
  readonly merchant_id: string
  readonly id: string
  readonly kind: PostingKind
  readonly mode: string
  readonly payment_id: string
  readonly refund_id: string | null
  readonly attempt_id: string | null
  readonly currency: string
  readonly accounts: readonly string[]
  readonly amounts: readonly bigint[]
  readonly created_at: Date
}

/** What a posting is about. */
export interface PostingSubject {
  readonly merchant_id: string
  readonly mode: string
  readonly payment_id: string
  readonly refund_id: string | null
  readonly attempt_id: string
  readonly currency: string
  readonly at: Date
}

type Line = readonly [account: string, amount: bigint]

/** Builds a posting; lines of zero are left out. Throws when the lines do not balance: that is a bug of ours. */
export function post(kind: PostingKind, subject: PostingSubject, lines: readonly Line[]): Posting {
  const kept = lines.filter(([, amount]) => amount !== 0n)
  assert(kept.reduce((sum, [, amount]) => sum + amount, 0n) === 0n, `posting ${kind} of ${subject.payment_id} does not balance`)
  assert(kept.length >= 2, `posting ${kind} of ${subject.payment_id} is empty`)
  return {
    merchant_id: subject.merchant_id,
    id: `${subject.attempt_id}:${kind}`,
    kind,
    mode: subject.mode,
    payment_id: subject.payment_id,
    refund_id: subject.refund_id,
    attempt_id: subject.attempt_id,
    currency: subject.currency,
    accounts: kept.map(([account]) => account),
    amounts: kept.map(([, amount]) => amount),
    created_at: subject.at,
  }
}

export const sale = (provider: string, paid: bigint, fee: bigint): Line[] => [[`provider:${provider}`, paid], ['merchant', fee - paid], ['fees', -fee]]

export const settlement = (provider: string, deposit: bigint): Line[] => [['merchant', deposit], [`provider:${provider}`, -deposit]]

export const hold = (amount: bigint): Line[] => [['holds', amount], ['holds:contra', -amount]]

export const release = (amount: bigint): Line[] => hold(-amount)

export const capture = (provider: string, paid: bigint, fee: bigint): Line[] => [...release(paid), ...sale(provider, paid, fee)]

export const refund = (provider: string, amount: bigint, fee: bigint): Line[] => [[`provider:${provider}`, -amount], ['merchant', amount - fee], ['fees', fee]]

export const payoutReserved = (writeoff: bigint): Line[] => [['merchant', writeoff], ['payouts', -writeoff]]

export const payout = (provider: string, paid: bigint, fee: bigint, rest = 0n): Line[] => [['payouts', paid + fee + rest], [`provider:${provider}`, -paid], ['fees', -fee], ['merchant', -rest]]

export const payoutReturned = (writeoff: bigint): Line[] => [['payouts', writeoff], ['merchant', -writeoff]]

export const reserveKept = (amount: bigint): Line[] => [['merchant', amount], ['reserve', -amount]]

export const reserveReleased = (amount: bigint): Line[] => reserveKept(-amount)

export const reserveCanceled = (amount: bigint): Line[] => reserveKept(-amount)

export const chargeBackCost = (fee: bigint): Line[] => [['merchant', fee], ['fees', -fee]]
