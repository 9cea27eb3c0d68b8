import type { Queryable } from '../../db/db.ts'
import type { Merchants } from '../../merchants/service.ts'
import type { Merchant } from '../../merchants/store.ts'
import type { Payments } from '../../payments/commands.ts'
import type { PaymentView } from '../../payments/model.ts'
import type { Vault } from '../../vault/seal.ts'

/** Keys and other facts of an account, by the names that the API's own documentation uses. */
export type Keys = Readonly<Record<string, string>>

/** A request that a newcomer can paste into a shell as it is. */
export interface Sample {
  /** What it does, as a heading: "make a card payment of $1". */
  readonly does: string
  readonly command: string
  /** What to do with the answer. */
  readonly then?: string
}

/**
 * How merchants come to one API: what the demo merchant has there, and what a new merchant gets. Every API has one, and what greets
 * the operator at the start, `tender demo` and `tender merchants add` are made of them.
 */
export interface Onboarding {
  /** The API's name as people write it. */
  readonly title: string
  /** Gives the demo merchant its accounts. Repeating it changes nothing. `extra` makes another demo merchant, where an account is one. */
  readonly openDemo: (merchants: Merchants, merchant_id: string, extra: (suffix: string, name: string) => Promise<string>) => Promise<void>
  /** The demo accounts: the API's name, and for further accounts a name that starts with it. */
  readonly demo: (base_url: string) => Readonly<Record<string, Keys>>
  readonly samples: (base_url: string) => readonly Sample[]
  /** A page to open in a browser, when the API has one that needs nothing before. */
  readonly page?: (base_url: string) => string
  /** Gives a new merchant an account with fresh keys, and returns them: they are never shown again. */
  readonly open: (merchants: Merchants, merchant_id: string) => Promise<Keys>
  /** A fresh id for a charge-back, where the API has a word for these. */
  readonly chargeBackId?: () => string
  /** A fresh secret for a receiver that a merchant has registered, where they do. */
  readonly freshEndpointSecret?: () => string
  /** An operator's word about a payment that waits for one, where the API has such. Answers what is in the way, as a sentence. */
  readonly moderate?: (tools: ModerationTools, view: PaymentView, allowed: boolean) => Promise<string | undefined>
  /** The account's settings, where an operator may change them. */
  readonly settings?: AccountSettings
}

export interface ModerationTools {
  readonly db: Queryable
  readonly payments: Payments
  readonly merchants: Merchants
  readonly vault: Vault
}

export interface AccountSettings {
  /** All of them, those that nobody has changed too. */
  readonly of: (merchant: Merchant) => Readonly<Record<string, unknown>>
  /** What is wrong with a change, as a sentence; undefined when nothing is. */
  readonly problem: (patch: Readonly<Record<string, unknown>>) => string | undefined
}

/** One line of shell: words in single quotes where they need them, long ones on lines of their own. */
export function curl(url: string, options: { readonly user?: string; readonly headers?: Readonly<Record<string, string>>; readonly json?: unknown }): string {
  const { user, headers = {}, json } = options
  const parts = [
    ...(user === undefined ? [] : [`-u ${quote(user)}`]),
    ...Object.entries({ ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers }).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    ...(json === undefined ? [] : [`-d ${quote(JSON.stringify(json))}`]),
  ]
  return [`curl -s ${quote(url)}`, ...parts].join(' \\\n    ')
}

const quote = (word: string): string => (/^[\w@:/.,=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
