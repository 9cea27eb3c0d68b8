/**
 * Idempotency: a key of a scope (an API and an endpoint, or "this reference is unique") is claimed once, in the commit of
 * the effect that it stands for. The stored answer, where an API replays answers, lives in the same row.
 */
export interface Claim {
  readonly merchant_id: string
  /** E.g. `corefy.invoice`: keys of different scopes do not meet. */
  readonly scope: string
  readonly key: string
  /** Id of what the key made; unique per claim. */
  readonly owner: string
  /** SHA-256 (hex) of what was asked for, where another request under the same key must be refused. */
  readonly request_hash: string | null
  readonly status: number | null
  readonly answer: string | null
  readonly created_at: Date
  readonly expires_at: Date | null
}
