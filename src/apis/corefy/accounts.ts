import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Merchant } from '../../merchants/store.ts'
import type { ApiDeps } from '../common/deps.ts'
import { addressOf, includesAddress } from '../common/ip.ts'
import { forbidden, sendErrors, unauthorized } from './errors.ts'
import { jwtKeys, type JwtKeys } from './gate/jwt.ts'
import { settingsOf, type CorefySettings } from './settings.ts'

/** The account behind a request. */
export interface Account {
  readonly merchant: Merchant
  /** `coma_…` */
  readonly id: string
  readonly settings: CorefySettings
}

/** What this API's parts share: accounts by their credentials, and their keys. */
export interface Accounts {
  /** The account of Basic credentials; answers the request itself when they are wrong. */
  authenticate(request: FastifyRequest, reply: FastifyReply): Promise<Account | undefined>
  /** The account of a `pk_test_…` or `pk_live_…` key. */
  byPublicKey(key: string): Promise<(Account & { mode: 'test' | 'live' }) | undefined>
  /** The account of a merchant. */
  of(merchant: Merchant): Promise<Account>
  byNumber(number: number): Promise<Account | undefined>
  byMerchantId(id: string): Promise<Account | undefined>
  jwtKeys(account: Account): Promise<JwtKeys>
  /** The `sk_…` key that signs callbacks of a mode. */
  signingKey(merchant_id: string, mode: 'test' | 'live'): Promise<Uint8Array>
}

export function createAccounts({ merchants }: Pick<ApiDeps, 'merchants'>): Accounts {
  const keys = new Map<string, Promise<JwtKeys>>()

  const of: Accounts['of'] = async (merchant) => {
    const credential = (await merchants.credentials(merchant.id, 'corefy')).find(({ kind }) => kind === 'account')
    return { merchant, id: credential?.lookup ?? '', settings: settingsOf(merchant) }
  }

  const secret = async (merchant_id: string, id: string): Promise<Uint8Array> => {
    const credential = (await merchants.credentials(merchant_id, 'corefy')).find((candidate) => candidate.id === id)
    if (credential === undefined) throw new Error(`merchant ${merchant_id} has no credential ${id}`)
    return merchants.secretOf(credential)
  }

  return {
    of,
    authenticate: async (request, reply) => {
      const [user, password] = basicCredentials(request.headers.authorization)
      const found = user === '' ? undefined : await merchants.authenticate('corefy', 'account', user, password)
      if (found === undefined) {
        sendErrors(reply.header('www-authenticate', 'Basic realm="Commerce API", charset="UTF-8"'), [unauthorized('The account id or the API key is wrong.')])
        return undefined
      }
      const account: Account = { merchant: found.merchant, id: found.credential.lookup, settings: settingsOf(found.merchant) }
      const allowed = account.settings.api_ip_white_list
      const address = addressOf(request)
      if (allowed.length > 0 && !includesAddress(allowed, address)) {
        sendErrors(reply, [forbidden(`Requests from ${address} are not allowed for this account.`)])
        return undefined
      }
      return account
    },
    byPublicKey: async (key) => {
      const found = await merchants.authenticate('corefy', 'public_key', key)
      return found === undefined ? undefined : { ...(await of(found.merchant)), mode: found.credential.mode ?? 'test' }
    },
    byNumber: async (number) => {
      const merchant = await merchants.byNumber(number)
      return merchant === undefined ? undefined : of(merchant)
    },
    byMerchantId: async (id) => {
      const merchant = await merchants.byId(id)
      return merchant === undefined ? undefined : of(merchant)
    },
    jwtKeys: (account) => {
      const known = keys.get(account.merchant.id)
      if (known !== undefined) return known
      const made = Promise.all([secret(account.merchant.id, 'corefy_jwt_rsa'), secret(account.merchant.id, 'corefy_jwt_secret')]).then(([rsa, hmac]) => jwtKeys(rsa, hmac))
      made.catch(() => keys.delete(account.merchant.id))
      keys.set(account.merchant.id, made)
      return made
    },
    signingKey: (merchant_id, mode) => secret(merchant_id, `corefy_private_key_${mode}`),
  }
}

function basicCredentials(header: string | undefined): [user: string, password: string] {
  const encoded = /^Basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(header ?? '')?.[1]
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString()
  // Nothing that a database could not even look up.
  if (text.includes('\0')) return ['', '']
  const colon = text.indexOf(':')
  return colon < 0 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1)]
}
