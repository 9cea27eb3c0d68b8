import { html } from '../html.ts'
import type { Html } from '../html.ts'
import type { Texts } from '../text/catalogue.ts'
import { SERVICE_KINDS } from './view.ts'
import type { CheckoutService } from './view.ts'

/** Buttons that leave one kind of ways to pay; nothing where all are of one kind. Only a script can filter, so it shows them. */
export function kindFilter(services: readonly CheckoutService[], texts: Texts): Html | false {
  const kinds = SERVICE_KINDS.filter((kind) => services.some((service) => (service.kind ?? 'other') === kind))
  if (kinds.length < 2) return false
  return html`<div class="filter" id="filter" role="group" aria-label="${texts.say('filter')}" hidden>${['all' as const, ...kinds].map((kind) =>
    html`<button class="chip" type="button" data-kind="${kind}" aria-pressed="${kind === 'all' ? 'true' : 'false'}">${texts.say(`kind_${kind}`)}</button>`)}</div>
`
}

/** The style of the buttons. */
export const filterStyle = `
.filter { display: flex; flex-wrap: wrap; gap: .5rem; margin-bottom: .75rem }
.chip { min-height: 2.75rem; padding: 0 .875rem; border: 1px solid var(--edge); border-radius: 99px; background: none; color: var(--text); font: inherit; font-size: .9375rem; cursor: pointer }
.chip:hover { background: var(--accent-soft) }
.chip[aria-pressed=true] { border-color: var(--accent); background: var(--accent); color: var(--on-accent) }
@media (forced-colors: active) { .chip[aria-pressed=true] { forced-color-adjust: none; border-color: Highlight; background: Highlight; color: HighlightText } }
`
