/** The way back to the shop from a hosted checkout (beGateway reference 9). */
import type { FastifyReply } from 'fastify'
import type { PaymentView } from '../../../payments/model.ts'
import type { BegatewayDeps } from '../deps.ts'
import { noSuchPage } from '../payer/no-such-page.ts'
import { returnUrl } from '../payer/return-url.ts'
import { sendBack } from '../payer/send-back.ts'
import { APM_STATUS, CARD_STATUS, transactionOf, type Standing } from '../shown/transaction.ts'
import { isCard } from '../shown/card.ts'
import { textAt } from '../validation/body.ts'
import { pageUrl, settingsOf, tokenOf, type OpenCheckout } from './open.ts'

/** Which of the shop's addresses belongs to which ending; `return_url` goes before success and decline. */
const ADDRESSES: Readonly<Record<Standing, readonly string[]>> = {
  successful: ['return_url', 'success_url'],
  failed: ['return_url', 'decline_url', 'fail_url'],
  expired: ['fail_url', 'return_url', 'decline_url'],
  deleted: ['cancel_url', 'fail_url', 'return_url'],
  accepted: ['return_url', 'cancel_url', 'fail_url'],
  waiting: ['return_url', 'cancel_url', 'fail_url'],
  running: ['return_url', 'success_url'],
}

/** Where the payer goes now, with `token`, `status` and `uid` appended; undefined when the shop named no address. */
export function shopUrl(open: OpenCheckout): string | undefined {
  const { token, view } = open
  const settings = settingsOf(open)
  const transaction = transactionOf(view.payment, view.attempts)
  const url = ADDRESSES[transaction.standing].map((name) => textAt(settings, name)).find((address) => address !== undefined)
  const status = (isCard(transaction.stored) ? CARD_STATUS : APM_STATUS)[transaction.standing]
  return url === undefined ? undefined : returnUrl(url, { token, status, uid: view.payment.id })
}

/** From the issuer's or method's page back to the hosted one, which knows how to go on. */
export async function checkoutReturn(deps: BegatewayDeps, reply: FastifyReply, view: PaymentView): Promise<FastifyReply> {
  const token = await tokenOf(deps, view)
  return token === undefined ? noSuchPage(reply) : sendBack(reply, pageUrl(deps, token))
}
