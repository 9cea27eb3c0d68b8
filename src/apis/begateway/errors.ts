/**
 * Refusals on the wire. Three bodies coexist and clients probe all of them, so the path decides (beGateway reference 6):
 * `beyag` (A) top-level members, `gateway` (B) wrapped in `response`, `flat` (C) API v3.
 */
import { nest, sentences, type Problem } from './validation/check.ts'

export type Dialect = 'beyag' | 'gateway' | 'flat'

/** A status and a body to send. */
export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** A request that does not pass validation: 422. On /beyag what is wrong with a field is below `request`, and what is wrong otherwise in `base`. */
export function invalid(dialect: Dialect, problems: readonly Problem[]): Answer {
  switch (dialect) {
    case 'beyag': {
      const rooted = problems.map(({ path, phrase }) => ({ path: path === 'base' ? path : path === '' ? 'request' : `request.${path}`, phrase }))
      return { status: 422, body: { message: 'Unprocessable entity', errors: nest(rooted) } }
    }
    case 'gateway':
      return { status: 422, body: { response: { message: sentences(problems), errors: nest(problems) } } }
    case 'flat':
      return { status: 422, body: { ...flat('E.1025', sentences(problems), 'Invalid request params', 'request_validation_error'), errors: nest(problems) } }
  }
}

/** A checkout refuses with every problem as a sentence at the top (reference 17). */
export function invalidCheckout(problems: readonly Problem[]): Answer {
  return { status: 422, body: { message: sentences(problems), errors: nest(problems) } }
}

/**
 * Unknown id. On /beyag the misses must be valid JSON without `transaction`, because `QueryByUid` of the PHP client walks on until
 * it finds one; the card gateway's last word is `Record not found` (reference 10).
 */
export function notFound(dialect: Dialect): Answer {
  return said(dialect, 404, dialect === 'beyag' ? 'Not found.' : 'Record not found', { code: 'E.1002', error_code: 'not_found' })
}

/** Wrong or missing credentials. The newer of the two documented bodies; the card gateway wraps it. */
export function unauthorized(dialect: Dialect): Answer {
  return said(dialect, 401, 'Unauthorized', { code: 'E.1001', error_code: 'unauthorized' })
}

/** A body that is no JSON object. The status is our choice: nothing public says it. */
export function malformed(dialect: Dialect): Answer {
  return said(dialect, 400, 'Invalid JSON', { code: 'E.1025', error_code: 'invalid_params', friendly_message: 'Invalid request params' })
}

/** More requests than the server lets one shop make: clients come again, each time after a longer pause (reference 1). The words are ours. */
export function tooMany(dialect: Dialect): Answer {
  return said(dialect, 429, 'Too many requests', { code: 'E.1004', error_code: 'too_many_requests', friendly_message: 'Please try again later' })
}

/** A service of the platform that is not offered here: said plainly, so that nobody looks for a mistake in the request. The words are ours. */
export function notOffered(dialect: Dialect, what: string): Answer {
  const problems = [{ path: 'base', phrase: `${what} is not supported` }]
  return dialect === 'beyag' ? invalidCheckout(problems) : invalid(dialect, problems)
}

/** What the HTTP layer refuses: too long a body, an address that cannot be read. */
export function refused(dialect: Dialect, status: number, message: string): Answer {
  return said(dialect, status, message, { code: 'E.1003', error_code: 'invalid_request' })
}

/** Something of ours went wrong: nothing is said about it (reference 6: HTTP 500, `F.1000`). */
export function broken(dialect: Dialect): Answer {
  return said(dialect, 500, 'Internal server error', { code: 'F.1000', error_code: 'internal_error', friendly_message: 'Please try again later' })
}

/** The database is away: nobody knows yet what became of the request. The code is the one of the fallback that clients have for a server that is down (reference 6). */
export function unavailable(dialect: Dialect, message: string): Answer {
  return said(dialect, 503, message, { code: 'F.1000', error_code: 'internal_error', friendly_message: 'Please try again later' })
}

/** One message in the body of a dialect. `friendly_message` is the message where there are no other words for the payer. */
function said(dialect: Dialect, status: number, message: string, v3: { code: string; error_code: string; friendly_message?: string }): Answer {
  switch (dialect) {
    case 'beyag': return { status, body: { message } }
    case 'gateway': return { status, body: { response: { message } } }
    case 'flat': return { status, body: flat(v3.code, message, v3.friendly_message ?? message, v3.error_code) }
  }
}

function flat(code: string, message: string, friendly_message: string, error_code: string): Record<string, unknown> {
  return { code, error_code, status: 'error', message, friendly_message }
}

/** Which dialect a path speaks. v3 is asked for by header, on the card gateway only. Plans, subscriptions and customers are the API's, as products are (reference 1). */
export function dialectOf(path: string, version: string | undefined): Dialect {
  const bare = path.replace(/^\/async(?=\/)/, '')
  if (/^\/(?:beyag|ctp|products|plans|subscriptions|customers)(?:\/|$|\?)/.test(bare)) return 'beyag'
  return version === '3' ? 'flat' : 'gateway'
}
