/**
 * The pages of the simulated issuers, wallets and kiosks: plain request in, plain answer out, so that any server can mount them.
 * No script but one that submits the form on the way back, no request to anywhere, one style sheet; the policy names both by hash.
 */
import { createHash } from 'node:crypto'
import { html, raw, toMarkup, type Html, type Part } from './html.ts'
import { STYLE } from './style.ts'
import { words, type Language } from './words.ts'

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

const SUBMIT = 'document.forms[0].submit()'
const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const STYLE_HASH = hash(STYLE)
const SUBMIT_HASH = hash(SUBMIT)

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
  /** The first form sends itself to this address, beside what the page's own forms do. */
  readonly submits_to?: string
  /** Looks again after so many seconds. */
  readonly refresh_s?: number
}

export function page(parts: PageParts): PageResponse {
  const { status = 200, language, title, owner, body, compact = false, refresh_s, submits_to } = parts
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
<body${compact && raw(' class="compact"')}>
<main>
<header><span class="mark" aria-hidden="true"></span><p class="owner">${owner}</p><p class="badge">${text.test}</p></header>
${body}
</main>
${submits_to !== undefined && html`<script>${raw(SUBMIT)}</script>`}
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
      ...(refresh_s !== undefined && { refresh: String(refresh_s) }),
    },
    body: toMarkup(markup),
  }
}

function policy({ framed = false, submits_to }: PageParts): string {
  return [
    "default-src 'none'",
    `style-src ${STYLE_HASH}`,
    'img-src data:',
    ...(submits_to === undefined ? [] : [`script-src ${SUBMIT_HASH}`]),
    `form-action 'self'${submits_to === undefined ? '' : ` ${schemes(submits_to)}`}`,
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

/** The way back: a form that sends itself, with a button for browsers that do not. Without an address the payer may close the window. */
export function wayBack(parts: {
  language: Language; owner: string; title: string; message: string; url: string | undefined; method: 'GET' | 'POST'; fields: Readonly<Record<string, string>>
  compact?: boolean; framed?: boolean
}): PageResponse {
  const { language, owner, title, message, url, method, fields, compact, framed } = parts
  const text = words(language)
  if (url === undefined || !isWebAddress(url)) {
    return page({ language, owner, title, compact, framed, body: html`<h1>${title}</h1><p>${message} ${text.close}</p>` })
  }
  const target = new URL(url)
  // A GET form drops the query of its own address: its parameters travel as fields.
  const kept = method === 'GET' ? Object.fromEntries(target.searchParams) : {}
  if (method === 'GET') target.search = ''
  return page({
    language, owner, title, compact, framed, submits_to: target.href,
    body: html`<h1>${title}</h1><p role="status">${message} ${text.returning}</p>
<form method="${method.toLowerCase()}" action="${target.href}">
${hidden({ ...kept, ...fields })}
<button class="main">${text.back}</button>
</form>`,
  })
}

export function hidden(fields: Readonly<Record<string, string>>): readonly Html[] {
  return Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
}

/** What there is to pay, as a list of names and values. */
export function summary(rows: readonly (readonly [name: string, value: string | undefined])[]): Html {
  return html`<dl>${rows.map(([name, value]) => value !== undefined && value !== '' && html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

/** A page that says that there is nothing here (any more). */
export function nothingHere(language: Language, owner: string): PageResponse {
  const text = words(language)
  return page({ status: 404, language, owner, title: text.gone_title, body: html`<h1>${text.gone_title}</h1><p>${text.gone}</p>` })
}

function isWebAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}
