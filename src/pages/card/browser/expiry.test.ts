import { describe, expect, it } from 'vitest'
import { expiryProblem, formatExpiry, parseExpiry, typedExpiry } from './expiry.ts'

const now = new Date('2026-11-20T12:00:00Z')

describe('parseExpiry', () => {
  it.each([
    ['04/31', 4, 2031], ['4/31', 4, 2031], ['0431', 4, 2031], ['04/2031', 4, 2031], ['042031', 4, 2031], ['04 / 31', 4, 2031], ['04-2031', 4, 2031],
    ['2031-04', 4, 2031], ['2031/4', 4, 2031], ['０４／３１', 4, 2031], ['٠٤/٣١', 4, 2031], [' 12.29 ', 12, 2029], ['07/77', 7, 2077],
  ])('%s', (text, month, year) => {
    expect(parseExpiry(text)).toEqual({ month, year })
  })

  it.each(['', '4', '04', '13/30', '00/30', '04/3', '04/203', 'April 2031', '04/31/30', '2031-13'])('%j is no date', (text) => {
    expect(parseExpiry(text)).toBeUndefined()
  })
})

describe('expiryProblem', () => {
  it('lets a card be good to the end of its month anywhere on earth', () => {
    expect(expiryProblem('11/26', now, false)).toBeUndefined()
    expect(expiryProblem('11/26', new Date('2026-12-01T11:59:59Z'), false)).toBeUndefined()
    expect(expiryProblem('11/26', new Date('2026-12-01T12:00:00Z'), false)).toBe('past')
  })

  it.each([['', 'missing'], [' / ', 'missing'], ['1', 'invalid'], ['13/30', 'invalid'], ['10/26', 'past'], ['01/77', 'far'], ['11/46', undefined]] as const)('%j: %s', (text, problem) => {
    expect(expiryProblem(text, now, false)).toBe(problem)
  })

  it('takes every month in test mode, because dates choose outcomes there', () => {
    for (const text of ['01/25', '07/77', '08/56', '02/26']) expect(expiryProblem(text, now, true)).toBeUndefined()
    expect(expiryProblem('13/25', now, true)).toBe('invalid')
  })
})

describe('typedExpiry', () => {
  it.each([
    ['', ''], ['0', '0'], ['1', '1'], ['4', '04/'], ['12', '12/'], ['1/', '01/'], ['12/3', '12/3'], ['04/31', '04/31'], ['04/2031', '04/2031'], ['0431', '04/31'],
    ['04/20319', '04/2031'], ['431', '04/31'], ['１２', '12/'],
  ])('%j becomes %j', (typed, shown) => {
    expect(typedExpiry(typed)).toBe(shown)
  })

  it('changes nothing that it has formatted itself', () => {
    for (const text of ['04/', '12/3', '04/31', '04/2031']) expect(typedExpiry(text)).toBe(text)
    expect(formatExpiry({ month: 4, year: 2031 })).toBe('04/31')
  })
})
