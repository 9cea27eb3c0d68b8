/**
 * Takes card numbers and secrets out of text before it is written anywhere: the last line of defence, after not logging them.
 * Works on a finished line (JSON or plain), so that error messages, stacks, query strings and nested JSON are all covered by
 * the same two passes. A line that is JSON stays JSON.
 *
 * What counts as a card number: 13 to 19 digits (of any script that payers type) that start like a network's numbers at that length
 * and pass the check digit, bare or in groups. So a time in milliseconds or nanoseconds (1…, until 2096 for 13 digits), an amount,
 * a UUID and a hash stay as they are. Not covered, on purpose: a number inside a longer run of digits, and one split over two fields.
 */
import { luhn, mask, plainDigits } from './card.ts'
import { REDACTED, redactSecrets } from './redact_secrets.ts'

export { REDACTED }

const DIGIT = '[0-9\\u0660-\\u0669\\u06f0-\\u06f9\\u0966-\\u096f\\u09e6-\\u09ef\\u0e50-\\u0e59\\uff10-\\uff19]'
const SEPARATOR = '(?:[ \\-._+/\\u00a0\\u2009\\u202f\\u2010-\\u2015\\u2212\\u3000]|%20)'
const CANDIDATE = new RegExp(`(?<!${DIGIT})${DIGIT}(?:${SEPARATOR}{0,2}${DIGIT}){12,}`, 'g')
/** The digits of an encoded space are none of the number's. */
const GROUP = new RegExp(`%20|(${DIGIT}+)`, 'g')

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi
/** Digests and trace ids: long hexadecimal words that have letters too. */
const HEX_WORD = /^(?=.*[a-f])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/i
/** No id of ours or of a provider is longer; keeps the look around a hit short. */
const WORD_LENGTH_MAX = 140

/**
 * How numbers of each length start. Wider than the networks' own tables, because they grow; narrower than "any digits", because ids
 * and times have digits too. UnionPay (62) alone may lack a check digit.
 */
const STARTS: ReadonlyArray<{ readonly start: RegExp; readonly lengths: readonly number[]; readonly checked: boolean }> = [
  { start: /^4/, lengths: [13, 16, 18, 19], checked: true },
  { start: /^(?:5[1-5]|2[2-7])/, lengths: [16], checked: true },
  { start: /^3[47]/, lengths: [15], checked: true },
  { start: /^3[0689]/, lengths: [14, 16, 19], checked: true },
  { start: /^35/, lengths: [16, 17, 18, 19], checked: true },
  { start: /^(?:2131|1800)/, lengths: [15], checked: true },
  { start: /^220[0-4]/, lengths: [16, 17, 18, 19], checked: true },
  { start: /^(?:50|5[6-8]|6)/, lengths: [13, 14, 15, 16, 17, 18, 19], checked: true },
  { start: /^62/, lengths: [16, 17, 18, 19], checked: false },
  { start: /^(?:81|9792)/, lengths: [16, 17, 18, 19], checked: true },
]

/** The text without card numbers and secrets. */
export function redact(text: string): string {
  return redactCards(redactSecrets(text))
}

/** The text with every card number masked: `424242******4242`. */
export function redactCards(text: string): string {
  const masked = maskCards(text)
  return masked.includes('%') ? masked.replace(WORD, maskEncoded) : masked
}

function maskCards(text: string): string {
  const isNumber = text.startsWith('{') ? outsideStrings(text) : () => false
  return text.replace(CANDIDATE, (run, offset: number) => redactRun(run, offset, text, isNumber))
}

/** What an address is in a line: no white space, no quotes. */
const WORD = /[^\s"\\]+/g
const ENCODED = /(?:%[0-9a-f]{2})+/gi
/** How often something is encoded once more on its way. */
const ENCODINGS_MAX = 3
/** Would end the string of JSON that the word stands in. */
const UNFIT = /[\u0000-\u001f"\\]/g

/** A word of an address that hides a number behind its encoding (`4111%2D1111…`, digits of other scripts) is shown decoded, and masked. */
function maskEncoded(word: string): string {
  if (!word.includes('%')) return word
  let plain = word
  for (let times = 0; times < ENCODINGS_MAX && plain.includes('%'); times++) plain = plain.replace(ENCODED, decoded)
  const masked = maskCards(plain)
  return masked === plain ? word : masked.replace(UNFIT, '?')
}

/** Bytes that are no text stay as they are. */
function decoded(bytes: string): string {
  try {
    return decodeURIComponent(bytes)
  } catch {
    return bytes
  }
}

/** True for digits that look like a card number of some network. */
export function isCardLike(digits: string): boolean {
  return STARTS.some(({ start, lengths, checked }) => lengths.includes(digits.length) && start.test(digits) && (!checked || luhn(digits)))
}

/**
 * A run may hold more than the number: `4242 4242 4242 4242 12 31 123`. So every sequence of whole groups is tried, from the left.
 */
function redactRun(run: string, offset: number, text: string, isNumber: (at: number) => boolean): string {
  const groups: { digits: string; start: number; end: number }[] = []
  for (const { index, 1: digits } of run.matchAll(GROUP)) {
    if (digits !== undefined) groups.push({ digits: plainDigits(digits), start: index, end: index + digits.length })
  }
  let out = ''
  let written = 0
  for (let first = 0; first < groups.length; first++) {
    const start = groups[first]?.start ?? 0
    let digits = ''
    for (let last = first; last < groups.length; last++) {
      const { digits: group, end } = groups[last] ?? { digits: '', end: 0 }
      digits += group
      // Cards are printed in groups of three to ten; small numbers in a row are no card, and neither is a long fraction.
      if (digits.length > 19 || (first < last && group.length > 10)) break
      if (digits.length >= 13 && isCardLike(digits) && !isInnocent(text, offset + start, offset + end, first === last)) {
        const bare = isNumber(offset + start)
        if (bare && !isInteger(text, offset + start, offset + end)) break
        // A number of JSON becomes a string of JSON: stars are no number.
        out += run.slice(written, start) + (bare ? `"${mask(digits)}"` : mask(digits))
        written = end
        first = last
        break
      }
      if (group.length < 3 || group.length > 10) break
    }
  }
  return written === 0 ? run : out + run.slice(written)
}

/** Whether digits outside of the strings of JSON are a whole positive number: card numbers have no sign, fraction or exponent. */
function isInteger(text: string, start: number, end: number): boolean {
  return /[:,[]/.test(text.charAt(start - 1)) && /[,}\]]/.test(text.charAt(end))
}

/** True for digits that belong to a fraction, a UUID or a digest. */
function isInnocent(text: string, start: number, end: number, oneGroup: boolean): boolean {
  if (oneGroup && text[start - 1] === '.' && /\d/.test(text[start - 2] ?? '')) return true
  let from = start
  while (from > 0 && start - from < WORD_LENGTH_MAX && /[0-9A-Za-z-]/.test(text.charAt(from - 1))) from--
  let to = end
  while (to < text.length && to - end < WORD_LENGTH_MAX && /[0-9A-Za-z-]/.test(text.charAt(to))) to++
  const word = text.slice(from, to)
  if (HEX_WORD.test(word)) return true
  for (const { index } of word.matchAll(UUID)) {
    if (from + index < end && from + index + 36 > start) return true
  }
  return false
}

/** Tells of places in a line of JSON, asked from left to right, whether they are outside of strings. Reads only as far as the last hit. */
function outsideStrings(text: string): (at: number) => boolean {
  let inside = false
  let read = 0
  return (at) => {
    for (; read < at; read++) {
      if (text[read] === '\\') read++
      else if (text[read] === '"') inside = !inside
    }
    return !inside
  }
}
