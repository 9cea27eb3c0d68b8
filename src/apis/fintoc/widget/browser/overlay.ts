/**
 * The overlay with the frame: a modal dialog (the browser keeps the focus inside and the page behind it still), in a shadow tree
 * that the page's styles do not reach. Styles are set through the object model, so a strict content-security policy of the page is fine.
 */

export interface Overlay {
  readonly frame: HTMLIFrameElement
  show(): void
  hide(): void
  /** The frame has its own way out now. */
  ready(): void
  remove(): void
}

const STYLE = `
dialog { position: fixed; inset: 0; width: 100vw; height: 100vh; height: 100dvh; max-width: none; max-height: none; margin: 0; padding: 0; border: 0; background: rgb(10 14 22 / .6); overflow: hidden; overscroll-behavior: contain }
dialog[open] { display: grid; place-items: center }
dialog::backdrop { background: none }
iframe { grid-area: 1/1; width: 100%; height: 100%; border: 0; background: Canvas; opacity: 0 }
iframe.ready { opacity: 1; transition: opacity .15s }
button { grid-area: 1/1; place-self: start end; margin: 12px; width: 44px; height: 44px; border: 0; border-radius: 22px; background: #fff; color: #12151c; font: 24px/1 system-ui, sans-serif; cursor: pointer }
button[hidden] { display: none }
@media (min-width: 600px) and (min-height: 500px) { iframe { width: 430px; height: min(720px, calc(100vh - 48px)); border-radius: 20px; box-shadow: 0 24px 64px rgb(0 0 0 / .35) } }
@media (prefers-reduced-motion: reduce) { iframe.ready { transition: none } }
`

export function buildOverlay(address: string, leave: () => void): Overlay {
  const spanish = !/^en/i.test(document.documentElement.lang || navigator.language)
  const host = document.createElement('div')
  const root = host.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(STYLE)
  root.adoptedStyleSheets = [sheet]
  const dialog = document.createElement('dialog')
  const frame = document.createElement('iframe')
  frame.title = spanish ? 'Pago con tu banco' : 'Pay with your bank'
  frame.referrerPolicy = 'no-referrer'
  frame.src = address
  dialog.setAttribute('aria-label', frame.title)
  const exit = document.createElement('button')
  exit.type = 'button'
  exit.textContent = '×'
  exit.setAttribute('aria-label', spanish ? 'Cerrar' : 'Close')
  exit.addEventListener('click', leave)
  dialog.append(frame, exit)
  root.append(dialog)
  attach(host)

  let back: Element | null = null
  let wanted = false
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault()
    leave()
  })
  // Browsers close a dialog whose cancel was prevented when Escape is pressed again; the payment decides, not the key.
  dialog.addEventListener('close', () => wanted && host.isConnected && dialog.showModal())
  return {
    frame,
    show: () => {
      wanted = true
      back = document.activeElement
      attach(host, () => wanted && !dialog.open && (dialog.showModal(), frame.focus()))
    },
    hide: () => {
      wanted = false
      dialog.close()
      if (back instanceof HTMLElement) back.focus()
    },
    ready: () => {
      frame.className = 'ready'
      exit.hidden = true
      if (dialog.open) frame.focus()
    },
    remove: () => host.remove(),
  }
}

/** A script in the head runs before there is a body. */
function attach(host: HTMLElement, then?: () => unknown): void {
  const go = (): void => {
    if (!host.isConnected) document.body.append(host)
    then?.()
  }
  if (document.body) go()
  else addEventListener('DOMContentLoaded', go, { once: true })
}
