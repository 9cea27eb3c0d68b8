/**
 * The `erip` section of a bill (beGateway reference 16). What the payer is told to do comes from the shop, else one sentence of ours. The real QR
 * code holds an address of the ERIP system; here it leads to the bill's own page, which shows whether it is paid, or to where it can be paid, as far as that is known.
 */
import { renderSVG } from 'uqr'
import { textsAt } from '../validation/body.ts'
import type { Links } from './links.ts'
import { testBankApps } from './qpay.ts'
import type { Transaction } from './transaction.ts'

/** Members of `erip` beside those that the shop sent. */
export function eripSection({ facts, stored, payment, uid }: Transaction, links: Links): Record<string, unknown> {
  const place = stored.permanent === true ? links.bill(uid) : facts.pay_url
  const reference = facts.provider_ref ?? null
  const service = stored.method['service_no']
  const svg = Buffer.from(renderSVG(place ?? links.receipt(uid), { border: 1 }), 'utf8').toString('base64')
  return {
    request_id: reference,
    transaction_id: reference,
    service_no_erip: service ?? null,
    service_info: textsAt(stored.method, 'service_info'),
    receipt: textsAt(stored.method, 'receipt'),
    instruction: billInstruction({ stored, facts }, links.merchant_name),
    qr_code: `data:image/svg+xml;base64,${svg}`,
    qr_code_raw: svg,
    banks: place !== undefined && payment.mode === 'test' ? testBankApps(place) : [],
  }
}

type Bill = Pick<Transaction, 'stored' | 'facts'>

/** What the payer is told to do. Where the shop's service has no number, it is looked for by the shop's name. */
export function billInstruction({ stored, facts }: Bill, merchant_name: string): readonly string[] {
  const told = textsAt(stored.method, 'instruction')
  const number = stored.method['service_no']
  return told.length > 0 ? told : [`ERIP → ${number === undefined ? merchant_name : String(number as string | number)} → ${billAccount({ stored, facts }) ?? ''}`]
}

/** The number under which the payer finds the bill: from the shop, or, at a hosted checkout, as the payer typed it. */
export function billAccount({ stored, facts }: Bill): string | undefined {
  const account = stored.method['account_number'] ?? facts.account?.account_number
  return account === undefined || account === null ? undefined : String(account as string | number)
}
