/**
 * Style and script of a page, ready to stand in it. A page loads no other file: one answer is the whole page, nothing can be blocked,
 * cached wrongly or replaced on the way, and the content-security policy names exactly these bytes by their hash.
 *
 * Browser code is written as small TypeScript modules in `browser/` folders. It is put together here when a page is first rendered:
 * types stripped, imports resolved by plain concatenation, comments and spaces taken out. No bundler, and nothing to build.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

/** One inline style or script with its `'sha256-…'` source for the policy. */
export interface Asset {
  readonly code: string
  readonly source: string
}

const scripts = new Map<string, Asset>()

/** The script whose entry module is `entry` (relative to `base`, usually `import.meta.url`). Made once per entry. */
export function scriptAsset(entry: string, base: string): Asset {
  const url = new URL(entry, base)
  const known = scripts.get(url.href)
  if (known) return known
  const asset = toAsset(`(()=>{'use strict'\n${minifyScript(bundle(url))}\n})()`)
  scripts.set(url.href, asset)
  return asset
}

/** A style sheet from several pieces of CSS. Call it once per sheet, at module level. */
export function styleAsset(...pieces: readonly string[]): Asset {
  return toAsset(minifyStyle(pieces.join('\n')))
}

/** Wraps finished code with its hash. Code that could close its own element is refused. */
export function toAsset(code: string): Asset {
  if (/<\/(script|style)|<!--/i.test(code)) throw new Error('an inline asset must not contain a closing tag')
  return Object.freeze({ code, source: `'sha256-${createHash('sha256').update(code).digest('base64')}'` })
}

const IMPORT = /^import\s[^'"]*['"](\.[^'"]+)['"];?[ \t]*$/gm
const TOP_LEVEL_NAME = /^(?:export\s+)?(?:async\s+)?(?:function|const|let)\s+(\w+)/gm

/**
 * Concatenates a module and what it imports, dependencies first, each once. The modules share one scope,
 * so two that declare the same name at top level are refused here instead of one silently winning in the browser.
 */
export function bundle(entry: URL): string {
  const seen = new Set<string>()
  const names = new Map<string, string>()
  const visit = (url: URL): string => {
    if (seen.has(url.href)) return ''
    seen.add(url.href)
    const code = stripTypes(readFileSync(url, 'utf8'))
    for (const [, name = ''] of code.matchAll(TOP_LEVEL_NAME)) {
      const other = names.get(name)
      if (other) throw new Error(`${name} is declared in ${other} and in ${url.pathname}`)
      names.set(name, url.pathname)
    }
    const imported = [...code.matchAll(IMPORT)].map(([, path = '']) => visit(new URL(path, url)))
    return imported.join('') + code.replace(IMPORT, '').replace(/^export\s+/gm, '') + '\n'
  }
  return visit(entry)
}

/** Node says once per process that the function is experimental; payers and operators have no use for the line, so it is held back. */
function stripTypes(code: string): string {
  const warn = process.emitWarning
  process.emitWarning = () => undefined
  try {
    return stripTypeScriptTypes(code)
  } finally {
    process.emitWarning = warn
  }
}

/** Literals that must stay as they are, then what can shrink: strings, templates, comments, regular expressions, space. */
const TOKEN =
  /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|(\/\/[^\n]*|\/\*[\s\S]*?\*\/)|((?<=[=(,:!&|?]\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n[])+\/[a-z]*)|\s+/g

/**
 * Takes comments and needless space out of a script of ours. It knows the style of this code base (statements end with the line,
 * templates do not nest) and is no general minifier: the tests run its output.
 */
export function minifyScript(code: string): string {
  const kept: string[] = []
  const spaced = code.replace(TOKEN, (token, text?: string, comment?: string, regex?: string) => {
    if (comment !== undefined) return comment.includes('\n') ? '\n' : ' '
    if (text === undefined && regex === undefined) return token.includes('\n') ? '\n' : ' '
    kept.push(token)
    return `\u0001${kept.length - 1}\u0002`
  })
  const short = spaced
    .replace(/[ \n]*\n[ \n]*/g, '\n')
    .replace(/ *([{}()[\];,:=<>*&|?!]) */g, '$1')
    .replace(/([{(,=&|?:;[])\n/g, '$1')
    .replace(/\n([})\],.?:&|])/g, '$1')
    .replace(/^\n|\n$/g, '')
  return short.replace(/\u0001(\d+)\u0002/g, (_, index: string) => kept[Number(index)] ?? '')
}

/** Takes comments and needless space out of a style sheet. */
export function minifyStyle(css: string): string {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,>]) ?/g, '$1')
    .replace(/: /g, ':')
    .replace(/;}/g, '}')
    .trim()
}
