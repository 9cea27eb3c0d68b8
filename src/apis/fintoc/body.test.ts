import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readBody } from './body.ts'
import { linkHeader } from './pagination.ts'

const FORM = 'application/x-www-form-urlencoded'

describe('bodies', () => {
  test.each([
    ['nothing', '', undefined, {}],
    ['space', ' \n', 'application/json', {}],
    ['nothing, in words', 'null', 'application/json', {}],
    ['JSON without a type', '{"a":1}', undefined, { a: 1 }],
    ['JSON that is called a form', '{"a":"b=c&d"}', FORM, { a: 'b=c&d' }],
    ['JSON as text', '{"a":1}', 'text/plain; charset=utf-8', { a: 1 }],
    ['a form', 'amount=1000&recipient_account[holder_id]=1&recipient_account[number]=2', FORM, { amount: '1000', recipient_account: { holder_id: '1', number: '2' } }],
    ['a form with lists', 'enabled_events[]=a&enabled_events[]=b', FORM, { enabled_events: ['a', 'b'] }],
  ])('%s', (_, raw, type, value) => expect(readBody(raw, type)).toEqual({ ok: true, value }))

  test.each([['{', undefined], ['{"a":1', FORM], ['nonsense', 'application/json'], ['[1]', undefined], ['1', undefined], ['"a"', undefined]])('%s is refused', (raw, type) => expect(readBody(raw, type).ok).toBe(false))

  test('nothing reaches the prototype', () => {
    readBody('{"__proto__":{"polluted":1}}', undefined)
    readBody('__proto__[polluted]=1&a[__proto__][polluted]=1&constructor[prototype][polluted]=1', FORM)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('half a character is no JSON: no database takes it', () => {
    expect(readBody('{"description":"\\ud800"}', 'application/json')).toMatchObject({ ok: false, error: { code: 'invalid_json' } })
  })

  test('nothing makes it throw', () => {
    fc.assert(fc.property(fc.string(), fc.constantFrom(undefined, FORM, 'application/json'), (raw, type) => typeof readBody(raw, type).ok === 'boolean'))
  })
})

describe('links', () => {
  const url = new URL('https://pay.example/v1/refunds?a=1,2&b=%3E')
  test('carry no comma inside', () => {
    const header = linkHeader(url, { page: 2, per_page: 10 }, 35)
    expect(header.split(',').map((part) => /rel="(\w+)"$/.exec(part)?.[1])).toEqual(['first', 'prev', 'next', 'last'])
    expect(header).toContain('page=4>; rel="last"')
  })
  test('of one page are first and last', () => expect(linkHeader(url, { page: 1, per_page: 10 }, 3).match(/rel="\w+"/g)).toEqual(['rel="first"', 'rel="last"']))
  test('of the last page end with prev', () => expect(linkHeader(url, { page: 4, per_page: 10 }, 35).match(/rel="\w+"/g)).toEqual(['rel="first"', 'rel="prev"']))
})
