/**
 * The pages of the simulated issuers, wallets and kiosks: plain request in, plain answer out, so that any server can mount them.
 * No script but one that submits the form on the way back, no request to anywhere, one style sheet; the policy names both by hash.
 */
import { createHash } from 'node:crypto'
import type { Money } from '../../../core/money.ts'
import { html, raw, toMarkup, type Html, type Part } from './html.ts'
import { STYLE } from './style.ts'
import { fill, formatMoney, words, type Language } from './words.ts'

export interface PageRequest {
  readonly method: 'GET' | 'POST'
  /** Below the sandbox's base: `/acs/challenge`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** The fields of a posted form. */
  readonly form: Readonly<Record<string, string>>
  readonly accept_language?: string | undefined
}

export interface PageResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Answers a request for one of its paths; undefined for any other. */
export type Pages = (request: PageRequest) => Promise<PageResponse | undefined>

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const STYLE_HASH = hash(STYLE)

/** The only scripts that there are. `submit` sends the first form; `watch` looks every three seconds whether the page is still true. */
const SCRIPTS = {
  submit: 'document.forms[0].submit()',
  watch: `setInterval(async()=>{try{const a=await fetch(location.pathname+'/status');if((await a.json()).status!==document.body.dataset.status)location.reload()}catch{}},3000)`,
} as const

export interface PageParts {
  readonly status?: number
  readonly language: Language
  readonly title: string
  /** Who speaks: the name in the page's head. */
  readonly owner: string
  readonly body: Part
  /** Shown inside somebody's frame: smaller, without a frame of its own. */
  readonly compact?: boolean
  /** May be framed. An issuer's challenge and a method in its iframe layout may, everything else may not. */
  readonly framed?: boolean
  readonly script?: keyof typeof SCRIPTS
  /** Where a form of the page goes, beside our own origin. */
  readonly form_target?: string
  /** What `watch` compares with. */
  readonly status_shown?: string
  /** Goes on to this address by itself. */
  readonly goes_to?: string
}

export function page(parts: PageParts): PageResponse {
  const { status = 200, language, title, owner, body, compact = false, script, status_shown, goes_to } = parts
  const text = words(language)
  const markup = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · ${owner}</title>
<style>${raw(STYLE)}</style>
</head>
<body${compact && raw(' class="compact"')}${status_shown !== undefined && html` data-status="${status_shown}"`}>
<main>
<header><span class="mark" aria-hidden="true"></span><p class="owner">${owner}</p><p class="badge">${text.test}</p></header>
${body}
</main>
${script && html`<script>${raw(SCRIPTS[script])}</script>`}
</body>
</html>`
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy(parts),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      ...(goes_to !== undefined && { refresh: `0; url=${goes_to}` }),
    },
    body: toMarkup(markup),
  }
}

function policy({ framed = false, script, form_target }: PageParts): string {
  return [
    "default-src 'none'",
    `style-src ${STYLE_HASH}`,
    'img-src data:',
    ...(script ? [`script-src ${hash(SCRIPTS[script])}`] : []),
    ...(script === 'watch' ? ["connect-src 'self'"] : []),
    `form-action 'self'${form_target === undefined ? '' : ` ${schemes(form_target)}`}`,
    `frame-ancestors ${framed ? '*' : "'none'"}`,
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}

/** Browsers hold a form's target against every redirect that follows as well, and where a shop sends its payer on is not ours to know. */
function schemes(url: string): string {
  return url.startsWith('http:') ? 'https: http:' : 'https:'
}

interface WayBack {
  readonly language: Language
  readonly owner: string
  readonly title: string
  readonly message: string
  readonly url: string | undefined
  readonly compact?: boolean
  readonly framed?: boolean
}

/** The way back by a plain link, which the browser follows by itself. Without an address the payer may close the window. */
export function wayBack({ message, url, ...parts }: WayBack): PageResponse {
  const text = words(parts.language)
  const target = webAddress(url)
  return page({
    ...parts, goes_to: target,
    body: html`<h1>${parts.title}</h1><p role="status">${message} ${target === undefined ? text.close : text.returning}</p>
${target !== undefined && html`<a class="button main" href="${target}">${text.back}</a>`}`,
  })
}

/** The way back with a message in the browser's hands: a form that sends itself, with a button for browsers that do not. */
export function postBack({ fields, ...parts }: WayBack & { readonly fields: Readonly<Record<string, string>> }): PageResponse {
  const { message, ...rest } = parts
  const url = webAddress(parts.url)
  if (url === undefined) return wayBack(parts)
  const text = words(parts.language)
  return page({
    ...rest, script: 'submit', form_target: url,
    body: html`<h1>${parts.title}</h1><p role="status">${message} ${text.returning}</p>
<form method="post" action="${url}">
${hidden(fields)}
<button class="main">${text.back}</button>
</form>`,
  })
}

export function hidden(fields: Readonly<Record<string, string>>): readonly Html[] {
  return Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
}

/** What a bill says: how much is paid, and to whom, where that is known. */
export interface Bill {
  readonly amount: Money
  readonly notes: { readonly merchant_name?: string | undefined }
}

/** How much is paid, before everything else, to whom, and then what for. */
export function bill(record: Bill, language: Language, rows: readonly (readonly [name: string, value: string | undefined])[]): Html {
  return html`<p class="amount">${formatMoney(record.amount, language)}</p>
${payee(record, language)}
${summary(rows)}`
}

export function payee({ notes: { merchant_name } }: Bill, language: Language): Html | false {
  return merchant_name !== undefined && html`<p class="payee">${fill(words(language).paying, { merchant: merchant_name })}</p>`
}

/** Names and values; nothing where there are none. */
export function summary(rows: readonly (readonly [name: string, value: string | undefined])[]): Html {
  const shown = rows.filter(([, value]) => value !== undefined && value !== '')
  return shown.length === 0 ? raw('') : html`<dl>${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

/** A page that says that there is nothing here (any more). */
export function nothingHere(language: Language, owner: string): PageResponse {
  const text = words(language)
  return page({ status: 404, language, owner, title: text.gone_title, body: html`<h1>${text.gone_title}</h1><p>${text.gone}</p>` })
}

/** The address when a browser may be sent there: http or https, nothing that runs. */
export function webAddress(url: string | undefined): string | undefined {
  const parsed = url === undefined ? null : URL.parse(url)
  return parsed && /^https?:$/.test(parsed.protocol) ? parsed.href : undefined
}
