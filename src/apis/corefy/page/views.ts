/** What the card page and the status page of an invoice show. */
import { money } from '../../../core/money.ts'
import { findInstrument, instrumentsOf, type Instrument } from '../../../instruments/store.ts'
import { renderCardPage, renderErrorPage, renderRedirectPage, renderStatusPage, type CardPageView, type Page, type PayerState, type SavedCard } from '../../../pages/index.ts'
import { openAttempt, type Payment } from '../../../payments/model.ts'
import { isFinished } from '../../../payments/decisions/state.ts'
import { isElsewhere } from '../invoices/elsewhere.ts'
import { awaitsModerator } from '../moderated.ts'
import type { Parts } from '../parts.ts'
import { storedRequest } from '../translate.ts'
import { pageThemeOf } from '../wire/cardgate.ts'
import { bypassesCardPage, isOver, sharedView, stepOf, type PageSession } from './session.ts'

/** Seconds that the status page shows before it goes back to the merchant. */
const RETURN_AFTER_S = 10
/** In a checkout the time that is left is shown all the time, unless it is days. */
const CHECKOUT_COUNTER_FROM_S = 86_400
/** In a form of ours: the payer has not been asked, because the merchant wants it so. */
export const BYPASS = 'bypass'

/** The page of an invoice as it stands; `return_url` is where the payer goes back to, `details` whether the browser is the one that paid. */
export async function pageOf(parts: Parts, session: PageSession, return_url: string | undefined, details: boolean): Promise<Page> {
  const { view } = session
  const { payment } = view
  const shared = { ...sharedView(session), step: stepOf(session, 'pay') }
  const attempt = openAttempt(view)
  if (attempt?.action?.kind === 'redirect') return renderRedirectPage({ ...shared, action: attempt.action.url, method: attempt.action.method, params: attempt.action.fields })
  const over = isOver(parts, view)
  if (attempt === undefined && !isFinished(payment.state) && !over && !awaitsModerator(payment)) {
    // Not by the GET itself: who only looks at an address, a preview or a search engine, must not pay.
    if (bypassesCardPage(view) || isElsewhere(payment)) return renderRedirectPage({ ...shared, action: parts.shower.pageUrl(payment), params: { session: storedRequest(payment).sid, [BYPASS]: '1' } })
    return renderCardPage(await cardView(parts, session))
  }
  // After expiry the status page is closed to everybody (Corefy reference: times).
  if (over) return renderErrorPage({ ...shared, kind: payment.state === 'succeeded' ? 'already_paid' : 'expired', return_url })
  return statusPage(parts, session, return_url, details)
}

/** What the card page shows, and what decides whether an entry is accepted. */
export async function cardView(parts: Parts, session: PageSession): Promise<CardPageView> {
  const { account, view } = session
  const { deps } = parts
  const { payment } = view
  const request = storedRequest(payment)
  const { cardgate } = request
  const predefined = request.token === null ? undefined : await findInstrument(deps.db, payment.merchant_id, request.token)
  // Not by the public API, where whoever has the page names the customer: their cards are not for everybody who knows their name.
  const offersSaved = request.source === 'merchant_api' && account.settings.remember_me && cardgate.restrict_saved_cards !== true && payment.customer_id !== null
  const saved = predefined === undefined && offersSaved ? await instrumentsOf(deps.db, payment.merchant_id, payment.customer_id ?? '', true) : []
  const url = parts.shower.pageUrl(payment)
  const { powered_by, ask_holder, card_number_length } = pageThemeOf(cardgate)
  return {
    ...sharedView(session), powered_by, ask_holder, card_number_length,
    step: stepOf(session, 'pay'), purpose: purposeOf(payment), counter_from_s: session.checkout ? CHECKOUT_COUNTER_FROM_S : undefined,
    amount: money(payment.payable, payment.currency), submit_url: url, status_url: url, session: request.sid, description: payment.description ?? undefined,
    saved_cards: saved.map(savedCard), predefined: predefined === undefined ? undefined : savedCard(predefined), allow_remember: offersSaved,
    attempts_left: payment.tries > 0 ? payment.tries_max - payment.tries : undefined, last_error: payment.reason ?? undefined, cancel_url: parts.shower.returnUrl(account, view),
    expires_at: payment.expires_at ?? undefined, now: deps.clock.now(),
    // 3-D Secure starts from a page of its own, so that this one's policy can stay closed.
    form_targets: [],
  }
}

function statusPage(parts: Parts, session: PageSession, return_url: string | undefined, details: boolean): Page {
  const { payment } = session.view
  const state: PayerState = payment.state === 'succeeded' ? 'paid' : payment.state === 'expired' ? 'expired' : payment.state === 'canceled' ? 'canceled' : isFinished(payment.state) ? 'failed' : 'pending'
  const card = payment.result.card
  return renderStatusPage({
    ...sharedView(session), state, purpose: purposeOf(payment), step: stepOf(session, state === 'paid' ? 'done' : 'pay'),
    amount: money(payment.payable, payment.currency), description: details ? (payment.description ?? undefined) : undefined, reference: details ? (payment.reference ?? undefined) : undefined,
    card: card === undefined || !details ? undefined : { brand: card.brand ?? 'unknown', last4: card.last4 }, reason: payment.reason ?? undefined, return_url, auto_return_s: RETURN_AFTER_S,
    poll_url: state === 'pending' ? parts.shower.pageUrl(payment) : undefined, powered_by: pageThemeOf(storedRequest(payment).cardgate).powered_by,
  })
}

const purposeOf = ({ kind }: Payment): 'pay' | 'verify' => (kind === 'verify' ? 'verify' : 'pay')

const savedCard = ({ id, summary }: Instrument): SavedCard => ({
  id, brand: summary.brand ?? 'unknown', first6: summary.first6, last4: summary.last4, exp_month: summary.exp_month, exp_year: summary.exp_year, holder: summary.holder ?? undefined,
})
