/**
 * The only way out to URLs that merchants give us. A URL may name, or its name may resolve to, something inside our own network; so
 * the address is judged after resolution, in the very look-up that the connection uses: there is no second look-up that could answer
 * differently (DNS rebinding). Literal addresses never reach the look-up and are judged in the URL. Redirects are not followed: a
 * 3xx is the receiver's answer.
 */
import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { fail, ok, type Result } from '../core/result.ts'
import { addressKind, isPrivateName } from './guard_addresses.ts'
import { post, RefusedAddress, type OutgoingAnswer, type OutgoingFailure, type OutgoingRequest } from './guard_post.ts'

export { RefusedAddress, type OutgoingAnswer, type OutgoingFailure, type OutgoingProblem, type OutgoingRequest } from './guard_post.ts'

export interface UrlProblem {
  readonly kind: 'invalid_request' | 'refused_address'
  readonly message: string
}

export interface OutgoingGuard {
  /** Whether we would send there: for the moment when a merchant names a URL. Says nothing about what the name resolves to. */
  checkUrl(url: string): Result<URL, UrlProblem>
  /** For `lookup` of node:http, node:https and node:net. Fails with a `RefusedAddress`. */
  readonly lookup: LookupFunction
  /** POSTs the body as it is. Never throws. */
  postJson(request: OutgoingRequest): Promise<Result<OutgoingAnswer, OutgoingFailure>>
}

/** Resolves a name to all its addresses, like `dns.lookup` with `all`. */
export type Resolve = (hostname: string, done: (error: Error | null, found: readonly LookupAddress[]) => void) => void

export interface OutgoingGuardOptions {
  /** Receivers on this machine or network are allowed: for development, and for merchants inside the operator's own network. */
  readonly allow_private: boolean
  /** The operating system's resolver by default. */
  readonly resolve?: Resolve
}

const REFUSED = 'the address is not on the public internet'

/** The guard; one for the whole process. */
export function createOutgoingGuard({ allow_private, resolve = resolveBySystem }: OutgoingGuardOptions): OutgoingGuard {
  const allowed = (address: string): boolean => {
    const kind = addressKind(address)
    return kind === 'public' || (kind === 'private' && allow_private)
  }

  const checkUrl: OutgoingGuard['checkUrl'] = (text) => {
    const invalid = (message: string) => fail({ kind: 'invalid_request', message } as const)
    if (!URL.canParse(text)) return invalid('not a URL')
    const url = new URL(text)
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return invalid('only http and https URLs')
    if (url.username !== '' || url.password !== '') return invalid('no user name or password in a URL')
    // The parser has already turned 127.1, 0x7f000001 and the like into four numbers.
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const isAllowed = isIP(host) === 0 ? allow_private || !isPrivateName(host) : allowed(host)
    return isAllowed ? ok(url) : fail({ kind: 'refused_address', message: REFUSED })
  }

  const lookup: LookupFunction = (hostname, options, done) =>
    resolve(hostname, (error, found) => {
      if (error !== null) return done(error, '')
      const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : options.family
      const wanted = found.filter((one) => family === undefined || family === 0 || family === one.family)
      const [first] = wanted
      // One address that is refused refuses all: a name that points both outside and inside is an attack or a mistake.
      if (found.some(({ address }) => !allowed(address))) return done(new RefusedAddress(REFUSED), '')
      if (first === undefined) return done(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '')
      return options.all === true ? done(null, wanted) : done(null, first.address, first.family)
    })

  return {
    checkUrl,
    lookup,
    postJson: async (request) => {
      const url = checkUrl(request.url)
      return url.ok ? post(url.value, request, lookup) : fail({ ...url.error, duration_ms: 0 })
    },
  }
}

function resolveBySystem(hostname: string, done: Parameters<Resolve>[1]): void {
  systemLookup(hostname, { all: true }, done)
}
