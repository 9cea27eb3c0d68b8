/** The checkout object, as `GET /ctp/api/checkouts/{token}` and the expired-token notification show it (beGateway reference 7.2 and 17). */
import type { Vault } from '../../../vault/seal.ts'
import { isFinished } from '../../../payments/decisions/state.ts'
import type { Payment, PaymentView } from '../../../payments/model.ts'
import { CODES } from '../codes.ts'
import { cardMessage } from '../shown/card.ts'
import { CARD_STATUS, transactionOf, type Transaction } from '../shown/transaction.ts'
import { storedPayment } from '../stored.ts'
import { bodyAt, textAt, type Body } from '../validation/body.ts'

/** The name of the place that a checkout's token is sealed for. */
export const tokenContext = (merchant_id: string, uid: string): string => `begateway-checkout:${merchant_id}:${uid}`

/** What a checkout shows of itself. */
export function checkoutObject(token: string, view: PaymentView, result: Body | undefined): Record<string, unknown> {
  const { payment } = view
  const stored = storedPayment(payment)
  const checkout = stored.checkout ?? {}
  const transaction = transactionOf(payment, view.attempts)
  const expired = payment.state === 'expired'
  const tried = view.attempts.length > 0
  return {
    token,
    shop_id: Number(stored.shop_id),
    transaction_type: stored.type,
    gateway_response: tried && result !== undefined ? { [stored.type]: result } : {},
    order: bodyAt(checkout, 'order'),
    settings: bodyAt(checkout, 'settings'),
    customer: bodyAt(checkout, 'customer'),
    finished: isFinished(payment.state) && !expired ? true : payment.state === 'authorized',
    expired,
    test: stored.test,
    status: expired ? 'error' : tried ? CARD_STATUS[transaction.standing] : null,
    message: expired ? 'Token is expired.' : tried ? messageOf(transaction) : null,
    payment_method: bodyAt(checkout, 'payment_method'),
    attempts: payment.tries_max,
  }
}

const messageOf = (transaction: Transaction): string | null => cardMessage(transaction) ?? CODES[transaction.code].message

/** The body of the notification that a token has expired: without envelope. */
export async function expiredCheckout({ vault }: { vault: Vault }, payment: Payment): Promise<Record<string, unknown>> {
  const sealed = textAt(storedPayment(payment).checkout ?? {}, 'sealed_token')
  const opened = sealed === undefined ? undefined : await vault.open(Buffer.from(sealed, 'base64'), tokenContext(payment.merchant_id, payment.id))
  const token = opened?.ok === true ? Buffer.from(opened.value).toString('utf8') : ''
  return checkoutObject(token, { payment, attempts: [], refunds: [] }, undefined)
}
