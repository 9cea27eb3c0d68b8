/**
 * 3-D Secure in the browser (beGateway reference 2.2 and 17): `redirect_url` leads to `/process/{uid}`, which sends the browser on to the
 * issuer; the issuer sends it back to `/process/{uid}/return`, and from there it goes to the shop. The Ruby client may post the issuer's
 * answer there by itself, with its credentials, and gets the transaction.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { openAttempt, type PaymentView } from '../../../payments/model.ts'
import { renderRedirectPage } from '../../../pages/index.ts'
import { sendPage } from '../../common/pages.ts'
import { checkoutReturn } from '../checkout/return.ts'
import { API, type BegatewayDeps } from '../deps.ts'
import { notFound, type Answer } from '../errors.ts'
import { foundIn, type Found } from '../find.ts'
import { broughtBack, route, textsOf, type Call } from '../http.ts'
import { noSuchPage } from '../payer/no-such-page.ts'
import { toReceipt } from '../payer/receipt.ts'
import { returnUrl } from '../payer/return-url.ts'
import { sendBack } from '../payer/send-back.ts'
import { findShop, type Shop } from '../account/shop.ts'
import { CARD_STATUS, transactionOf } from '../shown/transaction.ts'
import { storedPayment } from '../stored.ts'

export function processRoutes(server: FastifyInstance, deps: BegatewayDeps): void {
  server.get('/process/:uid', (request, reply) => begin(deps, request, reply))
  server.get('/process/:uid/return', (request, reply) => comeBack(deps, request, reply))
}

/** The way to the issuer, or where the payment has come to already. */
async function begin(deps: BegatewayDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const known = await load(deps, request)
  if (known === undefined) return noSuchPage(reply)
  const { shop, view } = known
  const action = openAttempt(view)?.action
  if (action?.kind !== 'redirect') return onward(deps, reply, shop, view)
  return sendPage(reply, renderRedirectPage({
    action: action.url, method: action.method, params: action.fields, language: storedPayment(view.payment).language, merchant_name: shop.merchant.name, test_mode: view.payment.mode === 'test',
  }))
}

async function comeBack(deps: BegatewayDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const known = await load(deps, request)
  if (known === undefined) return noSuchPage(reply)
  return onward(deps, reply, known.shop, await resumed(deps, known.view, broughtBack(request)))
}

/** POST is the browser's form, or a client with credentials. */
export function finishProcess(deps: BegatewayDeps, show: (call: Call, found: Found) => Answer): RouteHandlerMethod {
  const byClient = route(deps, 'gateway', async (call) => {
    const view = await findOwn(deps, call.shop, call.params['uid'] ?? '')
    if (view === undefined) return notFound(call.dialect)
    const found = foundIn(await resumed(deps, view, textsOf(call.body)), view.payment.id)
    return found === undefined ? notFound(call.dialect) : show(call, found)
  })
  return function handle(request, reply) {
    return request.headers.authorization === undefined ? comeBack(deps, request, reply) : byClient.call(this, request, reply)
  }
}

/** Carries the open attempt on with what the issuer's page brought. Repeating it is harmless. */
async function resumed(deps: BegatewayDeps, view: PaymentView, input: Readonly<Record<string, string>>): Promise<PaymentView> {
  const attempt = openAttempt(view)
  if (attempt === undefined) return view
  const { merchant_id, id } = view.payment
  const after = await deps.payments.resume(merchant_id, id, attempt.id, input)
  return after.ok ? after.value : view
}

async function onward(deps: BegatewayDeps, reply: FastifyReply, shop: Shop, view: PaymentView): Promise<FastifyReply> {
  const stored = storedPayment(view.payment)
  if (stored.checkout !== undefined) return checkoutReturn(deps, reply, view)
  if (stored.return_url === undefined) return toReceipt(deps, reply, shop, view.payment.id)
  return sendBack(reply, returnUrl(stored.return_url, { status: CARD_STATUS[transactionOf(view.payment, view.attempts).standing], uid: view.payment.id }))
}

/** A payment of this API's: its merchant may have others, whose ways are theirs. */
async function findOwn(deps: BegatewayDeps, shop: Shop, uid: string): Promise<PaymentView | undefined> {
  const view = await deps.payments.find(shop.merchant.id, uid)
  return view?.payment.api === API ? view : undefined
}

async function load(deps: BegatewayDeps, request: FastifyRequest): Promise<{ shop: Shop; view: PaymentView } | undefined> {
  const { shop_id } = request.query as Record<string, string | undefined>
  const { uid = '' } = request.params as Record<string, string | undefined>
  const shop = shop_id === undefined ? undefined : await findShop(deps.merchants, shop_id)
  const view = shop === undefined ? undefined : await findOwn(deps, shop, uid)
  return shop === undefined || view === undefined ? undefined : { shop, view }
}
