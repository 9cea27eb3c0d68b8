/** A client as patient as a real one: what is not answered is sent again, what is not final is asked for again. */
import { setTimeout as delay } from 'node:timers/promises'
import { dig } from '../support/server.ts'

export interface Request {
  readonly auth?: readonly [string, string] | undefined
  readonly bearer?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>>
}

export interface Answered {
  readonly status: number
  readonly text: string
  readonly body: unknown
  readonly location: string | undefined
  get(path: string): unknown
}

/** How long a client goes on with one request, or with waiting for one thing. */
const PATIENCE_MS = 40_000

/** One request; undefined when no answer came. Redirects are not followed. */
export async function send(method: string, url: string, { auth, bearer, headers = {}, json, form }: Request = {}): Promise<Answered | undefined> {
  const sent: Record<string, string> = { ...headers }
  if (auth !== undefined) sent.authorization = `Basic ${Buffer.from(auth.join(':')).toString('base64')}`
  if (bearer !== undefined) sent.authorization = `Bearer ${bearer}`
  if (json !== undefined) sent['content-type'] = 'application/json'
  if (form !== undefined) sent['content-type'] = 'application/x-www-form-urlencoded'
  const body = json !== undefined ? JSON.stringify(json) : form !== undefined ? new URLSearchParams(form).toString() : undefined
  try {
    const answer = await fetch(url, { method, redirect: 'manual', headers: sent, signal: AbortSignal.timeout(10_000), ...(body === undefined ? {} : { body }) })
    const text = await answer.text()
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      parsed = undefined
    }
    return { status: answer.status, text, body: parsed, location: answer.headers.get('location') ?? undefined, get: (path) => dig(parsed, path) }
  } catch {
    return undefined
  }
}

/** The same request again until it is answered. `repeated`: it was not the first time. */
export async function persist(method: string, url: string, request?: Request): Promise<Answered & { repeated: boolean }> {
  for (let times = 0, deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; times++, await delay(50)) {
    const answer = await send(method, url, request)
    if (answer !== undefined && answer.status < 500) return { ...answer, repeated: times > 0 }
  }
  throw new Error(`${method} ${url} was never answered`)
}

/** Does something again until it says what it was waited for. */
export async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined, patience_ms = PATIENCE_MS): Promise<T> {
  for (const deadline = Date.now() + patience_ms; Date.now() < deadline; await delay(60)) {
    const found = await ask()
    if (found !== undefined) return found
  }
  throw new Error(`waited in vain for ${what}`)
}

/** The first form of a page with its hidden fields. */
export function formIn(html: string): { action: string; fields: Record<string, string> } {
  const attributes = (tag: string): Record<string, string> => Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, plain(value)]))
  const fields: Record<string, string> = {}
  for (const [tag] of html.matchAll(/<input\b[^>]*>/g)) {
    const { type, name = '', value = '' } = attributes(tag)
    if (type === 'hidden') fields[name] = value
  }
  return { action: attributes(/<form\b[^>]*>/.exec(html)?.[0] ?? '').action ?? '', fields }
}

const plain = (text: string): string => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
