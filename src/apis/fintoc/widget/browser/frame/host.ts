/**
 * Whoever shows the frame: the script in a merchant's page, an application's web view, or nobody (the hosted page).
 *
 * The frame says hello with a number of its own to any parent, because it cannot know yet who that is and the number is no secret. It
 * takes the first welcome only: from its parent's window, with that number, from an allowed origin. From then on it speaks over the port
 * that came with it; nothing that it says there is worth anything to a page that lies: no token, no account, no outcome that a server
 * would believe.
 */
import type { FrameOptions, FromFrame, ToFrame } from '../../protocol.ts'
import { settings } from './page.ts'

export interface Host {
  event(name: string): void
  success(): void
  exit(): void
  close(): void
}

interface Listener {
  start(options: FrameOptions): void
  opened(): void
  leave(): void
}

export function connect(listener: Listener): Host {
  if (settings.mode === 'frame') return connectParent(listener)
  queueMicrotask(() => {
    if (settings.options) listener.start(settings.options)
    listener.opened()
  })
  return settings.mode === 'webview' ? webview : hosted
}

function connectParent(listener: Listener): Host {
  const nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
  let port: MessagePort | undefined
  const tell = (message: FromFrame): void => port?.postMessage(message)
  const onMessage = (event: MessageEvent): void => {
    const message = event.data as Partial<ToFrame> | null
    if (port || event.source !== parent || message?.fintoc !== 'welcome' || !('nonce' in message) || message.nonce !== nonce) return
    if (settings.parents.length > 0 && !settings.parents.includes(event.origin)) return
    const options = readFrameOptions(message.options)
    port = event.ports[0]
    if (!port || !options) return
    removeEventListener('message', onMessage)
    // A widget that was made and never opened asks the server for nothing.
    let hasStarted = false
    port.onmessage = (told) => {
      const order = (told.data as Partial<ToFrame> | null)?.fintoc
      if (order === 'leave') return listener.leave()
      if (order !== 'opened') return
      if (!hasStarted) listener.start(options)
      hasStarted = true
      listener.opened()
    }
  }
  addEventListener('message', onMessage)
  if (parent !== window) parent.postMessage({ fintoc: 'hello', nonce } satisfies FromFrame, '*')
  return {
    event: (name) => tell({ fintoc: 'event', name, timestamp: Date.now() }),
    success: () => tell({ fintoc: 'success' }),
    exit: () => tell({ fintoc: 'exit' }),
    close: () => tell({ fintoc: 'close' }),
  }
}

function readFrameOptions(given: unknown): FrameOptions | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const options = given as Readonly<Record<string, unknown>>
  const text = (name: string): string | undefined => {
    const value = options[name]
    return typeof value === 'string' && value.length <= 300 ? value : undefined
  }
  const publicKey = text('publicKey')
  const token = text('token')
  // By the key in our own address the server has decided who may show us: no other one counts here.
  if (publicKey === undefined || token === undefined || publicKey !== new URLSearchParams(location.search).get('public_key')) return undefined
  return { publicKey, token, holderType: text('holderType'), institutionId: text('institutionId'), username: text('username'), usernameEditable: options.usernameEditable !== false }
}

/**
 * An application listens for navigations ("Fintoc reference: Web view mode"), the React Native one for posted strings: both are sent.
 * Only web views understand the scheme; a plain browser stays where it is.
 */
function tellApplication(path: string): void {
  const text = `fintocwidget://${path}`
  const bridge = (window as { ReactNativeWebView?: { postMessage(text: string): void } }).ReactNativeWebView
  bridge?.postMessage(text)
  location.href = text
}

const webview: Host = {
  event: (name) => settings.tell_events && tellApplication(`event/${name}?timestamp=${Date.now()}`),
  success: () => tellApplication('succeeded'),
  exit: () => tellApplication('exit'),
  close: () => undefined,
}

/** Only web addresses, whatever the settings say. */
function goTo(address: string | undefined): void {
  if (address === undefined) return
  const target = new URL(address, location.href)
  if (/^https?:$/.test(target.protocol)) location.replace(target.href)
}

const hosted: Host = {
  event: () => undefined,
  success: () => goTo(settings.success_url),
  exit: () => goTo(settings.cancel_url),
  close: () => undefined,
}
