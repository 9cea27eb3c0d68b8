/** `/widget/hpp.html`: the hosted page of a payment token (beGateway reference 2.2 and 17). One address shows what is to be done now. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { money } from '../../../core/money.ts'
import { openAttempt } from '../../../payments/model.ts'
import {
  declinedAnswer, renderCardPage, renderCheckoutPage, renderErrorPage, renderRedirectPage, readCardEntry, readCheckout,
  type CardAnswer, type CardPageView, type CheckoutPageView, type FieldError, type Page,
} from '../../../pages/index.ts'
import { addressOf } from '../../common/ip.ts'
import { sendPage } from '../../common/pages.ts'
import type { BegatewayDeps } from '../deps.ts'
import { wantsJson } from '../http.ts'
import { noSuchPage } from '../payer/no-such-page.ts'
import { isWebAddress, sendBack } from '../payer/send-back.ts'
import { linksOf } from '../shown/links.ts'
import { transactionOf } from '../shown/transaction.ts'
import { purposeOf, statusPage } from '../payer/status-page.ts'
import { storedPayment } from '../stored.ts'
import { isBody, textAt } from '../validation/body.ts'
import { CREDIT_CARD, offered, servicesOf } from './methods.ts'
import { asOfNow, autoReturn, framers, hasEnded, openCheckout, pageUrl, settingsOf, shopOrigins, type OpenCheckout } from './open.ts'
import { isSoldOutFor, takePlace } from './places.ts'
import { payByCard, payByMethod, type Visitor } from './pay.ts'
import { shopUrl } from './return.ts'

const URL_PATH = '/widget/hpp.html'

export function hostedPageRoutes(server: FastifyInstance, deps: BegatewayDeps): void {
  server.get(URL_PATH, async (request, reply) => {
    const open = await opened(deps, request)
    if (open === undefined) return noSuchPage(reply)
    const settled = await refreshed(deps, open)
    const away = addressToGo(settled, request)
    if (away !== undefined) return sendBack(reply, away)
    if (wantsJson(request)) return reply.header('cache-control', 'no-store').send(answerOf(deps, settled, false))
    return show(deps, settled, reply, chosenIn(request))
  })
  server.post(URL_PATH, async (request, reply) => {
    const open = await opened(deps, request)
    if (open === undefined) return noSuchPage(reply)
    if (!canPay(open)) return wantsJson(request) ? reply.send(answerOf(deps, open, false)) : sendBack(reply, pageUrl(deps, open.token))
    return isChoice(request.body) ? choose(deps, open, request, reply) : submitCard(deps, open, request, reply)
  })
}

async function opened(deps: BegatewayDeps, request: FastifyRequest): Promise<OpenCheckout | undefined> {
  const { token = '' } = request.query as Record<string, string | undefined>
  return openCheckout(deps, token)
}

/** Somebody waits at the page: an attempt whose outcome the provider knows later is asked about. */
async function refreshed(deps: BegatewayDeps, open: OpenCheckout): Promise<OpenCheckout> {
  const { merchant_id, id } = open.view.payment
  const view = openAttempt(open.view)?.state === 'processing' ? await deps.payments.settle(merchant_id, id) : undefined
  return view === undefined ? open : { ...open, view: asOfNow(deps, view) }
}

const isChoice = (body: unknown): boolean => isBody(body) && typeof body['service'] === 'string'
const chosenIn = (request: FastifyRequest): string | undefined => (request.query as Record<string, string | undefined>)['method']
const visitorOf = (request: FastifyRequest): Visitor => ({ ip: addressOf(request), user_agent: request.headers['user-agent'] })

/** Where a link of ours leads that stands for an app link of the shop's: pages contain web addresses alone. */
function addressToGo(open: OpenCheckout, request: FastifyRequest): string | undefined {
  const { go } = request.query as Record<string, string | undefined>
  if (go === 'cancel') return textAt(settingsOf(open), 'cancel_url')
  return go === 'shop' && hasEnded(open.view) ? shopUrl(open) : undefined
}

const linkTo = (deps: BegatewayDeps, { token }: OpenCheckout, url: string | undefined, go: 'cancel' | 'shop'): string | undefined =>
  url === undefined || isWebAddress(url) ? url : `${pageUrl(deps, token)}&go=${go}`

const canPay = ({ view }: OpenCheckout): boolean => !hasEnded(view) && openAttempt(view) === undefined

async function show(deps: BegatewayDeps, open: OpenCheckout, reply: FastifyReply, method: string | undefined): Promise<FastifyReply> {
  const { view, shop } = open
  const action = openAttempt(view)?.action
  if (action?.kind === 'redirect') {
    return sendPage(reply, renderRedirectPage({
      action: action.url, method: action.method, params: action.fields, language: storedPayment(view.payment).language, merchant_name: shop.merchant.name,
      test_mode: view.payment.mode === 'test', frame_ancestors: framers(open),
    }))
  }
  if (canPay(open)) return sendPage(reply, (await isSoldOutFor(deps, view.payment)) ? soldOutPage(open) : payPage(deps, open, method))
  const over = hasEnded(view)
  const seconds = autoReturn(open)
  // Before the end only an address that the shop named for any ending: the others would say how it ended.
  const return_url = over || isWebAddress(textAt(settingsOf(open), 'return_url') ?? '') ? shopUrl(open) : undefined
  if (over && seconds === 0 && return_url !== undefined) return sendBack(reply, return_url)
  return sendPage(reply, statusPage(shop, transactionOf(view.payment, view.attempts), {
    frame_ancestors: framers(open),
    receipt_url: receiptUrl(deps, open),
    ...(return_url === undefined ? {} : { return_url: linkTo(deps, open, return_url, 'shop') }),
    ...(over && seconds !== undefined ? { auto_return_s: seconds } : {}),
    ...(over ? {} : { poll_url: pageUrl(deps, open.token) }),
  }))
}

/** Not inside the shop's page: the receipt is framed by nobody, and a link to it would lead to an empty frame. */
function receiptUrl(deps: BegatewayDeps, open: OpenCheckout): string | undefined {
  const { shop, view: { payment } } = open
  return purposeOf(payment) === 'verify' || framers(open).length > 0 ? undefined : linksOf(deps.base_url, shop).receipt(payment.id)
}

/** Somebody else pays for the last one. Nothing was charged here; it may come free again, so the payment is not ended. */
const soldOutPage = (open: OpenCheckout): Page =>
  renderErrorPage({ kind: 'sold_out', language: storedPayment(open.view.payment).language, merchant_name: open.shop.merchant.name, frame_ancestors: framers(open) })

/** The card page where the card is the only choice or was chosen, else the list of methods. */
function payPage(deps: BegatewayDeps, open: OpenCheckout, method: string | undefined, errors?: readonly FieldError[]): Page {
  const methods = offered(open.view.payment)
  const by_card = methods.includes(CREDIT_CARD) && (methods.length === 1 || method === CREDIT_CARD)
  return by_card ? renderCardPage({ ...cardView(deps, open), errors }) : renderCheckoutPage({ ...choiceView(deps, open), errors })
}

function sharedView(deps: BegatewayDeps, open: OpenCheckout): Omit<CardPageView, 'purpose' | 'submit_url' | 'status_url' | 'ask_holder'> {
  const { payment } = open.view
  return {
    merchant_name: open.shop.merchant.name, amount: money(payment.payable, payment.currency), session: open.token, description: payment.description ?? undefined,
    language: storedPayment(payment).language, test_mode: payment.mode === 'test', cancel_url: linkTo(deps, open, textAt(settingsOf(open), 'cancel_url'), 'cancel'), form_targets: shopOrigins(open), frame_ancestors: framers(open),
    attempts_left: payment.tries > 0 ? payment.tries_max - payment.tries : undefined, last_error: payment.tries > 0 ? (payment.reason ?? undefined) : undefined,
  }
}

function cardView(deps: BegatewayDeps, open: OpenCheckout): CardPageView {
  const { payment } = open.view
  const url = `${pageUrl(deps, open.token)}&method=${CREDIT_CARD}`
  return {
    ...sharedView(deps, open), purpose: purposeOf(payment), submit_url: url, status_url: url, ask_holder: true,
    expires_at: payment.expires_at ?? undefined, now: deps.clock.now(),
  }
}

const choiceView = (deps: BegatewayDeps, open: OpenCheckout): CheckoutPageView => ({ ...sharedView(deps, open), submit_url: pageUrl(deps, open.token), services: servicesOf(open.view.payment) })

async function submitCard(deps: BegatewayDeps, open: OpenCheckout, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const read = readCardEntry(request.body, cardView(deps, open))
  const json = wantsJson(request)
  if (!read.ok || read.session !== open.token || read.entry.kind !== 'new') {
    const errors = read.ok ? [] : read.errors
    return json ? reply.send({ status: 'invalid', errors } satisfies CardAnswer) : sendPage(reply, payPage(deps, open, CREDIT_CARD, errors))
  }
  // The address itself says that nothing is left.
  if (!(await takePlace(deps, open.view.payment))) return json ? reply.send({ status: 'gone', url: pageUrl(deps, open.token) } satisfies CardAnswer) : sendPage(reply, soldOutPage(open))
  const paid = { ...open, view: asOfNow(deps, await payByCard(deps, open, read.entry, visitorOf(request))) }
  return json ? reply.header('cache-control', 'no-store').send(answerOf(deps, paid, true)) : sendBack(reply, `${pageUrl(deps, open.token)}&method=${CREDIT_CARD}`)
}

async function choose(deps: BegatewayDeps, open: OpenCheckout, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const read = readCheckout(isBody(request.body) ? request.body : {}, choiceView(deps, open))
  if (!read.ok) return sendPage(reply, renderCheckoutPage({ ...choiceView(deps, open), ...read.again }))
  if (read.session !== open.token) return sendPage(reply, payPage(deps, open, undefined))
  if (read.service !== CREDIT_CARD && !(await takePlace(deps, open.view.payment))) return sendPage(reply, soldOutPage(open))
  if (read.service !== CREDIT_CARD) await payByMethod(deps, open, read.service, read.fields, visitorOf(request))
  return sendBack(reply, `${pageUrl(deps, open.token)}${read.service === CREDIT_CARD ? `&method=${CREDIT_CARD}` : ''}`)
}

/** What the card page's script needs to know next. `tried`: the payer has just tried, so a decline is news. */
function answerOf(deps: BegatewayDeps, open: OpenCheckout, tried: boolean): CardAnswer {
  const { payment } = open.view
  const url = pageUrl(deps, open.token)
  const attempt = openAttempt(open.view)
  if (hasEnded(open.view)) return { status: 'done', url: (autoReturn(open) === 0 ? shopUrl(open) : undefined) ?? url }
  // The challenge starts from the redirect page, which is what this address shows now.
  if (attempt?.action?.kind === 'redirect') return { status: 'done', url }
  if (attempt !== undefined) return { status: 'pending', poll_url: url }
  if (tried && payment.reason !== null) return declinedAnswer(payment.reason, payment.tries_max - payment.tries, storedPayment(payment).language)
  return { status: 'open' }
}
