/** What a payer sees where there is no shop to return to, and the receipt. */
import { renderReceiptPage, renderStatusPage, textsFor, type Page, type PayerState, type StatusPageView } from '../../../pages/index.ts'
import { money } from '../../../core/money.ts'
import type { Payment } from '../../../payments/model.ts'
import { methodName } from './method-names.ts'
import { receiptDescription } from './receipt-words.ts'
import type { Shop } from '../account/shop.ts'
import { billAccount, billInstruction } from '../shown/erip.ts'
import type { Standing, Transaction } from '../shown/transaction.ts'

const SHOWN = {
  accepted: 'pending', waiting: 'pending', running: 'pending', successful: 'paid', failed: 'failed', expired: 'expired', deleted: 'canceled',
} as const satisfies Readonly<Record<Standing, PayerState>>

/** How a payer reads where a transaction stands. */
export const payerState = (standing: Standing): PayerState => SHOWN[standing]

/** What both pages say: who is paid what for what, and by which name the shop finds it. */
function shared(shop: Shop, { amount, payment, stored, uid }: Transaction) {
  const card = payment.result.card
  return {
    merchant_name: shop.merchant.name,
    amount: money(amount, payment.currency),
    language: stored.language,
    description: payment.description ?? undefined,
    reference: uid,
    card: card === undefined ? undefined : { brand: card.brand ?? '', last4: card.last4 },
    test_mode: payment.mode === 'test',
  }
}

/** A card that is only kept (a tokenization) is checked, and nothing is charged: the pages must not call that a payment. */
export const purposeOf = ({ kind }: Payment): 'pay' | 'verify' => (kind === 'verify' ? 'verify' : 'pay')

/** What a payer needs who has to pay elsewhere: the number of the bill, and what the shop says. */
function awaited({ merchant }: Shop, { standing, stored, facts }: Transaction): Partial<StatusPageView> {
  // Somebody at the kiosk may still give up: then the page would tell of a payment that is not under way.
  const is_begun = standing === 'running' && facts.begun_at !== undefined
  if (standing !== 'waiting' && !is_begun) return {}
  if (stored.method_type !== 'erip') return { awaits_payer: true }
  const account = billAccount({ stored, facts })
  return { awaits_payer: true, awaits_many: stored.permanent === true, how: billInstruction({ stored, facts }, merchant.name), ...(account === undefined ? {} : { account }) }
}

/** Where a transaction stands. */
export function statusPage(shop: Shop, of: Transaction, more: Partial<StatusPageView> = {}): Page {
  return renderStatusPage({ ...shared(shop, of), purpose: purposeOf(of.payment), state: payerState(of.standing), ...awaited(shop, of), reason: of.payment.reason ?? undefined, ...more })
}

/** The page behind `receipt_url` (beGateway reference 4): a receipt once it is paid. */
export function receiptPage(shop: Shop, of: Transaction, language: string | undefined, poll_url: string): Page {
  const named = language === undefined ? {} : { language }
  if (of.standing !== 'successful' || purposeOf(of.payment) === 'verify') return statusPage(shop, of, { ...named, poll_url })
  const { stored, payment } = of
  const view = shared(shop, of)
  if (of.type === 'authorization' && payment.state === 'canceled') return statusPage(shop, of, { ...named, state: 'canceled' })
  const taken = of.type === 'authorization' && payment.captured > 0n
  const about = {
    amount: taken ? money(payment.captured, payment.currency) : view.amount,
    description: receiptDescription(taken ? 'payment' : of.type, textsFor(language ?? stored.language).language, payment.description),
  }
  const method = view.card === undefined ? methodName(stored.method_type, language ?? stored.language) : undefined
  return renderReceiptPage({ ...view, ...about, ...named, paid_at: of.finished_at ?? of.updated_at, method, is_payment: taken || of.type === 'payment' || of.type === 'capture' })
}
