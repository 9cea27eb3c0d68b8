/** A short-lived handle for a browser, bound to one payment. Only its hash is stored. */
export interface SessionRow {
  readonly merchant_id: string
  /** SHA-256 of the handle. */
  readonly hash: Uint8Array
  readonly api: string
  readonly kind: string
  readonly payment_id: string | null
  readonly data: Readonly<Record<string, unknown>>
  readonly created_at: Date
  readonly expires_at: Date
  readonly used_at: Date | null
}
