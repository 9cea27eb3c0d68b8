/**
 * The payment methods of the APM API as data: how each is answered, what it asks for, and how the payer goes through it.
 * Method names: beGateway reference 3.2. Which member is required for which method is "the description of the method" in the guide, and
 * those descriptions are public for few of them: the requirements here are the least that the kind of method cannot do without.
 */

/** How the payer pays: which network of the providers the method travels on. */
export type Flow = 'wallet' | 'bank_redirect' | 'voucher' | 'bogus' | 'erip'

export interface ApmMethod {
  /** `method_type` of the answer; a brand may be answered by another name (reference 3.2: `visa` comes back as `u_pay_safe`). */
  readonly type: string
  /** As the payer reads it. */
  readonly name: string
  readonly flow: Flow
  /** `gateway_id` in the answer: an integer of the shop's set-up; here one per method. */
  readonly gateway_id: number
  /** Paths below `request` that the method cannot do without. */
  readonly requires: readonly string[]
  /** Currencies, where the method has but some. */
  readonly currencies?: readonly string[]
}

const method = (type: string, name: string, flow: Flow, gateway_id: number, requires: readonly string[] = [], currencies?: readonly string[]): ApmMethod => ({
  type, name, flow, gateway_id, requires, ...(currencies === undefined ? {} : { currencies }),
})

const METHODS: Readonly<Record<string, ApmMethod>> = {
  bogus: method('bogus', 'Emulator', 'bogus', 1),
  erip: method('erip', 'ERIP', 'erip', 2, ['method.account_number'], ['BYN']),
  qiwi: method('qiwi', 'QIWI', 'wallet', 10),
  mts_money: method('mts_money', 'MTS Money', 'wallet', 11),
  q_pay: method('q_pay', 'QPay', 'wallet', 12),
  much_better: method('much_better', 'MuchBetter', 'wallet', 13),
  m_pesa: method('m_pesa', 'M-Pesa', 'wallet', 14, ['customer.phone']),
  u_pay_safe: method('u_pay_safe', 'UPaySafe', 'wallet', 15),
  alif: method('alif', 'Alif', 'wallet', 16),
  ad_payments: method('ad_payments', 'AdPayments', 'wallet', 17),
  crypto_currency: method('crypto_currency', 'Crypto wallet', 'wallet', 18),
  credit_card_alternative: method('credit_card_alternative', 'Card wallet', 'wallet', 19),
  wallet: method('wallet', 'Wallet', 'wallet', 20),
  bank_transfer: method('bank_transfer', 'Bank transfer', 'bank_redirect', 30),
  net_banking: method('net_banking', 'Net banking', 'bank_redirect', 31),
  sbp: method('sbp', 'SBP', 'bank_redirect', 32, [], ['RUB']),
  sberpay_qr_deeplink: method('sberpay_qr_deeplink', 'SberPay', 'bank_redirect', 33, [], ['RUB']),
  pix: method('pix', 'Pix', 'bank_redirect', 34, [], ['BRL']),
  card_transfer: method('card_transfer', 'Card transfer', 'bank_redirect', 35),
  halva: method('halva', 'Halva', 'bank_redirect', 36),
  pay_u: method('pay_u', 'PayU', 'bank_redirect', 37),
  open_banking: method('open_banking', 'Open banking', 'bank_redirect', 38),
  qiwi_terminal: method('qiwi_terminal', 'QIWI terminal', 'voucher', 50),
  krok: method('krok', 'Krok', 'voucher', 51),
  safety_pay: method('safety_pay', 'SafetyPay', 'voucher', 52),
  voucher: method('voucher', 'Voucher', 'voucher', 53),
}

/** Brands that a method accepts in the place of its own name (guide: "a payment method type or payment method name"). */
const BRANDS: Readonly<Record<string, string>> = { visa: 'u_pay_safe', mastercard: 'u_pay_safe', master: 'u_pay_safe' }

/** The method behind a type or brand name, or undefined for one that the shop does not have. */
export function apmMethod(type: string): ApmMethod | undefined {
  const name = BRANDS[type] ?? type
  return Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
}

/** All methods, for precheck, checkout and documentation. */
export const APM_METHODS: readonly ApmMethod[] = Object.values(METHODS)
