import { styleAsset } from '../assets.ts'
import { base } from '../style/base.ts'
import { tokens } from '../style/tokens.ts'

const status = `
.state { display: grid; place-items: center; width: 3.5rem; height: 3.5rem; margin: 0 auto 1rem; border-radius: 50%; background: var(--bg); color: var(--muted) }
.state svg { width: 1.75rem; height: 1.75rem }
.state .spinner { width: 1.75rem; height: 1.75rem; border-width: 3px }
.state.paid { background: var(--ok-soft); color: var(--ok) }
.state.failed { background: var(--danger-soft); color: var(--danger) }
.state.expired { background: var(--warn-soft); color: var(--warn) }
.lead { text-align: center }
.lead > * + * { margin-top: .5rem }
.facts { margin: 1.25rem 0 0; border-top: 1px solid var(--line) }
.facts > div { display: flex; justify-content: space-between; flex-wrap: wrap; gap: .125rem 1rem; padding: .6875rem 0; border-bottom: 1px solid var(--line) }
.facts dt { color: var(--muted) }
.facts dd { max-width: 100%; margin-inline-start: auto; text-align: end; font-weight: 540; font-variant-numeric: tabular-nums }
.how { margin-top: 1.25rem; padding: .875rem 1rem; border: 1px solid var(--line); border-radius: var(--radius); background: var(--accent-soft) }
.how p { margin-top: .25rem }
#long { text-align: center }
.actions { margin-top: 1.25rem }
.button:not(a) { font-family: inherit }
.plain { min-height: 2.75rem; padding: 0 .75rem; border: 0; background: none; color: var(--accent); font: inherit; font-size: .9375rem; text-decoration: underline; text-underline-offset: .2em; cursor: pointer }
.paid path { stroke-dasharray: 24; animation: draw .5s .1s ease-out backwards }
@keyframes draw { from { stroke-dashoffset: 24 } }
@media (prefers-reduced-motion: reduce) { .paid path { animation: none !important } }
@media print {
  :root { --bg: #fff !important; --surface: #fff !important; --text: #000 !important; --muted: #333 !important; --line: #bbb !important }
  .no-print { display: none !important }
  .panel { border: 0; box-shadow: none; padding: 0 }
  .page { max-width: none; padding: 0 }
}
`

/** The style of the pages that only tell: status, receipt, redirect, errors. */
export const statusStyle = styleAsset(tokens, base, status)
