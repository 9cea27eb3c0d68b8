/** A field that was refused, by its name in the form, with a text in the payer's language. */
export interface FieldError {
  readonly field: string
  readonly message: string
}

/** What `submit_url` and `poll_url` answer to the script of the page. `status_url` answers the same to `accept: application/json`. */
export type CardAnswer =
  | { readonly status: 'open' }
  | { readonly status: 'done'; readonly url: string }
  | { readonly status: 'redirect'; readonly action: string; readonly method: 'GET' | 'POST'; readonly params: Readonly<Record<string, string>> }
  | { readonly status: 'pending'; readonly poll_url: string }
  | { readonly status: 'declined'; readonly reason: string; readonly message: string; readonly attempts_left?: number; readonly field?: string }
  | { readonly status: 'invalid'; readonly errors: readonly FieldError[] }
  | { readonly status: 'gone'; readonly url?: string }

/** What the script needs to know, as JSON in the page. */
export interface CardSettings {
  readonly submit_url: string
  readonly status_url: string
  readonly test: boolean
  readonly lengths?: readonly number[] | undefined
  readonly expires_in_s?: number | undefined
  readonly counter_from_s: number
  readonly brands: readonly (readonly [string, string, string, readonly number[], readonly number[], number, readonly (number | readonly number[])[], 0 | 1])[]
  readonly texts: Readonly<Record<string, string>>
  readonly language: string
}
