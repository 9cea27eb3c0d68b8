/** The beGateway API as one server plugin: API, gateway, checkout and receipts under one base. It translates, and nothing else. */
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { languageFromHeader, renderErrorPage } from '../../pages/index.ts'
import type { Notifier } from '../../webhooks/notifier.ts'
import { readBodiesLeniently } from '../common/body.ts'
import { sendPage } from '../common/pages.ts'
import { apmRoutes } from './apm/routes.ts'
import { checkoutRoutes } from './checkout/routes.ts'
import type { BegatewayDeps } from './deps.ts'
import { broken, dialectOf, notFound } from './errors.ts'
import { findByUid } from './find.ts'
import { gatewayRoutes } from './gateway/routes.ts'
import { send } from './http.ts'
import { createNotifier } from './notify/notifier.ts'
import { isReceiptHash, shopIdIn } from './shown/links.ts'
import { findShop } from './shop.ts'
import { receiptPage } from './status-page.ts'

/** The plugin's routes and its notifier, which deliveries need before any route is called. */
export function begateway(deps: BegatewayDeps): { plugin: FastifyPluginAsync; notifier: Notifier } {
  return {
    notifier: createNotifier(deps),
    plugin: async (server) => {
      readBodiesLeniently(server)
      // U+0000 is no part of any id, and the database takes it in no text.
      server.addHook('onRequest', async (request, reply) => {
        if (/%00/.test(request.url)) return send(reply, notFound(dialectOf(pathOf(deps, request.url), undefined)))
      })
      server.setErrorHandler((error: { statusCode?: number; message: string }, request, reply) => {
        const dialect = dialectOf(pathOf(deps, request.url), undefined)
        const status = error.statusCode ?? 500
        if (status >= 500) request.log.error({ err: error }, 'request failed')
        if (status >= 500) return send(reply, broken(dialect))
        return send(reply, { status, body: dialect === 'beyag' ? { message: error.message } : { response: { message: error.message } } })
      })
      server.setNotFoundHandler((request, reply) => send(reply, notFound(dialectOf(pathOf(deps, request.url), undefined))))
      apmRoutes(server, deps)
      gatewayRoutes(server, deps)
      checkoutRoutes(server, deps)
      receiptRoute(server, deps)
    },
  }
}

/** The path below this API's own root, which may be a prefix. */
function pathOf({ base_url }: BegatewayDeps, url: string): string {
  const prefix = new URL(base_url).pathname.replace(/\/$/, '')
  const path = url.split('?')[0] ?? '/'
  return prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path
}

/** The page behind `receipt_url` (beGateway reference 4.2 b). */
function receiptRoute(server: FastifyInstance, deps: BegatewayDeps): void {
  server.get<{ Params: { uid: string; hash: string }; Querystring: { language?: string } }>('/customer/transactions/:uid/:hash', async (request, reply) => {
    const { uid, hash } = request.params
    const shop_id = shopIdIn(hash)
    const shop = shop_id === undefined ? undefined : await findShop(deps.merchants, shop_id)
    const found = shop !== undefined && isReceiptHash(shop, uid, hash) ? await findByUid(deps, shop.merchant.id, uid) : undefined
    if (shop === undefined || found === undefined) return sendPage(reply, renderErrorPage({ kind: 'not_found', language: languageFromHeader(request.headers['accept-language']) }))
    return sendPage(reply, receiptPage(shop, found.transaction, request.query.language))
  })
}
