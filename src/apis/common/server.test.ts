import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../core/log.ts'
import { readBodiesLeniently } from './body.ts'
import { createServer } from './server.ts'

let server: FastifyInstance
let url: string
beforeAll(async () => {
  server = createServer({ log: createLogger({ level: 'silent' }), hosts: {}, trust_proxy: 0 })
  readBodiesLeniently(server)
  server.post('/', async () => ({ ok: true }))
  url = await server.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(() => server.close())

test('who sends far too much reads the refusal, however long it takes to send', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => fetch(url, { method: 'POST', body: Buffer.alloc((n + 1) * 5_000_000, 'x') }).then(({ status }) => status)))
  expect(answers).toEqual(Array.from({ length: 6 }, () => 413))
})

test('also in pieces of unknown number; what comes after it is answered', async () => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const answer = text(socket)
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n')
  for (let n = 0; n < 40; n++) socket.write(`186a0\r\n${'x'.repeat(100_000)}\r\n`)
  socket.end('0\r\n\r\nPOST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}')
  expect((await answer).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200'])
})

test('who names two hosts is refused: which of them a proxy has looked at, nobody knows (RFC 9112, 3.2)', async () => {
  const ask = (hosts: string): Promise<string> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.end(`POST / HTTP/1.1\r\n${hosts}connection: close\r\ncontent-length: 2\r\n\r\n{}`)
    return text(socket)
  }
  expect(await ask('host: x\r\nHOST: y\r\n')).toMatch(/^HTTP\/1\.1 400 .*x-request-id: .*This request cannot be read/s)
  expect(await ask('host: x\r\nx-forwarded-host: y\r\n')).toMatch(/^HTTP\/1\.1 200 /)
  expect(await ask('x: host\r\ny: host\r\n')).toMatch(/^HTTP\/1\.1 200 /)
})

test('who sends drop by drop is cut off when the time for a request is over', async () => {
  const strict = createServer({ log: createLogger({ level: 'silent' }), hosts: {}, trust_proxy: 0, request_timeout_ms: 300 })
  readBodiesLeniently(strict)
  strict.post('/', async () => ({ ok: true }))
  const socket = connect(Number(new URL(await strict.listen({ port: 0, host: '127.0.0.1' })).port), '127.0.0.1')
  socket.on('error', () => undefined)
  const answer = text(socket)
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n')
  const drops = setInterval(() => socket.write('x'), 50)
  expect(await answer).toMatch(/^HTTP\/1\.1 408 /)
  clearInterval(drops)
  await strict.close()
}, 20_000)
