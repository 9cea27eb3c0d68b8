/**
 * Permanent bills of ERIP (beGateway reference 5 and 16): paid by many, as often as they like. A payer who begins makes a payment of its own,
 * under a uid of its own, with all that the bill says; the bill itself never has an attempt, and no money. The address is behind the bill's QR code.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { after } from '../../../core/clock.ts'
import { orderedUuid } from '../../../core/ids.ts'
import { money } from '../../../core/money.ts'
import type { Payment } from '../../../payments/model.ts'
import { readCheckout, renderCheckoutPage, type CheckoutPageView, type Page } from '../../../pages/index.ts'
import { sendPage } from '../../common/pages.ts'
import { createOpenings } from '../../common/rate-limit.ts'
import { API, type BegatewayDeps } from '../deps.ts'
import { findByUid, type Found } from '../find.ts'
import { methodName } from '../payer/method-names.ts'
import { noSuchPage } from '../payer/no-such-page.ts'
import { turnAway } from '../payer/openings.ts'
import { toReceipt } from '../payer/receipt.ts'
import { sendBack } from '../payer/send-back.ts'
import { apmStatus } from '../shown/apm.ts'
import { isReceiptHash, linksOf, shopIdIn } from '../shown/links.ts'
import { findShop, type Shop } from '../account/shop.ts'
import { startBy } from '../start.ts'
import { statusPage } from '../payer/status-page.ts'
import { storedPayment } from '../stored.ts'
import { isBody } from '../validation/body.ts'
import { proceed } from './payments.ts'
import { storedOfBill } from './stored.ts'

const URL_PATH = '/customer/bills/:uid/:hash'

/** How long a payer may take who has begun: as long as ERIP gives them (reference 5). */
const PAYER_MS = 30 * 60_000

interface OpenBill {
  readonly shop: Shop
  readonly found: Found
  readonly hash: string
}

export function billRoutes(server: FastifyInstance, deps: BegatewayDeps): void {
  server.get(URL_PATH, async (request, reply) => {
    const bill = await load(deps, request)
    return bill === undefined ? noSuchPage(reply) : sendPage(reply, billPage(deps, bill))
  })
  const openings = createOpenings(deps.clock)
  server.post(URL_PATH, async (request, reply) => {
    const bill = await load(deps, request)
    if (bill === undefined) return noSuchPage(reply)
    const read = readCheckout(isBody(request.body) ? request.body : {}, viewOf(deps, bill))
    if (!isOpen(deps, bill.found) || !read.ok || read.session !== bill.hash) return sendPage(reply, billPage(deps, bill))
    return turnAway(openings, bill.found.view.payment.id, request, reply) ?? begin(deps, bill, reply)
  })
}

async function load(deps: BegatewayDeps, request: FastifyRequest): Promise<OpenBill | undefined> {
  const { uid = '', hash = '' } = request.params as Record<string, string | undefined>
  const shop_id = shopIdIn(hash)
  const shop = shop_id === undefined ? undefined : await findShop(deps.merchants, shop_id)
  const found = shop !== undefined && isReceiptHash(shop, uid, hash) ? await findByUid(deps, shop.merchant.id, uid) : undefined
  return shop === undefined || found?.transaction.stored.permanent !== true ? undefined : { shop, found, hash }
}

const isOpen = ({ clock }: BegatewayDeps, { transaction }: Found): boolean =>
  apmStatus(transaction) === 'permanent' && (transaction.payment.expires_at === null || transaction.payment.expires_at > clock.now())

function billPage(deps: BegatewayDeps, bill: OpenBill): Page {
  return isOpen(deps, bill.found) ? renderCheckoutPage(viewOf(deps, bill)) : statusPage(bill.shop, bill.found.transaction)
}

function viewOf(deps: BegatewayDeps, { shop, found: { view: { payment } }, hash }: OpenBill): CheckoutPageView {
  const { language, method_type } = storedPayment(payment)
  return {
    merchant_name: shop.merchant.name, amount: money(payment.amount, payment.currency), session: hash, description: payment.description ?? undefined, language,
    // The page of a provider, and of the test network, which is at the root of the server.
    form_targets: ['https:', deps.public_url], test_mode: payment.mode === 'test', submit_url: linksOf(deps.base_url, shop).bill(payment.id),
    services: [{ code: method_type, currency: payment.currency, name: methodName(method_type, language), kind: 'cash' }],
  }
}

/** One payer begins: their payment goes to the provider, and they to where it is paid. */
async function begin(deps: BegatewayDeps, { shop, found: { view } }: OpenBill, reply: FastifyReply): Promise<FastifyReply> {
  const { merchant_id, api: _, kind, mode, method, currency, amount, reference, description }: Payment = view.payment
  const accepted = await deps.payments.accept({
    merchant_id, id: orderedUuid(deps.ids, deps.clock.now()), api: API, kind, mode, method, currency, amount, reference: reference ?? undefined, description: description ?? undefined,
    request: { ...storedOfBill(view.payment, after(deps.clock.now(), PAYER_MS)) }, expires_at: startBy(deps),
  })
  if (!accepted.ok) return noSuchPage(reply)
  const { payment, attempts } = await proceed(deps, accepted.value)
  const place = attempts.at(-1)?.facts.pay_url
  return place === undefined || payment.finished_at !== null ? toReceipt(deps, reply, shop, payment.id) : sendBack(reply, place)
}
