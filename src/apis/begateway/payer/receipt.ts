/** The page behind `receipt_url` (beGateway reference 4.2 b): for whoever has its address, which nobody can guess. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { sendPage } from '../../common/pages.ts'
import type { BegatewayDeps } from '../deps.ts'
import { findByUid } from '../find.ts'
import { wantsJson } from '../http.ts'
import { noSuchPage } from './no-such-page.ts'
import { sendBack } from './send-back.ts'
import { isReceiptHash, linksOf, shopIdIn } from '../shown/links.ts'
import { findShop, type Shop } from '../account/shop.ts'
import { payerState, receiptPage } from './status-page.ts'

/** The page, and for its own script in JSON where the payment stands. */
export function receiptRoutes(server: FastifyInstance, deps: BegatewayDeps): void {
  server.get<{ Params: { uid: string; hash: string }; Querystring: { language?: string } }>('/customer/transactions/:uid/:hash', async (request, reply) => {
    const { uid, hash } = request.params
    const shop_id = shopIdIn(hash)
    const shop = shop_id === undefined ? undefined : await findShop(deps.merchants, shop_id)
    const found = shop !== undefined && isReceiptHash(shop, uid, hash) ? await findByUid(deps, shop.merchant.id, uid) : undefined
    if (shop === undefined || found === undefined) return noSuchPage(reply)
    if (wantsJson(request)) return reply.header('cache-control', 'no-store').send({ status: payerState(found.transaction.standing) })
    return sendPage(reply, receiptPage(shop, found.transaction, request.query.language, linksOf(deps.base_url, shop).receipt(uid)))
  })
}

/** Where a payer is sent whose shop has named no address to return to. */
export function toReceipt(deps: BegatewayDeps, reply: FastifyReply, shop: Shop, uid: string): FastifyReply {
  return sendBack(reply, linksOf(deps.base_url, shop).receipt(uid))
}
