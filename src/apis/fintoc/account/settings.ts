/** A merchant's switches for this API. An operator changes them (`tender merchants settings`). */
import type { Merchant } from '../../../merchants/store.ts'
import type { AccountObject } from '../banks/accounts.ts'
import { API } from '../deps.ts'

export interface FintocSettings {
  /** The version that its webhooks and requests without a header speak; pinned by the first call. */
  readonly version?: string
  /** Who is paid when a request names nobody. */
  readonly recipient_account?: AccountObject
  /** Web origins that may embed the widget; any when left out. */
  readonly origins?: readonly string[]
  /** How long a test-mode refund waits before it starts, in seconds. */
  readonly refund_delay_s?: number
}

/** Those that have been set; one that was set back is null. */
export function settingsOf(merchant: Merchant): FintocSettings {
  return Object.fromEntries(Object.entries(merchant.settings[API] ?? {}).filter(([, value]) => value !== null)) as FintocSettings
}
