import { fromDecimal } from '../../core/money.ts'
import type { ChargeBackTerms, FeeTerms, ReserveTerms } from '../../ledger/fees.ts'
import type { Balance } from '../../ledger/store.ts'
import type { Merchant } from '../../merchants/store.ts'

/** An extra field that a service asks for (Corefy reference: JSON calls of the public API). */
export interface ServiceField {
  readonly key: string
  readonly type: string
  readonly label: Readonly<Record<string, string>>
  readonly example?: string
  readonly hint?: Readonly<Record<string, string>>
  /** The form of the value. Part of the account's configuration, so it is trusted. */
  readonly regexp?: string
  readonly required?: boolean
}

/** One way to pay or to be paid out that an account offers: data of the account, not of the code. */
export interface Service {
  /** `payment_card_usd_hpp` */
  readonly code: string
  /** `payment_card` */
  readonly method: string
  readonly currency: string
  /** The flow of the service, as its representation shows it. */
  readonly flow: string
  readonly direction: 'in' | 'out'
  readonly enabled: boolean
  /** Decimal amounts; "0" is no bound. */
  readonly amount_min: string
  readonly amount_max: string
  /** In minor units of the service's currency. */
  readonly fee: FeeTerms | null
  readonly fields?: readonly ServiceField[]
  /** The method's code at providers of alternative methods; none for cards. */
  readonly provider_code?: string
}

/** The account's switches (Corefy reference: account configuration that changes wire behaviour). */
export interface CorefySettings {
  readonly services: readonly Service[]
  /** From an account currency to a service currency, as decimal text: `{"USD/UAH": "41.5"}`. */
  readonly exchange_rates: Readonly<Record<string, string>>
  /** How far payouts and refunds may take a balance below zero, as a decimal; null: as far as they like. */
  readonly overdraft_limit: string | null
  readonly callback_url: string | null
  readonly only_final_callbacks: boolean
  readonly callback_interval_s: number
  readonly callback_retries_max: number
  /** Every card invoice carries the card gate's token. */
  readonly allow_h2h: boolean
  readonly retry_limit: number
  /** How many tries end an invoice, whatever its card page would allow; null: as many as that. */
  readonly attempts_limit: number | null
  readonly bypass_status_page: boolean
  readonly always_save_token: boolean
  readonly remember_me: boolean
  readonly allow_descriptor: boolean
  readonly descriptor: string
  readonly forbid_public_creation: boolean
  /** An invoice cannot be paid until an operator lets it. */
  readonly moderate_invoices: boolean
  /** A payout waits until an operator lets it go. */
  readonly moderate_payouts: boolean
  readonly send_operation_context_on_return: boolean
  readonly expose_internal_data: boolean
  readonly hide_card_in_callbacks: boolean
  readonly return_fee_on_refund: boolean
  /** What is kept back of each invoice's deposit, and for how long. */
  readonly rolling_reserve: ReserveTerms | null
  /** What a charge-back costs; amounts in minor units of the invoice's currency. */
  readonly charge_back_fee: ChargeBackTerms | null
  /** `required` refuses cards without 3-D Secure, `off` never asks for it. */
  readonly three_d_secure: 'auto' | 'required' | 'off'
  /** HS256 costs a hundredth of RS512; clients do not verify the token. */
  readonly jwt_algorithm: 'RS512' | 'HS256'
  readonly api_ip_white_list: readonly string[]
  readonly frame_ancestors: readonly string[]
  readonly invoice_life_s: number
  readonly website: string | null
}

const DEFAULTS: CorefySettings = {
  services: [],
  exchange_rates: {},
  overdraft_limit: null,
  callback_url: null,
  only_final_callbacks: false,
  callback_interval_s: 60,
  callback_retries_max: 100,
  allow_h2h: true,
  retry_limit: 3,
  attempts_limit: null,
  bypass_status_page: false,
  always_save_token: false,
  remember_me: true,
  allow_descriptor: false,
  descriptor: '{merchant}:Order №:{reference_id}',
  forbid_public_creation: false,
  moderate_invoices: false,
  moderate_payouts: false,
  send_operation_context_on_return: false,
  expose_internal_data: false,
  hide_card_in_callbacks: false,
  return_fee_on_refund: false,
  rolling_reserve: null,
  charge_back_fee: null,
  three_d_secure: 'auto',
  jwt_algorithm: 'RS512',
  api_ip_white_list: [],
  frame_ancestors: [],
  invoice_life_s: 3600,
  website: null,
}

/** A merchant's settings for this API, over the defaults. */
export function settingsOf(merchant: Merchant): CorefySettings {
  return { ...DEFAULTS, ...(merchant.settings['corefy'] as Partial<CorefySettings> | undefined) }
}

/** The account's callback settings as they are kept with a payment; nothing when they are the usual ones. */
export function callbackTermsOf({ only_final_callbacks, callback_interval_s, callback_retries_max }: CorefySettings): { readonly callbacks?: { readonly only_final: boolean; readonly interval_s: number; readonly retries_max: number } } {
  const usual = !only_final_callbacks && callback_interval_s === DEFAULTS.callback_interval_s && callback_retries_max === DEFAULTS.callback_retries_max
  return usual ? {} : { callbacks: { only_final: only_final_callbacks, interval_s: callback_interval_s, retries_max: callback_retries_max } }
}

/** How far an account may go below zero in a currency (minor units); undefined for one that is not held to its balance. */
export function overdraftOf({ overdraft_limit }: CorefySettings, currency: string): bigint | undefined {
  return overdraft_limit === null ? undefined : (fromDecimal(overdraft_limit, currency)?.minor ?? 0n)
}

/** Whether the account's balance in a currency, with its overdraft, covers what is to leave it (minor units): a first look, for an early answer. */
export function coversFromBalance(settings: CorefySettings, balances: readonly Balance[], currency: string, minor: bigint): boolean {
  const overdraft = overdraftOf(settings, currency)
  // What is owed to the merchant stands on the credit side.
  const held = -(balances.find((balance) => balance.account === 'merchant' && balance.currency === currency)?.amount ?? 0n)
  return overdraft === undefined || held + overdraft >= minor
}

/** The enabled service of a code, for money in or out. */
export function serviceOf(settings: CorefySettings, code: string, direction: 'in' | 'out'): Service | undefined {
  return settings.services.find((service) => service.code === code && service.direction === direction && service.enabled)
}

/**
 * Who may show our pages in a frame. What the account names, or its website; and in test mode, where no real card is typed,
 * checkout pages may be tried out anywhere: the vendor's widget frames them (Corefy reference: checkout page).
 */
export function framesOf(settings: CorefySettings, mode: 'test' | 'live', is_checkout: boolean): readonly string[] {
  if (settings.frame_ancestors.length > 0) return settings.frame_ancestors
  if (is_checkout && mode === 'test') return ['*']
  return is_checkout && settings.website !== null && URL.canParse(settings.website) ? [new URL(settings.website).origin] : []
}

/** The descriptor of an account's template. */
export function descriptorOf(settings: CorefySettings, merchant: Merchant, reference: string, wanted: string | null): string {
  if (settings.allow_descriptor && wanted !== null) return wanted
  return settings.descriptor.replaceAll('{merchant}', () => merchant.name.toUpperCase()).replaceAll('{reference_id}', () => reference)
}
