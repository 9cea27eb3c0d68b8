/**
 * The card page: amount and merchant first, then one form. It works without JavaScript as a plain form;
 * with it, the form checks itself and pays without leaving the page.
 */
import { formatAmount } from '../amount.ts'
import { scriptAsset } from '../assets.ts'
import { renderDocument } from '../document.ts'
import type { Page } from '../document.ts'
import { failureField, failureOf, failureText } from '../failures.ts'
import { attr, html, safeUrl } from '../html.ts'
import type { Html } from '../html.ts'
import { bigAmount, foot, isPrivate, merchantLine, progress, testRibbon } from '../layout.ts'
import { shows } from '../look.ts'
import { alertIcon, lockIcon } from '../marks.ts'
import { textsFor } from '../text/catalogue.ts'
import type { Texts } from '../text/catalogue.ts'
import { cardFields } from './fields.ts'
import { cardSettings } from './settings.ts'
import { cardStyle } from './style.ts'
import type { CardPageView } from './view.ts'

/** Renders the card page. */
export function renderCardPage(view: CardPageView): Page {
  const texts = textsFor(view.language)
  const amount = formatAmount(view.amount, texts.language)
  const verifies = view.purpose === 'verify'
  const isEncrypted = isPrivate(view.submit_url)
  return renderDocument({
    status: (view.errors?.length ?? 0) > 0 ? 422 : 200,
    language: texts.language,
    title: texts.say(verifies ? 'verify_title' : 'card_title', { amount, merchant: view.merchant_name }),
    theme: view.theme,
    look: view.look,
    style: cardStyle,
    script: scriptAsset('./browser/main.ts', import.meta.url),
    settings: cardSettings(view, texts),
    frame_ancestors: view.frame_ancestors,
    form_targets: [view.submit_url, ...(view.form_targets ?? ['https:'])],
    connect_to: [view.submit_url, view.status_url],
    body: html`${view.test_mode && testRibbon(texts)}${progress(view.step, view.look, texts)}<div class="page split">
${summary(view, texts, amount)}
<main class="panel">
<form class="form" id="form" method="post" action="${safeUrl(view.submit_url)}">
${alertBox(view, texts)}
<input type="hidden" name="session" value="${view.session}">
${cardFields(view, texts)}
<button class="button" id="pay" type="submit">${isEncrypted && lockIcon}<span id="pay-text">${view.look?.pay_label ?? texts.say(verifies ? 'verify' : 'pay', { amount })}</span></button>
<p class="note" id="live" role="status"></p><p class="sr" id="spoken" role="status"></p>
${view.cancel_url !== undefined && html`<a class="link" href="${safeUrl(view.cancel_url)}">${texts.say('cancel', { merchant: view.merchant_name })}</a>
<a class="button" id="back" href="${safeUrl(view.cancel_url)}" hidden>${texts.say('return_to', { merchant: view.merchant_name })}</a>`}
</form>
</main>
</div>
${foot(view, texts, isEncrypted)}`,
  })
}

function summary(view: CardPageView, texts: Texts, amount: string): Html {
  const withHeader = shows(view.look, 'header')
  return html`<header class="summary">
${withHeader && merchantLine(view.merchant_name)}
${view.purpose === 'verify'
    ? html`<h1 class="purpose">${texts.say('verify_heading')}</h1>\n<p>${texts.say(view.amount.minor === 0n ? 'verify_note_free' : 'verify_note', { amount })}</p>`
    : html`<h1>${texts.say('total')} ${bigAmount(amount)}</h1>`}
${withHeader && view.description !== undefined && view.description !== '' && html`<p class="description muted">${view.description}</p>`}
<p id="timer" hidden><span class="timer" id="timer-text"></span></p>
</header>`
}

function alertBox(view: CardPageView, texts: Texts): Html {
  const shown = view.last_error !== undefined
  const failure = failureOf(view.last_error ?? '')
  const text = shown ? texts.say(failureText(failure)) : ''
  const left = shown && view.attempts_left !== undefined && view.attempts_left > 0 && texts.count('attempts_left', view.attempts_left)
  return html`<div class="alert" id="alert" role="alert" tabindex="-1"${attr('data-field', shown ? failureField(failure) : undefined)}${attr('hidden', !shown)}>${alertIcon}<div><strong id="alert-title">${
    shown && texts.say(view.purpose === 'verify' ? 'verify_failed_title' : 'failure_title')}</strong><span id="alert-text">${text}</span> <span id="alert-more">${left}</span></div></div>`
}
