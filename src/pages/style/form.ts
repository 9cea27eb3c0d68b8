/** Fields and choices, for the pages that have a form. */
export const form = `
.form { display: flex; flex-direction: column; gap: 1.125rem }
.row { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(7rem, 100%), 1fr)); gap: 1.125rem .875rem; align-items: start }
.field label, .label { display: flex; justify-content: space-between; gap: .5rem; margin-bottom: .375rem; font-size: .9375rem; font-weight: 560 }
legend.label, h2.label { margin-bottom: .625rem; font-size: 1rem; font-weight: 620 }
.field .hint { color: var(--muted); font-size: .8125rem; margin-top: .375rem }
.label .small, .field label .small { font-weight: 400 }
.control { position: relative }
.input { display: block; width: 100%; min-height: 3.125rem; padding: .625rem .875rem; border: 1px solid var(--edge); border-radius: var(--radius); background: var(--surface); color: var(--text); font: inherit; font-size: 1.0625rem; font-variant-numeric: tabular-nums; transition: border-color .15s, box-shadow .15s }
.input::placeholder { color: var(--muted); opacity: 1 }
.input:hover { border-color: var(--text) }
.input:focus { outline: 3px solid transparent; border-color: var(--accent); box-shadow: 0 0 0 3px color-mix(in srgb, var(--accent) 30%, transparent) }
.input[aria-invalid=true] { border-color: var(--danger); box-shadow: inset 0 0 0 1px var(--danger) }
.input[aria-invalid=true]:focus { box-shadow: inset 0 0 0 1px var(--danger), 0 0 0 3px color-mix(in srgb, var(--danger) 30%, transparent) }
.input:-webkit-autofill { -webkit-text-fill-color: var(--text); box-shadow: inset 0 0 0 99px var(--accent-soft) }
.error { display: flex; gap: .375rem; margin-top: .375rem; color: var(--danger); font-size: .875rem; font-weight: 540; line-height: 1.4 }
.error::before { content: "!"; flex: none; display: grid; place-items: center; width: 1.0625rem; height: 1.0625rem; margin-top: .0625rem; border-radius: 50%; background: var(--danger); color: var(--surface); font-size: .75rem; font-weight: 700 }
.choices { border: 1px solid var(--edge); border-radius: var(--radius); overflow: clip }
.choice { display: flex; align-items: center; gap: .75rem; min-height: 3.5rem; padding: .625rem .875rem; cursor: pointer }
.choice + .choice { border-top: 1px solid var(--line) }
.choice:hover, .choice:has(:checked) { background: var(--accent-soft) }
.choice:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: -3px }
.choice:has(:disabled) { cursor: not-allowed; background: none; color: var(--muted) }
.choice input, .check input { flex: none; display: grid; place-items: center; width: 1.375rem; height: 1.375rem; margin: 0; appearance: none; border: 1.5px solid var(--edge); border-radius: 50%; background: var(--surface); transition: border-width .12s; cursor: inherit }
.choice input:checked { border: .4375rem solid var(--accent) }
.choice input:disabled { border-style: dashed }
.check input { border-radius: 6px }
.check input:checked { border-color: var(--accent); background: var(--accent) }
.check input:checked::before { content: ""; width: .75rem; height: .75rem; background: var(--on-accent); clip-path: polygon(12% 46%, 0 60%, 38% 96%, 100% 18%, 86% 6%, 36% 68%) }
.choice input:focus-visible { outline: none }
.choice .what { flex: 1; min-width: 0 }
.choice .what span { display: block }
.check { display: flex; align-items: center; gap: .75rem; min-height: 2.75rem; font-size: .9375rem; cursor: pointer }
@media (forced-colors: active) { .choice input, .check input { appearance: auto } }
`
