import type { Reason } from '../../core/reasons.ts'
import type { EndHow } from '../commands.ts'
import type { Payment, PaymentView, Refund } from '../model.ts'
import type { SurplusRefund } from './surplus.ts'

/** In what an API's payments differ from those of others. All functions are pure. */
export interface ApiPolicy {
  /** How a payment whose time is over ends; `expired` where the API has no word of its own. For some it matters how far the payer had come. */
  readonly lapse?: (view: PaymentView) => EndHow
  /** What it calls the refund of money that goes back by itself: it came twice, or too late. */
  readonly surplus?: SurplusRefund
  /** It tells a merchant once how a payment ended: money that comes after that does not pay it, and goes back (surplus.ts). Elsewhere it pays the payment after all. */
  readonly final_endings?: boolean
  /** After how many milliseconds a payment fails as unresolved whose provider does not know what became of it; never where nothing is said. */
  readonly patience_ms?: number
  /** When a refund that its provider has declined is sent again; undefined: it has failed. */
  readonly retryRefund?: (declined: DeclinedRefund, now: Date) => Date | undefined
}

export interface DeclinedRefund {
  readonly payment: Payment
  readonly refund: Refund
  readonly reason: Reason
  /** How often it has been sent. */
  readonly tries: number
}
