/**
 * The payer's session with a bank, from signing in to the transfer, as a sealed text that any process of the sandbox can read.
 * It says who signed in where, and until when; never the password.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { after } from '../../../core/clock.ts'
import type { Ids } from '../../../core/ids.ts'

export interface BankSession {
  readonly user: string
  readonly institution: string
}

const SESSION_MS = 30 * 60_000
const PREFIX = 'bks_'

/**
 * `secret` only keeps clients from making sessions up by accident: the users and their password are published, so there is nothing
 * to protect, and several processes have to read each other's sessions.
 */
export function sealSession(session: BankSession, { ids, now, secret }: { ids: Ids; now: Date; secret: string }): string {
  const body = Buffer.from(JSON.stringify({ ...session, until: after(now, SESSION_MS).getTime(), nonce: ids.hex(8) })).toString('base64url')
  return `${PREFIX}${body}.${sign(body, secret)}`
}

/** The session, or undefined when it is none or over. */
export function openSession(text: string, { now, secret }: { now: Date; secret: string }): BankSession | undefined {
  const [body = '', signature = ''] = text.startsWith(PREFIX) ? text.slice(PREFIX.length).split('.') : []
  const expected = Buffer.from(sign(body, secret))
  const given = Buffer.from(signature)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const { user, institution, until } = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as BankSession & { until: number }
  return until > now.getTime() ? { user, institution } : undefined
}

function sign(body: string, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('base64url')
}
