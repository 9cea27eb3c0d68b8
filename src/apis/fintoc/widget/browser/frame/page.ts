/** The frame's document: its settings, its texts, and elements made without markup (Trusted Types: nothing here parses text). */
import type { FrameSettings } from '../../protocol.ts'

export const settings = JSON.parse(document.getElementById('settings')?.textContent ?? '{}') as FrameSettings

/** A text with its blanks filled in. */
export function say(key: string, values: Readonly<Record<string, string | number>> = {}): string {
  return (settings.texts[key] ?? '').replace(/\{(\w+)\}/g, (blank, name: string) => String(values[name] ?? blank))
}

type Child = Node | string | false | undefined
type Attributes = Readonly<Record<string, string | number | boolean | undefined | ((event: Event) => unknown)>>

/** One element. A function is a listener for the event of that name, `true` a bare attribute, `false` and `undefined` nothing. */
export function el<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value)
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : String(value))
  }
  for (const child of children) if (child !== false && child !== undefined) made.append(child)
  return made
}

const SVG = 'http://www.w3.org/2000/svg'

/** A line drawing from path data, hidden from screen readers: the words beside it carry the meaning. */
export function icon(name: string, ...paths: readonly string[]): SVGElement {
  const drawing = document.createElementNS(SVG, 'svg')
  for (const [attribute, value] of [['class', `icon ${name}`], ['viewBox', '0 0 24 24'], ['aria-hidden', 'true'], ['focusable', 'false']] as const) drawing.setAttribute(attribute, value)
  for (const path of paths) {
    const line = document.createElementNS(SVG, 'path')
    line.setAttribute('d', path)
    drawing.append(line)
  }
  return drawing
}

const COLOURS = 8
const SMALL_WORDS = /^(?:banco|de|del|la|los|las|y)$/i

/** A bank's mark, drawn by us: two initials on a colour of its own. No bank's trademark is copied. */
export function monogram(name: string): HTMLElement {
  const words = name.split(/\s+/).filter((word) => word !== '' && !SMALL_WORDS.test(word))
  const [first = name, second] = words
  const initials = second === undefined ? first.slice(0, 2) : first.charAt(0) + second.charAt(0)
  let sum = 0
  for (let i = 0; i < name.length; i++) sum = (sum * 31 + name.charCodeAt(i)) % 9973
  return el('span', { class: `mono c${sum % COLOURS}`, 'aria-hidden': 'true' }, initials.toUpperCase())
}

function part(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (!found) throw new Error(`no element ${id}`)
  return found
}

const live = part('live')

/** Tells a screen reader. */
export function announce(text: string): void {
  live.textContent = text
}

/**
 * Replaces the screen. Its heading gets the focus, so that a screen reader reads on from there and the keyboard starts at the top.
 * The first screen of a page that is not asked for yet does not take it.
 */
export function show(title: string, ...children: readonly Child[]): void {
  const heading = el('h1', { tabindex: -1, id: 'title' }, title)
  const screen = el('div', { class: 'screen', id: 'screen', role: 'group', 'aria-labelledby': 'title' }, heading, ...children)
  part('screen').replaceWith(screen)
  scrollTo(0, 0)
  heading.focus({ preventScroll: true })
  announce('')
}

/** What stands around every screen: the way out where it leads somewhere, and the word about encryption where it is true. */
export function showFrame(canExit: boolean): void {
  part('close').hidden = !canExit
  part('encrypted').hidden = !isSecureContext
}

/** The head of the widget: whom, how much. */
export function showHead(merchant: string, amount: string, test: boolean): void {
  part('merchant').textContent = merchant
  part('mark').textContent = [...new Intl.Segmenter().segment(merchant.trim())][0]?.segment.toUpperCase() ?? ''
  part('amount').textContent = amount
  part('ribbon').hidden = !test
  part('head').hidden = false
}

/** What the way out does. */
export function onClose(leave: () => void): void {
  part('close').addEventListener('click', leave)
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return
    // Otherwise the browser goes on to close the dialog that asks whether to leave.
    event.preventDefault()
    leave()
  })
}

/** A notice that is read out at once. */
export function alertBox(text: string): HTMLElement {
  return el('div', { class: 'alert', role: 'alert' }, icon('warn', 'M12 8v5M12 16.5v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18'), el('span', {}, text))
}

export function button(text: string, press: (event: Event) => unknown, look = ''): HTMLButtonElement {
  return el('button', { type: 'button', class: `button ${look}`, click: press }, text)
}

/** The link above a screen that goes one step back. */
export function backLink(back: () => unknown): HTMLElement {
  return el('button', { type: 'button', class: 'back', click: back }, icon('arrow', 'M15 5l-7 7 7 7'), say('back'))
}
