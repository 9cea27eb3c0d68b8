/**
 * A template tag that escapes. Everything that is put into a template is text, unless it is itself the result of a template:
 * so text of a merchant or payer can never become markup, and there is no way to opt out by mistake.
 */

const MARK: unique symbol = Symbol('html')

/** A piece of finished markup. Only `html` and `trusted` make one. */
export interface Html {
  readonly [MARK]: string
}

/** What may stand in a template: text, numbers, markup, lists of these, and nothing (`false`, `null`, `undefined` print nothing). */
export type Part = string | number | bigint | Html | false | null | undefined | readonly Part[]

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Escapes text for element content and for quoted attributes. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char)
}

/** html`<b title="${text}">${text}</b>`: attributes must be written in double quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let out = strings[0] ?? ''
  parts.forEach((part, index) => {
    out += print(part) + (strings[index + 1] ?? '')
  })
  return { [MARK]: out }
}

/** Marks markup that is written in our own source as finished. Never call it with anything that came from outside. */
export function trusted(markup: string): Html {
  return { [MARK]: markup }
}

/** The markup as text, for the body of an answer. */
export function toMarkup(piece: Html): string {
  return piece[MARK]
}

/** One attribute with a leading space, or nothing: `true` prints the bare name, `false`, `null` and `undefined` print nothing. */
export function attr(name: string, value: string | number | boolean | null | undefined): Html {
  if (value === false || value === null || value === undefined) return trusted('')
  return trusted(value === true ? ` ${name}` : ` ${name}="${escape(String(value))}"`)
}

/**
 * A link or form target that cannot run code: http, https, or a path of our own. Anything else (`javascript:`, `data:`) throws,
 * because the caller should have refused it when the merchant sent it.
 */
export function safeUrl(url: string): string {
  const parsed = new URL(url, 'https://relative.invalid/')
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') throw new RangeError(`not a web address: ${parsed.protocol}`)
  return url
}

function print(part: Part): string {
  if (part === false || part === null || part === undefined) return ''
  if (typeof part === 'string') return escape(part)
  if (typeof part === 'number' || typeof part === 'bigint') return String(part)
  if (isList(part)) return part.map(print).join('')
  return part[MARK]
}

function isList(part: Html | readonly Part[]): part is readonly Part[] {
  return Array.isArray(part)
}
