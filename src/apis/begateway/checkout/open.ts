/** From a token to its payment: what the hosted page and the status query begin with. */
import { openAttempt, type PaymentView } from '../../../payments/model.ts'
import { isFinished } from '../../../payments/decisions/state.ts'
import { findSession } from '../../../sessions/store.ts'
import { API, type BegatewayDeps } from '../deps.ts'
import { isWebAddress } from '../payer/send-back.ts'
import { shopIdIn } from '../shown/links.ts'
import { findShop, type Shop } from '../account/shop.ts'
import { storedPayment } from '../stored.ts'
import { bodyAt, integerAt, textAt, type Body } from '../validation/body.ts'
import { CHECKOUT_SESSION } from './create.ts'
import { tokenContext } from './shown.ts'

export interface OpenCheckout {
  readonly token: string
  readonly shop: Shop
  readonly view: PaymentView
}

/** A checkout by its token alone: the shop is inside. */
export async function openCheckout(deps: BegatewayDeps, token: string): Promise<OpenCheckout | undefined> {
  const shop_id = shopIdIn(token)
  const shop = shop_id === undefined ? undefined : await findShop(deps.merchants, shop_id)
  return shop === undefined ? undefined : openCheckoutOf(deps, shop, token)
}

/** A checkout of one shop. */
export async function openCheckoutOf(deps: BegatewayDeps, shop: Shop, token: string): Promise<OpenCheckout | undefined> {
  const session = await findSession(deps.db, shop.merchant.id, API, CHECKOUT_SESSION, token)
  const view = session === undefined || session.payment_id === null ? undefined : await deps.payments.find(shop.merchant.id, session.payment_id)
  return view === undefined ? undefined : { token, shop, view: asOfNow(deps, view) }
}

/** As over as it is: a payment whose time has run out, and that nobody is paying, is ended by the server a little later. A payer looks at that very moment. */
export function asOfNow({ clock }: BegatewayDeps, view: PaymentView): PaymentView {
  const { payment } = view
  const is_over = payment.expires_at !== null && payment.expires_at <= clock.now() && !hasEnded(view) && openAttempt(view) === undefined
  return is_over ? { ...view, payment: { ...payment, state: 'expired', reason: 'expired' } } : view
}

/** Whether a payer has nothing more to do. */
export const hasEnded = ({ payment: { state } }: PaymentView): boolean => isFinished(state) || state === 'authorized'

/** The token of a checkout's payment, for the way back to its page. */
export async function tokenOf(deps: BegatewayDeps, view: PaymentView): Promise<string | undefined> {
  const { payment } = view
  const sealed = textAt(storedPayment(payment).checkout ?? {}, 'sealed_token')
  const opened = sealed === undefined ? undefined : await deps.vault.open(Buffer.from(sealed, 'base64'), tokenContext(payment.merchant_id, payment.id))
  return opened?.ok === true ? Buffer.from(opened.value).toString('utf8') : undefined
}

/** The address of a token's hosted page. */
export const pageUrl = (deps: BegatewayDeps, token: string): string => `${deps.base_url}/widget/hpp.html?token=${token}`

/** `settings` of the checkout. */
export const settingsOf = ({ view }: OpenCheckout): Body => bodyAt(storedPayment(view.payment).checkout ?? {}, 'settings')

/**
 * Who may frame the page. Not framed unless the shop asks for it (`iframe`); then by the sites that its return addresses are on, and by
 * any https site when it names none.
 */
export function framers(open: OpenCheckout): readonly string[] {
  if (storedPayment(open.view.payment).iframe !== true) return []
  const origins = shopOrigins(open)
  return origins.length === 0 ? ['https:'] : origins
}

/** The sites of the shop's addresses: where a form of the page may come to in the end, when its answer leads on. */
export function shopOrigins(open: OpenCheckout): readonly string[] {
  const settings = settingsOf(open)
  const urls = ['return_url', 'success_url', 'decline_url', 'fail_url', 'cancel_url'].map((name) => textAt(settings, name)).filter((url) => url !== undefined)
  return [...new Set(urls.filter(isWebAddress).map((url) => new URL(url).origin))]
}

/** The page has a sentence for each second: nobody waits for more of them. */
const RETURN_S_MAX = 600

/** Whether the result page goes back by itself, and after how many seconds (reference 9). */
export function autoReturn(open: OpenCheckout): number | undefined {
  const seconds = integerAt(settingsOf(open), 'auto_return')
  return seconds === undefined ? undefined : Math.min(Number(seconds), RETURN_S_MAX)
}
