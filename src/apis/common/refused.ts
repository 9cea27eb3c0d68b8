/**
 * Answers to what cannot become a request: bytes that are no HTTP, headers that are too large, a client that takes too long. No route has seen
 * them, so nobody knows whose client sent them: the body has the members of every API's errors at once.
 */
import { randomUUID } from 'node:crypto'
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

const STATUS: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }
const WORDS: Readonly<Record<number, string>> = {
  400: 'This is not a request that can be read.', 408: 'The request took too long.', 417: 'This expectation cannot be met.', 431: 'The headers are too large.',
}

function refusal(status: number): { readonly head: Readonly<Record<string, string>>; readonly body: string } {
  const message = WORDS[status] ?? 'The request is refused.'
  const body = JSON.stringify({
    message,
    error: { type: 'invalid_request_error', code: 'invalid_request', message, param: null, doc_url: null },
    errors: [{ status: String(status), title: STATUS_CODES[status] ?? '', detail: message }],
  })
  return { head: { 'content-type': 'application/json; charset=utf-8', 'content-length': String(Buffer.byteLength(body)), 'x-request-id': randomUUID(), connection: 'close' }, body }
}

/** For Fastify's `clientErrorHandler`: what Node could not parse, or did not want to wait for. */
export function refuseConnection(error: Error & { readonly code?: string }, socket: Socket & { readonly _httpMessage?: { readonly headersSent: boolean } | null }): void {
  // Nobody is there any more, or an answer is half-way out (which only Node's own field tells, as its own handler asks it).
  if (error.code === 'ECONNRESET' || !socket.writable || socket._httpMessage?.headersSent === true) return void socket.destroy()
  const status = STATUS[error.code ?? ''] ?? 400
  const { head, body } = refusal(status)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`)
}

/** Node would answer these without a body. */
export function refuseExpectations(server: FastifyInstance): void {
  server.server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const { head, body } = refusal(417)
    response.writeHead(417, head).end(body)
  })
}
