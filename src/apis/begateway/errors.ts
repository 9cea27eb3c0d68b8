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

/** A request that does not pass validation: 422. On /beyag the tree is rooted at `request`. */
export function invalid(dialect: Dialect, problems: readonly Problem[], root = 'request'): Answer {
  switch (dialect) {
    case 'beyag': {
      const rooted = root === '' ? problems : problems.map(({ path, phrase }) => ({ path: path === '' ? root : `${root}.${path}`, phrase }))
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
  switch (dialect) {
    case 'beyag': return { status: 404, body: { message: 'Not found.' } }
    case 'gateway': return { status: 404, body: { response: { message: 'Record not found' } } }
    case 'flat': return { status: 404, body: flat('E.1002', 'Record not found', 'Record not found', 'not_found') }
  }
}

/** Wrong or missing credentials. The newer of the two documented bodies; the card gateway wraps it. */
export function unauthorized(dialect: Dialect): Answer {
  switch (dialect) {
    case 'beyag': return { status: 401, body: { message: 'Unauthorized' } }
    case 'gateway': return { status: 401, body: { response: { message: 'Unauthorized' } } }
    case 'flat': return { status: 401, body: flat('E.1001', 'Unauthorized', 'Unauthorized', 'unauthorized') }
  }
}

/** A body that is no JSON object. The status is our choice: nothing public says it. */
export function malformed(dialect: Dialect): Answer {
  const message = 'Invalid JSON'
  switch (dialect) {
    case 'beyag': return { status: 400, body: { message } }
    case 'gateway': return { status: 400, body: { response: { message, errors: { base: [message] } } } }
    case 'flat': return { status: 400, body: flat('E.1025', message, 'Invalid request params', 'invalid_params') }
  }
}

/** Something of ours went wrong: nothing is said about it (reference 6: HTTP 500, `F.1000`). */
export function broken(dialect: Dialect): Answer {
  const message = 'Internal server error'
  switch (dialect) {
    case 'beyag': return { status: 500, body: { message } }
    case 'gateway': return { status: 500, body: { response: { message } } }
    case 'flat': return { status: 500, body: flat('F.1000', message, 'Please try again later', 'internal_error') }
  }
}

function flat(code: string, message: string, friendly_message: string, error_code: string): Record<string, unknown> {
  return { code, error_code, status: 'error', message, friendly_message }
}

/** Which dialect a path speaks. v3 is asked for by header, on the card gateway only. */
export function dialectOf(path: string, version: string | undefined): Dialect {
  const bare = path.replace(/^\/async(?=\/)/, '')
  if (/^\/(?:beyag|ctp|products)(?:\/|$|\?)/.test(bare)) return 'beyag'
  return version === '3' ? 'flat' : 'gateway'
}
