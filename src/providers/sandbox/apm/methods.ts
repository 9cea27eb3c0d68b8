/**
 * The alternative payment methods of the sandbox as data. Names and currencies follow the public material of the services that
 * offer them; the behaviour is that of the method's kind.
 */

/**
 * `wallet`: sign in on the wallet's page, then confirm. `bank`: choose a bank on the bank's page, then confirm.
 * `voucher`: a code to pay at a kiosk, later. `emulator`: decided by the amount. `bill`: paid elsewhere by itself, a little later.
 * `code`: a code that the payer has from their bank's app, sent along, decides at once.
 */
export type MethodKind = 'wallet' | 'bank' | 'voucher' | 'emulator' | 'bill' | 'code'

export interface ApmMethod {
  readonly code: string
  /** As the payer reads it. */
  readonly name: string
  readonly kind: MethodKind
  /** ISO 4217; undefined: any. */
  readonly currencies?: readonly string[]
  /** What a merchant has to ask the payer for. */
  readonly requires: readonly string[]
}

interface More {
  readonly currencies?: readonly string[]
  readonly requires?: readonly string[]
}

const method = (kind: MethodKind, code: string, name: string, { currencies, requires = [] }: More = {}): ApmMethod => ({ code, name, kind, currencies, requires })

export const APM_METHODS: readonly ApmMethod[] = [
  method('emulator', 'bogus', 'Emulator'),
  method('bill', 'erip', 'ERIP', { currencies: ['BYN'], requires: ['account_number'] }),
  method('code', 'blik', 'BLIK', { currencies: ['PLN'], requires: ['blik_code'] }),
  method('wallet', 'wallet', 'Sandbox Wallet'),
  method('wallet', 'qiwi', 'QIWI'),
  method('wallet', 'mts_money', 'MTS Money'),
  method('wallet', 'q_pay', 'QPay'),
  method('wallet', 'much_better', 'MuchBetter'),
  method('wallet', 'm_pesa', 'M-Pesa', { requires: ['phone'] }),
  method('wallet', 'u_pay_safe', 'UPaySafe'),
  method('wallet', 'alif', 'Alif'),
  method('wallet', 'ad_payments', 'AdPayments'),
  method('wallet', 'crypto_currency', 'Crypto wallet'),
  method('wallet', 'credit_card_alternative', 'Card wallet'),
  method('bank', 'bank_transfer', 'Bank transfer'),
  method('bank', 'net_banking', 'Net banking'),
  method('bank', 'open_banking', 'Open banking'),
  method('bank', 'sbp', 'SBP', { currencies: ['RUB'] }),
  method('bank', 'sberpay_qr_deeplink', 'SberPay', { currencies: ['RUB'] }),
  method('bank', 'pix', 'Pix', { currencies: ['BRL'] }),
  method('bank', 'card_transfer', 'Card transfer'),
  method('bank', 'halva', 'Halva'),
  method('bank', 'pay_u', 'PayU'),
  method('voucher', 'voucher', 'Sandbox Voucher'),
  method('voucher', 'qiwi_terminal', 'QIWI terminal'),
  method('voucher', 'krok', 'Krok'),
  method('voucher', 'safety_pay', 'SafetyPay'),
]

const BY_CODE: ReadonlyMap<string, ApmMethod> = new Map(APM_METHODS.map((entry) => [entry.code, entry]))

export function findApmMethod(code: string): ApmMethod | undefined {
  return BY_CODE.get(code)
}
