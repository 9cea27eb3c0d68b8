/** What all pages share: type, the frame of the page, buttons, notices, the test ribbon. Phone first; one step at 60rem. */
export const base = `
*, ::before, ::after { box-sizing: border-box }
[hidden] { display: none !important }
html { font: 100%/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column; background: var(--bg); color: var(--text); overflow-wrap: anywhere }
h1, h2, p, fieldset, legend, dl, dd { margin: 0; padding: 0; border: 0 }
h1 { font-size: 1.375rem; line-height: 1.3; font-weight: 650; letter-spacing: -.012em; text-wrap: balance }
h2 { font-size: 1rem; font-weight: 620 }
a { color: var(--accent); text-underline-offset: .2em }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.muted { color: var(--muted) }
.small { font-size: .875rem }
.sr { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.num { font-variant-numeric: tabular-nums }

.ribbon { padding: .5rem 1rem; background: var(--warn-soft); color: var(--warn); text-align: center; font-size: .875rem; font-weight: 600 }
.page { flex: 1; width: 100%; max-width: 29rem; margin: 0 auto; padding: 1.25rem min(1rem, 5vw) 2rem }
.center { display: flex; flex-direction: column; justify-content: center; gap: 1.25rem }
.panel { background: var(--surface); border: 1px solid var(--line); border-radius: 16px; padding: min(1.25rem, 6vw); box-shadow: var(--shadow) }
.merchant { display: flex; align-items: center; gap: .625rem; font-weight: 600 }
.monogram { flex: none; display: grid; place-items: center; width: 2.25rem; height: 2.25rem; border-radius: 10px; background: var(--button, var(--accent)); color: var(--on-button, var(--on-accent)); font-weight: 650 }
.amount { display: block; font-size: clamp(2rem, 9vw, 2.5rem); line-height: 1.15; font-weight: 680; letter-spacing: -.025em; font-variant-numeric: tabular-nums }
.amount.long { font-size: clamp(1.5rem, 7.5vw, 2.125rem) }
.amount.longer { font-size: clamp(1.25rem, 5.75vw, 1.625rem) }
.foot > * + * { margin-top: .375rem }
.foot { padding: 0 1rem 1.5rem; text-align: center; color: var(--muted); font-size: .8125rem }

.button { display: flex; align-items: center; justify-content: center; gap: .625rem; width: 100%; min-height: 3.25rem; padding: .625rem 1.25rem; border: 1px solid transparent; border-radius: var(--radius); background: var(--button, var(--accent)); color: var(--on-button, var(--on-accent)); font: inherit; font-size: 1.0625rem; font-weight: 620; text-align: center; text-decoration: none; cursor: pointer; transition: background-color .15s }
.button:hover { background: var(--button-hover, var(--accent-hover)) }
.button[aria-disabled=true] { cursor: progress; opacity: .75 }
.quiet { background: transparent; color: var(--text); border-color: var(--edge); font-size: 1rem }
.quiet:hover { background: var(--accent-soft) }
.link { display: flex; align-items: center; justify-content: center; min-height: 2.75rem; color: var(--muted); font-size: .9375rem; text-align: center }
.link:hover { color: var(--text) }
.secure { display: flex; align-items: center; justify-content: center; gap: .375rem }
.button svg, .secure svg { flex: none }
.secure svg { width: 1rem; height: 1rem }
.busy svg { display: none }
.stack > * + * { margin-top: .75rem }
.spinner, .busy::before { content: ""; flex: none; width: 1.125rem; height: 1.125rem; border: 2px solid currentColor; border-right-color: transparent; border-radius: 50%; animation: turn .8s linear infinite }
@keyframes turn { to { transform: rotate(1turn) } }

.steps { display: flex; gap: .5rem; width: 100%; max-width: 29rem; margin: 0 auto; padding: 1.25rem 1rem 0; list-style: none; font-size: .8125rem; color: var(--muted) }
.steps li { flex: 1; padding-top: .375rem; border-top: 3px solid var(--line) }
.steps .past { border-color: var(--edge) }
.steps [aria-current] { border-color: var(--button, var(--accent)); color: var(--text); font-weight: 620 }

.alert { display: flex; gap: .75rem; padding: .875rem 1rem; border: 1px solid var(--danger); border-radius: var(--radius); background: var(--danger-soft); font-size: .9375rem }
.alert svg { flex: none; width: 1.25rem; height: 1.25rem; margin-top: .125rem; color: var(--danger) }
.alert strong { display: block }
.alert:focus { outline: none }

@media (min-width: 60rem) {
  .steps:has(+ .split) { width: min(60rem, 100% - 4rem); max-width: none; padding-inline: 0 }
  .steps + .page:not(.split) { padding-top: 1.5rem }
  .steps + .page.split { margin-top: 1.5rem }
  .page { padding-top: 3rem }
  .panel { padding: 2rem }
}
@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after { animation-duration: 2.4s !important; transition: none !important }
}
@media (forced-colors: active) {
  .button { border-color: ButtonText }
}
`
