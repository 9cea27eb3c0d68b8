import type { FastifyInstance } from 'fastify'

/** A body that is not JSON, though JSON was expected. */
export const BROKEN_JSON = Symbol('broken JSON')

/** A media type as it is written; anything else (`json`, two of them) Fastify would refuse before it looks at the body. */
const MEDIA_TYPE = /^[\w.+*-]+\/[\w.+*-]+\s*(;.*)?$/

/** Looked for in so much of what is none: to look for a slash behind every letter takes the square of the length. */
const MEDIA_TYPE_LENGTH_MAX = 256

/** What one request may weigh, in bytes: far above every document of the wire, far below what hurts. */
export const BODY_BYTES_MAX = 256 * 1024

/**
 * JSON bodies as clients really send them: with any content type, or none; an empty body is `undefined`, so that a client
 * which says JSON and sends nothing (on GET or DELETE) is not refused. A body that cannot be parsed is BROKEN_JSON: the
 * API answers in its own shape. Forms are parsed too, for browsers.
 */
export function readBodiesLeniently(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const { 'content-type': type } = request.headers
    if (type !== undefined) request.headers['content-type'] = mediaTypeOf(type)
    done()
  })
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_BYTES_MAX }, (request, body, done) => {
    done(null, parseBody(String(body), request.headers['content-type'] ?? ''))
  })
}

/** The media type in what a client says of its body. */
export function mediaTypeOf(type: string): string {
  return MEDIA_TYPE.test(type) ? type : (/[\w.+-]+\/[\w.+-]+/.exec(type.slice(0, MEDIA_TYPE_LENGTH_MAX))?.[0] ?? 'application/octet-stream')
}

/** The body as a value. Text is JSON if it looks like it, whatever its type says; else a form when it says so. */
export function parseBody(text: string, content_type: string): unknown {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  if (content_type.includes('application/x-www-form-urlencoded') && !/^[[{]/.test(trimmed)) return /%00|\0/.test(text) ? BROKEN_JSON : Object.fromEntries(new URLSearchParams(text))
  // U+0000 is legal in JSON and illegal in PostgreSQL text: such a body is refused here, once, as broken.
  if (text.includes('\\u0000') || text.includes('\0')) return BROKEN_JSON
  try {
    const value = JSON.parse(text) as unknown
    return isFitJson(text, value) ? value : BROKEN_JSON
  } catch {
    return BROKEN_JSON
  }
}

/** Whether a parsed body can be walked through and stored; `text` is what it was parsed from. */
export function isFitJson(text: string, value: unknown): boolean {
  return !mayBeUnfit(text) || isFit(value, DEPTH_MAX)
}

/** Far deeper than any document of the wire; what is nested without end breaks whoever walks through it. */
const DEPTH_MAX = 40

/** A look at the text tells most bodies apart without a walk: many brackets, or an escaped half of a surrogate pair. */
const mayBeUnfit = (text: string): boolean => /\\u[dD][89a-fA-F]/.test(text) || (text.match(/[[{]/g)?.length ?? 0) > DEPTH_MAX

/** Half a surrogate pair is legal in JSON text, and no text that a database takes. */
function isFit(value: unknown, left: number): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return left > 0 && Object.entries(value).every(([key, inside]) => key.isWellFormed() && isFit(inside, left - 1))
}

/** True for a JSON object (not an array, not null). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
