import { html, trusted } from '../html.ts'
import type { Html } from '../html.ts'

/** Lines of name and value; a line without a value is left out. */
export function facts(lines: readonly (readonly [string, string | undefined])[]): Html {
  const shown = lines.filter(([, value]) => value !== undefined && value !== '')
  if (shown.length === 0) return trusted('')
  return html`<dl class="facts">${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

const draw = (path: string): Html =>
  html`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" stroke-width="2.25" stroke-linecap="round" stroke-linejoin="round"><path d="${path}"/></svg>`

const CLOCK = 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 7.5V12l3 2'
const SIGNS: Readonly<Record<string, Html>> = {
  paid: draw('M5 12.5l4.5 4.5L19 7.5'),
  failed: draw('M7 7l10 10M17 7L7 17'),
  canceled: draw('M7 7l10 10M17 7L7 17'),
  expired: draw(CLOCK),
  awaited: draw(CLOCK),
  unknown: draw('M12 6.5v7M12 17.4v.1'),
  pending: trusted('<span class="spinner"></span>'),
}

/** The round sign above a message. */
export function sign(kind: string): Html {
  return html`<div class="state ${kind}" aria-hidden="true">${SIGNS[kind] ?? SIGNS['unknown']}</div>`
}
