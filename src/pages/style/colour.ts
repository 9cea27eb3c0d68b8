/** Colours as numbers: how well one can be read on another, and what to do when it cannot (WCAG 2.2, contrast). */

/** Text on its ground. */
export const TEXT_CONTRAST = 4.5

const STEPS = 20

/** `#abc`, `#aabbcc` or `rgb(1, 2, 3)` as `#aabbcc`; undefined for anything else. */
export function readColour(text: string): string | undefined {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text)
  if (short) return `#${short.slice(1).map((digit) => digit + digit).join('')}`.toLowerCase()
  if (/^#[0-9a-f]{6}$/i.test(text)) return text.toLowerCase()
  const parts = /^rgb\( ?(\d{1,3}) ?, ?(\d{1,3}) ?, ?(\d{1,3}) ?\)$/.exec(text)?.slice(1).map(Number)
  return parts?.every((part) => part <= 255) === true ? toHex(parts) : undefined
}

/** The contrast of two colours `#aabbcc`, from 1 to 21. */
export function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

/** `share` of `b` in `a`, from 0 to 1. */
export function mix(a: string, b: string, share: number): string {
  const other = partsOf(b)
  return toHex(partsOf(a).map((part, index) => Math.round(part + ((other[index] ?? 0) - part) * share)))
}

/** Whether text of a colour can be read on all grounds. */
export function isReadable(colour: string, grounds: readonly string[]): boolean {
  return grounds.every((ground) => contrast(colour, ground) >= TEXT_CONTRAST)
}

/** The colour itself where it can be read on all grounds, else the nearest darker or lighter one that can. */
export function readable(colour: string, grounds: readonly string[]): string {
  const target = isReadable('#000000', grounds) ? '#000000' : '#ffffff'
  for (let step = 0; step < STEPS; step++) {
    const tried = mix(colour, target, step / STEPS)
    if (isReadable(tried, grounds)) return tried
  }
  return target
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = partsOf(hex).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

const partsOf = (hex: string): number[] => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))

const toHex = (parts: readonly number[]): string => `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`
