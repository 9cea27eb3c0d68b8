/** Requests to our server: one function, always an answer. */
import type { Refusal, Requests, View } from '../../protocol.ts'
import { settings } from './page.ts'

const ANSWER_MS_MAX = 45_000

/** Who we are to the server; filled when the options are known. */
export const identity = { public_key: '', token: '', flow: '' }

type Extra<Name extends keyof Requests> = Omit<Requests[Name], keyof Requests['open']>

/** Sends a request; a lost one is a refusal too, and asking again is harmless: the server does nothing twice. */
export async function ask<Name extends keyof Requests>(name: Name, extra: Extra<Name>): Promise<View | Refusal> {
  if (name === 'sign_in' && identity.flow === '') chooseFlow()
  try {
    const answer = await fetch(settings.base + name, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ ...identity, ...extra }),
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    })
    const body: unknown = await answer.json()
    if (isView(body)) {
      remember(body)
      return body
    }
    return isRefusal(body) ? body : { problem: 'problem_offline', again: true }
  } catch {
    return { problem: 'problem_offline', again: true }
  }
}

export function isRefusal(body: unknown): body is Refusal {
  return typeof body === 'object' && body !== null && 'problem' in body && typeof body.problem === 'string' && 'again' in body
}

function isView(body: unknown): body is View {
  return typeof body === 'object' && body !== null && 'step' in body && 'summary' in body
}

/**
 * The flow's secret outlives a reload of the page in this tab, nothing else. Where storage is blocked it lives in memory, and a reload
 * after the sign-in ends the payment.
 */
function stored(key: string, value?: string): string {
  try {
    if (value !== undefined) sessionStorage.setItem(`tender-${key}`, value)
    return sessionStorage.getItem(`tender-${key}`) ?? ''
  } catch {
    // Blocked storage: see above.
    return ''
  }
}

/** Before the sign-in, so that it can be sent again when its answer is lost. */
function chooseFlow(): void {
  identity.flow = Array.from(crypto.getRandomValues(new Uint8Array(20)), (byte) => byte.toString(16).padStart(2, '0')).join('')
  stored(payment(), identity.flow)
}

const payment = (): string => identity.token.split('_sec_')[0] ?? ''

function remember({ token, flow }: View): void {
  if (token !== undefined) {
    const page = payment()
    identity.token = token
    // Under a payment's own name stands its flow. A checkout's page has that name too, and gets another token at every load.
    if (payment() !== page) stored(page, token)
  }
  if (flow !== undefined) {
    identity.flow = flow
    stored(payment(), flow)
  }
}

/** Forgets a payment that a link made: the next request makes another one. */
export function startOver(link: string): void {
  identity.token = link
  identity.flow = ''
  stored(link, '')
}

/** A link is opened by its id; what is stored under it is the token that it made, so that a reload makes no second payment. */
export function recall(): void {
  const known = stored(payment())
  if (known.includes('_sec_')) {
    identity.token = known
    identity.flow = stored(payment())
  } else identity.flow = known
}
