import type { Money } from '../../core/money.ts'
import type { FieldError } from '../card/wire.ts'
import type { PaymentPageView } from '../view.ts'

/** What a way to pay is, for its sign and for the filter, in the order in which the filter shows them. */
export const SERVICE_KINDS = ['card', 'bank', 'wallet', 'cash', 'phone', 'other'] as const
export type ServiceKind = (typeof SERVICE_KINDS)[number]

/** Something that the payer is asked. */
export interface CheckoutField {
  /** The name under which the answer comes back. */
  readonly key: string
  /** In the payer's language. May be left out for `email`, `phone`, `name` and the like, which the page can name itself. */
  readonly label?: string | undefined
  readonly type?: 'text' | 'email' | 'tel' | 'number' | 'date' | 'select' | undefined
  /** For `select`. */
  readonly options?: readonly { readonly value: string; readonly label: string }[] | undefined
  readonly hint?: string | undefined
  readonly example?: string | undefined
  /** Regular expression for the whole value, as in HTML. */
  readonly pattern?: string | undefined
  readonly required?: boolean | undefined
  readonly value?: string | undefined
}

/** One way to pay. */
export interface CheckoutService {
  readonly code: string
  readonly name: string
  readonly currency: string
  readonly kind?: ServiceKind | undefined
  /** When it differs from the amount of the page, for example in another currency. */
  readonly amount?: Money | undefined
  readonly fields?: readonly CheckoutField[] | undefined
}

/** Everything that the checkout page shows. */
export interface CheckoutPageView extends PaymentPageView {
  readonly merchant_name: string
  readonly amount: Money
  readonly submit_url: string
  /** Comes back with the form as `session`. */
  readonly session: string
  readonly services: readonly CheckoutService[]
  /** The service that is chosen when the page opens. */
  readonly chosen?: string | undefined
  /** Asked for every service. */
  readonly customer_fields?: readonly CheckoutField[] | undefined
  /** What `readCheckout` refused. */
  readonly errors?: readonly FieldError[] | undefined
  /** Canonical reason of the try before this one, and how many are left. */
  readonly last_error?: string | undefined
  readonly attempts_left?: number | undefined
  readonly description?: string | undefined
  /** When the time to choose is over: it is counted down, and then the page loads itself again. */
  readonly expires_at?: Date | undefined
  readonly now?: Date | undefined
  readonly cancel_url?: string | undefined
  /** Where the answer to the form may lead; every https address by default. */
  readonly form_targets?: readonly string[] | undefined
}
