import type { Money } from '../../core/money.ts'
import type { PaymentPageView } from '../view.ts'
import type { CardNumberLength } from './brands.ts'
import type { FieldError } from './wire.ts'

/** A stored card, as much of it as a payer may see. */
export interface SavedCard {
  readonly id: string
  readonly brand: string
  readonly first6?: string | undefined
  readonly last4: string
  readonly exp_month: number
  readonly exp_year: number
  readonly holder?: string | undefined
}

/** Everything that the card page shows. Only the first block must be given. */
export interface CardPageView extends PaymentPageView {
  readonly merchant_name: string
  readonly amount: Money
  readonly submit_url: string
  readonly status_url: string
  /** Comes back with every submit as `session`: proves that the form is ours and says which payment it is for. */
  readonly session: string

  readonly description?: string | undefined
  /** `verify`: the card is only checked, and the page says that nothing is charged. */
  readonly purpose?: 'pay' | 'verify' | undefined
  /** From how many seconds before the end the time that is left is shown; 300 by default. */
  readonly counter_from_s?: number | undefined
  /** Cards to choose from; the payer enters the security code only. */
  readonly saved_cards?: readonly SavedCard[] | undefined
  /** The one card that this payment is for: nothing but its security code is asked. */
  readonly predefined?: SavedCard | undefined
  readonly allow_remember?: boolean | undefined
  readonly ask_holder?: boolean | undefined
  /** What the payer typed as name in an earlier try without JavaScript. Numbers and codes never come back. */
  readonly holder?: string | undefined
  readonly card_number_length?: CardNumberLength | undefined
  /** Marks that are shown as accepted, for example `['visa', 'mastercard']`. Shown only, not enforced. */
  readonly accepted_brands?: readonly string[] | undefined
  readonly attempts_left?: number | undefined
  /** Canonical reason why the last try was declined. */
  readonly last_error?: string | undefined
  /** What `readCardEntry` refused, when the form came without JavaScript. */
  readonly errors?: readonly FieldError[] | undefined
  readonly cancel_url?: string | undefined
  readonly expires_at?: Date | undefined
  readonly now?: Date | undefined
  /**
   * Where the form of a 3-D Secure step may be sent. The issuers' hosts cannot be listed, so it is every https address by default.
   * A caller that answers `done` with the address of its own redirect page can close it with `[]`.
   */
  readonly form_targets?: readonly string[] | undefined
}
