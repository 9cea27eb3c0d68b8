/**
 * Money is an integer number of minor units of one currency, immutable.
 * APIs that speak decimals convert here, exactly; a float never takes part in arithmetic.
 */

export interface Money {
  /** Minor units: cents for USD, whole pesos for CLP. May be negative in ledger lines only. */
  readonly minor: bigint
  /** ISO 4217 alpha-3, upper case. */
  readonly currency: string
}

/** ISO 4217 exponents that are not 2. */
const EXPONENTS: Readonly<Record<string, number>> = {
  BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0, VND: 0, VUV: 0, XAF: 0, XOF: 0, XPF: 0,
  BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3, CLF: 4, UYW: 4,
}

const CURRENCIES: ReadonlySet<string> = new Set(
  `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE
   CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS
   KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR
   PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
   TWD TZS UAH UGX USD UYI UYU UYW UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG`.split(/\s+/),
)

/** The largest amount that any API may ask for, in minor units: far above any card limit, far below the range of a bigint column. */
export const AMOUNT_MINOR_MAX = 10n ** 15n

/** True for an ISO 4217 alpha-3 code of a circulating currency, upper case. */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code)
}

/** How many decimals the currency has (ISO 4217): 2 unless the table says otherwise. */
export function exponent(currency: string): number {
  return EXPONENTS[currency] ?? 2
}

/** Builds money from minor units. Throws on an unknown currency: callers check input before. */
export function money(minor: bigint | number, currency: string): Money {
  if (!isCurrency(currency)) throw new RangeError(`unknown currency ${currency}`)
  return Object.freeze({ minor: BigInt(minor), currency })
}

const DECIMAL = /^(-?)(\d{1,16})(?:\.(\d{1,18}))?$/

/**
 * Reads a decimal amount, as number (its shortest form) or text, exactly: `100.55` USD is 10055 minor units.
 * Returns undefined for anything that is not a plain decimal or has more decimals than the currency.
 */
export function fromDecimal(value: number | string, currency: string): Money | undefined {
  const match = DECIMAL.exec(String(value))
  if (!match) return undefined
  const [, sign, whole = '', fraction = ''] = match
  const places = exponent(currency)
  const kept = fraction.replace(/0+$/, '')
  if (kept.length > places) return undefined
  const minor = BigInt(whole + kept.padEnd(places, '0'))
  return money(sign === '-' ? -minor : minor, currency)
}

/** `10055` USD is `"100.55"`; `1000` CLP is `"1000"`. */
export function toDecimalString(amount: Money): string {
  const places = exponent(amount.currency)
  const negative = amount.minor < 0n
  const digits = (negative ? -amount.minor : amount.minor).toString().padStart(places + 1, '0')
  const text = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`
  return negative ? `-${text}` : text
}

/** The JSON number that prints as the decimal amount; exact to 15 significant digits, which AMOUNT_MINOR_MAX guarantees. */
export function toDecimalNumber(amount: Money): number {
  return Number(toDecimalString(amount))
}

/** Sum of two amounts of one currency. */
export function add(a: Money, b: Money): Money {
  return money(a.minor + sameCurrency(a, b).minor, a.currency)
}

/** Difference of two amounts of one currency. */
export function subtract(a: Money, b: Money): Money {
  return money(a.minor - sameCurrency(a, b).minor, a.currency)
}

function sameCurrency(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new RangeError(`currencies differ: ${a.currency}, ${b.currency}`)
  return b
}
