/** Plain pages for what cannot be shown: no detail that would help somebody who guesses addresses. */
import { renderDocument } from '../document.ts'
import type { Page } from '../document.ts'
import { html, safeUrl } from '../html.ts'
import { merchantLine } from '../layout.ts'
import { shows } from '../look.ts'
import { sign } from '../status/facts.ts'
import { statusStyle } from '../status/style.ts'
import { textsFor } from '../text/catalogue.ts'
import type { BasicView } from '../view.ts'

/** Why there is no page. */
export type ErrorKind = 'not_found' | 'expired' | 'already_paid' | 'unavailable' | 'sold_out' | 'not_allowed' | 'away' | 'busy'

const KINDS: Readonly<Record<ErrorKind, { readonly status: number; readonly sign: string }>> = {
  not_found: { status: 404, sign: 'unknown' },
  expired: { status: 410, sign: 'expired' },
  already_paid: { status: 410, sign: 'paid' },
  unavailable: { status: 503, sign: 'unknown' },
  // For now: a place comes free again when somebody else's payment fails.
  sold_out: { status: 503, sign: 'unknown' },
  not_allowed: { status: 403, sign: 'unknown' },
  away: { status: 503, sign: 'unknown' },
  busy: { status: 429, sign: 'unknown' },
}

/** Everything that an error page shows. */
export interface ErrorPageView extends BasicView {
  readonly kind: ErrorKind
  readonly merchant_name?: string | undefined
  readonly return_url?: string | undefined
}

/** Renders an error page with the HTTP status that fits. */
export function renderErrorPage(view: ErrorPageView): Page {
  const texts = textsFor(view.language)
  const title = texts.say(`${view.kind}_title`)
  const merchant = view.merchant_name ?? texts.say('merchant')
  return renderDocument({
    status: KINDS[view.kind].status,
    language: texts.language,
    title,
    theme: view.theme,
    look: view.look,
    style: statusStyle,
    frame_ancestors: view.frame_ancestors,
    body: html`<main class="page center">
${view.merchant_name !== undefined && shows(view.look, 'header') && merchantLine(view.merchant_name)}
<section class="panel">
<div class="lead">${sign(KINDS[view.kind].sign)}<h1>${title}</h1><p class="muted">${texts.say(`${view.kind}_text`, { merchant })}</p></div>
${view.return_url !== undefined && html`<div class="actions"><a class="button" href="${safeUrl(view.return_url)}">${texts.say('return_to', { merchant })}</a></div>`}
</section>
</main>
`,
  })
}
