/**
 * `Content-Signature`: Base64 of RSASSA-PKCS1-v1_5 with SHA-256 over the raw bytes of the body, nothing else (beGateway reference 7).
 * The public key is shown as Base64 of its DER form (SubjectPublicKeyInfo) without PEM armour.
 */
import { createPrivateKey, createPublicKey, generateKeyPair, sign, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

/** A shop's key pair: the private half as PEM, for the vault; the public half as shops paste it into their plugins. */
export interface NotificationKeys {
  readonly private_pem: string
  readonly public_key: string
}

/** 2048 bits, as the demo shops have. */
export async function newNotificationKeys(): Promise<NotificationKeys> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return {
    private_pem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    public_key: pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  }
}

/** The pair of a given private key (Base64 of PKCS #8). */
export function notificationKeysOf(private_key: string): NotificationKeys {
  const key = createPrivateKey({ key: Buffer.from(private_key, 'base64'), format: 'der', type: 'pkcs8' })
  return {
    private_pem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    public_key: createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64'),
  }
}

/** The key in the form that `contentSignature` takes; parsing costs more than signing a short body, so keep it. */
export function readPrivateKey(pem: string): KeyObject {
  return createPrivateKey(pem)
}

/** The header's value for exactly these bytes. */
export function contentSignature(body: string, key: KeyObject): string {
  return sign('sha256', Buffer.from(body, 'utf8'), key).toString('base64')
}

/** `Authorization` of outgoing requests: the shop's own API credentials. */
export function basicAuthorization(shop_id: string, secret_key: string): string {
  return `Basic ${Buffer.from(`${shop_id}:${secret_key}`, 'utf8').toString('base64')}`
}
