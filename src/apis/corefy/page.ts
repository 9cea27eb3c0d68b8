import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { merchantNumberOf } from '../../core/ids.ts'
import { money } from '../../core/money.ts'
import { findAttempt } from '../../payments/store.ts'
import { findInstrument, instrumentsOf, type Instrument } from '../../instruments/store.ts'
import { openAttempt, type Payment, type PaymentView } from '../../payments/model.ts'
import { isFinished } from '../../payments/state.ts'
import {
  declinedAnswer, languageFromHeader, readCardEntry, renderCardPage, renderErrorPage, renderRedirectPage, renderStatusPage,
  type CardAnswer, type CardNumberLength, type CardPageView, type ErrorKind, type PayerState, type SavedCard,
} from '../../pages/index.ts'
import { findSession } from '../../sessions/store.ts'
import { isObject } from '../common/body.ts'
import { sendPage } from '../common/pages.ts'
import type { Account } from './account.ts'
import { charge, type ChargeWith } from './charge.ts'
import { queryOf, type Parts } from './parts.ts'
import { framesOf } from './settings.ts'
import { storedRequest } from './translate.ts'

/** Seconds that the status page shows before it goes back to the merchant. */
const RETURN_AFTER_S = 10

interface PageSession {
  readonly account: Account
  readonly view: PaymentView
  readonly language: string | undefined
  /** Opened through the checkout address, as the widget does. */
  readonly checkout: boolean
}

/** The hosted card page `/hpp/{sid}` and what belongs to it. */
export function pageRoutes(server: FastifyInstance, parts: Parts): void {
  const { deps } = parts
  server.get<{ Params: { sid: string } }>('/hpp/:sid', async (request, reply) => {
    const session = await openPage(parts, request, request.params.sid)
    if (session === undefined) return sendPage(reply, errorPage(request, 'not_found'))
    if (wantsJson(request)) return reply.send(await answerOf(parts, session))
    return showPage(parts, session, reply)
  })

  server.post<{ Params: { sid: string } }>('/hpp/:sid', async (request, reply) => {
    const session = await openPage(parts, request, request.params.sid)
    if (session === undefined) return wantsJson(request) ? reply.code(404).send({ status: 'gone' }) : sendPage(reply, errorPage(request, 'not_found'))
    const view = await cardView(parts, session)
    const read = readCardEntry(request.body, { ...view, now: deps.clock.now() })
    if (!read.ok) {
      if (wantsJson(request)) return reply.code(422).send({ status: 'invalid', errors: read.errors } satisfies CardAnswer)
      return sendPage(reply, renderCardPage({ ...view, errors: read.errors }))
    }
    const what = await chargeWith(parts, session, read.entry)
    if (what === undefined) return wantsJson(request) ? reply.code(404).send({ status: 'gone' }) : sendPage(reply, errorPage(request, 'not_found'))
    const paid = await charge(deps, session.account, session.view, what, { ip: request.ip, user_agent: request.headers['user-agent'], via: 'page' })
    const after = await afterTry(parts, session, paid)
    if (!wantsJson(request)) return reply.redirect(`${deps.base_url}/hpp/${request.params.sid}`, 303)
    return reply.send(await answerOf(parts, { ...session, view: after }, after.payment.tries > session.view.payment.tries))
  })

  // Where the payer comes back to from 3-D Secure. The server's result counts, whatever the browser says.
  server.route({
    method: ['GET', 'POST'],
    url: '/complete-auth',
    handler: async (request, reply) => {
      const pid = queryOf(request, 'pid') ?? ''
      const number = /^\w+$/.test(pid) ? merchantNumberOf(pid, 'pay_') : undefined
      const account = number === undefined ? undefined : await parts.accounts.byNumber(number)
      const attempt = account === undefined ? undefined : await findAttempt(deps.db, account.merchant.id, pid)
      if (account === undefined || attempt === undefined) return sendPage(reply, errorPage(request, 'not_found'))
      const resumed = await deps.payments.resume(account.merchant.id, attempt.payment_id, attempt.id, textFields(request.body))
      if (!resumed.ok) return sendPage(reply, errorPage(request, 'not_found'))
      const direct = queryOf(request, 'via') === 'gate' ? parts.shower.returnUrl(account, resumed.value) : undefined
      return reply.redirect(direct ?? parts.shower.pageUrl(resumed.value.payment), 303)
    },
  })

  server.get('/redirect/hpp', async (request, reply) => {
    const cpi = queryOf(request, 'cpi') ?? ''
    const number = /^\w+$/.test(cpi) ? merchantNumberOf(cpi, 'cpi_') : undefined
    const account = number === undefined ? undefined : await parts.accounts.byNumber(number)
    const view = account === undefined ? undefined : await deps.payments.find(account.merchant.id, cpi)
    if (view === undefined || view.payment.api !== 'corefy') return sendPage(reply, errorPage(request, 'not_found'))
    return reply.redirect(parts.shower.pageUrl(view.payment), 303)
  })
}

const wantsJson = (request: FastifyRequest): boolean => (request.headers.accept ?? '').includes('application/json')

const errorPage = (request: FastifyRequest, kind: ErrorKind): ReturnType<typeof renderErrorPage> => renderErrorPage({ kind, language: languageFromHeader(request.headers['accept-language']) })

function textFields(body: unknown): Record<string, string> {
  return isObject(body) ? Object.fromEntries(Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {}
}

async function openPage({ deps, accounts }: Parts, request: FastifyRequest, sid: string): Promise<PageSession | undefined> {
  const number = merchantNumberOf(sid, 'cgi_')
  const account = number === undefined ? undefined : await accounts.byNumber(number)
  const session = account === undefined ? undefined : await findSession(deps.db, account.merchant.id, 'corefy', 'card_gate', sid)
  const view = account === undefined || (session?.payment_id ?? null) === null ? undefined : await deps.payments.find(account.merchant.id, session?.payment_id ?? '')
  if (account === undefined || view === undefined) return undefined
  const locale = queryOf(request, 'locale') ?? queryOf(request, 'language')
  return { account, view, language: locale ?? storedRequest(view.payment).locale ?? languageFromHeader(request.headers['accept-language']), checkout: session?.data['checkout'] === true }
}

async function showPage(parts: Parts, session: PageSession, reply: FastifyReply): Promise<FastifyReply> {
  const { account, view, language } = session
  const { payment } = view
  const attempt = openAttempt(view)
  if (attempt?.action?.kind === 'redirect') {
    return sendPage(reply, renderRedirectPage({ action: attempt.action.url, method: attempt.action.method, params: attempt.action.fields, language, merchant_name: account.merchant.name, test_mode: payment.mode === 'test', frame_ancestors: frames(session) }))
  }
  const over = isOver(parts, view)
  if (attempt === undefined && !isFinished(payment.state) && !over) return sendPage(reply, renderCardPage(await cardView(parts, session)))
  const return_url = parts.shower.returnUrl(account, view)
  // After expiry the status page is closed to everybody (Corefy reference: times).
  if (over) return sendPage(reply, renderErrorPage({ kind: payment.state === 'succeeded' ? 'already_paid' : 'expired', language, merchant_name: account.merchant.name, return_url, frame_ancestors: frames(session) }))
  if (isFinished(payment.state) && return_url !== undefined && bypasses(account, payment)) return reply.redirect(return_url, 303)
  return sendPage(reply, statusPage(parts, session, return_url))
}

const frames = ({ account, view: { payment }, checkout }: PageSession): readonly string[] => framesOf(account.settings, payment.mode, checkout || storedRequest(payment).source === 'platform_public_api')

/** The time is over, and nothing is under way whose end the payer waits for. */
const isOver = ({ deps }: Parts, view: PaymentView): boolean => view.payment.expires_at !== null && view.payment.expires_at <= deps.clock.now() && openAttempt(view) === undefined

const bypasses = (account: Account, payment: Payment): boolean => storedRequest(payment).cardgate.bypass_status_page ?? account.settings.bypass_status_page

function statusPage(parts: Parts, session: PageSession, return_url: string | undefined): ReturnType<typeof renderStatusPage> {
  const { account, view, language } = session
  const { payment } = view
  const state: PayerState = payment.state === 'succeeded' ? 'paid' : payment.state === 'expired' ? 'expired' : payment.state === 'canceled' ? 'canceled' : isFinished(payment.state) ? 'failed' : 'pending'
  const card = payment.result.card
  return renderStatusPage({
    state, merchant_name: account.merchant.name, amount: money(payment.payable, payment.currency), language, description: payment.description ?? undefined, reference: payment.reference ?? undefined,
    card: card === undefined ? undefined : { brand: card.brand ?? 'unknown', last4: card.last4 }, reason: payment.reason ?? undefined, return_url, auto_return_s: RETURN_AFTER_S,
    poll_url: state === 'pending' ? parts.shower.pageUrl(payment) : undefined, test_mode: payment.mode === 'test', frame_ancestors: frames(session),
    powered_by: themeFlag(payment, 'powered_by'),
  })
}

const themeFlag = (payment: Payment, name: string): boolean | undefined => {
  const value = storedRequest(payment).cardgate.theme_options?.[name]
  return typeof value === 'boolean' ? value : undefined
}

async function cardView(parts: Parts, session: PageSession): Promise<CardPageView> {
  const { account, view, language } = session
  const { deps } = parts
  const { payment } = view
  const request = storedRequest(payment)
  const { cardgate } = request
  const predefined = request.token === null ? undefined : await findInstrument(deps.db, payment.merchant_id, request.token)
  const offersSaved = account.settings.remember_me && cardgate.restrict_saved_cards !== true && payment.customer_id !== null
  const saved = predefined === undefined && offersSaved ? await instrumentsOf(deps.db, payment.merchant_id, payment.customer_id ?? '', true) : []
  const url = parts.shower.pageUrl(payment)
  const theme = cardgate.theme_options ?? {}
  return {
    merchant_name: typeof theme['merchant_name'] === 'string' ? theme['merchant_name'] : account.merchant.name,
    amount: money(payment.payable, payment.currency), submit_url: url, status_url: url, session: request.sid, description: payment.description ?? undefined, language,
    test_mode: payment.mode === 'test', saved_cards: saved.map(savedCard), predefined: predefined === undefined ? undefined : savedCard(predefined),
    allow_remember: offersSaved, ask_holder: themeFlag(payment, 'card_holder') ?? true, card_number_length: numberLength(theme['card_number_length']),
    attempts_left: payment.tries > 0 ? payment.tries_max - payment.tries : undefined, last_error: payment.reason ?? undefined, cancel_url: parts.shower.returnUrl(account, view),
    powered_by: themeFlag(payment, 'powered_by'), expires_at: payment.expires_at ?? undefined, now: deps.clock.now(), frame_ancestors: frames(session),
    // 3-D Secure starts from a page of its own, so that this one's policy can stay closed.
    form_targets: [],
  }
}

const savedCard = ({ id, summary }: Instrument): SavedCard => ({
  id, brand: summary.brand ?? 'unknown', first6: summary.first6, last4: summary.last4, exp_month: summary.exp_month, exp_year: summary.exp_year, holder: summary.holder ?? undefined,
})

/** `{range: {min, max}}` or `{allowedNumbers: […]}` (Corefy reference: theme options). */
function numberLength(value: unknown): CardNumberLength | undefined {
  if (!isObject(value)) return undefined
  const { range, allowedNumbers } = value
  if (Array.isArray(allowedNumbers)) return allowedNumbers.map(Number).filter((length) => Number.isInteger(length))
  if (isObject(range) && typeof range['min'] === 'number' && typeof range['max'] === 'number') return { min: range['min'], max: range['max'] }
  return undefined
}

async function chargeWith({ deps }: Parts, { view }: PageSession, entry: Extract<ReturnType<typeof readCardEntry>, { ok: true }>['entry']): Promise<ChargeWith | undefined> {
  if (entry.kind === 'new') {
    return { card: { type: 'card', number: entry.card_number, exp_month: entry.exp_month, exp_year: entry.exp_year, holder: entry.card_holder, cvv: entry.cvv }, remember: entry.remember }
  }
  const instrument = await findInstrument(deps.db, view.payment.merchant_id, entry.saved_card)
  return instrument === undefined || instrument.customer_id !== view.payment.customer_id ? undefined : { instrument, cvv: entry.cvv }
}

async function afterTry({ deps }: Parts, session: PageSession, paid: Awaited<ReturnType<typeof charge>>): Promise<PaymentView> {
  if (paid.ok) return paid.value
  if (paid.error.kind === 'no_route') {
    const ended = await deps.payments.end(session.account.merchant.id, session.view.payment.id, { state: 'failed', reason: 'no_route' })
    return ended.ok ? ended.value : session.view
  }
  return paid.error.kind === 'not_found' ? session.view : paid.error.view
}

/** What the page's script needs to know next. `tried`: the payer has just tried, so a decline is news. */
async function answerOf(parts: Parts, session: PageSession, tried = false): Promise<CardAnswer> {
  const { payment } = session.view
  const url = parts.shower.pageUrl(payment)
  const attempt = openAttempt(session.view)
  if (isFinished(payment.state) || isOver(parts, session.view)) return { status: 'done', url: (bypasses(session.account, payment) ? parts.shower.returnUrl(session.account, session.view) : undefined) ?? url }
  // The challenge starts from the redirect page, which is what this address shows now.
  if (attempt?.action?.kind === 'redirect') return { status: 'done', url }
  if (attempt !== undefined) return { status: 'pending', poll_url: url }
  if (tried && payment.reason !== null) return declinedAnswer(payment.reason, payment.tries_max - payment.tries, session.language)
  return { status: 'open' }
}
