/**
 * What the widget's frame and our server say to each other, and what the frame and the script in the merchant's page say.
 * Types only: both sides check what they get.
 */

/** Settings that the server writes into the frame's document. */
export interface FrameSettings {
  /** Where the frame's requests go: `/fintoc/v1/widget/`. */
  readonly base: string
  readonly language: string
  readonly texts: Readonly<Record<string, string>>
  /** Origins that may embed the frame; empty when the merchant named none. */
  readonly parents: readonly string[]
  /** `frame`: embedded by the script. `webview`: a page of its own in an application. `page`: hosted, goes on to an address. */
  readonly mode: 'frame' | 'webview' | 'page'
  /** What the script hands over in `frame` mode. */
  readonly options?: FrameOptions
  /** `webview`: tell events by navigation too. */
  readonly tell_events?: boolean
  /** `page`: where the payer goes afterwards. */
  readonly success_url?: string
  readonly cancel_url?: string
}

/** Options of `Fintoc.create` that the frame needs. */
export interface FrameOptions {
  readonly publicKey: string
  readonly token: string
  readonly holderType?: string
  readonly institutionId?: string
  readonly username?: string
  readonly usernameEditable?: boolean
}

export interface BankChoice {
  readonly id: string
  readonly name: string
}

export interface AccountChoice {
  readonly id: string
  readonly type: string
  readonly last4: string
  readonly balance: string
  /** Whether the balance covers the amount. */
  readonly enough: boolean
}

export interface Summary {
  readonly amount: string
  readonly merchant: string
  readonly test: boolean
  readonly country: 'cl' | 'mx'
  readonly recipient: { readonly holder: string; readonly bank: string; readonly account: string }
}

/** Where the payment stands, as far as the payer may know. */
export type Step =
  | { readonly step: 'bank'; readonly banks: readonly BankChoice[] }
  | { readonly step: 'account'; readonly bank: BankChoice; readonly holder: string; readonly accounts: readonly AccountChoice[] }
  | { readonly step: 'code'; readonly bank: BankChoice; readonly input: 'sms' | 'device' | 'coordinates'; readonly positions: readonly string[]; readonly hint: string; readonly again: boolean }
  | { readonly step: 'app'; readonly bank: BankChoice }
  | { readonly step: 'wait' }
  | { readonly step: 'done'; readonly reference: string }
  | { readonly step: 'pending' }
  | { readonly step: 'failed'; readonly problem: string; readonly status: 'failed' | 'rejected' | 'expired' }

export type View = Step & {
  readonly summary: Summary
  /** Secret of this browser's flow: the one that it chose before the sign-in, or one of ours in its place. */
  readonly flow?: string
  /** The widget token to go on with: hosted pages are opened with the id of a link or a checkout session, and get one. */
  readonly token?: string
}

/** A request that could not be served. `again`: the payer may correct it and try once more. */
export interface Refusal {
  readonly problem: string
  readonly again: boolean
}

/** Requests, all POST with JSON, all answered by a View or a Refusal. */
export interface Requests {
  open: { readonly public_key: string; readonly token: string; readonly flow: string }
  sign_in: Requests['open'] & { readonly institution: string; readonly username: string; readonly password: string; readonly holder_type: string }
  confirm: Requests['open'] & { readonly account: string }
  answer: Requests['open'] & { readonly code: readonly string[]; readonly decline: boolean }
  state: Requests['open']
  leave: Requests['open']
}

/** Frame → merchant's page. The first goes over the window, the rest over a port of its own. */
export type FromFrame =
  | { readonly fintoc: 'hello'; readonly nonce: string }
  | { readonly fintoc: 'event'; readonly name: string; readonly timestamp: number }
  | { readonly fintoc: 'success' }
  | { readonly fintoc: 'exit' }
  | { readonly fintoc: 'close' }

/** Merchant's page → frame. */
export type ToFrame =
  | { readonly fintoc: 'welcome'; readonly nonce: string; readonly options: FrameOptions }
  | { readonly fintoc: 'opened' }
  | { readonly fintoc: 'hidden' }
  /** The payer pressed Escape, or the way out, in the page. */
  | { readonly fintoc: 'leave' }
