import type { FastifyReply } from 'fastify'

/** Sends the browser on with GET, whatever method it came with. The address was checked when the shop named it. */
export function sendBack(reply: FastifyReply, url: string): FastifyReply {
  return reply.code(303).header('location', headerAddress(url)).header('cache-control', 'no-store').header('referrer-policy', 'no-referrer').send()
}

/** Whether a page of ours may link to it; an app link is reached by being sent there. */
export const isWebAddress = (url: string): boolean => /^https?:/i.test(url)

/** As a header may say it, which is ASCII alone. What is that already stays as the shop wrote it. */
function headerAddress(url: string): string {
  if (!/[^\x21-\x7e]/.test(url)) return url
  return isWebAddress(url) ? new URL(url).href : url.replace(/[^\x21-\x7e]+/g, encodeURIComponent)
}
