/**
 * Payment tokens: `POST /ctp/api/checkouts` (beGateway reference 17). The payment exists from here on, waiting for the payer; the token
 * is its only handle, kept as a hash, and sealed once more for the notification that it has expired.
 */
import { after } from '../../../core/clock.ts'
import { orderedUuid } from '../../../core/ids.ts'
import { hashOf } from '../../../sessions/store.ts'
import { people } from '../apm/stored.ts'
import { modeOf } from '../apm/payments.ts'
import { amountAt, ownDecimals } from '../amounts.ts'
import { API, type BegatewayDeps } from '../deps.ts'
import { languageOf } from '../payer/languages.ts'
import { newCheckoutToken } from '../shown/links.ts'
import type { Shop } from '../account/shop.ts'
import { withoutCardNumbers, type StoredPayment, type TransactionType } from '../stored.ts'
import { at, bodyAt, flagAt, integerAt, present, textAt, textsAt, type Body } from '../validation/body.ts'
import { tokenContext } from './shown.ts'

/** A token without `order.expired_at` lives so long (reference 17). */
const LIFE_MS = 24 * 3600_000
/** Sessions outlive the token, so that a late look says "expired" and not "unknown". */
const MEMORY_MS = 30 * 24 * 3600_000

export const CHECKOUT_SESSION = 'checkout'

/** Makes a token for a validated checkout. */
export async function createCheckout(deps: BegatewayDeps, shop: Shop, checkout: Body, product_id?: string): Promise<{ token: string; uid: string }> {
  const token = newCheckoutToken(deps.ids, shop.id)
  const now = deps.clock.now()
  const uid = orderedUuid(deps.ids, now)
  const type = (textAt(checkout, 'transaction_type') ?? 'payment') as TransactionType
  const expired_at = textAt(checkout, 'order.expired_at')
  const expires_at = expired_at === undefined ? after(now, LIFE_MS) : new Date(expired_at)
  const sealed_token = Buffer.from(deps.vault.seal(Buffer.from(token), tokenContext(shop.merchant.id, uid))).toString('base64')
  const stored = storedCheckout(shop, checkout, type, { sealed_token, product_id })
  const currency = textAt(checkout, 'order.currency') ?? ''
  const amount = type === 'tokenization' ? 0n : amountAt(checkout, 'order.amount', currency)
  const session = { merchant_id: shop.merchant.id, hash: hashOf(token), api: API, kind: CHECKOUT_SESSION, payment_id: uid, data: {}, created_at: now, expires_at: after(expires_at, MEMORY_MS), used_at: null }
  await deps.payments.accept(
    {
      merchant_id: shop.merchant.id, id: uid, api: API, kind: type === 'tokenization' ? 'verify' : 'charge', mode: modeOf(shop, checkout), method: 'card',
      currency, amount, manual_capture: type === 'authorization', tries_max: Number(integerAt(checkout, 'attempts') ?? 1n),
      reference: stored.tracking_id ?? undefined, description: textAt(checkout, 'order.description'), request: { ...stored }, expires_at,
    },
    { sessions: [session] },
  )
  return { token, uid }
}

function storedCheckout(shop: Shop, checkout: Body, type: TransactionType, own: { sealed_token: string; product_id: string | undefined }): StoredPayment {
  const additional_data = withoutCardNumbers(present(bodyAt(checkout, 'order.additional_data'))) as Body
  return {
    resource: 'card', type,
    shop_id: shop.id,
    test: flagAt(checkout, 'test') ?? false,
    ...ownDecimals(textAt(checkout, 'order.currency') ?? ''),
    language: languageOf(textAt(checkout, 'settings.language')),
    tracking_id: textAt(checkout, 'order.tracking_id') ?? null,
    // The PHP client names it with the bill.
    order_id: textAt(checkout, 'payment_method.erip.order_id'),
    notification_url: textAt(checkout, 'settings.notification_url'),
    verification_url: textAt(checkout, 'settings.verification_url'),
    return_url: textAt(checkout, 'settings.return_url'),
    iframe: flagAt(checkout, 'iframe') ?? flagAt(checkout, 'settings.iframe'),
    expired_at: textAt(checkout, 'order.expired_at'),
    ...people({ customer: bodyAt(checkout, 'customer'), ip: textAt(checkout, 'customer.ip') }),
    additional_data,
    method_type: 'credit_card',
    method: {},
    gateway_id: shop.settings.gateway_id,
    recurring: textsAt(additional_data, 'contract').includes('recurring'),
    billing_descriptor: shop.settings.billing_descriptor,
    checkout: {
      order: at(checkout, 'order.additional_data') === undefined ? at(checkout, 'order') : { ...bodyAt(checkout, 'order'), additional_data },
      settings: bodyAt(checkout, 'settings'), customer: bodyAt(checkout, 'customer'), payment_method: withoutCardNumbers(bodyAt(checkout, 'payment_method')), ...present(own),
    },
  }
}
