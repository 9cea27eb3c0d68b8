/** The two parts of a page with a form: what is paid, and how. Below each other on a phone, side by side on a screen. */
export const splitStyle = `
.summary > * + * { margin-top: .75rem }
.summary h1 { font-size: 1rem; font-weight: 500; letter-spacing: 0; color: var(--muted) }
.summary .amount { color: var(--text); margin-top: .125rem }
.summary .purpose { font-size: 1.5rem; font-weight: 680; letter-spacing: -.015em; color: var(--text) }
.summary .description { max-width: 34ch }
.timer { display: inline-block; padding: .25rem .625rem; border-radius: 99px; background: var(--warn-soft); color: var(--warn); font-size: .875rem; font-weight: 600; font-variant-numeric: tabular-nums }
.panel { margin-top: 1.25rem }
@media (min-width: 60rem) {
  .page.split { flex: none; display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); width: min(60rem, 100% - 4rem); max-width: none; margin: clamp(2rem, 9vh, 7rem) auto 1.5rem; padding: 0; overflow: clip; background: var(--surface); border: 1px solid var(--line); border-radius: 20px; box-shadow: var(--shadow) }
  .split .summary { padding: 3rem 2.5rem; background: var(--accent-soft) }
  .split .summary h1 { margin-top: 2rem }
  .split .panel { margin: 0; padding: 3rem 2.5rem; border: 0; border-radius: 0; box-shadow: none }
  .split .amount { font-size: 3rem }
  .split .amount.long { font-size: 2.25rem }
  .split .amount.longer { font-size: 1.625rem }
}
`
