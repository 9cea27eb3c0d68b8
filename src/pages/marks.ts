import { brandType } from './card/brands.ts'
import { html, trusted } from './html.ts'
import type { Html } from './html.ts'

/**
 * Marks for card brands, drawn by us: a small card with the brand's initials. They help a payer to see which card is meant
 * and copy nobody's trademark. The words beside them carry the meaning, so they are hidden from screen readers.
 */
const MARKS: Readonly<Record<string, readonly [string, string]>> = {
  visa: ['VISA', '#20307f'],
  mastercard: ['MC', '#9c3414'],
  'american-express': ['AMEX', '#17628d'],
  'diners-club': ['DC', '#3d4f66'],
  discover: ['DISC', '#8f4a00'],
  jcb: ['JCB', '#1b6b3a'],
  unionpay: ['UP', '#8e1f3c'],
  maestro: ['MAE', '#5b3a99'],
  mir: ['MIR', '#23704a'],
  elo: ['ELO', '#30343c'],
  hiper: ['HIP', '#96510a'],
  hipercard: ['HIPC', '#8b2020'],
  troy: ['TROY', '#0f6a75'],
  verve: ['VERV', '#7a2245'],
  naranja: ['NAR', '#9a4208'],
}

/** The initials on a brand's mark. */
export function markInitials(brand: string): string {
  return MARKS[brandType(brand)]?.[0] ?? ''
}

/** The mark of a brand, or of a card in general when the brand is unknown. */
export function brandMark(brand: string, id?: string): Html {
  const type = brandType(brand)
  const initials = markInitials(type)
  return html`<svg class="mark"${id === undefined ? '' : trusted(` id="${id}"`)} data-brand="${initials && type}" viewBox="0 0 38 24" aria-hidden="true" focusable="false"><rect width="38" height="24" rx="4"/><path d="M0 6.5h38v3.5H0zM5.5 15h8v2h-8z"/><text x="19" y="16" text-anchor="middle">${initials}</text></svg>`
}

/** Where the security code stands: behind the signature on the back, or on the front. */
export const codeMark = (size: number | undefined): Html => html`<svg class="code-mark" id="code-mark" data-code="${size ?? ''}" viewBox="0 0 32 22" aria-hidden="true" focusable="false"><rect x=".75" y=".75" width="30.5" height="20.5" rx="3" fill="none" stroke="currentColor" stroke-width="1.5"/><g class="back"><path fill="currentColor" d="M1 4.5h30V8H1zM4 12h12v4H4z"/><circle cx="19" cy="14" r="1.5"/><circle cx="23" cy="14" r="1.5"/><circle cx="27" cy="14" r="1.5"/></g><g class="front"><path fill="currentColor" d="M4 15.5h14V17H4zM4 6h5v4H4z"/><circle cx="16" cy="8" r="1.5"/><circle cx="20" cy="8" r="1.5"/><circle cx="24" cy="8" r="1.5"/><circle cx="28" cy="8" r="1.5"/></g></svg>`

/** Colours of the marks. White initials reach 4.5:1 on each. */
export const markStyle = `
.mark { flex: none; display: block; width: 2.375rem; height: 1.5rem }
.mark rect { fill: var(--m, var(--muted)) }
.mark[data-brand=""] rect { fill: none; stroke: var(--edge); stroke-width: 3 }
.mark path { fill: var(--edge) }
.mark text { fill: #fff; font: 700 10.5px/1 system-ui, sans-serif; letter-spacing: .02em }
.mark:not([data-brand=""]) path, .mark[data-brand=""] text { display: none }
${Object.entries(MARKS).map(([type, [, colour]]) => `[data-brand=${type}] { --m: ${colour} }`).join('\n')}
.mark:not([data-brand=""]) rect { stroke: color-mix(in srgb, var(--text) 22%, transparent) }
`

/** A closed lock. */
export const lockIcon: Html = trusted(
  '<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" stroke-width="1.8"><rect x="4" y="9" width="12" height="8" rx="2"/><path d="M7 9V6.5a3 3 0 0 1 6 0V9"/></svg>',
)

/** A warning in a circle. */
export const alertIcon: Html = trusted(
  '<svg viewBox="0 0 20 20" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"><circle cx="10" cy="10" r="8"/><path d="M10 6v4.5M10 13.75v.01"/></svg>',
)
