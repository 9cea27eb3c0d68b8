/**
 * A wire between a server and its database that a test can cut: `cut` breaks what is open and refuses what is new, as when the database
 * is stopped; `silence` lets nothing through either way and tells nobody, as a network does that drops packets.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export interface Wire {
  /** The address to use in place of the database's own. */
  readonly url: string
  cut(): Promise<void>
  silence(): void
  /** As at the start. What was silenced stays so: its packets are lost. */
  mend(): Promise<void>
  close(): Promise<void>
}

export async function layWire(url: string): Promise<Wire> {
  const target = new URL(url)
  const open = new Set<Socket>()
  let dropping = false
  const accept = (near: Socket): void => {
    const far = connect(Number(target.port), target.hostname)
    for (const [from, to] of [[near, far], [far, near]] as const) {
      open.add(from)
      from.on('data', (bytes) => void (dropping || from.listenerCount('lost') > 0 || to.write(bytes)))
      from.on('error', () => undefined).on('close', () => {
        open.delete(from)
        if (from.listenerCount('lost') === 0) to.destroy()
      })
    }
  }
  let server = await listen(0, accept)
  const { port } = server.address() as AddressInfo
  const cut = async (): Promise<void> => {
    const gone = once(server, 'close')
    server.close()
    for (const socket of open) socket.destroy()
    await gone
  }
  const address = new URL(url)
  address.host = `127.0.0.1:${port}`
  return {
    url: address.href,
    cut,
    silence: () => {
      dropping = true
      for (const socket of open) socket.on('lost', () => undefined)
    },
    mend: async () => {
      dropping = false
      if (!server.listening) server = await listen(port, accept)
    },
    close: async () => {
      if (server.listening) await cut()
    },
  }
}

async function listen(port: number, accept: (near: Socket) => void): Promise<Server> {
  const server = createServer(accept).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
