/**
 * Shops: one merchant each, found by the numeric shop id of HTTP Basic (beGateway reference 1). The secret key and the private half of
 * the notification keys are sealed together, because notifications repeat the shop's own credentials and are signed as well.
 */
import type { KeyObject } from 'node:crypto'
import type { Merchants } from '../../../merchants/service.ts'
import type { Credential, Merchant } from '../../../merchants/store.ts'
import { API } from '../deps.ts'
import { newNotificationKeys, notificationKeysOf, readPrivateKey } from '../notify/signature.ts'
import { settingsOf, type ShopSettings } from './settings.ts'
import { textAt } from '../validation/body.ts'

export interface Shop {
  readonly id: string
  readonly merchant: Merchant
  readonly secret_key: string
  readonly settings: ShopSettings
}

const KIND = 'shop'
const SHOP_ID = /^[1-9]\d{0,9}$/

/** The shop of an `Authorization` header, when its secret is right. */
export async function authenticateShop(merchants: Merchants, header: string | undefined): Promise<Shop | undefined> {
  const credentials = /^Basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(header ?? '')
  const plain = credentials === null ? '' : Buffer.from(credentials[1] ?? '', 'base64').toString('utf8')
  const colon = plain.indexOf(':')
  const id = plain.slice(0, Math.max(colon, 0))
  if (!SHOP_ID.test(id)) return undefined
  const secret_key = plain.slice(colon + 1)
  const found = await merchants.authenticate(API, KIND, id, secret_key)
  return found === undefined ? undefined : shopOf(found.merchant, id, secret_key)
}

/** A shop by its id, for addresses that a browser opens and for notifications. */
export async function findShop(merchants: Merchants, id: string): Promise<(Shop & { readonly signing_key: KeyObject; readonly public_key: string }) | undefined> {
  const found = await merchants.authenticate(API, KIND, id)
  if (found === undefined) return undefined
  const sealed = JSON.parse(Buffer.from(await merchants.secretOf(found.credential)).toString('utf8')) as { secret_key: string; private_pem: string }
  const public_key = publicKeyOf(found.credential) ?? ''
  return { ...shopOf(found.merchant, id, sealed.secret_key), signing_key: keyOf(sealed.private_pem), public_key }
}

function shopOf(merchant: Merchant, id: string, secret_key: string): Shop {
  return { id, merchant, secret_key, settings: settingsOf(merchant) }
}

const keys = new Map<string, KeyObject>()

/** Parsed keys are kept: there are few shops, and parsing costs more than signing. */
function keyOf(pem: string): KeyObject {
  let key = keys.get(pem)
  if (key === undefined) {
    if (keys.size > 1000) keys.clear()
    keys.set(pem, (key = readPrivateKey(pem)))
  }
  return key
}

/**
 * Gives a merchant a shop id and secret key, with notification keys of its own. Repeating it for the same shop changes nothing,
 * so the public key is read back. `private_key`: Base64 of PKCS #8,
 * where the pair is given. `shop_id` is a number below 2³², as it stands inside receipt addresses and checkout tokens.
 */
export async function createShop(merchants: Merchants, shop: { readonly merchant_id: string; readonly shop_id: string; readonly secret_key: string; readonly private_key?: string }): Promise<{ readonly public_key: string }> {
  if (!SHOP_ID.test(shop.shop_id) || Number(shop.shop_id) > 0xffff_ffff) throw new RangeError('a shop id is a number below 2^32')
  const known = await merchants.authenticate(API, KIND, shop.shop_id)
  if (known !== undefined) return { public_key: publicKeyOf(known.credential) ?? '' }
  const pair = shop.private_key === undefined ? await newNotificationKeys() : notificationKeysOf(shop.private_key)
  await merchants.addCredential({
    merchant_id: shop.merchant_id, id: `${API}_shop_${shop.shop_id}`, api: API, kind: KIND, lookup: shop.shop_id, secret: shop.secret_key,
    sealed_secret: Buffer.from(JSON.stringify({ secret_key: shop.secret_key, private_pem: pair.private_pem })), public: { public_key: pair.public_key },
  })
  const made = await merchants.authenticate(API, KIND, shop.shop_id)
  return { public_key: publicKeyOf(made?.credential) ?? pair.public_key }
}

function publicKeyOf(credential: Credential | undefined): string | undefined {
  return credential === undefined ? undefined : textAt(credential.public, 'public_key')
}
