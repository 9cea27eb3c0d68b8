/**
 * The script of a merchant's page: `window.Fintoc` ("Fintoc reference: Browser widget").
 *
 * A widget is `loading` until its frame has said hello, `ready` afterwards, `destroyed` at the end; visible or not. The widget token
 * never stands in an address: it goes to our frame's exact origin, over a port that only the two ends hold. What comes back counts only
 * from that port, so nothing else in the page, nor any other frame, can say that a payment succeeded. And whatever the page believes:
 * the shop's server hears the truth from its webhook.
 */
import type { FrameOptions, FromFrame, ToFrame } from '../protocol.ts'
import { readOptions } from './options.ts'
import type { WidgetOptions } from './options.ts'
import { buildOverlay } from './overlay.ts'

interface Widget {
  open(): void
  close(): void
  hide(): void
  destroy(): void
}

const base = scriptAddress()

function scriptAddress(): URL {
  const script = document.currentScript
  const address = new URL(script instanceof HTMLScriptElement && script.src !== '' ? script.src : location.href)
  address.search = ''
  address.hash = ''
  if (!address.pathname.endsWith('/')) address.pathname += '/'
  return address
}

/** How long a frame may take to say hello before the page is told that something is wrong. */
const HELLO_MS_MAX = 15_000

function create(given: unknown): Widget {
  const options = readOptions(given)
  let state: 'loading' | 'ready' | 'destroyed' = 'loading'
  let visible = false
  let port: MessagePort | undefined
  const overlay = buildOverlay(frameAddress(options), leave)
  const watchdog = setTimeout(() => state === 'loading' && tell('on_error'), HELLO_MS_MAX)

  function tell(name: string, timestamp = Date.now()): void {
    call(options.onEvent, name, { timestamp })
  }
  function say(message: ToFrame): void {
    port?.postMessage(message)
  }
  function show(): void {
    if (state === 'destroyed') throw new Error('Fintoc: this widget was destroyed; create another one')
    if (visible) return
    visible = true
    overlay.show()
    if (state === 'ready') announceOpened()
  }
  function announceOpened(): void {
    say({ fintoc: 'opened' })
    tell('opened')
  }
  function hide(): void {
    if (!visible) return
    visible = false
    overlay.hide()
    say({ fintoc: 'hidden' })
    tell('closed')
  }
  /** The payer wants out: the frame knows whether to ask first. A frame that never came cannot answer. */
  function leave(): void {
    if (state === 'ready') return say({ fintoc: 'leave' })
    hide()
    call(options.onExit)
  }
  function onHello(event: MessageEvent): void {
    if (event.source === null || event.source !== overlay.frame.contentWindow || event.origin !== base.origin) return
    const message = event.data as Partial<FromFrame> | null
    if (message?.fintoc !== 'hello' || !('nonce' in message) || typeof message.nonce !== 'string') return
    clearTimeout(watchdog)
    port?.close()
    const channel = new MessageChannel()
    port = channel.port1
    port.onmessage = (told) => onFrame(told.data as FromFrame)
    state = 'ready'
    overlay.ready()
    overlay.frame.contentWindow?.postMessage({ fintoc: 'welcome', nonce: message.nonce, options: forFrame(options) } satisfies ToFrame, base.origin, [channel.port2])
    if (visible) announceOpened()
  }
  function onFrame(message: FromFrame): void {
    if (message.fintoc === 'event') tell(message.name, message.timestamp)
    else if (message.fintoc === 'success') call(options.onSuccess)
    else if (message.fintoc === 'exit') call(options.onExit)
    else if (message.fintoc === 'close') hide()
  }
  function destroy(): void {
    hide()
    state = 'destroyed'
    clearTimeout(watchdog)
    removeEventListener('message', onHello)
    port?.close()
    overlay.remove()
  }

  addEventListener('message', onHello)
  return Object.freeze({ open: show, close: hide, hide, destroy })
}

/** The public key only: it tells the server whose frame it is, and so who may embed it. */
function frameAddress(options: WidgetOptions): string {
  const address = new URL('widget', base)
  address.searchParams.set('public_key', options.publicKey)
  address.searchParams.set('lang', document.documentElement.lang || navigator.language)
  if (options.country !== undefined) address.searchParams.set('country', options.country)
  return address.href
}

function forFrame({ publicKey, token, holderType, institutionId, username, usernameEditable }: WidgetOptions): FrameOptions {
  return { publicKey, token, holderType, institutionId, username, usernameEditable }
}

/** A callback that throws is the page's own problem: it is reported there and stops nothing here. */
function call(callback: ((...args: never[]) => unknown) | undefined, ...args: unknown[]): void {
  if (callback !== undefined) queueMicrotask(() => void (callback as (...given: unknown[]) => unknown)(...args))
}

/**
 * The published sample writes `window.onload(() => …)`: it calls `onload` instead of setting it. So that this page works too, an unset
 * `onload` becomes a function that runs what it is called with, once the page has loaded. Setting `onload` works as always.
 */
function makeOnloadCallable(): void {
  if (window.onload !== null) return
  window.onload = (first: unknown) => {
    if (typeof first !== 'function') return
    const run = (): void => void (first as () => unknown)()
    if (document.readyState === 'complete') queueMicrotask(run)
    else addEventListener('load', run, { once: true })
  }
}

// The npm loader adds a second script tag when it does not know this host; the first one stays.
if (!('Fintoc' in window)) {
  Object.defineProperty(window, 'Fintoc', { value: Object.freeze({ create }), enumerable: true, configurable: true })
  makeOnloadCallable()
}
