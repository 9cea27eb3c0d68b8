/**
 * Notifications (beGateway reference 7): the transaction object to the request's own `notification_url`, with the shop's Basic
 * credentials and the signature, until the receiver answers 200.
 *
 * Which news are told: pending, successful, failed and expired of an APM transaction; of a card payment its end, for what the customer
 * has to do is in the answer. A refund is told only when its request named a URL of its own: nothing public says that refunds notify,
 * and shops that look at nothing but `status` would take one for a payment. Not told either is that somebody begins to pay a bill (`start`,
 * reference 5 and 7). Of a permanent bill's payment the shop, which has not asked for it, hears when it is paid: who tries and does not pay is no news.
 */
import type { Event, EventType } from '../../../events/model.ts'
import type { Payment } from '../../../payments/model.ts'
import type { Notice, Notifier } from '../../../webhooks/notifier.ts'
import { expiredCheckout } from '../checkout/shown.ts'
import { API, type BegatewayDeps } from '../deps.ts'
import { apmTransaction } from '../shown/apm.ts'
import { cardTransaction, isCard } from '../shown/card.ts'
import { linksOf } from '../shown/links.ts'
import { transactionOf, transactionOfRefund } from '../shown/transaction.ts'
import { findShop } from '../account/shop.ts'
import { laterOf, storedChild, storedPayment } from '../stored.ts'
import { EXPIRED_CHECKOUTS, retryDelay_ms, TRANSACTIONS } from './schedule.ts'
import { basicAuthorization, contentSignature } from './signature.ts'

/** Whether an event is told, by kind of transaction. Total: a new event does not compile until it is decided. */
const TOLD = {
  'payment.created': 'never',
  'payment.pending': 'apm',
  'payment.processing': 'first',
  'payment.authorized': 'always',
  'payment.captured': 'never',
  'payment.released': 'never',
  'payment.succeeded': 'always',
  'payment.declined': 'never',
  'payment.failed': 'always',
  'payment.rejected': 'always',
  'payment.canceled': 'never',
  'payment.expired': 'always',
  'refund.created': 'never',
  'refund.processing': 'never',
  'refund.succeeded': 'refund',
  'refund.failed': 'refund',
  'refund.canceled': 'never',
  'refund.exceeded': 'never',
  'payout.exceeded': 'never',
} as const satisfies Readonly<Record<EventType, 'never' | 'apm' | 'first' | 'always' | 'refund'>>

/** URLs that an event goes to. */
export function receiversOf(event: Event, payment: Payment): readonly string[] {
  const told = TOLD[event.type]
  const stored = storedPayment(payment)
  if (told === 'refund') {
    const url = event.snapshot.refund === null ? undefined : storedChild(event.snapshot.refund.request).notification_url
    return url === undefined ? [] : [url]
  }
  const card = isCard(stored)
  const silent =
    told === 'never' ||
    ((told === 'apm' || told === 'first') && card) ||
    (told === 'first' && (!isFirstAnswer(event) || event.snapshot.payment.result.facts?.begun_at !== undefined)) ||
    (stored.bill_uid !== undefined && event.type !== 'payment.succeeded') ||
    laterOf(payment).deleted === true ||
    // The end of an authorization's captures is no news: each was answered by itself.
    (event.type === 'payment.succeeded' && payment.manual_capture)
  return silent || stored.notification_url === undefined ? [] : [stored.notification_url]
}

/**
 * Whether the provider's first word is that it will know later: then the transaction has just become pending. After a form it has been that all
 * along. Acceptance and start are the versions before.
 */
const isFirstAnswer = ({ version }: Event): boolean => version <= 3

/** An expired checkout is told as the checkout object, and on its own schedule. */
const isExpiredCheckout = (event: Pick<Event, 'type'>, payment: Payment): boolean => event.type === 'payment.expired' && storedPayment(payment).checkout !== undefined

export function createNotifier(deps: Pick<BegatewayDeps, 'merchants' | 'base_url' | 'vault'>): Notifier {
  return {
    api: API,
    receivers: receiversOf,
    endpointEvent: () => undefined,
    render: async (notice) => {
      const shop = await findShop(deps.merchants, storedPayment(notice.payment).shop_id)
      if (shop === undefined) throw new Error('the shop of a notification has lost its credentials')
      const body = JSON.stringify(await bodyOf(deps, notice, linksOf(deps.base_url, shop)))
      return {
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          authorization: basicAuthorization(shop.id, shop.secret_key),
          'content-signature': contentSignature(body, shop.signing_key),
        },
        body,
      }
    },
    // Redirects and other kinds of 2xx are no receipt (reference 7: "HTTP 200").
    accepted: (status) => status === 200,
    retryDelay_ms: (tries, random, about) =>
      retryDelay_ms(about !== undefined && isExpiredCheckout(about.event, about.payment) ? EXPIRED_CHECKOUTS : TRANSACTIONS, tries, random),
    // Nothing public says how long the sender waits; shops of this platform often work before they answer.
    timeouts: { connect_ms: 10_000, read_ms: 20_000, total_ms: 30_000 },
  }
}

async function bodyOf(deps: Pick<BegatewayDeps, 'vault'>, { event, payment, refund, attempts }: Notice, links: ReturnType<typeof linksOf>): Promise<unknown> {
  if (isExpiredCheckout(event, payment)) return expiredCheckout(deps, payment)
  const transaction = refund === null ? transactionOf(payment, attempts) : transactionOfRefund(payment, refund, attempts)
  return { transaction: isCard(transaction.stored) ? cardTransaction(transaction, links) : apmTransaction(transaction, links) }
}
