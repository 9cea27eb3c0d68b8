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

const LENGTH = 'content-length: '

/** Opens a connection; one request at a time, in ASCII. Understands answers with a content-length, which is what Tender sends. */
export function openConnection(port: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined
    let buffered = ''
    // Bytes as characters: what the load reads of an answer is ASCII.
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      buffered += chunk
      const end = buffered.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number.parseInt(buffered.slice(buffered.indexOf(LENGTH) + LENGTH.length, end), 10)
      if (buffered.length < end + 4 + length) return
      const answer = { status: Number(buffered.slice(9, 12)), body: buffered.slice(end + 4, end + 4 + length) }
      buffered = buffered.slice(end + 4 + length)
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
            let lines = ''
            for (const name in headers) lines += `${name}: ${headers[name]}\r\n`
            socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${lines}\r\n${body}`, 'latin1')
          }),
        close: () => socket.destroy(),
      }),
    )
  })
}
