import { once } from 'node:events'
import { get } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sendPage, sendText } from './pages.ts'

const body = `<!doctype html>${'<p>Años y niños</p>'.repeat(400)}`
const server = Fastify()
server.get('/page', (_request, reply) => sendPage(reply, { status: 410, headers: { 'content-type': 'text/html; charset=utf-8' }, body }))
server.get('/short', (_request, reply) => sendText(reply.type('text/plain'), 'short'))

let origin: string
beforeAll(async () => {
  await server.listen({ port: 0, host: '127.0.0.1' })
  origin = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

/** The bytes as they are on the wire. */
async function ask(path: string, accept?: string): Promise<{ status: number | undefined; headers: IncomingHttpHeaders; bytes: Buffer }> {
  const [response] = (await once(get(`${origin}${path}`, { agent: false, headers: accept === undefined ? {} : { 'accept-encoding': accept } }), 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) }
}

it.each(['gzip', 'gzip, deflate, br, zstd', 'br;q=1.0, GZIP;q=0.8', '*'])('a page travels compressed to a browser that takes %s', async (accept) => {
  const { status, headers, bytes } = await ask('/page', accept)
  expect({ status, headers }).toMatchObject({ status: 410, headers: { 'content-encoding': 'gzip', vary: 'accept-encoding', 'content-type': 'text/html; charset=utf-8' } })
  expect(bytes.length).toBeLessThan(500)
  expect(gunzipSync(bytes).toString()).toBe(body)
})

it.each([undefined, 'identity', 'br', 'gzip;q=0', 'gzip;q=0.000, *', '*;q=0'])('and as it is to one that takes %s', async (accept) => {
  const { headers, bytes } = await ask('/page', accept)
  expect(headers['content-encoding']).toBeUndefined()
  expect(headers.vary).toBe('accept-encoding')
  expect(bytes.toString()).toBe(body)
})

it('what is short is not worth it', async () => {
  const { headers, bytes } = await ask('/short', 'gzip')
  expect([headers['content-encoding'], bytes.toString()]).toEqual([undefined, 'short'])
})
