/** Speaks just enough of PostgreSQL's protocol to look like a server of an old version, or like one that knows no such user. */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const message = (type: string, body: Buffer): Buffer => Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
const text = (value: string): Buffer => Buffer.from(`${value}\0`)

const READY = message('Z', Buffer.from('I'))
const WELCOME = Buffer.concat([message('R', int32(0)), READY])

/** The answer to every query: one column, one row. */
function row(value: string): Buffer {
  const description = Buffer.concat([Buffer.from([0, 1]), text('number'), int32(0), Buffer.from([0, 0]), int32(23), Buffer.from([0, 4]), int32(-1), Buffer.from([0, 0])])
  const data = Buffer.concat([Buffer.from([0, 1]), int32(value.length), Buffer.from(value)])
  return Buffer.concat([message('T', description), message('D', data), message('C', text('SELECT 1')), READY])
}

const REFUSAL = message('E', Buffer.concat([text('SFATAL'), text('C28P01'), text('Mpassword authentication failed for user "shop"'), Buffer.from([0])]))

/** A server whose `server_version_num` is the given one; undefined: one that refuses everybody. */
export async function fakePostgres(version: number | undefined): Promise<{ url: string; close(): void }> {
  const server = createServer((socket) => {
    let greeted = false
    socket.on('error', () => undefined).on('data', () => {
      if (version === undefined) socket.end(REFUSAL)
      else socket.write(greeted ? row(String(version)) : WELCOME)
      greeted = true
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `postgres://shop:secret-of-the-shop@127.0.0.1:${(server.address() as AddressInfo).port}/tender`, close: () => server.close() }
}
