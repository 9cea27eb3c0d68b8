import { attr, html } from '../html.ts'
import type { Html } from '../html.ts'
import { brandMark, codeMark } from '../marks.ts'
import type { Texts } from '../text/catalogue.ts'
import { brandName, brandTable, brandType } from './brands.ts'
import { formatExpiry } from './browser/expiry.ts'
import type { CardPageView, SavedCard } from './view.ts'

/** All that the payer fills in, in order. */
export function cardFields(view: CardPageView, texts: Texts): Html {
  if (view.predefined) return predefinedFields(view, view.predefined, texts)
  const saved = view.saved_cards ?? []
  return html`${saved.length > 0 ? savedChoice(view, saved, texts) : html`<h2>${texts.say('card_section')}</h2>`}
<div class="new-only">${numberField(view, texts)}</div>
<div class="row"><div class="new-only">${expiryField(view, texts)}</div>${cvvField(view, texts)}</div>
${view.ask_holder && html`<div class="new-only">${holderField(view, texts)}</div>\n`}${view.allow_remember && rememberBox(view, texts)}`
}

function predefinedFields(view: CardPageView, card: SavedCard, texts: Texts): Html {
  return html`<h2>${texts.say('pay_with')}</h2>
<div class="stored">${brandMark(card.brand)}${cardWords(card, view, texts)}</div>
<input type="hidden" name="saved_card" value="${card.id}" data-code="${codeSize(card.brand)}">
<div class="only-cvv">${cvvField(view, texts, card)}</div>`
}

function savedChoice(view: CardPageView, cards: readonly SavedCard[], texts: Texts): Html {
  const chosen = cards.find((card) => !hasExpired(card, view))
  return html`<fieldset><legend class="label">${texts.say('pay_with')}</legend>
<div class="choices" id="cards">
${cards.map((card) => html`<label class="choice"><input class="saved" type="radio" name="saved_card" value="${card.id}" data-code="${
    codeSize(card.brand)}"${attr('checked', card === chosen)}${attr('disabled', hasExpired(card, view))}>${cardWords(card, view, texts)}${brandMark(card.brand)}</label>\n`)}
<label class="choice"><input type="radio" name="saved_card" value=""${attr('checked', chosen === undefined)}><span class="what">${texts.say('other_card')}</span>${brandMark('')}</label>
</div></fieldset>`
}

function cardWords(card: SavedCard, view: CardPageView, texts: Texts): Html {
  const date = formatExpiry({ month: card.exp_month, year: card.exp_year })
  return html`<span class="what"><span>${texts.say('card_masked', { brand: brandName(card.brand) || texts.say('card_generic'), last4: card.last4 })}</span>
<span class="small muted num">${texts.say(hasExpired(card, view) ? 'card_has_expired' : 'expires', { date })}</span></span>`
}

function numberField(view: CardPageView, texts: Texts): Html {
  const accepted = view.accepted_brands ?? []
  const marks = accepted.length > 0 && html`<span class="accepted" id="accepted" role="img" aria-label="${accepted.map(brandName).join(', ')}">${accepted.map((brand) => brandMark(brand))}</span>`
  return field({
    name: 'card_number', label: texts.say('card_number'), beside: marks, autocomplete: 'cc-number', view, texts,
    after: html`${brandMark('', 'mark')}<span class="sr" id="card_number-hint"></span>`,
  })
}

function expiryField(view: CardPageView, texts: Texts): Html {
  return field({ name: 'exp', label: texts.say('expiry'), placeholder: texts.say('expiry_hint'), hint: texts.say('expiry_hint'), hint_hidden: true, autocomplete: 'cc-exp', view, texts })
}

function cvvField(view: CardPageView, texts: Texts, card?: SavedCard): Html {
  const size = card && codeSize(card.brand)
  const hint = texts.say(size === 4 ? 'cvv_hint_front' : size === 3 ? 'cvv_hint_back' : 'cvv_hint')
  return field({ name: 'cvv', label: texts.say('cvv'), hint, autocomplete: 'cc-csc', view, texts, after: codeMark(size) })
}

function holderField(view: CardPageView, texts: Texts): Html {
  return field({ name: 'card_holder', label: texts.say('holder'), autocomplete: 'cc-name', value: view.holder, words: true, view, texts })
}

function rememberBox(view: CardPageView, texts: Texts): Html {
  return html`<label class="check new-only"><input type="checkbox" name="remember" value="1"><span>${texts.say('remember', { merchant: view.merchant_name })}</span></label>`
}

interface FieldParts {
  readonly name: string
  readonly label: string
  readonly autocomplete: string
  readonly view: CardPageView
  readonly texts: Texts
  readonly beside?: Html | false
  readonly after?: Html
  readonly placeholder?: string
  readonly hint?: string
  /** The placeholder shows the hint already; screen readers get it as a description. */
  readonly hint_hidden?: boolean
  readonly value?: string | undefined
  readonly words?: boolean
}

/** One field: label, input, hint, error. `required` only where no choice can hide the field from a browser without JavaScript. */
function field(parts: FieldParts): Html {
  const { name } = parts
  const message = parts.view.errors?.find((error) => error.field === name)?.message
  const described = parts.hint === undefined && !parts.after ? `${name}-error` : `${name}-hint ${name}-error`
  const required = (parts.view.saved_cards ?? []).length === 0 || name === 'cvv'
  return html`<div class="field"><label for="${name}"><span>${parts.label}</span>${parts.beside}</label>
<div class="control"><input class="input${parts.words ? '' : ' ltr'}" id="${name}" name="${name}" type="text"${attr('inputmode', parts.words ? undefined : 'numeric')} autocomplete="${parts.autocomplete}"${
    attr('autocapitalize', parts.words ? 'characters' : 'off')} autocorrect="off" spellcheck="false"${attr('required', required)}${attr('placeholder', parts.placeholder)}${attr('value', parts.value)}${
    attr('aria-invalid', message !== undefined && 'true')} aria-describedby="${described}">${parts.after}</div>
${parts.hint !== undefined && html`<p class="${parts.hint_hidden ? 'sr' : 'hint'}" id="${name}-hint">${parts.hint}</p>`}<p class="error" id="${name}-error"${attr('hidden', message === undefined)}>${message}</p></div>`
}

function codeSize(brand: string): number | undefined {
  return brandTable.find((known) => known.type === brandType(brand))?.code
}

function hasExpired(card: SavedCard, view: CardPageView): boolean {
  const now = view.now ?? new Date()
  return !view.test_mode && now.getTime() >= Date.UTC(card.exp_year, card.exp_month, 1) + 12 * 3600_000
}
