import type { FastifyReply } from 'fastify'

/** Sends the browser on with GET, whatever method it came with. The address was checked when the shop named it. */
export function sendBack(reply: FastifyReply, url: string): FastifyReply {
  return reply.code(303).header('location', url).header('cache-control', 'no-store').header('referrer-policy', 'no-referrer').send()
}
