/** The sandbox networks behind a door that a test opens: so that a request is under way for exactly as long as the test wants. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { startSandbox } from '../../src/providers/sandbox/program.ts'

export interface SlowSandbox {
  readonly url: string
  /** Resolves when an operation has arrived; it waits until `open` is called. */
  arrival(): Promise<void>
  /** Lets through what waits. */
  open(): void
  close(): Promise<void>
}

export async function startSlowSandbox(): Promise<SlowSandbox> {
  const program = await startSandbox({ port: 0 })
  let arrived = Promise.withResolvers<void>()
  let opened = Promise.withResolvers<void>()
  const door = createServer((request, response) => {
    const pass = async (): Promise<void> => {
      const body = await text(request)
      if (request.url?.endsWith('/execute')) {
        arrived.resolve()
        await opened.promise
      }
      const answer = await fetch(`${program.url}${request.url}`, { method: request.method, headers: { 'content-type': 'application/json' }, ...(body === '' ? {} : { body }) })
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
    }
    // News never end: that request waits until the server hangs up.
    if (!request.url?.endsWith('/news')) pass().catch(() => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  return {
    url: `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
    arrival: async () => {
      await arrived.promise
      arrived = Promise.withResolvers()
    },
    open: () => {
      opened.resolve()
      opened = Promise.withResolvers()
    },
    close: async () => {
      door.close()
      door.closeAllConnections()
      await program.close()
    },
  }
}
