/**
 * The card gate's bearer token: a JWT whose claims are the session, a null `expires` and `exp` (Corefy reference: bearer
 * token). Written here and not with a library because it is on the path of every sale: an RS512 signature takes half a
 * millisecond and belongs on the thread pool, an HS256 one takes microseconds and would lose them to a promise.
 */
import { createHmac, createPrivateKey, createPublicKey, createSecretKey, sign, timingSafeEqual, verify, type KeyObject } from 'node:crypto'

export type JwtAlgorithm = 'RS512' | 'HS256'

export interface JwtKeys {
  readonly rsa: { readonly private: KeyObject; readonly public: KeyObject }
  /** Prepared once: making a key object out of bytes costs as much as the signature. */
  readonly secret: KeyObject
}

export interface GateClaims {
  readonly sid: string
  readonly expires: null
  /** Unix seconds. */
  readonly exp: number
}

const HEADERS: Readonly<Record<JwtAlgorithm, string>> = {
  RS512: Buffer.from('{"typ":"JWT","alg":"RS512"}').toString('base64url'),
  HS256: Buffer.from('{"typ":"JWT","alg":"HS256"}').toString('base64url'),
}

/** The keys of a merchant from what the vault holds: a PKCS#8 key in DER, and a random secret. */
export function jwtKeys(pkcs8: Uint8Array, secret: Uint8Array): JwtKeys {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  return { rsa: { private: key, public: createPublicKey(key) }, secret: createSecretKey(secret) }
}

/** Signs the claims; RS512 off the main thread. */
export async function signToken(claims: GateClaims, algorithm: JwtAlgorithm, keys: JwtKeys): Promise<string> {
  const input = `${HEADERS[algorithm]}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  if (algorithm === 'HS256') return `${input}.${hmac(input, keys.secret).toString('base64url')}`
  return new Promise((resolve, reject) => {
    sign('RSA-SHA512', Buffer.from(input), keys.rsa.private, (error, signature) => {
      if (error === null) resolve(`${input}.${signature.toString('base64url')}`)
      else reject(error)
    })
  })
}

/** The claims of a token, unverified: only to find whose keys verify it. Undefined for anything that is not such a token. */
export function peekToken(token: string): GateClaims | undefined {
  const [, payload, signature, ...rest] = token.split('.')
  if (payload === undefined || signature === undefined || rest.length > 0) return undefined
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Partial<GateClaims> | null
    if (typeof claims?.sid !== 'string' || typeof claims.exp !== 'number') return undefined
    return { sid: claims.sid, expires: null, exp: claims.exp }
  } catch {
    return undefined
  }
}

/** Whether the token was signed by these keys. The algorithm is one of our two headers to the letter, so none can be talked into another. */
export function verifyToken(token: string, keys: JwtKeys): boolean {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const input = `${header}.${payload}`
  const given = Buffer.from(signature, 'base64url')
  if (header === HEADERS.HS256) {
    const wanted = hmac(input, keys.secret)
    return given.length === wanted.length && timingSafeEqual(given, wanted)
  }
  return header === HEADERS.RS512 && verify('RSA-SHA512', Buffer.from(input), keys.rsa.public, given)
}

const hmac = (input: string, secret: KeyObject): Buffer => createHmac('sha256', secret).update(input).digest()
