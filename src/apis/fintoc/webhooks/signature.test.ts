import { describe, expect, test } from 'vitest'
import { sign, verify } from './signature.ts'

const at = (seconds: number): Date => new Date(seconds * 1000)

describe('Fintoc-Signature', () => {
  const body = '{"id":"evt_1","object":"event"}'
  const header = sign('whsec_example_secret', body, at(1_700_000_000))

  test('is the published vector', () => expect(header).toBe('t=1700000000,v1=09348cf96de5f5ad1782acbce863c822a9497e319d3d5c68fc848efa5f029b06'))

  test('is taken within five minutes, and only for this body and secret', () => {
    expect(verify('whsec_example_secret', body, header, at(1_700_000_299))).toBe(true)
    expect(verify('whsec_example_secret', body, header, at(1_700_000_301))).toBe(false)
    expect(verify('whsec_example_secret', `${body} `, header, at(1_700_000_000))).toBe(false)
    expect(verify('whsec_other', body, header, at(1_700_000_000))).toBe(false)
    for (const bad of ['', 't=1', 'v1=00,t=1', `${header},v1=00`, header.replace(',', ', ')]) expect(verify('whsec_example_secret', body, bad, at(1_700_000_000))).toBe(false)
  })
})
