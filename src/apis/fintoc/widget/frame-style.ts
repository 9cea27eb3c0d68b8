import { styleAsset } from '../../../pages/assets.ts'
import { base } from '../../../pages/style/base.ts'
import { form } from '../../../pages/style/form.ts'
import { tokens } from '../../../pages/style/tokens.ts'

/** Colours of bank monograms: white initials reach 4.5:1 on each. */
const MONOGRAMS = ['#1f4fbf', '#8a2c6b', '#0f6b57', '#9a3d12', '#5a3fb0', '#0b6285', '#8f2136', '#4d5a0f']

const widget = `
html { scroll-padding-top: 5.25rem }
body { background: var(--surface) }
.widget { flex: 1; display: flex; flex-direction: column; width: 100%; max-width: 27rem; margin: 0 auto; min-height: 100% }
.top { position: sticky; top: 0; z-index: 1; display: flex; align-items: center; justify-content: space-between; gap: .75rem; min-height: 4.25rem; padding: .75rem .75rem .75rem min(1.25rem, 6vw); background: var(--surface); border-bottom: 1px solid var(--line) }
.top:has(> #head[hidden]) { border-color: transparent }
.who { display: flex; align-items: center; gap: .75rem; min-width: 0 }
.who p { display: flex; flex-direction: column; line-height: 1.3; min-width: 0 }
.who strong { font-size: 1.125rem; letter-spacing: -.01em }
.mark { flex: none; display: grid; place-items: center; width: 2.5rem; height: 2.5rem; border-radius: 50%; background: var(--accent-soft); color: var(--accent); font-weight: 680 }
.close { flex: none; display: grid; place-items: center; width: 2.75rem; height: 2.75rem; margin-left: auto; border: 0; border-radius: 50%; background: none; color: var(--muted); cursor: pointer }
.close:hover { background: var(--bg); color: var(--text) }
.close svg, .icon { width: 1.375rem; height: 1.375rem; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round }
main { flex: 1; display: flex; padding: 1.25rem min(1.25rem, 6vw) }
.screen { flex: 1; display: flex; flex-direction: column; gap: 1rem; min-width: 0; animation: rise .22s ease-out }
@keyframes rise { from { opacity: 0; transform: translateY(6px) } }
h1:focus { outline: none }
.lead { display: flex; align-items: center; gap: .75rem; color: var(--muted); font-size: .9375rem }
.back { align-self: flex-start; display: inline-flex; align-items: center; gap: .25rem; min-height: 2.75rem; margin: -.5rem 0 -.75rem -.375rem; padding: 0 .5rem 0 0; border: 0; background: none; color: var(--accent); font: inherit; font-weight: 560; cursor: pointer; order: -1 }
.back .icon { width: 1.25rem; height: 1.25rem }
.foot { display: flex; align-items: center; justify-content: center; gap: .5rem; padding: .75rem 1.25rem 1rem; margin: 0; text-align: left }
.foot .icon { flex: none; width: 1.125rem; height: 1.125rem }

.banks { list-style: none; margin: 0 -.5rem; padding: 0 }
.bank { display: flex; align-items: center; gap: .875rem; width: 100%; min-height: 3.5rem; padding: .375rem .5rem; border: 0; border-radius: 12px; background: none; color: inherit; font: inherit; font-weight: 540; text-align: left; cursor: pointer }
.bank:hover { background: var(--accent-soft) }
.bank .next { margin-left: auto; width: 1.125rem; color: var(--edge) }
.bank span + span { min-width: 0 }
.mono { flex: none; display: grid; place-items: center; width: 2.5rem; height: 2.5rem; border-radius: 12px; color: #fff; font-size: .875rem; font-weight: 700; letter-spacing: .02em }
${MONOGRAMS.map((colour, index) => `.c${index} { background: ${colour} }`).join('\n')}

.hint { color: var(--muted); font-size: .8125rem; margin-top: .375rem }
.revealing { position: relative }
.revealing .input { padding-right: 6rem }
.reveal { position: absolute; right: .375rem; top: 2.0625rem; min-height: 2.5rem; padding: 0 .625rem; border: 0; border-radius: 8px; background: none; color: var(--accent); font: inherit; font-size: .875rem; font-weight: 600; cursor: pointer }
.input[readonly] { background: var(--bg); color: var(--muted) }
.choices { margin: 0; min-width: 0 }
.name { font-weight: 560 }
.name b { display: inline; font-weight: 560; white-space: nowrap; color: var(--muted) }
.choice .what .name span { display: inline-block }
.low { color: var(--danger) }
.coordinates { display: grid; grid-template-columns: repeat(3, 1fr); gap: .75rem; align-items: end }
.coordinates label { font-size: .8125rem }
.coordinates .input { text-align: center; letter-spacing: .1em }
.receipt { border: 1px solid var(--line); border-radius: 14px; padding: .25rem min(1rem, 4vw) }
.receipt div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .125rem 1rem; padding: .75rem 0 }
.receipt div + div { border-top: 1px solid var(--line) }
.receipt dt { color: var(--muted) }
.receipt dd { max-width: 100%; margin-left: auto; text-align: right; font-weight: 540 }
.receipt .total { font-size: 1.25rem; font-weight: 680; letter-spacing: -.01em }

.waiting { display: flex; align-items: center; justify-content: center; gap: .625rem; color: var(--muted) }
.center-text { text-align: center; text-wrap: balance }
.screen:has(.seal), .screen:has(.phone), .screen:has(.pulse) { justify-content: center }
.screen:has(.seal) h1, .screen:has(.phone) h1, .screen:has(.pulse) h1 { text-align: center; order: 0 }
.seal, .pulse { order: -1; align-self: center; display: grid; place-items: center; width: 5rem; height: 5rem; border-radius: 50% }
.seal .icon, .pulse .icon { width: 2.5rem; height: 2.5rem }
.good { background: var(--ok-soft); color: var(--ok); animation: pop .35s cubic-bezier(.2, 1.6, .4, 1) }
.good path { stroke-dasharray: 24; animation: draw .5s .15s ease-out backwards }
.bad { background: var(--danger-soft); color: var(--danger) }
.slow { background: var(--warn-soft); color: var(--warn) }
.pulse { background: var(--accent-soft); color: var(--accent); animation: pulse 1.8s ease-in-out infinite }
@keyframes pop { from { transform: scale(.6) } }
@keyframes draw { from { stroke-dashoffset: 24 } }
@keyframes pulse { 50% { box-shadow: 0 0 0 12px color-mix(in srgb, var(--accent-soft) 55%, transparent) } }
.phone { order: -1; align-self: center; position: relative; display: flex; flex-direction: column; align-items: center; gap: .5rem; width: 6.5rem; height: 11rem; padding-top: 2.25rem; border: 3px solid var(--text); border-radius: 20px; background: var(--bg) }
.phone::before { content: ""; position: absolute; top: .5rem; width: 1.75rem; height: .25rem; border-radius: 2px; background: var(--edge) }
.bar { width: 3.75rem; height: .4375rem; border-radius: 4px; background: var(--line) }
.short { width: 2.5rem }
.phone .ok { margin-top: auto; margin-bottom: .75rem; width: 2.25rem; height: 2.25rem; padding: .375rem; border-radius: 50%; background: var(--accent); color: var(--on-accent); animation: pulse 1.8s ease-in-out infinite }

.ask { width: min(22rem, calc(100% - 2rem)); padding: 1.5rem; border: 1px solid var(--line); border-radius: 18px; background: var(--surface); color: var(--text); box-shadow: 0 24px 64px rgb(0 0 0 / .3) }
.ask::backdrop { background: rgb(10 14 22 / .45) }
.ask h2 { font-size: 1.1875rem }
.ask > * + * { margin-top: .75rem }
@media (min-width: 48rem) {
  body:has(.hosted) { background: var(--bg) }
  .hosted { margin: 3rem auto; flex: none; min-height: 42rem; background: var(--surface); border: 1px solid var(--line); border-radius: 20px; box-shadow: var(--shadow); overflow: clip }
}
@media (prefers-reduced-motion: reduce) { .screen, .good, .good path, .pulse, .phone .ok { animation: none } }
@media (forced-colors: active) { .mono, .mark, .seal { border: 1px solid } }
`

export const frameStyle = styleAsset(tokens, base, form, widget)
