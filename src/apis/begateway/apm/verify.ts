/** Asking `verification_url` before the money moves (beGateway reference 8). */
import type { PaymentView } from '../../../payments/model.ts'
import type { Timeouts } from '../../../webhooks/notifier.ts'
import type { BegatewayDeps } from '../deps.ts'
import { basicAuthorization, contentSignature } from '../notify/signature.ts'
import { apmTransaction } from '../shown/apm.ts'
import { cardTransaction, isCard } from '../shown/card.ts'
import { linksOf } from '../shown/links.ts'
import { transactionOf } from '../shown/transaction.ts'
import { findShop } from '../account/shop.ts'
import { onWire, storedPayment } from '../stored.ts'
import { verdictOf } from './verification.ts'

const CONNECT_MS_MAX = 4_000
const READ_MS_MAX = 8_000

/** A server that is not there, or stops in the middle, does not take the whole time. */
const timeoutsOf = (total_ms: number): Timeouts => ({ connect_ms: Math.min(CONNECT_MS_MAX, total_ms), read_ms: Math.min(READ_MS_MAX, total_ms), total_ms })

/** Asks the merchant. The view back is the payment to go on with; one that was refused has ended. */
export async function verified(deps: BegatewayDeps, view: PaymentView): Promise<{ accepted: boolean; view: PaymentView }> {
  const stored = storedPayment(view.payment)
  const url = stored.verification_url
  if (url === undefined) return { accepted: true, view }
  const { merchant_id, id } = view.payment
  const shop = await findShop(deps.merchants, stored.shop_id)
  if (shop === undefined) return { accepted: false, view }
  const links = linksOf(deps.base_url, shop)
  const transaction = transactionOf(view.payment, view.attempts)
  const body = JSON.stringify({ transaction: isCard(stored) ? cardTransaction(transaction, links) : apmTransaction(transaction, links) })
  const headers = {
    'content-type': 'application/json', accept: 'application/json',
    authorization: basicAuthorization(shop.id, shop.secret_key), 'content-signature': contentSignature(body, shop.signing_key),
  }
  const answer = await deps.post({ url, headers, body, timeouts: timeoutsOf(shop.settings.verification_timeout_ms), merchant_id, answer_bytes_max: 64 * 1024 })
  const verdict = verdictOf(answer.status === null ? undefined : { status: answer.status, body: answer.answer ?? '' }, id, BigInt(onWire(view.payment, view.payment.amount)))
  if (verdict.accepted) return { accepted: true, view }
  await deps.payments.annotate(merchant_id, id, { message: verdict.message, friendly_message: verdict.friendly_message })
  const ended = await deps.payments.end(merchant_id, id, { state: 'failed', reason: 'merchant_refused' })
  return { accepted: false, view: ended.ok ? ended.value : ((await deps.payments.find(merchant_id, id)) ?? view) }
}
