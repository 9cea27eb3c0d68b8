/** What a payer sees where there is no shop to return to, and the receipt. */
import { renderReceiptPage, renderStatusPage, type Page, type PayerState } from '../../pages/index.ts'
import { money } from '../../core/money.ts'
import type { PaymentView } from '../../payments/model.ts'
import type { Shop } from './shop.ts'
import { transactionOf, type Standing, type Transaction } from './shown/transaction.ts'

const SHOWN = {
  accepted: 'pending', waiting: 'pending', running: 'pending', successful: 'paid', failed: 'failed', expired: 'expired', deleted: 'canceled',
} as const satisfies Readonly<Record<Standing, PayerState>>

/** How a payer reads where a transaction stands. */
export const payerState = (standing: Standing): PayerState => SHOWN[standing]

/** The status page of a payment. */
export function paymentStatusPage(shop: Shop, view: PaymentView, more: { readonly poll_url?: string; readonly return_url?: string; readonly auto_return_s?: number; readonly frame_ancestors?: readonly string[] } = {}): Page {
  return transactionPage(shop, transactionOf(view.payment, view.attempts), more)
}

/** The receipt of a paid transaction, the status of any other. */
export function transactionPage(shop: Shop, of: Transaction, more: Parameters<typeof paymentStatusPage>[2] = {}, language?: string): Page {
  const { payment, stored } = of
  const card = payment.result.card
  const shared = {
    merchant_name: shop.merchant.name,
    amount: money(of.amount, payment.currency),
    language: language ?? stored.language,
    description: payment.description ?? undefined,
    reference: of.tracking_id ?? of.uid,
    card: card === undefined ? undefined : { brand: card.brand ?? '', last4: card.last4 },
    test_mode: payment.mode === 'test',
    ...more,
  }
  return renderStatusPage({ ...shared, state: payerState(of.standing), reason: payment.reason ?? undefined })
}

/** The page behind `receipt_url` (beGateway reference 4): a receipt once it is paid. */
export function receiptPage(shop: Shop, of: Transaction, language: string | undefined): Page {
  if (of.standing !== 'successful') return transactionPage(shop, of, {}, language)
  const { payment, stored } = of
  const card = payment.result.card
  return renderReceiptPage({
    merchant_name: shop.merchant.name,
    amount: money(of.amount, payment.currency),
    paid_at: of.finished_at ?? of.updated_at,
    reference: of.uid,
    language: language ?? stored.language,
    description: payment.description ?? undefined,
    card: card === undefined ? undefined : { brand: card.brand ?? '', last4: card.last4 },
    method: card === undefined ? stored.method_type : undefined,
    test_mode: payment.mode === 'test',
  })
}
