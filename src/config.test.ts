import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'

const read = (env: Record<string, string>): unknown => {
  const config = readConfig(env)
  return config.ok ? config.value : config.error
}

describe('settings', () => {
  it('have defaults that work on a laptop, and an empty one is not set', () => {
    expect(read({ PORT: '', TENDER_DEMO: ' ' })).toMatchObject({ port: 8080, host: '127.0.0.1', public_url: 'http://localhost:8080', hosts: {}, demo: true, database_url: undefined, data_folder: './.tender' })
  })

  it('follow each other: the public address is that of the port and host', () => {
    expect(read({ PORT: '9000', HOST: '192.0.2.7' })).toMatchObject({ public_url: 'http://192.0.2.7:9000' })
    expect(read({ HOST: '2001:db8::7' })).toMatchObject({ public_url: 'http://[2001:db8::7]:8080' })
    expect(read({ HOST: '0.0.0.0' })).toMatchObject({ public_url: 'http://localhost:8080' })
    expect(read({ TENDER_PUBLIC_URL: 'https://pay.example/' })).toMatchObject({ public_url: 'https://pay.example' })
  })

  it('read hosts and switches as people write them', () => {
    expect(read({ TENDER_HOSTS: 'corefy=Pay.Example, fintoc=api.example,', TENDER_DEMO: 'OFF', TENDER_TRUST_PROXY: 'yes' })).toMatchObject({ hosts: { 'pay.example': 'corefy', 'api.example': 'fintoc' }, demo: false, trust_proxy: 1 })
  })

  it.each(['https://pay.example/?a=1', 'https://pay.example/#x', 'https://user:secret@pay.example'])('the public address has nothing that other addresses cannot be made of: %s', (text) => {
    expect(read({ TENDER_PUBLIC_URL: text })).toBe('TENDER_PUBLIC_URL must be a URL that starts with http:// or https://, without user, query and fragment')
    expect(read({ DATABASE_URL: 'postgres://user:secret@db/tender?sslmode=require', TENDER_PUBLIC_URL: 'https://pay.example/tender' })).toMatchObject({ public_url: 'https://pay.example/tender' })
  })

  it('give a host to one API alone', () => {
    expect(read({ TENDER_HOSTS: 'corefy=pay.example,fintoc=PAY.example' })).toBe('TENDER_HOSTS must be like "corefy=pay.example,fintoc=api.example", with each host for one API')
    expect(read({ TENDER_HOSTS: 'corefy=pay.example,corefy=old.example,corefy=pay.example' })).toMatchObject({ hosts: { 'pay.example': 'corefy', 'old.example': 'corefy' } })
  })

  it('count the proxies in front', () => {
    expect(read({})).toMatchObject({ trust_proxy: 0 })
    expect(read({ TENDER_TRUST_PROXY: '2' })).toMatchObject({ trust_proxy: 2 })
    expect(read({ TENDER_TRUST_PROXY: 'all' })).toBe('TENDER_TRUST_PROXY must be on, off, or the number of proxies in front, up to 9')
  })

  it('name every problem at once, and repeat no value', () => {
    const sentence = read({ PORT: '-1', TENDER_DEMO: 'perhaps', DATABASE_URL: 'http://user:password@host' })
    expect(sentence).toBe('PORT must be a whole number from 0 to 65535; DATABASE_URL must be a URL that starts with postgres:// or postgresql://; TENDER_DEMO must be on or off')
  })
})
