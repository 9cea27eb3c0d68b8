import type { Ids } from '../../src/core/ids.ts'

/** A reproducible source of chance: the same seed gives the same numbers. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** A whole number from `min` to `max`. */
  whole(min: number, max: number): number
  /** True with that probability. */
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T
}

/** sfc32, seeded by mixing the bits of one number. */
export function createRandom(seed: number): Random {
  let a = seed | 0
  let b = Math.imul(seed, 0x9e3779b1) | 0
  let c = Math.imul(seed ^ 0x85ebca6b, 0xc2b2ae35) | 0
  let d = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 4_294_967_296
  }
  for (let i = 0; i < 16; i++) next()
  const whole = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1))
  return { next, whole, chance: (probability) => next() < probability, pick: (from) => from[whole(0, from.length - 1)] as (typeof from)[number] }
}

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Ids out of that source. */
export function createIds(random: Random): Ids {
  const text = (alphabet: string, length: number): string => Array.from({ length }, () => alphabet[random.whole(0, alphabet.length - 1)]).join('')
  const hex = (bytes: number): string => text('0123456789abcdef', bytes * 2)
  return { alphanumeric: (length) => text(ALPHANUMERIC, length), hex, uuid: () => `${hex(4)}-${hex(2)}-4${hex(2).slice(1)}-a${hex(2).slice(1)}-${hex(6)}` }
}
