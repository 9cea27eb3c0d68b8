/** The API as one Fastify plugin. What every answer has in common is here: bodies of any kind in, an error object on every failure out. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { redactCards } from '../../core/redact.ts'
import { isDatabaseAway, sendAway } from '../common/away.ts'
import type { Api } from '../common/deps.ts'
import { accountRoutes } from './account/routes.ts'
import { BODY_BYTES_MAX, readBody } from './body.ts'
import { send, UnreadableBody } from './call.ts'
import { checkoutSessionRoutes } from './checkout/sessions.ts'
import type { FintocDeps } from './deps.ts'
import { FAILURE, problem, refusal, unavailable } from './errors.ts'
import { eventRoutes } from './webhooks/events.ts'
import { intentListRoutes } from './intents/list.ts'
import { createFintocNotifier } from './webhooks/notify.ts'
import { paymentIntentRoutes } from './intents/routes.ts'
import { paymentLinkRoutes } from './checkout/links.ts'
import { retryRefund } from './refunds/retry.ts'
import { refundOfSurplus, refundRoutes } from './refunds/routes.ts'
import { addRoutes, FAILED } from './serve.ts'
import { webhookEndpointRoutes } from './webhooks/endpoints.ts'
import { lapse } from './widget/flow.ts'
import { addWidgetRoutes } from './widget/routes.ts'

/** "Fintoc reference: Payment intents": a pending one is asked about for ten days. */
const PATIENCE_MS = 10 * 86_400_000

/** To be registered under the API's prefix. */
export function fintoc(deps: FintocDeps): Api {
  return {
    notifier: createFintocNotifier(deps),
    policy: {
      lapse,
      surplus: refundOfSurplus,
      // "Fintoc reference: Types relevant to payments": exactly one terminal event for a payment.
      final_endings: true,
      patience_ms: PATIENCE_MS,
      retryRefund,
    },
    unreadable: (reply) => send(reply, refusal(problem('invalid_url', 'The address cannot be read'))),
    plugin: async (server) => {
      readBodies(server)
      server.setErrorHandler((error, request, reply) => onError(error, request, reply))
      server.setNotFoundHandler((request, reply) => send(reply, refusal(problem('invalid_url', `Unknown route: ${request.method} ${redactCards(request.url.split('?')[0]?.slice(0, 100) ?? '')}`))))
      addRoutes(server, deps, [
        ...paymentIntentRoutes(deps), ...intentListRoutes(deps), ...refundRoutes(deps), ...webhookEndpointRoutes(deps), ...eventRoutes(deps), ...checkoutSessionRoutes(deps), ...paymentLinkRoutes(deps),
        ...accountRoutes(deps),
      ])
      addWidgetRoutes(server, deps)
    },
  }
}

function readBodies(server: FastifyInstance): void {
  // A content type that is none says as little as no header, and must not keep a body from being looked at.
  server.addHook('onRequest', (request, _reply, done) => {
    if (!/^[^\s/;]+\/[^\s/;]+\s*(?:;|$)/.test(request.headers['content-type'] ?? '')) delete request.raw.headers['content-type']
    done()
  })
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_BYTES_MAX }, (request, raw, done) => {
    const body = readBody(String(raw), request.headers['content-type'])
    // Not an error yet: who may not call at all is told that first.
    done(null, body.ok ? body.value : new UnreadableBody(String(raw), refusal(body.error)))
  })
}

function onError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  if (status < 500) return send(reply, refusal(problem('invalid_request', status === 413 ? 'The request body is too large' : 'The request could not be read')))
  request.log.error({ err: error }, FAILED)
  return isDatabaseAway(error) ? sendAway(request, reply, (to, words) => send(to, unavailable(words))) : send(reply, FAILURE)
}
