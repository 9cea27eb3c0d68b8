/**
 * A page that sends the payer on with a form: to the issuer for 3-D Secure, to a bank, to a wallet. It goes by itself;
 * the button is for browsers without JavaScript and for payers who come back with the Back button.
 * It holds no card data and is the only page whose form may go to any web address.
 */
import { scriptAsset } from '../assets.ts'
import { originsOf, renderDocument } from '../document.ts'
import type { Page } from '../document.ts'
import { html, safeUrl } from '../html.ts'
import { merchantLine, progress, testRibbon } from '../layout.ts'
import { shows } from '../look.ts'
import { sign } from '../status/facts.ts'
import { statusStyle } from '../status/style.ts'
import { textsFor } from '../text/catalogue.ts'
import type { PaymentPageView } from '../view.ts'

/** Where the payer goes, and with what. */
export interface RedirectPageView extends PaymentPageView {
  readonly action: string
  /** POST by default. */
  readonly method?: 'GET' | 'POST' | undefined
  readonly params: Readonly<Record<string, string>>
  readonly merchant_name?: string | undefined
}

/** Renders the redirect page. */
export function renderRedirectPage(view: RedirectPageView): Page {
  const texts = textsFor(view.language)
  const { action, params } = target(view)
  const title = texts.say('redirect_title')
  return renderDocument({
    language: texts.language,
    title,
    theme: view.theme,
    look: view.look,
    style: statusStyle,
    script: scriptAsset('./browser/redirect.ts', import.meta.url),
    frame_ancestors: view.frame_ancestors,
    // The first address may send the form on to others: browsers check each step.
    form_targets: [...originsOf([action]), 'https:'],
    body: html`${view.test_mode && testRibbon(texts)}${progress(view.step, view.look, texts)}<main class="page center">
${view.merchant_name !== undefined && shows(view.look, 'header') && merchantLine(view.merchant_name)}
<section class="panel">
<div class="lead">${sign('pending')}<h1>${title}</h1><p class="muted">${texts.say('redirect_text')}</p></div>
<form class="actions" id="form" method="${(view.method ?? 'POST').toLowerCase()}" action="${action}">
${params.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`)}<button class="button" type="submit">${texts.say('redirect_button')}</button>
</form>
</section>
</main>
`,
  })
}

/** A GET form replaces the query of its address, so what stands there becomes fields too. */
function target(view: RedirectPageView): { action: string; params: readonly (readonly [string, string])[] } {
  const action = safeUrl(view.action)
  const params = Object.entries(view.params)
  if (view.method !== 'GET') return { action, params }
  const [path = '', query = ''] = action.split('?', 2)
  return { action: path, params: [...new URLSearchParams(query), ...params] }
}
