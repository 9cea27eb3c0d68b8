import { attr, html } from './html.ts'
import type { Html } from './html.ts'
import { shows } from './look.ts'
import type { Look } from './look.ts'
import { lockIcon } from './marks.ts'
import type { Texts } from './text/catalogue.ts'

const OWN_NAME = 'Tender'

/** The line above every page in test mode: nobody should mistake a test for a payment. */
export function testRibbon(texts: Texts): Html {
  return html`<aside class="ribbon" aria-label="${texts.say('test_mode')}">${texts.say('test_mode')}</aside>\n`
}

/** The merchant with the first letter of its name as a mark. */
export function merchantLine(name: string): Html {
  const first = [...new Intl.Segmenter().segment(name.trim())][0]?.segment.toLocaleUpperCase() ?? '·'
  return html`<p class="merchant"><span class="monogram" aria-hidden="true">${first}</span><span>${name}</span></p>`
}

/** The amount, large. A long one is smaller, so that it never breaks between its digits. */
export function bigAmount(amount: string): Html {
  return html`<span class="amount${amount.length > LONG && ' long'}${amount.length > LONGER && ' longer'}">${amount}</span>`
}
const LONG = 12
const LONGER = 16

/** Whether what is sent to an address is private: encrypted, or never leaving the payer's own machine. */
export function isPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url, 'https://relative.invalid')
  return protocol === 'https:' || hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** Where the payer is on the way: choosing how to pay, paying, or at the end. */
export type PageStep = 'method' | 'pay' | 'done'

const STEPS: readonly PageStep[] = ['method', 'pay', 'done']

/** The steps of a checkout with the one that the payer is at; nothing without one, or where the merchant hides it. */
export function progress(step: PageStep | undefined, look: Look | undefined, texts: Texts): Html | false {
  if (step === undefined || !shows(look, 'progress')) return false
  const at = STEPS.indexOf(step)
  return html`<ol class="steps" aria-label="${texts.say('progress')}">${STEPS.map((name, index) =>
    html`<li${attr('class', index < at && 'past')}${attr('aria-current', index === at && 'step')}>${texts.say(`step_${name}`)}</li>`)}</ol>\n`
}

/** The end of the page: that entries are encrypted, where there are any and it is true, and whose software this is if the merchant wants it said. */
export function foot({ powered_by: poweredBy, look }: { readonly powered_by?: boolean | string | undefined; readonly look?: Look | undefined }, texts: Texts, isEncrypted = false): Html | false {
  if (!shows(look, 'footer')) return false
  const name = poweredBy === true ? OWN_NAME : poweredBy || undefined
  if (name === undefined && !isEncrypted) return false
  return html`<footer class="foot">${isEncrypted && html`<p class="secure">${lockIcon}${texts.say('encrypted')}</p>`}${
    name !== undefined && html`<p>${texts.say('powered_by', { name })}</p>`}</footer>\n`
}
