/** The beGateway API as one server plugin: API, gateway, checkout and receipts under one base. It translates, and nothing else. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isDatabaseAway, sendAway } from '../common/away.ts'
import { readBodiesLeniently } from '../common/body.ts'
import type { Api } from '../common/deps.ts'
import { billRoutes } from './apm/bills.ts'
import { apmRoutes } from './apm/routes.ts'
import { checkoutRoutes } from './checkout/routes.ts'
import { API, type BegatewayDeps } from './deps.ts'
import { broken, dialectOf, notFound, notOffered, refused, unavailable, type Dialect } from './errors.ts'
import { gatewayRoutes } from './gateway/routes.ts'
import { header, route, send } from './http.ts'
import { createNotifier } from './notify/notifier.ts'
import { receiptRoutes } from './payer/receipt.ts'
import { lapse } from './start.ts'
import { refundOfSurplus } from './stored.ts'

/** The plugin's routes, and its notifier, which deliveries need before any route is called. */
export function begateway(deps: BegatewayDeps): Api {
  const dialectOfRequest = (request: FastifyRequest): Dialect => dialectOf(pathOf(request.url), header(request, 'x-api-version'))
  return {
    notifier: createNotifier(deps),
    policy: { lapse, surplus: refundOfSurplus },
    unreadable: (reply) => send(reply, refused(dialectOfRequest(reply.request), 400, 'The address cannot be read')),
    plugin: async (server) => {
      readBodiesLeniently(server)
      // U+0000 is no part of any id, and the database takes it in no text.
      server.addHook('onRequest', async (request, reply) => {
        if (/%00/.test(request.url)) return send(reply, notFound(dialectOfRequest(request)))
      })
      server.setErrorHandler((error: { statusCode?: number; message: string }, request, reply) => {
        const status = error.statusCode ?? 500
        if (status >= 500) request.log.error({ err: error }, 'request failed')
        if (isDatabaseAway(error)) return sendAway(request, reply, (to, words) => send(to, unavailable(dialectOfRequest(request), words)))
        return send(reply, status >= 500 ? broken(dialectOfRequest(request)) : refused(dialectOfRequest(request), status, error.message))
      })
      server.setNotFoundHandler((request, reply) => send(reply, notFound(dialectOfRequest(request))))
      apmRoutes(server, deps)
      gatewayRoutes(server, deps)
      checkoutRoutes(server, deps)
      closedRoutes(server, deps)
      receiptRoutes(server, deps)
      billRoutes(server, deps)
    },
  }
}

/** Services of the platform that nobody can use here; whoever calls them is told so, when their credentials are right. */
function closedRoutes(server: FastifyInstance, deps: BegatewayDeps): void {
  for (const [path, name] of [['plans', 'Plans'], ['subscriptions', 'Subscriptions'], ['customers', 'Customers']] as const) {
    for (const url of [`/${path}`, `/${path}/*`]) server.route({ method: ['GET', 'POST', 'PUT', 'DELETE'], url, handler: route(deps, 'beyag', async () => notOffered('beyag', name)) })
  }
}

/** The path below this API's own root. The server has put its name in front, also where it has a host name of its own; clients whose base ends in a slash write two. */
const pathOf = (url: string): string => (url.split('?')[0] ?? '').replace(/\/{2,}/g, '/').replace(new RegExp(`^/${API}(?=/)`), '')
