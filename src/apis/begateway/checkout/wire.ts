/**
 * What the checkout takes in: `POST /ctp/api/checkouts` under `checkout`, and `POST /products` without envelope
 * (beGateway reference 2.2, 3.1, 9 and 17).
 */
import { at, isBody, textAt, type Body } from '../validation/body.ts'
import { check, type Field, type Problem } from '../validation/check.ts'
import { addressFields } from '../validation/person.ts'
import { amountIn, boolean, currency, email, integerBetween, listOf, oneOf, returnAddress, section, text, textUpTo, webAddress, zonedTime } from '../validation/rules.ts'

/** What a payment token may be for. */
export const CHECKOUT_TYPES = ['payment', 'authorization', 'tokenization'] as const

const RETURN_URLS = ['success_url', 'decline_url', 'fail_url', 'cancel_url', 'return_url'] as const

const CHECKOUT: readonly Field[] = [
  { path: 'transaction_type', required: true, rules: [oneOf(...CHECKOUT_TYPES)] },
  { path: 'test', rules: [boolean] },
  { path: 'iframe', rules: [boolean] },
  { path: 'version', rules: [text] },
  { path: 'attempts', rules: integerBetween(1, 99) },
  { path: 'order', required: true, rules: [section] },
  { path: 'order.amount', required: (root) => at(root, 'transaction_type') !== 'tokenization', rules: amountIn('order.currency') },
  { path: 'order.currency', required: true, rules: [currency] },
  { path: 'order.description', required: true, rules: textUpTo(255) },
  { path: 'order.tracking_id', rules: textUpTo(255) },
  { path: 'order.expired_at', rules: [zonedTime] },
  { path: 'order.additional_data', rules: [section] },
  { path: 'order.additional_data.expected_bank_code', rules: textUpTo(16) },
  { path: 'order.additional_data.contract', rules: [listOf(oneOf('recurring', 'card_on_file', 'credit'))] },
  { path: 'settings', rules: [section] },
  ...RETURN_URLS.map((name) => ({ path: `settings.${name}`, rules: [returnAddress] })),
  { path: 'settings.notification_url', rules: [webAddress] },
  { path: 'settings.verification_url', rules: [webAddress] },
  { path: 'settings.language', rules: [text] },
  { path: 'settings.auto_return', rules: integerBetween(0, 86_400) },
  { path: 'settings.button_text', rules: textUpTo(255) },
  { path: 'settings.customer_fields', rules: [section] },
  { path: 'settings.customer_fields.read_only', rules: [listOf(text)] },
  { path: 'settings.customer_fields.visible', rules: [listOf(text)] },
  { path: 'payment_method', rules: [section] },
  { path: 'payment_method.types', rules: [listOf(text)] },
  { path: 'payment_method.excluded_types', rules: [listOf(text)] },
  { path: 'payment_method.erip', rules: [section] },
  { path: 'payment_method.erip.order_id', rules: textUpTo(255) },
  { path: 'payment_method.erip.account_number', rules: textUpTo(30) },
  { path: 'payment_method.erip.service_no', rules: textUpTo(30) },
  { path: 'payment_method.erip.service_info', rules: [listOf(text)] },
  { path: 'customer', rules: [section] },
  { path: 'customer.email', rules: [email] },
  ...addressFields('customer'),
]

const PRODUCT: readonly Field[] = [
  { path: 'name', required: true, rules: textUpTo(255) },
  { path: 'description', required: true, rules: textUpTo(255) },
  { path: 'currency', required: true, rules: [currency] },
  { path: 'amount', required: true, rules: amountIn('currency') },
  { path: 'quantity', rules: integerBetween(1, 1_000_000_000) },
  { path: 'infinite', rules: [boolean] },
  { path: 'immortal', rules: [boolean] },
  { path: 'test', rules: [boolean] },
  { path: 'transaction_type', rules: [oneOf('payment', 'authorization')] },
  { path: 'return_url', rules: [returnAddress] },
  { path: 'success_url', rules: [returnAddress] },
  { path: 'notification_url', rules: [webAddress] },
  { path: 'language', rules: [text] },
  { path: 'expired_at', rules: [zonedTime] },
  { path: 'additional_data', rules: [section] },
]

/** Everything wrong with a checkout; absence is worded as on the card gateway, whose words the clients show. `now` decides whether its time is over. */
export function checkoutProblems(checkout: Body, now: Date): Problem[] {
  const problems = check(checkout, CHECKOUT, "can't be blank")
  const expired_at = textAt(checkout, 'order.expired_at')
  const is_over = expired_at !== undefined && !problems.some(({ path }) => path === 'order.expired_at') && new Date(expired_at) <= now
  return is_over ? [...problems, { path: 'order.expired_at', phrase: 'must be in the future' }] : problems
}

/** Everything wrong with a product. */
export function productProblems(product: Body): Problem[] {
  return check(product, PRODUCT, "can't be blank")
}

/** The parameters under `checkout`; undefined when the envelope is missing. */
export function checkoutOf(body: unknown): Body | undefined {
  if (!isBody(body)) return undefined
  const checkout = at(body, 'checkout')
  return isBody(checkout) ? checkout : undefined
}
