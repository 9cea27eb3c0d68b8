import type { IncomingMessage } from 'node:http'

const ABSOLUTE = /^https?:\/\/(?:[^/?#@]*@)?([^/?#@]+)([^#]*)/i

/**
 * A request whose target is a whole address (`GET http://pay.example/fintoc/v1/… HTTP/1.1`, RFC 9112, 3.2.2: as clients send it that believe to
 * speak to a proxy) becomes what it would be in the usual form. Its host counts, whatever the Host header says.
 */
export function readTarget(request: IncomingMessage & { originalUrl?: string }): void {
  const [, host, rest = ''] = ABSOLUTE.exec(request.url ?? '') ?? []
  if (host === undefined) return
  request.url = rest.startsWith('/') ? rest : `/${rest}`
  // Fastify has kept it before it asks us.
  request.originalUrl = request.url
  request.headers.host = host
}
