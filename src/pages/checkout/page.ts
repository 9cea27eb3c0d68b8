/** The checkout page: choose how to pay, fill in what that needs, continue. One plain form; the script only hides what is not asked. */
import { formatAmount } from '../amount.ts'
import { scriptAsset, styleAsset } from '../assets.ts'
import { renderDocument } from '../document.ts'
import type { Page } from '../document.ts'
import { failureOf, failureText } from '../failures.ts'
import { attr, html, safeUrl } from '../html.ts'
import type { Html } from '../html.ts'
import { bigAmount, foot, merchantLine, progress, testRibbon } from '../layout.ts'
import { shows } from '../look.ts'
import { alertIcon } from '../marks.ts'
import { base } from '../style/base.ts'
import { form } from '../style/form.ts'
import { splitStyle } from '../style/split.ts'
import { tokens } from '../style/tokens.ts'
import { textsFor } from '../text/catalogue.ts'
import type { Texts } from '../text/catalogue.ts'
import { customerName, fieldBox, serviceFieldName } from './fields.ts'
import { kindFilter, filterStyle } from './filter.ts'
import { serviceSign } from './signs.ts'
import type { CheckoutPageView, CheckoutService } from './view.ts'
import type { CheckoutSettings } from './wire.ts'

const checkoutStyle = styleAsset(tokens, base, form, splitStyle, `
.sign { flex: none; width: 1.5rem; height: 1.5rem; color: var(--muted) }
.choice:has(:checked) .sign { color: var(--accent) }
.asks { display: flex; flex-direction: column; gap: 1.125rem; min-width: 0 }
select.input { padding-inline-end: 2rem }
.form + .link { margin-top: .75rem }
`, filterStyle)

/** Renders the checkout page. */
export function renderCheckoutPage(view: CheckoutPageView): Page {
  const texts = textsFor(view.language)
  const amount = formatAmount(view.amount, texts.language)
  const merchant = view.merchant_name
  const withHeader = shows(view.look, 'header')
  return renderDocument({
    status: (view.errors?.length ?? 0) > 0 ? 422 : 200,
    language: texts.language,
    title: `${texts.say('checkout_title', { merchant })} – ${amount}`,
    theme: view.theme,
    look: view.look,
    style: checkoutStyle,
    script: scriptAsset('./browser/checkout.ts', import.meta.url),
    settings: checkoutSettings(view, texts),
    frame_ancestors: view.frame_ancestors,
    form_targets: [view.submit_url, ...(view.form_targets ?? ['https:'])],
    body: html`${view.test_mode && testRibbon(texts)}${progress(view.step, view.look, texts)}<div class="page split">
<header class="summary">
${withHeader && merchantLine(merchant)}
<h1>${texts.say('total')} ${bigAmount(amount)}</h1>
${withHeader && view.description !== undefined && html`<p class="description muted">${view.description}</p>`}
<p id="timer" hidden><span class="timer" id="timer-text"></span></p><p class="sr" id="spoken" role="status"></p>
</header>
<main class="panel">
${view.services.length === 0 ? html`<p>${texts.say('no_methods')}</p>` : checkoutForm(view, texts)}
${view.cancel_url !== undefined && html`<a class="link" href="${safeUrl(view.cancel_url)}">${texts.say('cancel', { merchant })}</a>`}
</main>
</div>
${foot(view, texts)}`,
  })
}

function checkoutForm(view: CheckoutPageView, texts: Texts): Html {
  const chosen = chosenCode(view)
  const error = view.errors?.find(({ field }) => field === 'service')?.message
  const only = view.services.length === 1
  return html`<form class="form" id="form" method="post" action="${safeUrl(view.submit_url)}">
${view.last_error !== undefined && alertBox(view.last_error, view.attempts_left, texts)}
<input type="hidden" name="session" value="${view.session}">
<fieldset${attr('aria-describedby', error !== undefined && 'service-error')}><legend class="label">${texts.say('choose_method')}</legend>
${shows(view.look, 'filter') && kindFilter(view.services, texts)}<div class="choices">
${view.services.map((service) => choice(service, service.code === chosen, view, texts))}
</div>${error !== undefined && html`<p class="error" id="service-error">${error}</p>`}</fieldset>
${view.services.map((service) => {
  const fields = service.fields ?? []
  if (fields.length === 0) return false
  return html`<fieldset class="asks" data-service="${service.code}"><legend class="sr">${service.name}</legend>
${fields.map((field) => fieldBox({ field, name: serviceFieldName(service.code, field.key), required: only && field.required === true, errors: view.errors, texts }))}</fieldset>\n`
})}
${(view.customer_fields ?? []).length > 0 && html`<fieldset class="asks"><legend class="label">${texts.say('your_details')}</legend>
${view.customer_fields?.map((field) => fieldBox({ field, name: customerName(field.key), required: field.required === true, errors: view.errors, texts }))}</fieldset>`}
<button class="button" id="continue" type="submit">${texts.say('continue')}</button>
</form>`
}

/** Why the payer is here again. */
function alertBox(reason: string, left: number | undefined, texts: Texts): Html {
  return html`<div class="alert" role="alert">${alertIcon}<div><strong>${texts.say('failure_title')}</strong><span>${texts.say(failureText(failureOf(reason)))}</span>${
    left !== undefined && left > 0 && html` <span>${texts.count('attempts_left', left)}</span>`}</div></div>`
}

function chosenCode(view: CheckoutPageView): string | undefined {
  return view.services.length === 1 ? view.services[0]?.code : view.services.find(({ code }) => code === view.chosen)?.code
}

function choice(service: CheckoutService, chosen: boolean, view: CheckoutPageView, texts: Texts): Html {
  const other = service.amount && formatAmount(service.amount, texts.language)
  const detail = other ?? (service.currency === view.amount.currency ? undefined : service.currency)
  return html`<label class="choice" data-kind="${service.kind ?? 'other'}"><input type="radio" name="service" value="${service.code}" required${attr('checked', chosen)}${attr('aria-invalid', view.errors?.some(({ field }) => field === 'service') === true && 'true')}><span class="what"><span>${service.name}</span>${
    detail !== undefined && html`<span class="small muted num">${detail}</span>`}</span>${view.look?.signs !== false && serviceSign(service.kind)}</label>\n`
}

function checkoutSettings(view: CheckoutPageView, texts: Texts): CheckoutSettings {
  const left_ms = view.expires_at && view.expires_at.getTime() - (view.now ?? new Date()).getTime()
  return {
    expires_in_s: left_ms && Math.max(0, Math.floor(left_ms / 1000)),
    is_counted: shows(view.look, 'counter'),
    time_left: texts.say('time_left'),
    minutes_left: Object.fromEntries([1, 2, 3, 4, 5].map((minutes) => [minutes, texts.count('minutes_left', minutes)])),
  }
}
