/**
 * Receivers that hang: one takes the connection and says nothing, two say their status and never end, one is fine. The background worker
 * and the whole patience of a delivery (ten seconds) are real; only the pause before the retry is skipped.
 */
import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { deliveriesOf } from '../../src/webhooks/store.ts'
import { createShop, type Shop } from './support.ts'

const PAYMENTS = 3

interface Hanging {
  readonly url: string
  /** Bodies that arrived, one for each try. */
  readonly tries: string[]
  close(): void
}

/** A receiver that reads the request, says `words`, and leaves the connection open. */
async function hang(words: string): Promise<Hanging> {
  const tries: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let text = ''
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      text += String(chunk)
      const [, body] = text.split('\r\n\r\n')
      if (body === undefined || !body.endsWith('}')) return
      tries.push(body)
      socket.write(words)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`, tries,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

let shop: Shop
let silent: Hanging
let failing: Hanging
let stalling: Hanging
beforeAll(async () => {
  shop = await createShop({ background: true })
  silent = await hang('')
  failing = await hang('HTTP/1.1 503 Busy\r\nContent-Length: 1000\r\n\r\nhold on')
  stalling = await hang('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthanks')
})
afterAll(async () => {
  for (const receiver of [silent, failing, stalling]) receiver.close()
  await shop.close()
})

async function register(url: string): Promise<string> {
  const made = await shop.api('POST', '/v1/webhook_endpoints', { url, enabled_events: ['payment_intent.succeeded'] })
  return String(made.get('id'))
}

test('a receiver that hangs is tried again and holds up nobody; each try is kept', async () => {
  const ids = { silent: await register(silent.url), failing: await register(failing.url), stalling: await register(stalling.url) }
  await shop.listen('/fine', ['payment_intent.succeeded'])
  const paid = Array.from({ length: PAYMENTS }, async () => {
    const { id, token } = await shop.create()
    await shop.pay(token)
    return id
  })
  const payments = await Promise.all(paid)
  // Who answers has heard of everything while the others still hang.
  await vi.waitFor(() => expect(shop.told('/fine')).toHaveLength(PAYMENTS), { timeout: 5_000 })
  const deliveries = async (): Promise<Awaited<ReturnType<typeof deliveriesOf>>> => (await Promise.all(payments.map((id) => deliveriesOf(shop.server.db, 'mer_demo', id)))).flat()
  const tried = async (): Promise<number> => (await deliveries()).filter(({ tries }) => tries === 1).length
  await vi.waitFor(async () => expect(await tried()).toBe(PAYMENTS), { timeout: 3_000 })

  await vi.waitFor(async () => expect(await tried()).toBe(4 * PAYMENTS), { timeout: 15_000, interval: 200 })
  const kept = new Map((await deliveries()).map((delivery) => [delivery.endpoint_id, delivery]))
  expect(kept.get(ids.silent)).toMatchObject({ state: 'due', log: [{ status: null, answer: null, error: expect.stringMatching(/^(?:read|total)_timeout: no answer within 10000 ms$/) as unknown }] })
  expect(kept.get(ids.failing)).toMatchObject({ state: 'due', log: [{ status: 503, answer: 'hold on' }] })
  // Who says 2xx has it, whatever became of the rest of the answer.
  expect(kept.get(ids.stalling)).toMatchObject({ state: 'delivered', log: [{ status: 200, answer: 'thanks' }] })
  expect([silent, failing, stalling].map(({ tries }) => new Set(tries).size)).toEqual(Array(3).fill(PAYMENTS))

  // The retry, after its pause: what still hangs is asked again, what has moved gets what it missed.
  await shop.api('PATCH', `/v1/webhook_endpoints/${ids.silent}`, { url: `${shop.server.receiver.url}/recovered` })
  shop.server.clock.advance(4_000)
  shop.server.tender.deliveriesWaiting()
  await vi.waitFor(() => expect(shop.told('/recovered')).toHaveLength(PAYMENTS), { timeout: 5_000 })
  await vi.waitFor(() => expect(failing.tries).toHaveLength(2 * PAYMENTS), { timeout: 5_000 })
  expect(new Set(failing.tries).size).toBe(PAYMENTS)
  expect(new Set(shop.server.receiver.at('/recovered').map(({ raw }) => raw))).toEqual(new Set(silent.tries))
  expect([silent.tries.length, stalling.tries.length]).toEqual([PAYMENTS, PAYMENTS])
}, 60_000)
