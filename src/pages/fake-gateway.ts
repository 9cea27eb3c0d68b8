/**
 * A gateway for browser tests: serves whatever page a test renders, answers its form as the test says, and remembers what came.
 * A second server on another port plays the issuer, because what leaves our origin is what policies and forms get wrong.
 */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CardAnswer } from './card/wire.ts'
import type { Page } from './document.ts'

/** One request with a body, as it came. */
export interface Received {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What a test holds of the gateway. */
export interface FakeGateway {
  readonly origin: string
  readonly issuer: string
  /** Pages by path; a test puts them here. */
  readonly pages: Map<string, () => Page>
  /** The answers to the next submits, in order; `lost` closes the connection after reading. Without one the answer is `done`. */
  readonly answers: (CardAnswer | Page | 'lost' | 'broken')[]
  /** What a question for the status answers. */
  status: CardAnswer
  /** How long a submit takes. */
  delay_ms: number
  /** What an answer waits for, beside that. */
  hold: Promise<unknown> | undefined
  readonly submits: Received[]
  readonly issued: Received[]
  readonly asked: Received[]
  readonly close: () => void
}

/** Starts both servers on free ports. */
export async function startFakeGateway(): Promise<FakeGateway> {
  const servers = [createServer((q, r) => void serve(q, r)), createServer((q, r) => void playIssuer(q, r))] as const
  const [origin, issuer] = [await listen(servers[0]), await listen(servers[1])]
  const gateway: FakeGateway = {
    origin, issuer, pages: new Map(), answers: [], status: { status: 'open' }, delay_ms: 0, hold: undefined, submits: [], issued: [], asked: [],
    close: () => servers.forEach((server) => (server.closeAllConnections(), server.close())),
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await receive(request)
    if (request.method === 'POST') {
      gateway.submits.push(received)
      await new Promise((resolve) => setTimeout(resolve, gateway.delay_ms))
      await gateway.hold
      const answer = gateway.answers.shift() ?? { status: 'done', url: '/done' }
      if (answer === 'lost') return void request.socket.destroy()
      if (answer === 'broken') return send(response, 500, 'text/html', 'Internal Server Error')
      return 'body' in answer ? sendPage(response, answer) : sendJson(response, answer)
    }
    if (received.headers.accept === 'application/json') {
      gateway.asked.push(received)
      return sendJson(response, gateway.status)
    }
    const page = gateway.pages.get(received.url.split('?')[0] ?? '')
    if (page) return sendPage(response, page())
    send(response, 200, 'text/html', `<!doctype html><html lang="en"><title>shop</title><link rel="icon" href="data:,"><h1>${received.url.slice(1)}</h1>`)
  }

  async function playIssuer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    gateway.issued.push(await receive(request))
    send(response, 200, 'text/html', '<!doctype html><html lang="en"><title>issuer</title><link rel="icon" href="data:,"><h1>issuer</h1>')
  }

  return gateway
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function receive(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return { url: request.url ?? '/', headers: request.headers, body: Buffer.concat(chunks).toString() }
}

function sendJson(response: ServerResponse, answer: CardAnswer): void {
  send(response, 200, 'application/json', JSON.stringify(answer))
}

function sendPage(response: ServerResponse, page: Page): void {
  response.writeHead(page.status, page.headers)
  response.end(page.body)
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type })
  response.end(body)
}
