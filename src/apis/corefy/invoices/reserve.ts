/**
 * The figures of a rolling reserve (Corefy reference: payment invoice, representation). Their names are published and their forms are not: as with
 * `processed` and `refunded`, a word alone is a time, and one with an amount in it is a number.
 */
import type { Payment, Reserve } from '../../../payments/model.ts'
import { decimal, seconds } from '../php.ts'

/** Those of an account without the option, and those that a payer sees. */
export const NO_RESERVE = {
  reserved_amount: null, reserve_expires: null, unreserved: null, reserves: [], reserve_options: null, processed_unreserve: null, processed_reserve_cancel: null, reserve_cancelled: null,
} as const

export function reserveFacts(payment: Payment, reserve: Reserve | undefined): Record<string, unknown> {
  const terms = payment.fee_terms?.reserve
  if (terms === undefined) return NO_RESERVE
  const reserve_options = { rate: Number(terms.rate), minutes: terms.minutes }
  if (reserve === undefined) return { ...NO_RESERVE, reserve_options }
  const number = (minor: bigint): number => decimal(minor, payment.currency)
  const { amount, canceled, canceled_at, due_at, released_at, created_at } = reserve
  const released = released_at === null ? null : number(amount - canceled)
  const taken = canceled_at === null ? null : number(canceled)
  return {
    reserved_amount: number(amount), reserve_expires: seconds(due_at), unreserved: seconds(released_at), reserve_options,
    processed_unreserve: released, processed_reserve_cancel: taken, reserve_cancelled: seconds(canceled_at),
    reserves: [{ amount: number(amount), currency: payment.currency, created: seconds(created_at), expires: seconds(due_at), unreserved: seconds(released_at), unreserved_amount: released, cancelled: seconds(canceled_at), cancelled_amount: taken }],
  }
}
