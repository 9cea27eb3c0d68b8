/**
 * The networks of a sandbox program (program.ts) as providers. What fails on its way there or back is unreachable, and nothing
 * is tried twice: that is the caller's decision, by inquiring.
 */
import { ProviderUnreachable, type BankDirectory, type Mode, type Provider } from '../contract.ts'
import { apmTerms } from './apm/apms.ts'
import { bankTerms } from './bank/banks.ts'
import { cardTerms } from './card/cards.ts'
import { UNKNOWN_KEY_FINAL_AFTER_MS, type NetworkTerms } from './network.ts'
import { readInquiry, readOutcome, readSignIn, toJson } from './wire.ts'

export interface RemoteOptions {
  /** Of the program, without a slash at the end. */
  readonly base_url: string
  readonly token?: string | undefined
  /** What the program was started with. */
  readonly modes?: readonly Mode[]
  /** How long one call may take; shorter when the caller's own signal says so. */
  readonly timeout_ms?: number
}

export interface RemoteSandbox {
  readonly cards: Provider
  readonly banks: Provider & BankDirectory
  readonly apms: Provider
}

/** All networks of one program. */
export function createRemoteSandbox(options: RemoteOptions): RemoteSandbox {
  const { modes = ['test'] } = options
  const banks = bankTerms(modes)
  return {
    cards: createRemoteNetwork(cardTerms(modes), options),
    banks: {
      ...createRemoteNetwork(banks, options),
      signIn: (input, signal) => call(options, `${banks.name}/sign-in`, input, signal, readSignIn),
    },
    apms: createRemoteNetwork(apmTerms(modes), options),
  }
}

/** One network of the program, by what is known of it. */
export function createRemoteNetwork(terms: NetworkTerms, options: RemoteOptions): Provider {
  const { name } = terms
  return {
    ...terms,
    unknown_key_final_after_ms: UNKNOWN_KEY_FINAL_AFTER_MS,
    execute: (operation, signal) => call(options, `${name}/execute`, operation, signal, readOutcome),
    inquire: (key, signal) => call(options, `${name}/inquire`, { key }, signal, readInquiry),
    resume: (key, input, signal) => call(options, `${name}/resume`, { key, input }, signal, readOutcome),
    abandon: (key, signal) => call(options, `${name}/abandon`, { key }, signal, readOutcome),
    onNews: (listener) => listenForNews(options, name, listener),
  }
}

/** One call; whatever goes wrong with it, the network was unreachable. */
async function call<T>(options: RemoteOptions, path: string, body: unknown, signal: AbortSignal, read: (answer: unknown) => T): Promise<T> {
  const { base_url, token, timeout_ms = 30_000 } = options
  try {
    const answer = await fetch(`${base_url}/networks/${path}`, {
      method: 'POST', headers: { 'content-type': 'application/json', ...bearer(token) }, body: toJson(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeout_ms)]),
    })
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
    return read(await answer.json())
  } catch (error) {
    throw new ProviderUnreachable(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

const bearer = (token: string | undefined): Record<string, string> => (token === undefined ? {} : { authorization: `Bearer ${token}` })

/** How long to wait before listening again to a program that went away. */
const RECONNECT_MS = 1000

/** Keeps a connection open on which the program tells its news, and opens it again when it breaks. What is told in between is missed. */
function listenForNews(options: RemoteOptions, name: string, listener: (key: string) => void): () => void {
  const stopped = new AbortController()
  const listen = async (): Promise<void> => {
    const answer = await fetch(`${options.base_url}/networks/${name}/news`, { headers: bearer(options.token), signal: stopped.signal })
    if (!answer.ok || !answer.body) throw new Error(`HTTP ${answer.status}`)
    let rest = ''
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { key } = JSON.parse(line) as { key?: string }
        if (key !== undefined) listener(key)
      }
    }
  }
  const keepListening = (): void => {
    void listen()
      .catch(() => undefined)
      .then(() => {
        if (!stopped.signal.aborted) setTimeout(keepListening, RECONNECT_MS).unref()
      })
  }
  keepListening()
  return () => stopped.abort()
}
