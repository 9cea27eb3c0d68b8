import { randomBytes, randomFillSync, randomUUID } from 'node:crypto'

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Source of randomness, injected so that a simulation can replay a history exactly. */
export interface Ids {
  /** `length` characters of 0-9A-Za-z: 5.95 bits each. */
  alphanumeric(length: number): string
  /** A random UUID (version 4), lower case. */
  uuid(): string
  /** `bytes` random bytes as lower-case hex. */
  hex(bytes: number): string
}

/** Random bytes in stock: asking the system for a few at a time costs more than making them. Used ones are wiped. */
const stock = Buffer.alloc(4096)
let left = 0

function randomByte(): number {
  if (left === 0) {
    randomFillSync(stock)
    left = stock.length
  }
  left--
  const byte = stock[left] ?? 0
  stock[left] = 0
  return byte
}

/** The operating system's randomness. */
export const randomIds: Ids = {
  alphanumeric: (length) => {
    let text = ''
    while (text.length < length) {
      const byte = randomByte()
      // 248 is the largest multiple of 62 below 256: dropping the rest keeps every character equally likely.
      if (byte < 248) text += ALPHANUMERIC[byte % 62]
    }
    return text
  },
  uuid: () => randomUUID(),
  hex: (bytes) => randomBytes(bytes).toString('hex'),
}

/**
 * A public handle that carries its merchant's number in its first three characters, so that a look-up by handle alone
 * still goes to one merchant's rows: `prefix` + base-62 number + random rest, `length` characters after the prefix.
 */
export function handle(ids: Ids, prefix: string, merchantNumber: number, length: number): string {
  return prefix + base62(merchantNumber, 3) + ids.alphanumeric(length - 3)
}

/** What six characters of base 62 count since then lasts for 112 years. */
const TIME_FROM_MS = Date.UTC(2025, 0)
const TIME_UNIT_MS = 64
const TIME_WIDTH = 6

/**
 * A handle that also carries when it was made, after the merchant's number: what is made one after the other lies side by side in every
 * index, which then grows at its end instead of everywhere. For what names a thing. Less of it is random (of 16 characters 41 bits, beside the
 * moment), so a secret is a `handle`, or longer.
 */
export function orderedHandle(ids: Ids, now: Date, prefix: string, merchantNumber: number, length: number): string {
  return prefix + base62(merchantNumber, 3) + orderedAlphanumeric(ids, now, length - 3)
}

/** `length` characters of 0-9A-Za-z, the first of which are in the order of time: to 64 ms. */
export function orderedAlphanumeric(ids: Ids, now: Date, length: number): string {
  return base62(Math.max(0, Math.floor((now.getTime() - TIME_FROM_MS) / TIME_UNIT_MS)), TIME_WIDTH) + ids.alphanumeric(length - TIME_WIDTH)
}

/** A UUID that begins with the time of its making, to 16 ms; 78 bits are random. Its form is version 4's, which every client knows. */
export function orderedUuid(ids: Ids, now: Date): string {
  const time = Math.floor(now.getTime() / 16).toString(16).padStart(10, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}${ids.uuid().slice(11)}`
}

/** The merchant's number inside a handle, or undefined when the text cannot be one. */
export function merchantNumberOf(text: string, prefix: string): number | undefined {
  if (!text.startsWith(prefix)) return undefined
  let number = 0
  const digits = text.slice(prefix.length, prefix.length + 3)
  if (digits.length !== 3) return undefined
  for (const digit of digits) {
    const value = ALPHANUMERIC.indexOf(digit)
    if (value < 0) return undefined
    number = number * 62 + value
  }
  return number
}

function base62(value: number, width: number): string {
  let text = ''
  let rest = value
  for (let i = 0; i < width; i++) {
    text = ALPHANUMERIC.charAt(rest % 62) + text
    rest = Math.floor(rest / 62)
  }
  if (rest > 0) throw new RangeError(`${value} does not fit ${width} characters`)
  return text
}
