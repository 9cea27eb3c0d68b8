import { styleAsset } from '../assets.ts'
import { markStyle } from '../marks.ts'
import { base } from '../style/base.ts'
import { form } from '../style/form.ts'
import { splitStyle } from '../style/split.ts'
import { tokens } from '../style/tokens.ts'

const card = `
.field label:has(.accepted) { flex-wrap: wrap }
.accepted { display: flex; flex-wrap: wrap; gap: .25rem }
.accepted .mark { width: 1.75rem; height: 1.125rem }
.control .mark, .code-mark { position: absolute; top: 50%; inset-inline-end: .875rem; transform: translateY(-50%) }
.code-mark { width: 2rem; height: 1.375rem; color: var(--edge); pointer-events: none }
.code-mark circle { fill: var(--accent) }
.code-mark[data-code="4"] .back, .code-mark:not([data-code="4"]) .front { display: none }
#card_number { padding-inline-end: 4rem }
#cvv { padding-inline-end: 3.25rem }
.ltr { direction: ltr; unicode-bidi: isolate }
html[dir=rtl] .ltr { text-align: right }
.form:has(.saved:checked) .new-only { display: none }
.only-cvv, .row:has(> .new-only[hidden]) { max-width: 15rem }
.row:has(> .new-only[hidden]) { grid-template-columns: 1fr }
.closed > :not(#alert, #back) { display: none }
.stored { display: flex; align-items: center; gap: .75rem; min-height: 3.5rem; padding: .625rem .875rem; border: 1px solid var(--line); border-radius: var(--radius); background: var(--bg) }
.stored span { display: block }
.note { min-height: 1.5rem; color: var(--muted); font-size: .875rem; text-align: center }
.note:empty { min-height: 0; margin-top: -1.125rem }
`

/** The style of the card page. */
export const cardStyle = styleAsset(tokens, base, form, splitStyle, markStyle, card)
