import type { CardSettings } from '../wire.ts'
import type { EntryRules } from './check.ts'

/** What the server wrote into the page for this script. */
export const settings = JSON.parse(element('settings').textContent ?? '') as CardSettings

/** The rules for what is typed; the clock is read when they are asked for. */
export function rules(): EntryRules {
  return { brands, lengths: settings.lengths, test: settings.test, now: new Date() }
}

const brands = settings.brands.map(([type, name, , lengths, gaps, code, prefixes, luhn]) => ({ type, name, lengths, gaps, code, prefixes, luhn: luhn === 1 }))

/** A text of the page with its blanks filled in. */
export function say(key: string, values: Readonly<Record<string, string | number>> = {}): string {
  return (settings.texts[key] ?? '').replace(/\{(\w+)\}/g, (blank, name: string) => String(values[name] ?? blank))
}

/** The same, for a number of things. */
export function count(key: string, n: number): string {
  const form = `${key}_${new Intl.PluralRules(settings.language).select(n)}`
  return say(form in settings.texts ? form : `${key}_other`, { n })
}

/** An element that the page certainly has. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (!found) throw new Error(`no element ${id}`)
  return found
}

/** An input that this page may or may not have: a page for a saved card has no number. */
export function input(id: string): HTMLInputElement | null {
  return document.querySelector<HTMLInputElement>(`input#${id}`)
}

/** Tells a screen reader, and shows below the button, what happens now. */
export function announce(text: string): void {
  element('live').textContent = text
}

/** Shows the notice above the form, which is read out by itself; no text hides it. */
export function notice(text: string, title = '', more = ''): void {
  element('alert-title').textContent = title
  element('alert-text').textContent = text
  element('alert-more').textContent = more
  element('alert').hidden = text === ''
}

/** Goes to another page. Only web addresses: nothing that an answer says can run as code. */
export function go(url: string): void {
  const target = new URL(url, location.href)
  if (/^https?:$/.test(target.protocol)) location.replace(target.href)
}
