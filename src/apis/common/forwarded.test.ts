import { describe, expect, it } from 'vitest'
import { createLogger } from '../../core/log.ts'
import { createServer, type ServerOptions } from './server.ts'

/** A server whose one API says what it was asked, and by whom. */
function serve(options: Partial<ServerOptions>): (headers: Readonly<Record<string, string>>, url?: string) => Promise<unknown> {
  const server = createServer({ log: createLogger({ level: 'silent' }), hosts: {}, trust_proxy: 0, ...options })
  for (const path of ['/corefy/invoices', '/sandbox/pay']) server.get(path, (request, reply) => reply.send({ ip: request.ip, protocol: request.protocol }))
  return async (headers, url = '/corefy/invoices') => {
    const answer = await server.inject({ method: 'GET', url, headers, remoteAddress: '10.0.0.1' })
    return answer.statusCode === 200 ? answer.json() : answer.statusCode
  }
}

describe('the address of a client', () => {
  const forwarded = { 'x-forwarded-for': '192.0.2.66, 203.0.113.7', 'x-forwarded-proto': 'https' }

  it('is that of the connection, without a proxy', async () => {
    expect(await serve({ trust_proxy: 0 })(forwarded)).toEqual({ ip: '10.0.0.1', protocol: 'http' })
  })

  it('is what the proxy has seen, and not what the client has put in front of that', async () => {
    expect(await serve({ trust_proxy: 1 })(forwarded)).toEqual({ ip: '203.0.113.7', protocol: 'https' })
    expect(await serve({ trust_proxy: 1 })({ 'x-forwarded-for': '203.0.113.7' })).toMatchObject({ ip: '203.0.113.7' })
    expect(await serve({ trust_proxy: 1 })({})).toMatchObject({ ip: '10.0.0.1' })
  })

  it('is what the first of several proxies has seen', async () => {
    expect(await serve({ trust_proxy: 2 })({ 'x-forwarded-for': '192.0.2.66, 203.0.113.7, 10.0.0.2' })).toMatchObject({ ip: '203.0.113.7' })
  })
})

describe('the name of a host', () => {
  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', 'constructor:8080'])('that every object has a member of leads nowhere else: %s', async (host) => {
    expect(await serve({})({ host })).toMatchObject({ ip: '10.0.0.1' })
  })

  it('leads to its API', async () => {
    const ask = serve({ hosts: { 'pay.example': 'corefy' } })
    for (const host of ['pay.example', 'PAY.example:8443']) expect(await ask({ host }, '/invoices')).toMatchObject({ ip: '10.0.0.1' })
    expect(await ask({ host: 'other.example' }, '/invoices')).toBe(404)
    // The pages of the test networks are below the server's own address, which may be at the same host.
    expect(await ask({ host: 'pay.example' }, '/sandbox/pay')).toMatchObject({ ip: '10.0.0.1' })
  })
})
