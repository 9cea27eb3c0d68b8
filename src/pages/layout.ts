import { html } from './html.ts'
import type { Html } from './html.ts'
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

/** The end of the page: that entries are encrypted, where there are any, and whose software this is if the merchant wants it said. */
export function foot(poweredBy: boolean | string | undefined, texts: Texts, hasEntries = false): Html | false {
  const name = poweredBy === true ? OWN_NAME : poweredBy || undefined
  if (name === undefined && !hasEntries) return false
  return html`<footer class="foot">${hasEntries && html`<p class="secure">${lockIcon}${texts.say('encrypted')}</p>`}${
    name !== undefined && html`<p>${texts.say('powered_by', { name })}</p>`}</footer>\n`
}
