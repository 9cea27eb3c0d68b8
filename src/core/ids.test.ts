import { describe, expect, it } from 'vitest'
import { handle, merchantNumberOf, orderedHandle, orderedUuid, randomIds, orderedAlphanumeric } from './ids.ts'

const at = (iso: string): Date => new Date(iso)

describe('handles', () => {
  it('carry their merchant, whether ordered or not', () => {
    for (const number of [1, 61, 62, 238_327]) {
      expect(merchantNumberOf(handle(randomIds, 'cgi_', number, 16), 'cgi_')).toBe(number)
      expect(merchantNumberOf(orderedHandle(randomIds, at('2026-11-28T12:00:00Z'), 'cpi_', number, 16), 'cpi_')).toBe(number)
    }
    expect(() => handle(randomIds, 'cgi_', 238_328, 16)).toThrow('does not fit')
  })

  it('are as long as was asked for, in letters and digits', () => {
    expect(handle(randomIds, 'cgi_', 7, 16)).toMatch(/^cgi_007[0-9A-Za-z]{13}$/)
    expect(orderedHandle(randomIds, at('2026-11-28T12:00:00Z'), 'cpi_', 7, 16)).toMatch(/^cpi_007[0-9A-Za-z]{13}$/)
  })

  it('sort by the time of their making', () => {
    const times = ['2025-01-01T00:00:00Z', '2025-01-01T00:00:00.064Z', '2026-11-28T12:00:00Z', '2026-11-28T12:00:01Z', '2041-07-01T00:00:00Z', '2137-01-01T00:00:00Z']
    const made = times.map((time) => orderedHandle(randomIds, at(time), 'cpi_', 3, 16))
    expect(made.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(made)
  })

  it('differ within one moment', () => {
    const now = at('2026-11-28T12:00:00Z')
    expect(new Set(Array.from({ length: 10_000 }, () => orderedHandle(randomIds, now, 'cpi_', 3, 16))).size).toBe(10_000)
  })

  it('exist before their count of time begins', () => {
    expect(orderedAlphanumeric(randomIds, at('1999-12-31T00:00:00Z'), 24)).toMatch(/^000000[0-9A-Za-z]{18}$/)
  })
})

describe('UUIDs', () => {
  it('sort by the time of their making, and look like any other', () => {
    const times = ['1970-01-01T00:00:00Z', '2026-11-28T12:00:00Z', '2026-11-28T12:00:00.016Z', '2400-01-01T00:00:00Z']
    const made = times.map((time) => orderedUuid(randomIds, at(time)))
    for (const uuid of made) expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(made.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(made)
    expect(new Set(Array.from({ length: 1_000 }, () => orderedUuid(randomIds, at('2026-11-28T12:00:00Z')))).size).toBe(1_000)
  })
})
