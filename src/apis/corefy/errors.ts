import type { FastifyReply } from 'fastify'

/** One error of a JSON:API document; `pointer` names the field (Corefy reference: HTTP codes, errors). */
export interface WireError {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly pointer?: string
}

/** Sends errors in the API's shape, with the status of the first. */
export function sendErrors(reply: FastifyReply, errors: readonly WireError[]): FastifyReply {
  return reply.code(errors[0]?.status ?? 500).send({
    errors: errors.map(({ status, title, detail, pointer }) => ({ status: String(status), title, detail, ...(pointer === undefined ? {} : { source: { pointer } }) })),
  })
}

/** Refuses what is one request too many; `wait_s`: after how many seconds the next may come. */
export function sendTooMany(reply: FastifyReply, wait_s: number): FastifyReply {
  return sendErrors(reply.header('retry-after', String(wait_s)), [{ status: 429, title: 'Too Many Requests', detail: `Too many requests. The next may come in ${wait_s} s.` }])
}

/** The same errors for a request without a wrapper: its fields stand at the top. */
export const unwrapped = (errors: readonly WireError[]): WireError[] =>
  errors.map((error) => (error.pointer === undefined ? error : { ...error, pointer: error.pointer.replace(/^\/data\/attributes/, '') }))

export const invalid = (pointer: string, detail: string): WireError => ({ status: 422, title: 'Unprocessable Content', detail, pointer })
export const notFound = (detail = 'There is no such resource.'): WireError => ({ status: 404, title: 'Not Found', detail })
export const unauthorized = (detail: string): WireError => ({ status: 401, title: 'Unauthorized', detail })
export const forbidden = (detail: string): WireError => ({ status: 403, title: 'Forbidden', detail })
export const conflict = (detail: string): WireError => ({ status: 422, title: 'Unprocessable Content', detail })
export const badRequest = (detail: string): WireError => ({ status: 400, title: 'Bad Request', detail })
