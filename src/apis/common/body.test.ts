import { describe, expect, it } from 'vitest'
import { BROKEN_JSON, mediaTypeOf, parseBody } from './body.ts'

const nest = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

describe('bodies as they come', () => {
  it.each([
    ['{"a":1}', 'application/json', { a: 1 }],
    ['{"a":1}', '', { a: 1 }],
    ['{"a":1}', 'application/x-www-form-urlencoded', { a: 1 }],
    ['a=1&b=x%20y', 'application/x-www-form-urlencoded', { a: '1', b: 'x y' }],
    ['', 'application/json', undefined],
    ['  ', 'application/json', undefined],
    ['"\\ud83d\\ude00 and \\\\ud800"', 'application/json', '😀 and \\ud800'],
  ])('%s as %s', (text, type, value) => expect(parseBody(text, type)).toEqual(value))

  it.each([['{"a":'], ['a=1'], ['{"a":"\\u0000"}'], ['{"a":"\\ud800"}'], ['{"\\uDC00":1}'], ['["\\ud83d\\ud83d"]'], [nest(41)], [nest(100_000)]])('refuses %s', (text) =>
    expect(parseBody(text, 'application/json')).toBe(BROKEN_JSON))

  it('takes what is nested deeply, but not without end, and many brackets beside each other', () => {
    expect(parseBody(nest(40), 'application/json')).not.toBe(BROKEN_JSON)
    expect(parseBody(`[${Array.from({ length: 200 }, () => '{}').join()}]`, 'application/json')).toHaveLength(200)
  })

  it('refuses U+0000 in a form', () => expect(parseBody('a=%00', 'application/x-www-form-urlencoded')).toBe(BROKEN_JSON))
})

describe('what a body says that it is', () => {
  it.each([
    ['application/json', 'application/json'], ['application/json; charset=utf-8', 'application/json; charset=utf-8'], ['json', 'application/octet-stream'], ['application/json, text/plain', 'application/json'], ['"text/plain"', 'text/plain'],
    ['"', 'application/octet-stream'], [`"${'a'.repeat(5_000)}/json`, 'application/octet-stream'],
  ])('%s', (type, read) => expect(mediaTypeOf(type)).toBe(read))
})
