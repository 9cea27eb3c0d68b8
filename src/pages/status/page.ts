/** The status page: how the payment stands, and the way back to the merchant. */
import { formatAmount } from '../amount.ts'
import { scriptAsset } from '../assets.ts'
import type { Money } from '../../core/money.ts'
import { brandName } from '../card/brands.ts'
import { renderDocument } from '../document.ts'
import type { Page } from '../document.ts'
import { failureOf, failureText } from '../failures.ts'
import type { Failure } from '../failures.ts'
import { html, safeUrl, trusted } from '../html.ts'
import type { Html } from '../html.ts'
import { foot, merchantLine, progress, testRibbon } from '../layout.ts'
import { shows } from '../look.ts'
import { textsFor } from '../text/catalogue.ts'
import type { TextKey, Texts } from '../text/catalogue.ts'
import type { PaymentPageView } from '../view.ts'
import { facts, sign } from './facts.ts'
import { statusStyle } from './style.ts'

/** How a payment stands, for a payer. */
export type PayerState = 'paid' | 'pending' | 'failed' | 'expired' | 'canceled'

/** A card, as much as is shown after paying. */
export interface CardMask {
  readonly brand: string
  readonly last4: string
}

/** Everything that the status page shows. */
export interface StatusPageView extends PaymentPageView {
  readonly state: PayerState
  /** For `pending`: it is the payer who has to pay, elsewhere (a bill, a voucher). That may take days. */
  readonly awaits_payer?: boolean | undefined
  /** Then: many may pay, and so the page never says that it is paid. */
  readonly awaits_many?: boolean | undefined
  /** Then: what the payer has to do, line by line, and the number under which the bill is found there. */
  readonly how?: readonly string[] | undefined
  readonly account?: string | undefined
  readonly merchant_name: string
  readonly amount: Money
  /** `verify`: the card was only checked; the page says that nothing was charged, and names no amount. */
  readonly purpose?: 'pay' | 'verify' | undefined
  readonly description?: string | undefined
  readonly reference?: string | undefined
  readonly card?: CardMask | undefined
  /** Canonical reason, for `failed`. */
  readonly reason?: string | undefined
  readonly return_url?: string | undefined
  /** After how many seconds the page returns by itself; the payer can stop it. Not for `pending`. */
  readonly auto_return_s?: number | undefined
  /** For `pending`: answers `{ status }` in JSON; the page loads itself again as soon as that is not `pending`, or goes to its `url`. */
  readonly poll_url?: string | undefined
  /** For `failed`, when the payer may try again. */
  readonly retry_url?: string | undefined
  readonly receipt_url?: string | undefined
}

const REFRESH_S = 5

/** Renders the status page. */
export function renderStatusPage(view: StatusPageView): Page {
  const texts = textsFor(view.language)
  const pending = view.state === 'pending'
  const returns = !pending && view.return_url !== undefined && view.auto_return_s !== undefined
  const title = texts.say(titleOf(view))
  return renderDocument({
    language: texts.language,
    title: `${title} – ${view.merchant_name}`,
    theme: view.theme,
    look: view.look,
    style: statusStyle,
    script: pending || returns ? scriptAsset('./browser/status.ts', import.meta.url) : undefined,
    settings: pending ? { poll_url: view.poll_url, long: isAwaited(view) ? undefined : texts.say('pending_long', { merchant: view.merchant_name }) } : returns ? returnSettings(view, texts) : undefined,
    connect_to: view.poll_url === undefined ? [] : [view.poll_url],
    frame_ancestors: view.frame_ancestors,
    // Without JavaScript the page asks again by loading itself; with it, it asks in the background.
    head: pending ? trusted(`<noscript><meta http-equiv="refresh" content="${REFRESH_S}"></noscript>\n`) : trusted(''),
    body: html`${view.test_mode && testRibbon(texts)}${progress(view.step, view.look, texts)}<main class="page center">
${shows(view.look, 'header') && merchantLine(view.merchant_name)}
<section class="panel">
<div class="lead" role="status">${sign(isAwaited(view) ? 'awaited' : view.state)}<h1>${title}</h1>
<p class="muted">${message(view, texts)}</p></div>
${isAwaited(view) && how(view, texts)}${facts([
  [texts.say('account_number'), isAwaited(view) ? view.account : undefined],
  [texts.say('amount'), view.purpose === 'verify' ? undefined : formatAmount(view.amount, texts.language)],
  [texts.say('description'), view.description],
  [texts.say(view.purpose !== 'verify' && view.state === 'paid' ? 'method' : 'card_generic'), view.card && texts.say('card_masked', { brand: brandName(view.card.brand), last4: view.card.last4 })],
  [texts.say('reference'), view.reference],
])}
${actions(view, texts, returns)}
</section>
</main>
${foot(view, texts)}`,
  })
}

function message(view: StatusPageView, texts: Texts): string {
  if (view.state === 'failed' && view.reason !== undefined) return failureMessage(failureOf(view.reason), texts)
  if (isAwaited(view)) return texts.say(view.awaits_many === true ? 'awaited_often_text' : 'awaited_text')
  return texts.say(view.purpose === 'verify' && view.state === 'paid' ? 'verified_text' : `${view.state}_text`, { merchant: view.merchant_name })
}

/** Whether money was taken is the first thing that a payer wants to know. One of these texts says it itself, and one time nobody knows yet. */
function failureMessage(failure: Failure, texts: Texts): string {
  const reason = texts.say(failureText(failure))
  return failure === 'unresolved' || failure === 'left' ? reason : `${reason} ${texts.say('failed_text')}`
}

function how({ how: lines = [] }: StatusPageView, texts: Texts): Html | false {
  return lines.length > 0 && html`<section class="how"><h2>${texts.say('how_to_pay')}</h2>${lines.map((line) => html`<p>${line}</p>`)}</section>\n`
}

const isAwaited = ({ state, awaits_payer, purpose }: StatusPageView): boolean => state === 'pending' && awaits_payer === true && purpose !== 'verify'

const VERIFY_TITLES: Readonly<Partial<Record<PayerState, TextKey>>> = { paid: 'verified_title', pending: 'verify_pending_title', failed: 'verify_failed_title' }

function titleOf(view: StatusPageView): TextKey {
  if (isAwaited(view)) return 'awaited_title'
  const { state, purpose } = view
  return (purpose === 'verify' ? VERIFY_TITLES[state] : undefined) ?? `${state}_title`
}

function actions(view: StatusPageView, texts: Texts, returns: boolean): Html {
  const merchant = view.merchant_name
  const link = (url: string | undefined, text: string, look: string): Html | false =>
    url !== undefined && html`<a class="${look}" href="${safeUrl(url)}">${text}</a>\n`
  const canRetry = view.state === 'failed' && view.retry_url !== undefined
  if (view.state === 'pending') return waitingActions(view, texts, link(view.return_url, texts.say('return_to', { merchant }), 'button quiet'))
  const shown = [
    canRetry && link(view.retry_url, texts.say('try_again'), 'button'),
    link(view.return_url, texts.say('return_to', { merchant }), canRetry ? 'button quiet' : 'button'),
    view.state === 'paid' && link(view.receipt_url, texts.say('receipt'), 'button quiet'),
    returns && html`<div class="lead small muted" id="returning" hidden><p id="returning-text"></p><button class="plain" type="button" id="stay">${texts.say('stay')}</button></div>`,
  ]
  return strip(shown.filter((part) => part !== false))
}

/** Room for actions, where there is one. */
const strip = (parts: readonly Html[]): Html => (parts.length === 0 ? trusted('') : html`<div class="actions stack">${parts}</div>`)

/** Who pays elsewhere may go at once. Who waits for an outcome is asked to stay first; when that takes long, the script shows the way out. */
function waitingActions(view: StatusPageView, texts: Texts, back: Html | false): Html {
  const again = html`<noscript>${strip([html`<a class="button quiet" href="">${texts.say('check_again')}</a>`])}</noscript>`
  if (isAwaited(view)) return html`${strip(back === false ? [] : [back])}${again}`
  return html`${again}<div class="actions stack" id="long" hidden><p class="muted small" role="status" id="long-text"></p>${back}</div>`
}

function returnSettings(view: StatusPageView, texts: Texts): Readonly<Record<string, unknown>> {
  const merchant = view.merchant_name
  const seconds = Math.max(1, view.auto_return_s ?? 1)
  return {
    return_url: safeUrl(view.return_url ?? ''),
    texts: Array.from({ length: seconds + 1 }, (_, n) => texts.count('returning', n, { merchant })),
  }
}
