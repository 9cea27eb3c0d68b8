/**
 * One whole page: status, headers and body. Every page for a payer goes out through here, so the policy is in one place.
 *
 * The policy allows exactly the inline assets of the page, by hash, and nothing else: no other script can run even if markup were
 * injected, no request goes to another host, no code can turn text into script (Trusted Types without any policy), and only the
 * origins that the caller names may frame the page.
 */
import type { Asset } from './assets.ts'
import { attr, html, toMarkup, trusted } from './html.ts'
import type { Html } from './html.ts'
import { lookStyle } from './look.ts'
import type { Look, Theme } from './look.ts'

export type { Theme } from './look.ts'

/** A finished answer; header names are lower case. */
export interface Page {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What a page is made of. */
export interface DocumentParts {
  readonly status?: number
  /** BCP 47 tag of the language that the page is written in. */
  readonly language: string
  readonly title: string
  readonly theme?: Theme | undefined
  /** The merchant's colours and fonts, over the page's own; its theme counts before `theme`. */
  readonly look?: Look | undefined
  readonly head?: Html
  readonly body: Html
  readonly style: Asset
  readonly script?: Asset | undefined
  /** Settings for the script, as JSON in the page. */
  readonly settings?: unknown
  /** Origins that may frame the page; none by default. `'self'` is written with its quotes. */
  readonly frame_ancestors?: readonly string[] | undefined
  /** Where forms of this page may be sent, beside our own origin. */
  readonly form_targets?: readonly string[]
  /** Addresses that the script talks to; our own origin needs no mention. */
  readonly connect_to?: readonly string[]
}

const PERMISSIONS_DENIED = [
  'accelerometer', 'camera', 'display-capture', 'encrypted-media', 'fullscreen', 'geolocation', 'gyroscope', 'magnetometer', 'microphone',
  'midi', 'payment', 'picture-in-picture', 'publickey-credentials-get', 'screen-wake-lock', 'usb', 'xr-spatial-tracking',
]

/** Renders the page with its headers. */
export function renderDocument(parts: DocumentParts): Page {
  const brand = parts.look && lookStyle(parts.look)
  const styles = brand ? [parts.style, brand] : [parts.style]
  return {
    status: parts.status ?? 200,
    headers: pageHeaders(parts, styles),
    body: `<!doctype html>\n${toMarkup(markup(parts, styles))}`,
  }
}

function markup(parts: DocumentParts, styles: readonly Asset[]): Html {
  const theme = parts.look?.theme ?? parts.theme ?? 'auto'
  return html`<html lang="${parts.language}"${attr('data-theme', theme === 'auto' ? undefined : theme)}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="format-detection" content="telephone=no">
<meta name="color-scheme" content="${theme === 'auto' ? 'light dark' : theme}">
<title>${parts.title}</title>
<link rel="icon" href="data:,">
${styles.map(({ code }) => html`<style>${trusted(code)}</style>\n`)}${parts.head}</head>
<body>
${parts.body}
${parts.settings !== undefined && html`<script type="application/json" id="settings">${trusted(toScriptJson(parts.settings))}</script>\n`}${
    parts.script && html`<script>${trusted(parts.script.code)}</script>\n`
  }</body>
</html>
`
}

/** JSON that cannot close its script element. */
function toScriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c')
}

function pageHeaders(parts: DocumentParts, styles: readonly Asset[]): Record<string, string> {
  const ancestors = parts.frame_ancestors ?? []
  const headers: Record<string, string> = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy(parts, styles),
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'permissions-policy': PERMISSIONS_DENIED.map((name) => `${name}=()`).join(', '),
  }
  if (ancestors.length === 0) headers['x-frame-options'] = 'DENY'
  return headers
}

function contentSecurityPolicy(parts: DocumentParts, styles: readonly Asset[]): string {
  const ancestors = parts.frame_ancestors ?? []
  const directives: readonly (readonly [string, readonly string[]])[] = [
    ['default-src', ["'none'"]],
    ['script-src', [parts.script?.source ?? "'none'"]],
    ['style-src', styles.map(({ source }) => source)],
    ['img-src', ['data:']],
    ['connect-src', parts.script ? ["'self'", ...originsOf(parts.connect_to ?? [])] : ["'none'"]],
    ['form-action', ["'self'", ...originsOf(parts.form_targets ?? [])]],
    ['frame-ancestors', ancestors.length === 0 ? ["'none'"] : ancestors.map(checkedSource)],
    ['base-uri', ["'none'"]],
    ['object-src', ["'none'"]],
    ['require-trusted-types-for', ["'script'"]],
    ['trusted-types', ["'none'"]],
  ]
  return directives.map(([name, sources]) => `${name} ${[...new Set(sources)].join(' ')}`).join('; ')
}

/** Whole addresses become their origin, schemes (`https:`) stay, paths of our own disappear because `'self'` is there anyway. */
export function originsOf(urls: readonly string[]): string[] {
  return urls.flatMap((url) => {
    if (/^[a-z]+:$/.test(url)) return [url]
    if (!/^https?:\/\//i.test(url)) return []
    return [new URL(url).origin]
  })
}

/** A source that contains a separator could add directives of its own. */
function checkedSource(source: string): string {
  if (!/^[^\s;,]+$/.test(source)) throw new RangeError('not a source for a content-security policy')
  return source
}
