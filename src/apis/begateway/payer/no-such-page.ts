import type { FastifyReply } from 'fastify'
import { languageFromHeader, renderErrorPage } from '../../../pages/index.ts'
import { sendPage } from '../../common/pages.ts'

/** For an address that belongs to nothing: nobody knows whose it was, so it is the browser that says in which language. */
export function noSuchPage(reply: FastifyReply): FastifyReply {
  return sendPage(reply, renderErrorPage({ kind: 'not_found', language: languageFromHeader(reply.request.headers['accept-language']) }))
}
