/** The status page: how the payment stands, and the way back to the merchant. */
import { formatAmount } from '../amount.ts'
import { scriptAsset } from '../assets.ts'
import type { Money } from '../../core/money.ts'
import { brandName } from '../card/brands.ts'
import { renderDocument } from '../document.ts'
import type { Page } from '../document.ts'
import { failureOf, failureText } from '../failures.ts'
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
    settings: pending ? { poll_url: view.poll_url } : returns ? returnSettings(view, texts) : undefined,
    connect_to: view.poll_url === undefined ? [] : [view.poll_url],
    frame_ancestors: view.frame_ancestors,
    // Without JavaScript the page asks again by loading itself; with it, it asks in the background.
    head: pending ? trusted(`<noscript><meta http-equiv="refresh" content="${REFRESH_S}"></noscript>\n`) : trusted(''),
    body: html`${view.test_mode && testRibbon(texts)}${progress(view.step, view.look, texts)}<main class="page center">
${shows(view.look, 'header') && merchantLine(view.merchant_name)}
<section class="panel">
<div class="lead" role="status">${sign(view.state)}<h1>${title}</h1>
<p class="muted">${message(view, texts)}</p></div>
${facts([
  [texts.say('amount'), view.purpose === 'verify' ? undefined : formatAmount(view.amount, texts.language)],
  [texts.say('description'), view.description],
  [texts.say(view.purpose === 'verify' ? 'card_generic' : 'method'), view.card && texts.say('card_masked', { brand: brandName(view.card.brand), last4: view.card.last4 })],
  [texts.say('reference'), view.reference],
])}
${actions(view, texts, returns)}
</section>
</main>
${foot(view, texts)}`,
  })
}

function message(view: StatusPageView, texts: Texts): string {
  if (view.state === 'failed' && view.reason !== undefined) return texts.say(failureText(failureOf(view.reason)))
  if (isAwaited(view)) return texts.say('awaited_text')
  return texts.say(view.purpose === 'verify' && view.state === 'paid' ? 'verified_text' : `${view.state}_text`, { merchant: view.merchant_name })
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
  return html`<div class="actions stack">
${canRetry && link(view.retry_url, texts.say('try_again'), 'button')}${
    view.state !== 'pending' && link(view.return_url, texts.say('return_to', { merchant }), canRetry ? 'button quiet' : 'button')}${
    view.state === 'paid' && link(view.receipt_url, texts.say('receipt'), 'button quiet')}${
    view.state === 'pending' && html`<noscript><a class="button quiet" href="">${texts.say('check_again')}</a></noscript>`}${
    returns && html`<div class="lead small muted" id="returning" hidden><p id="returning-text"></p><button class="plain" type="button" id="stay">${texts.say('stay')}</button></div>`}
</div>`
}

function returnSettings(view: StatusPageView, texts: Texts): Readonly<Record<string, unknown>> {
  const merchant = view.merchant_name
  const seconds = Math.max(1, view.auto_return_s ?? 1)
  return {
    return_url: safeUrl(view.return_url ?? ''),
    texts: Array.from({ length: seconds + 1 }, (_, n) => texts.count('returning', n, { merchant })),
  }
}
