/** The Corefy API as one server plugin: it translates, and nothing else. */
import type { FastifyInstance } from 'fastify'
import { isDatabaseAway, sendAway } from '../common/away.ts'
import { readBodiesLeniently } from '../common/body.ts'
import type { Api, ApiDeps } from '../common/deps.ts'
import { catalogueRoutes } from './account/catalogue.ts'
import { customerRoutes } from './account/customers.ts'
import { createAccounts } from './accounts.ts'
import { checkoutRoutes } from './checkout/page.ts'
import { publicRoutes } from './checkout/public.ts'
import { badRequest, notFound, sendErrors } from './errors.ts'
import { createHandoff } from './gate/handoff.ts'
import { cardGateRoutes } from './gate/sale.ts'
import { lapse } from './invoices/lapse.ts'
import { refundRoutes } from './invoices/refunds.ts'
import { invoiceRoutes } from './invoices/routes.ts'
import { createNotifier } from './notify.ts'
import { pageRoutes } from './page/routes.ts'
import type { Parts } from './parts.ts'
import { forgetPayoutCards, resumePayouts } from './payouts/resume.ts'
import { payoutRoutes } from './payouts/routes.ts'
import { createShower } from './show.ts'

/** The plugin's routes and its notifier, which deliveries need before any route is called. */
export function corefy(deps: ApiDeps): Api {
  const accounts = createAccounts(deps)
  const parts: Parts = { deps, accounts, shower: createShower(deps, accounts), handoff: createHandoff(deps.clock) }
  return {
    notifier: createNotifier(accounts, deps.base_url),
    policy: { lapse, surplus: (_payment, ids) => ({ id: `ref_${ids.alphanumeric(16)}`, request: { description: 'Paid twice' } }) },
    unreadable: (reply) => sendErrors(reply, [badRequest('The address cannot be read.')]),
    plugin: async (server) => {
      readBodiesLeniently(server)
      allowBrowsers(server)
      refuseNul(server)
      server.setErrorHandler((error: { statusCode?: number; message: string }, request, reply) => {
        const status = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : 500
        if (status === 500) request.log.error({ err: error }, 'request failed')
        if (isDatabaseAway(error)) return sendAway(request, reply, (to, detail) => sendErrors(to, [{ status: 503, title: 'Service Unavailable', detail }]))
        return sendErrors(reply, [{ status, title: status === 413 ? 'Payload Too Large' : status === 500 ? 'Internal Server Error' : 'Bad Request', detail: status === 500 ? 'Something went wrong on our side. The outcome is unknown: read the resource before trying again.' : error.message }])
      })
      server.setNotFoundHandler((_request, reply) => sendErrors(reply, [notFound('There is no such address.')]))
      privateRoutes(server, parts)
      // Clients exist for both forms of the path (Corefy reference: topology).
      await server.register(async (api) => privateRoutes(api, parts), { prefix: '/api' })
      cardGateRoutes(server, parts)
      publicRoutes(server, parts)
      checkoutRoutes(server, parts)
      pageRoutes(server, parts)
      resumeWork(server, parts)
    },
  }
}

function privateRoutes(server: FastifyInstance, parts: Parts): void {
  invoiceRoutes(server, parts)
  refundRoutes(server, parts)
  payoutRoutes(server, parts)
  customerRoutes(server, parts)
  catalogueRoutes(server, parts)
}

/** How long a card may outlive a payout that ended by itself. */
const FORGET_EVERY_MS = 3_600_000

/** What an earlier process left undone goes on as soon as this one listens, and holds up neither its start nor its end. */
function resumeWork(server: FastifyInstance, parts: Parts): void {
  let stopped = false
  let work: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const run = async (before: Promise<void>, what: string, task: () => Promise<void>): Promise<void> => {
    await before
    try {
      await task()
    } catch (error) {
      server.log.error({ err: error }, `${what} failed`)
    }
  }
  const forget = (): void => void (work = run(work, 'forgetting the cards of payouts', () => forgetPayoutCards(parts.deps.db)))
  server.addHook('onListen', (done) => {
    work = run(work, 'sending the payouts that were left', () => resumePayouts(parts, () => stopped))
    forget()
    timer = setInterval(forget, FORGET_EVERY_MS)
    done()
  })
  server.addHook('onClose', async () => {
    stopped = true
    clearInterval(timer)
    await work
  })
}

/** U+0000 in an address is nobody's id, and no text that a database takes. */
function refuseNul(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (request.url.includes('%00')) sendErrors(reply, [badRequest('The address contains the character U+0000.')])
    else done()
  })
}

/** The original lets browsers call it (FAQ): none of these answers depends on a cookie, so any origin may. */
function allowBrowsers(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (request.headers.origin !== undefined) reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', 'x-request-id')
    done()
  })
  server.options('/*', (_request, reply) =>
    reply.code(204).header('access-control-allow-methods', 'GET, POST, PUT, PATCH, OPTIONS').header('access-control-allow-headers', 'authorization, content-type, accept').header('access-control-max-age', '600').send(),
  )
}
