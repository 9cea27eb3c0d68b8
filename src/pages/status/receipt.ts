/** The receipt: what was paid, when, to whom, with what. Made to be printed or saved. */
import type { Money } from '../../core/money.ts'
import { formatAmount, formatTime } from '../amount.ts'
import { scriptAsset } from '../assets.ts'
import { brandName } from '../card/brands.ts'
import { renderDocument } from '../document.ts'
import type { Page } from '../document.ts'
import { html, safeUrl } from '../html.ts'
import { bigAmount, foot, merchantLine, testRibbon } from '../layout.ts'
import { textsFor } from '../text/catalogue.ts'
import type { PaymentPageView } from '../view.ts'
import { facts, sign } from './facts.ts'
import type { CardMask } from './page.ts'
import { statusStyle } from './style.ts'

/** Everything that the receipt shows. */
export interface ReceiptPageView extends PaymentPageView {
  readonly merchant_name: string
  readonly amount: Money
  readonly paid_at: Date
  readonly reference: string
  /** IANA name of the zone in which the time is written; UTC by default. */
  readonly time_zone?: string | undefined
  readonly description?: string | undefined
  readonly card?: CardMask | undefined
  /** How it was paid, when that was not by card. */
  readonly method?: string | undefined
  /** `false`: it is about money that is held, let go, or goes to the payer, and so nothing is "paid with" the method. */
  readonly is_payment?: boolean | undefined
  readonly return_url?: string | undefined
}

/** Renders the receipt. */
export function renderReceiptPage(view: ReceiptPageView): Page {
  const texts = textsFor(view.language)
  const merchant = view.merchant_name
  const title = texts.say('receipt_for', { merchant })
  const method = view.card ? texts.say('card_masked', { brand: brandName(view.card.brand), last4: view.card.last4 }) : view.method
  return renderDocument({
    language: texts.language,
    title: `${title} – ${view.reference}`,
    theme: view.theme,
    look: view.look,
    style: statusStyle,
    script: scriptAsset('./browser/receipt.ts', import.meta.url),
    frame_ancestors: view.frame_ancestors,
    body: html`${view.test_mode && testRibbon(texts)}<main class="page center">
${merchantLine(merchant)}
<section class="panel">
<div class="lead">${sign('paid')}<h1>${title}</h1>
<p>${bigAmount(formatAmount(view.amount, texts.language))}</p></div>
${facts([
  [texts.say('date'), formatTime(view.paid_at, texts.language, view.time_zone)],
  [texts.say('merchant'), merchant],
  [texts.say('description'), view.description],
  [texts.say(view.is_payment !== false ? 'method' : view.card ? 'card_generic' : 'step_method'), method],
  [texts.say('reference'), view.reference],
])}
<div class="actions stack no-print"><button class="button quiet" type="button" id="print" hidden>${texts.say('print')}</button>
${view.return_url !== undefined && html`<a class="button" href="${safeUrl(view.return_url)}">${texts.say('return_to', { merchant })}</a>`}</div>
</section>
</main>
<div class="no-print">${foot(view, texts)}</div>`,
  })
}
