/**
 * The hosted pages of checkout sessions and payment links. A page knows only the id: looking at an address makes nothing, since previews
 * and robots look at addresses too. The widget inside opens by the id, and gets a token of its own: for the session's payment, or, of a link,
 * for a payment that this makes.
 *
 * Anybody who knows an address may open it, and each opening leaves rows (and of a link, an event when its time is over). So one network opens
 * one page a hundred times at once, and then every three seconds: more than a school behind one address needs, and too little to fill
 * a database. It is counted in the memory of this process, like every limit here. A link's reload goes on with the token that the browser has.
 */
import { after } from '../../../core/clock.ts'
import { handle, merchantNumberOf } from '../../../core/ids.ts'
import { fail, ok } from '../../../core/result.ts'
import { findLink } from '../../../payments/links.ts'
import type { PaymentView } from '../../../payments/model.ts'
import { createSession } from '../../../sessions/store.ts'
import type { RateLimit } from '../../common/rate-limit.ts'
import { isCurrency } from '../banks/institutions.ts'
import { isLinkId, linkStatus } from '../checkout/links.ts'
import type { LinkRequest } from '../checkout/links.ts'
import { isCheckout, paymentIdOf } from '../checkout/object.ts'
import { API } from '../deps.ts'
import type { FintocDeps } from '../deps.ts'
import { acceptIntent, TOKEN_MS, tokenSession } from '../intents/routes.ts'
import { open } from './flow.ts'
import type { WidgetAnswer } from './flow.ts'
import type { Requests } from './protocol.ts'
import { turnedAway } from './session.ts'

/** The id of a hosted page in place of a token. */
export const isPageId = (token: string): boolean => isLinkId(token) || isCheckoutId(token)

const isCheckoutId = (id: string): boolean => /^cs_\w{3,60}$/.test(id) && !id.includes('_sec_')

const UNKNOWN: WidgetAnswer = fail(turnedAway('invalid_widget_token', 'problem_token'))
const BUSY: WidgetAnswer = fail(turnedAway('rate_limit_exceeded', 'problem_busy', true))

/** Opens the widget at a hosted page. `network`: whose openings of that page are counted together. */
export function openPage(deps: FintocDeps, request: Requests['open'], openings: RateLimit, network: string): Promise<WidgetAnswer> {
  // A frame in somebody's page has a key.
  if (request.public_key !== '') return Promise.resolve(UNKNOWN)
  const isIn = (): boolean => openings.take(`${request.token} ${network}`) === 0
  return isLinkId(request.token) ? openLink(deps, request.token, isIn) : openCheckout(deps, request, isIn)
}

/** The payment of a checkout session, by the session's id. */
export async function findCheckout(deps: FintocDeps, id: string): Promise<PaymentView | undefined> {
  const number = isCheckoutId(id) ? merchantNumberOf(id, 'cs_') : undefined
  const merchant = number === undefined ? undefined : await deps.merchants.byNumber(number)
  const view = merchant === undefined ? undefined : await deps.payments.find(merchant.id, paymentIdOf(id))
  return view?.payment.api === API && isCheckout(view.payment) ? view : undefined
}

/** A token for this visit, good as long as the session. */
async function openCheckout(deps: FintocDeps, { token: id, flow }: Requests['open'], isIn: () => boolean): Promise<WidgetAnswer> {
  const found = await findCheckout(deps, id)
  if (found === undefined) return UNKNOWN
  if (!isIn()) return BUSY
  const { merchant_id, id: payment_id, expires_at } = found.payment
  const token = `${id}_sec_${deps.ids.alphanumeric(24)}`
  const now = deps.clock.now()
  await createSession(deps.db, tokenSession(merchant_id, payment_id, token, now, expires_at ?? after(now, TOKEN_MS), { hosted: true }))
  return opened(deps, { public_key: '', token, flow })
}

/** A payer opens a payment link: that makes the payment. */
async function openLink(deps: FintocDeps, id: string, isIn: () => boolean): Promise<WidgetAnswer> {
  const number = merchantNumberOf(id, 'plink_')
  const merchant = number === undefined ? undefined : await deps.merchants.byNumber(number)
  const link = merchant === undefined ? undefined : await findLink(deps.db, { merchant_id: merchant.id, api: API }, id)
  if (merchant === undefined || link === undefined || !isCurrency(link.currency)) return UNKNOWN
  const now = deps.clock.now()
  if (linkStatus(link, now) !== 'active') return fail(turnedAway('expired_widget_token', 'problem_expired'))
  if (!isIn()) return BUSY
  const request = link.request as unknown as LinkRequest
  // All of it random: the id of a checkout opens its page.
  const payment_id = handle(deps.ids, 'pi_', merchant.number, 16)
  const token = `${payment_id}_sec_${deps.ids.alphanumeric(24)}`
  const until = after(now, TOKEN_MS)
  await acceptIntent(deps, { caller: { merchant, mode: link.mode }, once: { claim: undefined, again: false, replay: () => Promise.reject(new Error('no claim was made')) } }, {
    id: payment_id, token, until, parent: { kind: 'payment_link', id }, session: { hosted: true },
    input: {
      amount: link.amount, currency: link.currency, recipient_account: request.recipient_account, sender_account: null, customer_email: request.customer_email, metadata: request.metadata,
      business_profile: request.business_profile, payment_type: 'bank_transfer', payment_type_options: {}, expires_at: null, reference_number: null,
    },
    render: () => ({}),
  })
  return opened(deps, { public_key: '', token, flow: '' })
}

/** The widget, and the token to go on with. */
async function opened(deps: FintocDeps, request: Requests['open']): Promise<WidgetAnswer> {
  const answer = await open(deps, request)
  return answer.ok ? ok({ ...answer.value, token: request.token }) : answer
}
