import type { FastifyReply } from 'fastify'
import type { Page } from '../../pages/index.ts'

/** Sends a rendered page with its headers. */
export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  return reply.code(page.status).headers(page.headers).send(page.body)
}
