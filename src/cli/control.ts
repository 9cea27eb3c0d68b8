/**
 * Commands for an embedded database that a server has open: only that process can reach it, so it runs them. It listens for them on a
 * port of its own, on the loopback interface whatever HOST says, and asks for a token that is in a file which only its owner may read.
 * A web page cannot call it: it has no token, and what is not JSON from a program is refused before anything is read.
 *
 * The answer is a stream of lines of JSON: `{"say": …}` while it works, then `{"exit": …}` or `{"problem": …}`.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { json as readJson } from 'node:stream/consumers'
import type { CommandContext } from './commands/command.ts'
import { DATA_COMMANDS } from './commands/index.ts'
import { Problem, reasonOf } from './problem.ts'

export interface CommandCall {
  readonly name: string
  readonly values: readonly string[]
  readonly json: boolean
  /** Whether the command's own switch was given. */
  readonly flag: boolean
}

export interface Control {
  readonly url: string
  readonly token: string
  /** Ends the commands under way, then stops. */
  close(): Promise<void>
}

/** Runs a command with what this process has open. */
export async function runHere(call: CommandCall, context: CommandContext): Promise<number> {
  const command = DATA_COMMANDS.find(({ name }) => name === call.name)
  if (command === undefined) throw new Problem(`There is no command "${call.name}".`)
  return command.run(context, call)
}

/** `contextFor` is asked for each command: it has the time of its start. */
export async function startControl(contextFor: (say: (text: string) => void) => CommandContext, failed: (error: unknown) => void): Promise<Control> {
  const token = randomBytes(32).toString('base64url')
  const server = createServer((request, response) => void answer(request, response, token, contextFor, failed))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeIdleConnections()
    }),
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, token: string, contextFor: (say: (text: string) => void) => CommandContext, failed: (error: unknown) => void): Promise<void> {
  response.setHeader('connection', 'close')
  if (request.method !== 'POST' || !isSame(request.headers.authorization ?? '', `Bearer ${token}`)) return void response.writeHead(403).end()
  const write = (line: Readonly<Record<string, unknown>>): void => void response.write(`${JSON.stringify(line)}\n`)
  try {
    const call = (await readJson(request)) as CommandCall
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    write({ exit: await runHere(call, contextFor((text) => write({ say: text }))) })
  } catch (error) {
    if (!(error instanceof Problem)) failed(error)
    write({ problem: error instanceof Problem ? error.message : `The command failed: ${reasonOf(error)}.` })
  }
  response.end()
}

/** Lets the server of a data folder run a command. */
export async function runThere({ url, token }: Pick<Control, 'url' | 'token'>, call: CommandCall, say: (text: string) => void): Promise<number> {
  const answered = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(call) }).catch((error: unknown) => {
    throw new Problem(`The running server cannot be reached: ${reasonOf(error)}.`)
  })
  if (answered.status !== 200 || answered.body === null) throw new Problem('The running server did not take the command: another server may have taken its place.')
  for await (const line of createInterface({ input: Readable.fromWeb(answered.body) })) {
    const part = JSON.parse(line) as { readonly say?: string; readonly exit?: number; readonly problem?: string }
    if (part.say !== undefined) say(part.say)
    if (part.problem !== undefined) throw new Problem(part.problem)
    if (part.exit !== undefined) return part.exit
  }
  throw new Problem('The running server ended before the command did: run it again.')
}

/** Compares digests: of equal length, so that the time tells nothing of the token. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
