import { gzipSync } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Page } from '../../pages/index.ts'

/** Sends a rendered page with its headers. */
export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  return sendText(reply.code(page.status).headers(page.headers), page.body)
}

/** Browsers ask for pages by name; programs take anything, or ask for JSON. */
export const wantsPage = (request: FastifyRequest): boolean => (request.headers.accept ?? '').includes('text/html')

/** Below this a text fits into one packet as it is. */
const WORTH_IT_LENGTH = 1_000

/**
 * Sends a text, compressed for who takes that: on a phone's network a page is a third as long a wait. That its size tells of its content
 * is of no use to anybody here: who knows the address of a payer's page can fetch it, and a page repeats nothing of what it was asked by
 * which the few words that a cookie adds to it could be measured out.
 */
export function sendText(reply: FastifyReply, text: string): FastifyReply {
  void reply.header('vary', 'accept-encoding')
  if (text.length < WORTH_IT_LENGTH || !takesGzip(reply.request.headers['accept-encoding'])) return reply.send(text)
  return reply.header('content-encoding', 'gzip').send(gzipSync(text))
}

/** Whether a list of encodings names gzip, or any, and does not rule it out. */
function takesGzip(header: string | string[] | undefined): boolean {
  const offers = String(header ?? '').toLowerCase().split(',').map((offer) => offer.split(';').map((part) => part.trim()))
  const offer = offers.find(([name]) => name === 'gzip') ?? offers.find(([name]) => name === '*')
  return offer !== undefined && !offer.slice(1).some((part) => /^q=0(\.0*)?$/.test(part))
}
