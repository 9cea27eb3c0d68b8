/** Markup by a template tag that escapes everything that is not itself its result. The networks are their own world, so they bring their own. */

const MARK: unique symbol = Symbol('html')

export interface Html {
  readonly [MARK]: string
}

export type Part = string | number | Html | undefined | false | readonly Part[]

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Attributes must be written in double quotes: html`<b title="${text}">${text}</b>`. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { [MARK]: strings.map((text, index) => text + print(parts[index])).join('') }
}

/** Markup that is written in our own source, or made by a library from data that cannot carry markup (a QR code). */
export function raw(markup: string): Html {
  return { [MARK]: markup }
}

export function toMarkup(piece: Html): string {
  return piece[MARK]
}

function print(part: Part): string {
  if (part === undefined || part === false) return ''
  if (typeof part === 'string') return part.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char)
  if (typeof part === 'number') return String(part)
  return isList(part) ? part.map(print).join('') : part[MARK]
}

function isList(part: Html | readonly Part[]): part is readonly Part[] {
  return Array.isArray(part)
}
