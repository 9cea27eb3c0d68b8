/** A sandbox with its pages on a loopback port, and a shop that payers come back to: for browser tests. */
import Fastify from 'fastify'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../../core/clock.ts'
import { randomIds } from '../../../core/ids.ts'
import { createMemoryBook } from '../book.ts'
import { sandboxRoutes } from '../routes.ts'
import { createSandbox, type Sandbox } from '../sandbox.ts'

export interface TestServer {
  readonly sandbox: Sandbox
  readonly origin: string
  close(): Promise<void>
}

export async function startTestServer(): Promise<TestServer> {
  const server = Fastify({ forceCloseConnections: true })
  // The pages need an address that is only known once the server listens.
  const late: { sandbox?: Sandbox } = {}
  await server.register(sandboxRoutes(async (request) => late.sandbox?.pages(request)), { prefix: '/sandbox' })
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  const shop = (fields: string): string => `<!doctype html><html lang="en"><title>shop</title><p id="fields">${fields}</p></html>`
  server.post('/return', (request, reply) => reply.type('text/html').send(shop(String(request.body))))
  server.get('/return', (_request, reply) => reply.type('text/html').send(shop('')))
  await server.listen({ port: 0, host: '127.0.0.1' })
  const origin = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  const sandbox = (late.sandbox = createSandbox({ book: createMemoryBook(), clock: systemClock, ids: randomIds, base_url: `${origin}/sandbox` }))
  return { sandbox, origin, close: () => server.close() }
}
