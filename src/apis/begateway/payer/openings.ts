/** Pages that anybody may open, and that leave a payment behind each time: a network may do so often, and not without end. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { languageFromHeader, renderErrorPage } from '../../../pages/index.ts'
import { addressOf, networkOf } from '../../common/ip.ts'
import { sendPage } from '../../common/pages.ts'
import type { RateLimit } from '../../common/rate-limit.ts'

/** Says in a page that the browser should come again, when its network has opened `page` too often; undefined while it may. */
export function turnAway(openings: RateLimit, page: string, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const wait_s = openings.take(`${page} ${networkOf(addressOf(request))}`)
  if (wait_s === 0) return undefined
  void reply.header('retry-after', String(wait_s))
  return sendPage(reply, renderErrorPage({ kind: 'busy', language: languageFromHeader(request.headers['accept-language']) }))
}
