import { describe, expect, it } from 'vitest'
import { markStyle } from '../marks.ts'
import { contrast } from './colour.ts'
import { DARK, LIGHT } from './tokens.ts'

type Colours = Readonly<Record<keyof typeof LIGHT, string>>

const TEXT: readonly (readonly [keyof typeof LIGHT, keyof typeof LIGHT])[] = [
  ['text', 'bg'], ['text', 'surface'], ['text', 'accent-soft'], ['text', 'danger-soft'], ['muted', 'bg'], ['muted', 'surface'], ['muted', 'accent-soft'],
  ['on-accent', 'accent'], ['on-accent', 'accent-hover'], ['accent', 'surface'], ['accent', 'bg'], ['danger', 'surface'], ['danger', 'danger-soft'],
  ['surface', 'danger'], ['warn', 'warn-soft'], ['ok', 'ok-soft'],
]
const EDGES: readonly (readonly [keyof typeof LIGHT, keyof typeof LIGHT])[] = [
  ['edge', 'surface'], ['edge', 'bg'], ['accent', 'surface'], ['accent', 'accent-soft'], ['danger', 'surface'],
]

describe.each<[string, Colours]>([['light', LIGHT], ['dark', DARK]])('the %s theme', (_, colours) => {
  it.each(TEXT)('%s can be read on %s', (text, ground) => {
    expect(contrast(colours[text], colours[ground])).toBeGreaterThanOrEqual(4.5)
  })

  it.each(EDGES)('%s can be seen on %s', (edge, ground) => {
    expect(contrast(colours[edge], colours[ground])).toBeGreaterThanOrEqual(3)
  })
})

describe('brand marks', () => {
  it.each([...markStyle.matchAll(/--m: (#\w{6})/g)].map(([, colour = '']) => colour))('white can be read on %s', (colour) => {
    expect(contrast('#ffffff', colour)).toBeGreaterThanOrEqual(4.5)
  })
})
