/** The browser comes back from the method's page: the attempt is asked about, and the payer goes on to the shop. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { checkoutReturn } from '../checkout/return.ts'
import type { BegatewayDeps } from '../deps.ts'
import { broughtBack } from '../http.ts'
import { noSuchPage } from '../payer/no-such-page.ts'
import { toReceipt } from '../payer/receipt.ts'
import { returnUrl } from '../payer/return-url.ts'
import { sendBack } from '../payer/send-back.ts'
import { findShop } from '../account/shop.ts'
import { apmStatus } from '../shown/apm.ts'
import { transactionOf } from '../shown/transaction.ts'
import { storedPayment } from '../stored.ts'

export function returnRoutes(server: FastifyInstance, deps: BegatewayDeps): void {
  server.route({ method: ['GET', 'POST'], url: '/beyag/return/:shop/:uid/:attempt', handler: (request, reply) => comeBack(deps, request, reply) })
}

/** `GET` and `POST`: methods differ in how they send the browser. What it brings proves nothing; the provider is asked. */
async function comeBack(deps: BegatewayDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { shop: shop_id = '', uid = '', attempt = '' } = request.params as Record<string, string | undefined>
  const shop = await findShop(deps.merchants, shop_id)
  if (shop === undefined) return noSuchPage(reply)
  const resumed = await deps.payments.resume(shop.merchant.id, uid, attempt, broughtBack(request))
  if (!resumed.ok) return noSuchPage(reply)
  const view = (await deps.payments.settle(shop.merchant.id, uid)) ?? resumed.value
  const stored = storedPayment(view.payment)
  if (stored.checkout !== undefined) return checkoutReturn(deps, reply, view)
  if (stored.return_url === undefined) return toReceipt(deps, reply, shop, view.payment.id)
  const status = apmStatus(transactionOf(view.payment, view.attempts))
  return sendBack(reply, returnUrl(stored.return_url, { status, uid }))
}
