/** One POST over one connection, with three clocks and a limit on what is read back. Where it may go is the guard's business. */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import { fail, ok, type Result } from '../core/result.ts'

export type OutgoingProblem =
  /** Not http(s), or with credentials, or no URL at all; or a header that HTTP does not allow. */
  | 'invalid_request'
  /** The address is inside our network, or nobody's. */
  | 'refused_address'
  | 'name_not_found'
  | 'connect_failed'
  | 'connect_timeout'
  /** The certificate is wrong, or there is no TLS. */
  | 'tls_failed'
  | 'read_timeout'
  | 'total_timeout'
  /** The connection broke before the status had arrived. */
  | 'connection_lost'
  /** What came back is not HTTP. */
  | 'invalid_answer'

export interface OutgoingFailure {
  readonly kind: OutgoingProblem
  /** For the merchant's list of deliveries; names no address. */
  readonly message: string
  readonly duration_ms: number
}

export interface OutgoingRequest {
  readonly url: string
  /** Before the defaults (`content-type: application/json`); names in any case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** `connect_ms` holds for look-up, TCP and TLS together; `read_ms` until the answer begins and between its pieces; `total_ms` for all. */
  readonly timeouts: { readonly connect_ms: number; readonly read_ms: number; readonly total_ms: number }
  readonly answer_bytes_max?: number
}

export interface OutgoingAnswer {
  readonly status: number
  /** The first bytes of the body, as text that a database takes. */
  readonly answer: string
  /** The body was longer, broke off, or did not end in time. The receiver has said its status: it counts all the same. */
  readonly truncated: boolean
  readonly duration_ms: number
}

/** The name resolved to an address that must not be connected to. */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress'
}

interface Received {
  readonly status: number
  readonly parts: Buffer[]
  bytes: number
}

const ANSWER_BYTES_MAX = 4096

/** Sends, and settles with the first of: the answer, enough of the answer, a problem, a clock that ran out. Never rejects. */
export function post(url: URL, options: OutgoingRequest, lookup: LookupFunction): Promise<Result<OutgoingAnswer, OutgoingFailure>> {
  const start_ms = performance.now()
  const { timeouts, answer_bytes_max = ANSWER_BYTES_MAX } = options
  return new Promise((settle) => {
    const timers: NodeJS.Timeout[] = []
    let request: ClientRequest | undefined
    let received: Received | undefined
    let reading: NodeJS.Timeout | undefined

    /** Once a status has arrived, every ending is that status; before, it is the problem. */
    const end = (kind: OutgoingProblem, message: string, complete = false): void => {
      for (const timer of timers) clearTimeout(timer)
      const duration_ms = Math.round(performance.now() - start_ms)
      settle(received === undefined ? fail({ kind, message, duration_ms }) : ok({ ...answerOf(received, complete, answer_bytes_max), duration_ms }))
      // Whatever is still under way, a look-up or an endless body, ends here; what it says afterwards changes nothing.
      request?.on('error', () => undefined).destroy()
    }
    const limit = (delay_ms: number, kind: OutgoingProblem): NodeJS.Timeout => {
      const timer = setTimeout(() => end(kind, `no answer within ${delay_ms} ms`), delay_ms)
      timers.push(timer)
      return timer
    }

    limit(timeouts.total_ms, 'total_timeout')
    const connecting = limit(timeouts.connect_ms, 'connect_timeout')
    try {
      request = send(url, options, lookup)
    } catch (error) {
      return end('invalid_request', error instanceof Error ? error.message : String(error))
    }
    request.on('socket', (socket) =>
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        clearTimeout(connecting)
        reading = limit(timeouts.read_ms, 'read_timeout')
      }),
    )
    request.on('error', (error) => end(...problemOf(error, reading !== undefined)))
    request.on('upgrade', () => end('invalid_answer', 'the answer changes the protocol'))
    request.on('close', () => received === undefined && end('connection_lost', 'the connection broke'))
    request.on('response', (response: IncomingMessage) => {
      const so_far: Received = { status: response.statusCode ?? 0, parts: [], bytes: 0 }
      received = so_far
      reading?.refresh()
      response.on('data', (part: Buffer) => {
        reading?.refresh()
        so_far.parts.push(part)
        so_far.bytes += part.length
        if (so_far.bytes > answer_bytes_max) end('invalid_answer', 'too long')
      })
      response.on('end', () => end('connection_lost', 'the connection broke', response.complete))
      response.on('error', () => end('connection_lost', 'the connection broke'))
    })
  })
}

function send(url: URL, { headers, body }: OutgoingRequest, lookup: LookupFunction): ClientRequest {
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest
  return start(url, {
    method: 'POST',
    // A connection of its own for every request: nothing is kept, so nothing is reused for another name.
    agent: false,
    lookup,
    headers: { ...headersOf(headers), 'Content-Length': Buffer.byteLength(body) },
  }).end(body)
}

const DEFAULT_HEADERS = { 'Content-Type': 'application/json', 'User-Agent': 'Tender', 'Accept-Encoding': 'identity' }

/** A header that is given replaces the default of its name in any case, and goes out as it is written: an API's receivers may be particular. */
function headersOf(given: OutgoingRequest['headers']): Record<string, string> {
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()))
  return { ...Object.fromEntries(Object.entries(DEFAULT_HEADERS).filter(([name]) => !names.has(name.toLowerCase()))), ...given }
}

function answerOf({ status, parts, bytes }: Received, complete: boolean, bytes_max: number): Omit<OutgoingAnswer, 'duration_ms'> {
  const first = Buffer.concat(parts).subarray(0, bytes_max)
  // PostgreSQL's text knows no NUL.
  return { status, answer: first.toString('utf8').replaceAll('\0', '\ufffd'), truncated: !complete || bytes > bytes_max }
}

/** Codes instead of messages where those name addresses: an inside address is nothing for a merchant to see. */
function problemOf(error: Error, connected: boolean): [OutgoingProblem, string] {
  if (error instanceof RefusedAddress) return ['refused_address', error.message]
  const code = 'code' in error ? String(error.code) : error.name
  if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return ['name_not_found', 'the name has no address']
  if (code.startsWith('HPE_')) return ['invalid_answer', 'the answer is not HTTP']
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return ['tls_failed', 'no TLS there']
  if (/CERT|^ERR_TLS|UNABLE_TO/.test(code)) return ['tls_failed', `the certificate is not valid: ${code}`]
  return connected ? ['connection_lost', `the connection broke: ${code}`] : ['connect_failed', `no connection: ${code}`]
}
