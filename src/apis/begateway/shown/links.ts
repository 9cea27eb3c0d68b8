/**
 * Addresses that answers and notifications contain. One base serves API, gateway, checkout and receipts. A receipt's 64 hex digits are
 * the shop id (8) and a keyed hash of the uid (56), so that the address alone finds the shop and cannot be guessed; a checkout token is
 * the shop id (8) and randomness (56).
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Ids } from '../../../core/ids.ts'
import type { Shop } from '../account/shop.ts'

export interface Links {
  /** How payers know the shop that all of these are of. */
  readonly merchant_name: string
  /** `receipt_url`: `<base>/customer/transactions/<uid>/<64 hex>` (beGateway reference 4). */
  receipt(uid: string): string
  /** Where the payers of a permanent bill begin. */
  bill(uid: string): string
  /** Where a browser finishes 3-D Secure: contains `/process/` (reference 17). The shop id is there for browsers, which bring no credentials. */
  process(uid: string): string
}

/** The addresses of one shop's transactions. */
export function linksOf(base_url: string, shop: Pick<Shop, 'id' | 'secret_key' | 'merchant'>): Links {
  return {
    merchant_name: shop.merchant.name,
    receipt: (uid) => `${base_url}/customer/transactions/${uid}/${receiptHash(shop, uid)}`,
    bill: (uid) => `${base_url}/customer/bills/${uid}/${receiptHash(shop, uid)}`,
    process: (uid) => `${base_url}/process/${uid}?shop_id=${shop.id}`,
  }
}

function receiptHash(shop: Pick<Shop, 'id' | 'secret_key'>, uid: string): string {
  return shopDigits(shop.id) + createHmac('sha256', shop.secret_key).update(`receipt\0${uid}`).digest('hex').slice(0, 56)
}

/** Whether a receipt address is right. */
export function isReceiptHash(shop: Pick<Shop, 'id' | 'secret_key'>, uid: string, hash: string): boolean {
  const expected = Buffer.from(receiptHash(shop, uid))
  const given = Buffer.from(hash)
  return expected.length === given.length && timingSafeEqual(expected, given)
}

/** A payment token of the checkout: 64 hex digits (reference 17). */
export function newCheckoutToken(ids: Ids, shop_id: string): string {
  return shopDigits(shop_id) + ids.hex(28)
}

/** The shop id inside a receipt hash or checkout token; undefined when the text cannot be one. */
export function shopIdIn(digits: string): string | undefined {
  return /^[0-9a-f]{64}$/.test(digits) ? String(Number.parseInt(digits.slice(0, 8), 16)) : undefined
}

const shopDigits = (shop_id: string): string => Number(shop_id).toString(16).padStart(8, '0')
