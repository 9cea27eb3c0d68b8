import type { CardAnswer } from '../wire.ts'
import { chosenCard } from './fields.ts'
import { digitsOf, plainDigits } from './digits.ts'
import { parseExpiry } from './expiry.ts'
import { input, settings } from './page.ts'

const ANSWER_MS_MAX = 70_000

/** No answer came, or none that this page understands. */
export interface NoAnswer {
  readonly status: 'unreachable' | 'unreadable'
}

/**
 * Sends the form. When no answer came, nobody knows whether the payment ran, and the same form can be sent again,
 * because the key makes a repetition harmless.
 */
export async function submitCard(session: string, key: string): Promise<CardAnswer | NoAnswer> {
  return ask(settings.submit_url, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ session, ...entry(), browser_info: browserInfo() }),
  })
}

/** Asks how the payment stands. */
export async function askStatus(url: string): Promise<CardAnswer | NoAnswer> {
  return ask(url, { headers: { accept: 'application/json' } })
}

async function ask(url: string, request: RequestInit): Promise<CardAnswer | NoAnswer> {
  let reached = false
  try {
    const answer = await fetch(url, { ...request, cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS_MAX) })
    reached = true
    const body: unknown = await answer.json()
    return isAnswer(body) ? body : { status: 'unreadable' }
  } catch {
    return { status: reached ? 'unreadable' : 'unreachable' }
  }
}

function isAnswer(body: unknown): body is CardAnswer {
  return typeof body === 'object' && body !== null && 'status' in body && typeof body.status === 'string'
}

/** A new key for a new try. Works without a secure context too, where `randomUUID` is missing. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function entry(): Record<string, unknown> {
  const cvv = plainDigits(input('cvv')?.value ?? '').trim()
  const card = chosenCard()
  if (card) return { saved_card: card.value, cvv }
  const date = parseExpiry(input('exp')?.value ?? '')
  return {
    card_number: digitsOf(input('card_number')?.value ?? ''),
    exp_month: String(date?.month ?? '').padStart(2, '0'),
    exp_year: String(date?.year ?? '').slice(-2),
    cvv,
    card_holder: input('card_holder')?.value.trim() ?? '',
    saved_card: null,
    remember: document.querySelector<HTMLInputElement>('input[name=remember]')?.checked ?? false,
  }
}

/** What 3-D Secure wants to know about the browser. The server adds the address and the accept header, which only it can see. */
function browserInfo(): Record<string, string | boolean> {
  return {
    browser_accept_header: 'text/html',
    browser_color_depth: String(screen.colorDepth === 30 ? 24 : screen.colorDepth),
    browser_ip: '',
    browser_java_enabled: false,
    browser_language: navigator.language,
    browser_screen_height: String(screen.height),
    browser_screen_width: String(screen.width),
    browser_tz: String(new Date().getTimezoneOffset()),
    browser_user_agent: navigator.userAgent,
    device_channel: '02',
    window_height: String(innerHeight),
    window_width: String(innerWidth),
  }
}
