/** A minimal HTTP/1.1 client over one kept-alive socket: the load must cost less than what it measures. */
import { connect, type Socket } from 'node:net'

export interface Answer {
  readonly status: number
  readonly body: string
}

export interface Connection {
  post(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer>
  close(): void
}

/** Opens a connection; one request at a time. Understands answers with a content-length, which is what Tender sends. */
export function openConnection(port: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined
    let buffered = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk])
      const end = buffered.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = buffered.toString('latin1', 0, end)
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      if (buffered.length < end + 4 + length) return
      const answer = { status: Number(head.slice(9, 12)), body: buffered.toString('utf8', end + 4, end + 4 + length) }
      buffered = buffered.subarray(end + 4 + length)
      const { resolve: done } = waiting ?? {}
      waiting = undefined
      done?.(answer)
    })
    socket.once('error', (error) => {
      waiting?.reject(error)
      reject(error)
    })
    socket.once('connect', () =>
      resolve({
        post: (path, headers, body) =>
          new Promise((done, fail) => {
            waiting = { resolve: done, reject: fail }
            const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
            socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${lines}\r\n${body}`)
          }),
        close: () => socket.destroy(),
      }),
    )
  })
}
