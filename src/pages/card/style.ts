import { styleAsset } from '../assets.ts'
import { markStyle } from '../marks.ts'
import { base } from '../style/base.ts'
import { form } from '../style/form.ts'
import { splitStyle } from '../style/split.ts'
import { tokens } from '../style/tokens.ts'

const card = `
.accepted { display: flex; gap: .25rem }
.accepted .mark { width: 1.75rem; height: 1.125rem }
.control .mark { position: absolute; top: 50%; inset-inline-end: .875rem; transform: translateY(-50%) }
#card_number { padding-inline-end: 4rem }
.ltr { direction: ltr; unicode-bidi: isolate }
html[dir=rtl] .ltr { text-align: right }
.form:has(.saved:checked) .new-only { display: none }
.only-cvv { max-width: 15rem }
.stored { display: flex; align-items: center; gap: .75rem; min-height: 3.5rem; padding: .625rem .875rem; border: 1px solid var(--line); border-radius: var(--radius); background: var(--bg) }
.stored span { display: block }
.note { min-height: 1.5rem; color: var(--muted); font-size: .875rem; text-align: center }
.note:empty { min-height: 0; margin-top: -1.125rem }
`

/** The style of the card page. */
export const cardStyle = styleAsset(tokens, base, form, splitStyle, markStyle, card)
