import type { FieldError } from '../card/wire.ts'
import { attr, html } from '../html.ts'
import type { Html } from '../html.ts'
import type { TextKey, Texts } from '../text/catalogue.ts'
import type { CheckoutField } from './view.ts'

/** The name of a service's field in the form: services may ask for fields of the same name. */
export function serviceFieldName(code: string, key: string): string {
  return `fields[${code}][${key}]`
}

/** The name of a customer's field in the form. */
export function customerName(key: string): string {
  return `customer[${key}]`
}

/** Fields that the page can name itself, with what a browser may fill in. */
const KNOWN: Readonly<Record<string, { readonly text: TextKey; readonly autocomplete: string }>> = {
  email: { text: 'field_email', autocomplete: 'email' },
  phone: { text: 'field_phone', autocomplete: 'tel' },
  name: { text: 'field_name', autocomplete: 'name' },
  first_name: { text: 'field_first_name', autocomplete: 'given-name' },
  last_name: { text: 'field_last_name', autocomplete: 'family-name' },
  country: { text: 'field_country', autocomplete: 'country-name' },
  city: { text: 'field_city', autocomplete: 'address-level2' },
  address: { text: 'field_address', autocomplete: 'street-address' },
  account_number: { text: 'account_number', autocomplete: 'off' },
  postal_code: { text: 'field_postal_code', autocomplete: 'postal-code' },
}

/** The label of a field: the merchant's, else ours, else its key in plain words. */
export function fieldLabel(field: CheckoutField, texts: Texts): string {
  const known = KNOWN[field.key]
  const plain = field.key.replace(/_/g, ' ')
  return field.label ?? (known ? texts.say(known.text) : plain.charAt(0).toUpperCase() + plain.slice(1))
}

interface FieldBoxParts {
  readonly field: CheckoutField
  readonly name: string
  /** False where a choice may hide the field: without JavaScript a hidden required field could never be sent. */
  readonly required: boolean
  readonly errors: readonly FieldError[] | undefined
  readonly texts: Texts
}

/** One field: label, control, hint, error. */
export function fieldBox({ field, name, required, errors, texts }: FieldBoxParts): Html {
  const id = name.replace(/[^\w-]+/g, '_')
  const message = errors?.find((error) => error.field === name)?.message
  const described = [field.hint !== undefined && `${id}-hint`, message !== undefined && `${id}-error`].filter(Boolean).join(' ')
  const common = html` class="input" id="${id}" name="${name}"${attr('required', required)}${attr('data-required', field.required === true && !required)}${
    attr('aria-invalid', message !== undefined && 'true')}${attr('aria-describedby', described || undefined)}`
  return html`<div class="field"><label for="${id}"><span>${fieldLabel(field, texts)}</span>${
    field.required !== true && html`<span class="small muted">${texts.say('optional')}</span>`}</label>
${field.type === 'select' ? select(field, common) : textInput(field, common)}
${field.hint !== undefined && html`<p class="hint" id="${id}-hint">${field.hint}</p>`}${message !== undefined && html`<p class="error" id="${id}-error">${message}</p>`}</div>`
}

function select(field: CheckoutField, common: Html): Html {
  return html`<select${common}><option value=""></option>${(field.options ?? []).map(
    ({ value, label }) => html`<option value="${value}"${attr('selected', value === field.value)}>${label}</option>`,
  )}</select>`
}

function textInput(field: CheckoutField, common: Html): Html {
  // A number field loses zeros and moves by the mouse wheel; text with a number keyboard does neither.
  const type = field.type === 'number' ? 'text' : (field.type ?? 'text')
  return html`<input type="${type}"${common}${attr('inputmode', field.type === 'number' && 'numeric')}${attr('autocomplete', KNOWN[field.key]?.autocomplete ?? 'off')}${
    attr('placeholder', field.example)}${attr('pattern', field.pattern)}${attr('title', field.pattern === undefined ? undefined : field.hint)}${attr('value', field.value)}>`
}
