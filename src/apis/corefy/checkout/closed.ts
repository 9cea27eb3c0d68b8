import { html, renderDocument, scriptAsset, styleAsset, textsFor, type Page } from '../../../pages/index.ts'

const style = styleAsset(`
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color-scheme: light dark }
main { display: grid; place-content: center; min-height: 100vh; text-align: center; padding: 1rem }
`)

/**
 * Where a checkout without a return address ends: it tells the page that frames it, if any, that it can be closed
 * (Corefy reference: checkout page). It says nothing about the payment, so anybody may frame it.
 */
export function renderClosedPage(language: string): Page {
  const texts = textsFor(language)
  const title = texts.say('closed_title')
  return renderDocument({
    language: texts.language, title, style,
    script: scriptAsset('./browser/closed.ts', import.meta.url),
    frame_ancestors: ['*'],
    body: html`<main><h1>${title}</h1><p>${texts.say('closed_text')}</p></main>`,
  })
}
