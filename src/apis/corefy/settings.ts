import type { FeeTerms } from '../../ledger/fees.ts'
import type { Merchant } from '../../merchants/store.ts'

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
  readonly fee: FeeTerms | null
}

/** The account's switches (Corefy reference: account configuration that changes wire behaviour). */
export interface CorefySettings {
  readonly services: readonly Service[]
  readonly callback_url: string | null
  readonly only_final_callbacks: boolean
  readonly callback_interval_s: number
  readonly callback_retries_max: number
  /** Every card invoice carries the card gate's token. */
  readonly allow_h2h: boolean
  readonly retry_limit: number
  readonly bypass_status_page: boolean
  readonly always_save_token: boolean
  readonly remember_me: boolean
  readonly allow_descriptor: boolean
  readonly descriptor: string
  readonly forbid_public_creation: boolean
  readonly send_operation_context_on_return: boolean
  readonly expose_internal_data: boolean
  readonly hide_card_in_callbacks: boolean
  readonly return_fee_on_refund: boolean
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
  callback_url: null,
  only_final_callbacks: false,
  callback_interval_s: 60,
  callback_retries_max: 100,
  allow_h2h: true,
  retry_limit: 3,
  bypass_status_page: false,
  always_save_token: false,
  remember_me: true,
  allow_descriptor: false,
  descriptor: '{merchant}:Order №:{reference_id}',
  forbid_public_creation: false,
  send_operation_context_on_return: false,
  expose_internal_data: false,
  hide_card_in_callbacks: false,
  return_fee_on_refund: false,
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

/** The enabled service of a code, for money in or out. */
export function serviceOf(settings: CorefySettings, code: string, direction: 'in' | 'out'): Service | undefined {
  return settings.services.find((service) => service.code === code && service.direction === direction && service.enabled)
}

/** The descriptor of an account's template. */
export function descriptorOf(settings: CorefySettings, merchant: Merchant, reference: string, wanted: string | null): string {
  if (settings.allow_descriptor && wanted !== null) return wanted
  return settings.descriptor.replace('{merchant}', merchant.name.toUpperCase()).replace('{reference_id}', reference)
}
