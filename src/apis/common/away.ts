/**
 * The database is away: it restarts, fails over, or cannot be reached. That is nobody's mistake and soon over, so clients are told to come
 * again, each in the shape of its API. Whether a statement that was under way has been committed, nobody knows: who asked for a change is
 * never told that there was none.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { languageFromHeader, renderErrorPage } from '../../pages/index.ts'
import { sendPage, wantsPage } from './pages.ts'

/** When to come again, in seconds: a server that restarts is back by then. */
const RETRY_AFTER_S = 5

/** What the system says of a connection, and the SQLSTATEs of a server that goes, comes, has no place, or gave up on a statement. */
const CODES = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN',
  '53300', '57014', '57P01', '57P02', '57P03', '57P05',
])

/** What the driver says without a code. */
const WORDS = /^(?:Connection terminated|timeout expired$|timeout exceeded when trying to connect$|Query read timeout$|Client has encountered a connection error|Client was closed and is not queryable)/

/** Whether an error says that the database cannot be reached, or did not answer. What it was asked to do may have been done. */
export function isDatabaseAway(error: unknown): boolean {
  // A host with several addresses: all of them were tried.
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isDatabaseAway)
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return CODES.has(code) || /^08...$/.test(code) || WORDS.test(error.message)
}

/** Whether a request only reads. */
const isReading = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS'

/** What is said to a client. */
export function awayWords(request: FastifyRequest): string {
  return isReading(request) ? 'The service is not available right now. Try again in a moment.' : 'The service is not available right now. The request may have been carried out: find out before it is made anew, or repeat it under the same key.'
}

/** Answers 503 with `Retry-After`: a browser with a page, everybody else as `inShape` does, which is the API's own way. */
export function sendAway(request: FastifyRequest, reply: FastifyReply, inShape: (reply: FastifyReply, words: string) => FastifyReply): FastifyReply {
  void reply.header('retry-after', String(RETRY_AFTER_S))
  return wantsPage(request) ? sendPage(reply, renderErrorPage({ kind: 'away', language: languageFromHeader(request.headers['accept-language']) })) : inShape(reply, awayWords(request))
}
