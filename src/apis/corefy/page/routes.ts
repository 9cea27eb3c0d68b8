/** The hosted card page (Corefy reference: card page): its addresses, and what its form does. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { merchantNumberOf } from '../../../core/ids.ts'
import { findInstrument } from '../../../instruments/store.ts'
import { declinedAnswer, readCardEntry, renderCardPage, renderErrorPage, type CardAnswer, type CardEntry, type ErrorKind } from '../../../pages/index.ts'
import { openAttempt, type PaymentView } from '../../../payments/model.ts'
import { isFinished } from '../../../payments/decisions/state.ts'
import { findAttempt } from '../../../payments/store.ts'
import { isObject } from '../../common/body.ts'
import { addressOf } from '../../common/ip.ts'
import { sendPage } from '../../common/pages.ts'
import { charge, type ChargeWith } from '../invoices/charge.ts'
import { isElsewhere, startElsewhere } from '../invoices/elsewhere.ts'
import { awaitsModerator } from '../moderated.ts'
import { queryOf, type Parts } from '../parts.ts'
import { storedRequest } from '../translate.ts'
import { keepContext, mayShowDetails } from './context.ts'
import { languageOf, withLocale } from './language.ts'
import { bypassesCardPage, bypassesStatusPage, isOver, openPage, type PageSession } from './session.ts'
import { BYPASS, cardView, pageOf } from './views.ts'

/** The hosted card page `/hpp/{sid}` and what belongs to it. */
export function pageRoutes(server: FastifyInstance, parts: Parts): void {
  const { deps } = parts
  server.get<{ Params: { sid: string } }>('/hpp/:sid', async (request, reply) => {
    const session = await openPage(parts, request, request.params.sid)
    if (session === undefined) return sendPage(reply, errorPage(request, 'not_found'))
    if (wantsJson(request)) return reply.send(await answerOf(parts, session))
    return showPage(parts, session, request, reply)
  })

  server.post<{ Params: { sid: string } }>('/hpp/:sid', async (request, reply) => {
    const session = await openPage(parts, request, request.params.sid)
    if (session === undefined) return wantsJson(request) ? reply.code(404).send({ status: 'gone' }) : sendPage(reply, errorPage(request, 'not_found'))
    // Blocked: whatever was sent, the page says that it has to wait.
    if (awaitsModerator(session.view.payment)) return wantsJson(request) ? reply.send(await answerOf(parts, session)) : showPage(parts, session, request, reply)
    const paid = await tryToPay(parts, session, request, reply)
    if (paid === undefined) return reply
    await keepContext(parts, session, reply)
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
    return reply.redirect(withLocale(parts.shower.pageUrl(view.payment), request), 303)
  })
}

const wantsJson = (request: FastifyRequest): boolean => (request.headers.accept ?? '').includes('application/json')

const errorPage = (request: FastifyRequest, kind: ErrorKind): ReturnType<typeof renderErrorPage> => renderErrorPage({ kind, language: languageOf(request) })

function textFields(body: unknown): Record<string, string> {
  return isObject(body) ? Object.fromEntries(Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {}
}

async function showPage(parts: Parts, session: PageSession, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { account, view: { payment } } = session
  const return_url = parts.shower.returnUrl(account, session.view)
  if (isFinished(payment.state) && !isOver(parts, session.view) && return_url !== undefined && bypassesStatusPage(account, payment)) return reply.redirect(return_url, 303)
  return sendPage(reply, await pageOf(parts, session, return_url, await mayShowDetails(parts, session, request)))
}

/** What became of the payer's try; undefined when there was none, and the answer has been sent. */
async function tryToPay(parts: Parts, session: PageSession, request: FastifyRequest, reply: FastifyReply): Promise<Awaited<ReturnType<typeof charge>> | undefined> {
  const { deps } = parts
  const { account, view } = session
  const context = { ip: addressOf(request), user_agent: request.headers['user-agent'], language: session.language, via: 'page' } as const
  if (isElsewhere(view.payment)) return startElsewhere(deps, account, view, context)
  const entered = isBypass(session, request) ? { kind: 'saved' as const, saved_card: storedRequest(view.payment).token ?? '', cvv: undefined } : await readEntry(parts, session, request, reply)
  if (entered === undefined) return undefined
  const what = await chargeWith(parts, session, entered)
  if (what !== undefined) return charge(deps, account, view, what, context)
  if (wantsJson(request)) reply.code(404).send({ status: 'gone' })
  else sendPage(reply, errorPage(request, 'not_found'))
  return undefined
}

/** The form of the page that skips the card page. */
const isBypass = ({ view }: PageSession, { body }: FastifyRequest): boolean => isObject(body) && body[BYPASS] === '1' && bypassesCardPage(view)

/** What the payer typed; undefined when it was refused, and the answer has been sent. */
async function readEntry(parts: Parts, session: PageSession, request: FastifyRequest, reply: FastifyReply): Promise<CardEntry | undefined> {
  const view = await cardView(parts, session)
  const read = readCardEntry(request.body, view)
  if (read.ok) return read.entry
  if (wantsJson(request)) reply.code(422).send({ status: 'invalid', errors: read.errors } satisfies CardAnswer)
  else sendPage(reply, renderCardPage({ ...view, errors: read.errors }))
  return undefined
}

async function chargeWith({ deps }: Parts, { view }: PageSession, entry: CardEntry | { readonly kind: 'saved'; readonly saved_card: string; readonly cvv: undefined }): Promise<ChargeWith | undefined> {
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
  if (isFinished(payment.state) || isOver(parts, session.view)) return { status: 'done', url: (bypassesStatusPage(session.account, payment) ? parts.shower.returnUrl(session.account, session.view) : undefined) ?? url }
  // The challenge starts from the redirect page, which is what this address shows now.
  if (attempt?.action?.kind === 'redirect') return { status: 'done', url }
  if (attempt !== undefined || awaitsModerator(payment)) return { status: 'pending', poll_url: url }
  if (tried && payment.reason !== null) return declinedAnswer(payment.reason, payment.tries_max - payment.tries, session.language)
  return { status: 'open' }
}
