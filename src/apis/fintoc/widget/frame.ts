/**
 * The widget's document, in its three modes: embedded by the script, in an application's web view, and as a hosted page.
 * One strict policy for all (pages/document.ts); who may embed it comes from the merchant's settings, never from the request.
 */
import { scriptAsset } from '../../../pages/assets.ts'
import type { Asset } from '../../../pages/assets.ts'
import { renderDocument } from '../../../pages/document.ts'
import type { Page } from '../../../pages/document.ts'
import { html } from '../../../pages/html.ts'
import { frameStyle } from './frame-style.ts'
import type { FrameSettings } from './protocol.ts'
import { TEXTS, languageOf } from './text.ts'

export interface FrameView {
  readonly base: string
  readonly language: string | undefined
  readonly mode: FrameSettings['mode']
  /** Origins that may embed it; none named means any. */
  readonly parents: readonly string[]
  readonly options?: FrameSettings['options']
  readonly tell_events?: boolean
  readonly success_url?: string | undefined
  readonly cancel_url?: string | undefined
}

/** The script of a merchant's page. Made once. */
export function sdkScript(): Asset {
  return scriptAsset('./browser/sdk.ts', import.meta.url)
}

export function renderFrame(view: FrameView): Page {
  const language = languageOf(view.language)
  const texts = TEXTS[language]
  const settings: FrameSettings = {
    base: view.base,
    language,
    texts,
    parents: view.parents,
    mode: view.mode,
    options: view.options,
    tell_events: view.tell_events,
    success_url: view.success_url,
    cancel_url: view.cancel_url,
  }
  return renderDocument({
    language,
    title: texts.title,
    style: frameStyle,
    script: scriptAsset('./browser/frame/main.ts', import.meta.url),
    settings,
    // Without a list any site may embed the frame: it shows nothing that a stranger could use, and asks for nothing without a token.
    frame_ancestors: view.mode === 'frame' ? (view.parents.length === 0 ? ['*'] : view.parents) : [],
    body: html`<aside class="ribbon" id="ribbon" hidden>${texts.test_mode}</aside>
<div class="widget ${view.mode === 'page' && 'hosted'}">
<header class="top"><div class="who" id="head" hidden><span class="mark" id="mark" aria-hidden="true"></span><p><span class="small muted">${texts.pay_to} <span id="merchant"></span></span><strong class="num" id="amount"></strong></p></div>
<button type="button" class="close" id="close" aria-label="${texts.close}"><svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M6 6l12 12M18 6L6 18"/></svg></button></header>
<main><div id="screen"><h1 id="title" tabindex="-1">${texts.loading}</h1></div></main>
<p class="foot" id="encrypted"><svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5z"/></svg>${texts.encrypted}</p>
</div>
<p class="sr" id="live" role="status"></p>
<noscript><p class="alert">${texts.no_script}</p></noscript>`,
  })
}
