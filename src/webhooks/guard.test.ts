import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createOutgoingGuard, RefusedAddress, type OutgoingRequest, type Resolve } from './guard.ts'
import { addressKind } from './guard_addresses.ts'

const servers: Server[] = []
const sockets = new Set<Socket>()
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => new Promise((closed) => server.close(closed))))
})

async function listen(server: Server, host = '127.0.0.1'): Promise<string> {
  servers.push(server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined))))
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(0, host, listening))
  const { port, address } = server.address() as AddressInfo
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}/hook`
}
const http = (listener: RequestListener, host?: string): Promise<string> => listen(createHttpServer(listener), host)
const raw = (listener: (socket: Socket) => void): Promise<string> => listen(createServer(listener))

const local = createOutgoingGuard({ allow_private: true })
const strict = createOutgoingGuard({ allow_private: false })
const to = (url: string, more: Partial<OutgoingRequest> = {}): OutgoingRequest => ({
  url, headers: {}, body: '{}', timeouts: { connect_ms: 1000, read_ms: 1000, total_ms: 3000 }, ...more,
})
const fast = { connect_ms: 250, read_ms: 250, total_ms: 2000 }
const resolving = (...addresses: string[]): Resolve => (_, done) =>
  setImmediate(() => done(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))))

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const part of request) body += String(part)
  return body
}

describe('addresses', () => {
  it.each([
    ['8.8.8.8'], ['1.1.1.1'], ['172.15.255.255'], ['172.32.0.1'], ['100.63.255.255'], ['100.128.0.1'], ['192.167.1.1'], ['223.255.255.255'],
    ['2606:4700::1111'], ['2a00:1450:4001:80e::200e'], ['64:ff9b::808:808'], ['::ffff:8.8.8.8'], ['2002:808:808::1'], ['2001:4860:4860::8888'],
  ])('%s is public', (address) => expect(addressKind(address)).toBe('public'))

  it.each([
    ['127.0.0.1'], ['127.255.255.254'], ['10.1.2.3'], ['172.16.0.1'], ['172.31.255.255'], ['192.168.1.1'], ['100.64.0.1'], ['::1'], ['fc00::1'], ['fdff::1'],
    ['::ffff:127.0.0.1'], ['::ffff:7f00:1'], ['::ffff:0:10.0.0.1'], ['64:ff9b::10.0.0.1'], ['64:ff9b::a00:1'], ['2002:7f00:1::'], ['2002:c0a8:101::1'],
    ['2001:4860::5efe:10.0.0.1'], ['2001:4860::200:5efe:a00:1'], ['0:0:0:0:0:0:0:1'],
  ])('%s is private', (address) => expect(addressKind(address)).toBe('private'))

  it.each([
    ['0.0.0.0'], ['0.1.2.3'], ['169.254.169.254'], ['169.254.0.1'], ['192.0.0.192'], ['192.0.2.1'], ['198.18.0.1'], ['198.19.255.255'], ['198.51.100.1'], ['203.0.113.1'],
    ['192.88.99.1'], ['224.0.0.1'], ['239.255.255.255'], ['240.0.0.1'], ['255.255.255.255'], ['100.100.100.200'], ['168.63.129.16'],
    ['::'], ['::7f00:1'], ['::127.0.0.1'], ['fe80::1'], ['fe80::1%eth0'], ['fec0::1'], ['ff02::1'], ['fd00:ec2::254'], ['fd20:ce::254'], ['2001:db8::1'], ['2001::1'], ['2001:0:7f00:1::1'],
    ['3fff::1'], ['64:ff9b:1::1'], ['100::1'], ['4000::1'], ['::ffff:169.254.169.254'], ['64:ff9b::a9fe:a9fe'], ['2002:a9fe:a9fe::1'], ['5f00::1'],
    [''], ['localhost'], ['1.2.3'], ['1.2.3.4.5'], ['::g'],
  ])('%j is forbidden', (address) => expect(addressKind(address)).toBe('forbidden'))
})

describe('URLs', () => {
  it.each([
    ['http://127.0.0.1/'], ['http://127.1/'], ['http://0x7f000001/'], ['http://2130706433/'], ['http://017700000001/'], ['http://[::1]/'], ['http://[::ffff:127.0.0.1]/'],
    ['http://169.254.169.254/latest/meta-data'], ['http://10.0.0.1:8080/'], ['https://[fd00:ec2::254]/'], ['http://0/'], ['http://１２７.0.0.1/'],
    ['http://localhost/'], ['https://LOCALHOST./'], ['https://a.localhost:8443/'], ['https://printer.local/'], ['https://db.prod.internal/'], ['https://box.home.arpa/'], ['https://hooks/'],
  ])('%s is refused', (url) => expect(strict.checkUrl(url)).toMatchObject({ ok: false, error: { kind: 'refused_address' } }))

  it.each([['ftp://x.example/'], ['file:///etc/passwd'], ['javascript:1'], ['x.example'], [''], ['http://'], ['http://user@x.example/'], ['http://:p@x.example/'], ['gopher://x']])(
    '%j is invalid',
    (url) => expect(strict.checkUrl(url)).toMatchObject({ ok: false, error: { kind: 'invalid_request' } }),
  )

  it.each([['https://shop.example/hook?a=1'], ['https://local.shop.example/'], ['https://shop.example./'], ['http://shop.example:8080/'], ['https://8.8.8.8/'], ['https://[2606:4700::1111]/']])('%s may be tried', (url) =>
    expect(strict.checkUrl(url)).toMatchObject({ ok: true, value: new URL(url) }),
  )

  it('on this network are for those who allow them, metadata services for nobody', () => {
    expect(local.checkUrl('http://127.0.0.1/').ok).toBe(true)
    expect(local.checkUrl('http://[fd00::1]/').ok).toBe(true)
    expect(local.checkUrl('http://localhost:3000/').ok).toBe(true)
    expect(local.checkUrl('http://shop:3000/').ok).toBe(true)
    expect(local.checkUrl('http://169.254.169.254/').ok).toBe(false)
    expect(local.checkUrl('http://0.0.0.0/').ok).toBe(false)
  })
})

describe('names', () => {
  it.each([[['127.0.0.1']], [['::1']], [['10.0.0.1', '8.8.8.8']], [['8.8.8.8', '::ffff:10.0.0.1']], [['169.254.169.254']]])('that resolve to %j are refused', async (addresses) => {
    let connections = 0
    const url = new URL(await raw(() => connections++))
    url.hostname = 'shop.example'
    const result = await createOutgoingGuard({ allow_private: false, resolve: resolving(...addresses) }).postJson(to(url.href))
    expect(result).toMatchObject({ ok: false, error: { kind: 'refused_address', message: expect.not.stringContaining(addresses[0]!) } })
    expect(connections).toBe(0)
  })

  it('are resolved once, so that a second answer cannot lead elsewhere', async () => {
    let looks = 0
    const url = new URL(await http((_, response) => response.end('ok')))
    url.hostname = 'rebind.example'
    const resolve: Resolve = (_, done) => done(null, [{ address: looks++ === 0 ? '127.0.0.1' : '169.254.169.254', family: 4 }])
    expect(await createOutgoingGuard({ allow_private: true, resolve }).postJson(to(url.href))).toMatchObject({ ok: true, value: { status: 200 } })
    expect(looks).toBe(1)
  })

  it('go through the look-up of any client, in both its forms', async () => {
    const { lookup } = createOutgoingGuard({ allow_private: false, resolve: resolving('8.8.8.8', '2606:4700::1111') })
    const look = (options: object): Promise<unknown[]> => new Promise((done) => lookup('x.example', options, (...args) => done(args)))
    expect(await look({ all: true })).toEqual([null, [{ address: '8.8.8.8', family: 4 }, { address: '2606:4700::1111', family: 6 }]])
    expect(await look({})).toEqual([null, '8.8.8.8', 4])
    expect(await look({ family: 6 })).toEqual([null, '2606:4700::1111', 6])
    expect(await look({ family: 'IPv6' })).toEqual([null, '2606:4700::1111', 6])
    const refused = createOutgoingGuard({ allow_private: false, resolve: resolving('10.0.0.1') }).lookup
    expect(await new Promise((done) => refused('x.example', {}, done))).toBeInstanceOf(RefusedAddress)
  })

  it('of this machine are names like all others', async () => {
    const url = (await http((_, response) => response.end())).replace('127.0.0.1', 'localhost')
    expect(await strict.postJson(to(url))).toMatchObject({ ok: false, error: { kind: 'refused_address' } })
    expect(await local.postJson(to(url))).toMatchObject({ ok: true })
  })

  it('may have no address', async () => {
    expect(await strict.postJson(to('http://nobody.invalid/'))).toMatchObject({ ok: false, error: { kind: 'name_not_found' } })
    expect(await createOutgoingGuard({ allow_private: false, resolve: resolving() }).postJson(to('http://x.example/'))).toMatchObject({ ok: false, error: { kind: 'name_not_found' } })
  })

  it('may take too long', async () => {
    const guard = createOutgoingGuard({ allow_private: true, resolve: () => undefined })
    expect(await guard.postJson(to('http://x.example/', { timeouts: fast }))).toMatchObject({ ok: false, error: { kind: 'connect_timeout' } })
  })
})

describe('posting', () => {
  it('sends the body and the headers as they are', async () => {
    let seen: unknown
    const url = await http((request, response) => {
      void bodyOf(request).then((body) => {
        seen = { method: request.method, url: request.url, headers: request.headers, names: request.rawHeaders.filter((_, i) => i % 2 === 0), body }
        response.writeHead(202).end('thanks\0')
      })
    })
    const result = await local.postJson(to(`${url}?a=1`, { headers: { 'X-Signature': 's', 'x-lower': '1', 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'ñ=1' }))
    expect(result).toEqual({ ok: true, value: { status: 202, answer: 'thanks\ufffd', truncated: false, duration_ms: expect.any(Number) } })
    expect(seen).toMatchObject({
      method: 'POST', url: '/hook?a=1', body: 'ñ=1',
      headers: { 'x-signature': 's', 'content-type': 'application/x-www-form-urlencoded', 'content-length': '4', connection: 'close', 'accept-encoding': 'identity' },
      // Each once, and in the case that it was given in.
      names: expect.toSatisfy((names: string[]) => ['X-Signature', 'x-lower', 'Content-Type'].every((name) => names.includes(name)) && new Set(names.map((name) => name.toLowerCase())).size === names.length),
    })
  })

  it('speaks IPv6', async () => {
    const url = await http((_, response) => response.end('six'), '::1')
    expect(await local.postJson(to(url))).toMatchObject({ ok: true, value: { answer: 'six' } })
    expect(await strict.postJson(to(url))).toMatchObject({ ok: false, error: { kind: 'refused_address', duration_ms: 0 } })
  })

  it.each([301, 302, 307, 308])('does not follow a %i', async (status) => {
    let hits = 0
    const url = await http((_, response) => {
      hits++
      response.writeHead(status, { location: '/elsewhere' }).end()
    })
    expect(await local.postJson(to(url))).toMatchObject({ ok: true, value: { status } })
    expect(hits).toBe(1)
  })

  it.each([400, 404, 500, 503])('answers a %i as what it is', async (status) => {
    const url = await http((_, response) => response.writeHead(status).end('no'))
    expect(await local.postJson(to(url))).toMatchObject({ ok: true, value: { status, answer: 'no' } })
  })

  it('reads the first bytes of a huge answer and hangs up', async () => {
    let closed: () => void
    const hungUp = new Promise<void>((done) => (closed = done))
    const url = await http((_, response) => {
      const timer = setInterval(() => response.write('x'.repeat(10_000)), 1)
      response.on('close', () => {
        clearInterval(timer)
        closed()
      })
    })
    const result = await local.postJson(to(url, { answer_bytes_max: 100 }))
    expect(result).toMatchObject({ ok: true, value: { status: 200, answer: 'x'.repeat(100), truncated: true } })
    await hungUp
  })

  it('takes the status of an answer that never ends or breaks off', async () => {
    const hanging = await http((_, response) => void response.write('half'))
    expect(await local.postJson(to(hanging, { timeouts: fast }))).toMatchObject({ ok: true, value: { status: 200, answer: 'half', truncated: true } })
    const breaking = await raw((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')))
    expect(await local.postJson(to(breaking))).toMatchObject({ ok: true, value: { status: 200, answer: 'half', truncated: true } })
  })

  it('waits no longer than it should', async () => {
    const hanging = await http(() => undefined)
    expect(await local.postJson(to(hanging, { timeouts: fast }))).toMatchObject({ ok: false, error: { kind: 'read_timeout' } })
    expect(await local.postJson(to(hanging, { timeouts: { connect_ms: 500, read_ms: 500, total_ms: 60 } }))).toMatchObject({ ok: false, error: { kind: 'total_timeout' } })
    // Headers that drip keep no clock of ours from running.
    const dripping = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket.write('x: y\r\n'), 10)
      socket.on('close', () => clearInterval(timer))
    })
    expect(await local.postJson(to(dripping, { timeouts: fast }))).toMatchObject({ ok: false, error: { kind: 'read_timeout' } })
    // A body that drips lives until the total; its status has come.
    const slow = await http((_, response) => {
      const timer = setInterval(() => response.write('.'), 10)
      response.on('close', () => clearInterval(timer))
    })
    const result = await local.postJson(to(slow, { timeouts: { ...fast, total_ms: 600 } }))
    expect(result).toMatchObject({ ok: true, value: { status: 200, truncated: true } })
    expect(result.ok && result.value.duration_ms).toBeGreaterThan(500)
    // TLS that never answers is still connecting.
    const silent = (await raw(() => undefined)).replace('http:', 'https:')
    expect(await local.postJson(to(silent, { timeouts: fast }))).toMatchObject({ ok: false, error: { kind: 'connect_timeout' } })
  })

  it('says what went wrong', async () => {
    const closed = await http(() => undefined)
    await new Promise((done) => servers.pop()?.close(done))
    expect(await local.postJson(to(closed))).toMatchObject({ ok: false, error: { kind: 'connect_failed', message: 'no connection: ECONNREFUSED' } })
    const hangingUp = await raw((socket) => socket.once('data', () => socket.destroy()))
    expect(await local.postJson(to(hangingUp))).toMatchObject({ ok: false, error: { kind: 'connection_lost' } })
    const noHttp = await raw((socket) => socket.end('220 smtp.example ESMTP\r\n'))
    expect(await local.postJson(to(noHttp))).toMatchObject({ ok: false, error: { kind: 'invalid_answer' } })
    expect(await local.postJson(to(noHttp.replace('http:', 'https:')))).toMatchObject({ ok: false, error: { kind: 'tls_failed' } })
    const tooManyHeaders = await raw((socket) => socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`)))
    expect(await local.postJson(to(tooManyHeaders))).toMatchObject({ ok: false, error: { kind: 'invalid_answer' } })
    const upgrading = await raw((socket) => socket.once('data', () => socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')))
    expect(await local.postJson(to(upgrading))).toMatchObject({ ok: false, error: { kind: 'invalid_answer' } })
    expect(await local.postJson(to(closed, { headers: { 'x-bad': 'a\r\nb: c' } }))).toMatchObject({ ok: false, error: { kind: 'invalid_request' } })
    expect(await local.postJson(to('nonsense'))).toMatchObject({ ok: false, error: { kind: 'invalid_request' } })
  })

  it('leaves no connection behind', async () => {
    const url = await http((_, response) => response.end('x'))
    await Promise.all(Array.from({ length: 20 }, () => local.postJson(to(url))))
    await new Promise((later) => setTimeout(later, 50))
    expect([...sockets].every((socket) => socket.destroyed || socket.readyState !== 'open')).toBe(true)
  })
})
