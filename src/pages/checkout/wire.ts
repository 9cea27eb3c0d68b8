/** What the script of the checkout page needs to know, as JSON in the page. */
export interface CheckoutSettings {
  readonly expires_in_s?: number | undefined
  /** The time that is left is shown, not only spoken. */
  readonly is_counted: boolean
  readonly time_left: string
  /** What is spoken, by minutes. */
  readonly minutes_left: Readonly<Record<string, string>>
}
