/**
 * Google Pay at the card gate (Corefy reference: POST /payment/sale). The wallet's object comes decoded, but what is in its
 * token is encrypted for the gateway that it names, and only a live acquirer holds that key. In test mode Google hands out
 * tokens of no real card: a sandbox card of the same network stands in for it, so that the whole path can be tried. This is no support
 * for Google Pay: the token is not looked into, and a live payment by it is refused before any card is made up.
 */
import { fail, ok, type Result } from '../../../core/result.ts'
import type { Mode } from '../../../providers/contract.ts'
import { invalid, type WireError } from '../errors.ts'
import type { ChargeWith } from '../invoices/charge.ts'
import type { Reader } from '../wire/reader.ts'

/** Sandbox cards that are approved without a challenge, by the network's name in Google's object. */
const STAND_INS: Readonly<Record<string, string>> = { VISA: '4242424242424242', MASTERCARD: '5555555555554444', AMEX: '378282246310005' }

/** The card to charge for a wallet object. */
export function readGooglePay(fields: Reader, mode: Mode): Result<ChargeWith, WireError[]> {
  const wallet = fields.inside('google_pay')
  const method = wallet.inside('paymentMethodData')
  const network = method.inside('info').text('cardNetwork') ?? 'VISA'
  method.inside('tokenizationData').required('token', 20_000)
  if (fields.errors.length > 0) return fail(fields.errors)
  if (mode !== 'test') return fail([invalid('/data/attributes/google_pay', 'No acquirer of this account opens Google Pay tokens.')])
  const number = Object.hasOwn(STAND_INS, network) ? STAND_INS[network] : undefined
  if (number === undefined) return fail([invalid('/data/attributes/google_pay/paymentMethodData/info/cardNetwork', `The network ${network} is not accepted.`)])
  return ok({ card: { type: 'card', number, exp_month: 12, exp_year: 2040, holder: undefined, cvv: undefined }, remember: false })
}
