/**
 * Finds secrets by the name in front of them: members of JSON at any depth (also JSON inside a string of JSON), headers, form and
 * query parameters, `name: value` in messages; and by their own look: bearer and basic credentials, keys with a known prefix,
 * passwords in URLs.
 */

/** What stands where a secret was. */
export const REDACTED = '[redacted]'

const NAMES = [
  'authorization', 'cookie', 'pass(?:word|wd|phrase)', 'secret', 'token', 'credentials?', 'signing[_-]?key',
  '(?:api|private|secret|master|access|session|charge|message)[_-]?key',
  'card[_-]?(?:number|no|pan)', 'cvv2?', 'cvc2?', 'cvn', 'csc', 'security[_-]?code', 'verification[_-]?(?:value|code)',
  // Short ones are also the end of other words: span, shipping, laptop.
  '(?<![a-z])(?:pan|pin|otp)',
].join('|')

/** `"name":`, `\"name\":`, `name=`, `name: `, `card[name]=`, `card%5Bname%5D=`, `(name)=(`, `name => ` … up to where the value starts. */
const NAMED = `(?:${NAMES})s?(?:\\]|%5D|\\))*(\\\\*["'])?\\s*(?:=>|[:=])\\s*\\(?`
const LOOKS = '\\b(?:Bearer|Basic)\\s+(?=[\\w.~+/=-]{16})|\\b[sr]k_(?:live|test)_(?=\\w{8})|\\bwhsec_(?=\\w{8})|:\\/\\/[^\\s/:@"\\\\]*:(?=[^\\s/@"\\\\]+@)'
const SECRET = new RegExp(`${NAMED}|${LOOKS}`, 'gi')

const BARE_END = /[\s,;&"'\\)}\]<>#|@]/g
const LINE_END = /["'\\\n\r]/g
const SCHEME = /(?:Bearer|Basic|Digest|Token)\s+/iy
/** Says that there is none: worth knowing, and no secret. */
const EMPTY = /^(?:true|false|null|undefined|)$/

/** The text with the value of everything named like a secret replaced. */
export function redactSecrets(text: string): string {
  let out = ''
  let written = 0
  SECRET.lastIndex = 0
  for (let match = SECRET.exec(text); match !== null; match = SECRET.exec(text)) {
    const start = SECRET.lastIndex
    const value = valueAt(text, start, match[1], /^(?:authorization|cookie)/i.test(match[0]))
    if (value.end === start || EMPTY.test(text.slice(value.from, value.to))) continue
    out += text.slice(written, value.from) + value.replacement
    written = value.to
    SECRET.lastIndex = value.end
  }
  return written === 0 ? text : out + text.slice(written)
}

/** What to cut out (`from`, `to`), what to put there, and where to go on. */
interface Value {
  readonly from: number
  readonly to: number
  readonly end: number
  readonly replacement: string
}

/** `nameQuote` is the quote that closed the name, with its backslashes: it tells how deep in JSON the member is. */
function valueAt(text: string, start: number, nameQuote: string | undefined, wholeLine: boolean): Value {
  const opening = /(\\*)(["'])/y
  opening.lastIndex = start
  const quote = opening.exec(text)
  if (quote?.[1] !== undefined && quote[2] !== undefined) {
    const depth = quote[1].length
    const to = quotedEnd(text, opening.lastIndex, depth, quote[2])
    return { from: opening.lastIndex, to, end: Math.min(text.length, to + depth + 1), replacement: REDACTED }
  }
  // A bare value of JSON (a number, a list) must become a string there.
  const wrap = nameQuote?.endsWith('"') === true ? nameQuote : ''
  const first = text.charAt(start)
  const to = first === '{' || first === '[' ? bracketEnd(text, start, wrap.length - 1) : bareEnd(text, start, wholeLine && nameQuote === undefined)
  return { from: start, to, end: to, replacement: wrap + REDACTED + wrap }
}

/**
 * Where a quoted value ends: at the quote with as many backslashes as the opening one. At depth n (backslashes), a backslash at the
 * end of the value is 2(n+1) of them, hence the modulus. A quote of a lesser depth ends the string around it: the value was cut off.
 */
function quotedEnd(text: string, from: number, depth: number, quote: string): number {
  for (let i = from; i < text.length; i++) {
    const character = text.charAt(i)
    if (character !== '"' && character !== quote) continue
    let slashes = 0
    while (i - slashes > from && text.charAt(i - slashes - 1) === '\\') slashes++
    if (slashes % (2 * (depth + 1)) === depth && character === quote) return i - depth
    if (character === '"' && slashes < depth) return i - slashes
    if (character === '"' && quote !== '"' && slashes % 2 === 0) return i - slashes
  }
  return text.length
}

/** Where a list or object ends; strings in it may hold brackets. Depth -1: plain text, where a double quote ends everything. */
function bracketEnd(text: string, from: number, depth: number): number {
  let open = 0
  for (let i = from; i < text.length; i++) {
    const character = text.charAt(i)
    if (character === '{' || character === '[') open++
    else if (character === '}' || character === ']') open--
    else if (character === '"') {
      // A quote of a lesser depth ends the string around it, before or inside the list: the value was cut off.
      if (depth < 0 || !text.endsWith('\\'.repeat(depth), i)) return i
      const end = quotedEnd(text, i + 1, depth, '"')
      if (!text.startsWith(`${'\\'.repeat(depth)}"`, end)) return end
      i = end + depth
    }
    if (open === 0) return i + 1
  }
  return text.length
}

function bareEnd(text: string, start: number, wholeLine: boolean): number {
  SCHEME.lastIndex = start
  const from = SCHEME.test(text) ? SCHEME.lastIndex : start
  const end = wholeLine ? LINE_END : BARE_END
  end.lastIndex = from
  const found = end.exec(text)
  return found === null ? text.length : found.index
}
