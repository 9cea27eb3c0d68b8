import { html, renderDocument, scriptAsset, statusStyle, textsFor, type Page } from '../../../pages/index.ts'

/**
 * Where a checkout without a return address ends: it tells the page that frames it, if any, that it can be closed
 * (Corefy reference: checkout page). It says nothing about the payment, so anybody may frame it.
 */
export function renderClosedPage(language: string): Page {
  const texts = textsFor(language)
  const title = texts.say('closed_title')
  return renderDocument({
    language: texts.language, title, style: statusStyle,
    script: scriptAsset('./browser/closed.ts', import.meta.url),
    frame_ancestors: ['*'],
    body: html`<main class="page center"><section class="panel"><div class="lead"><h1>${title}</h1><p class="muted">${texts.say('closed_text')}</p></div></section></main>`,
  })
}
