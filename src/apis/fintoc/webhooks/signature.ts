/** `Fintoc-Signature` ("Fintoc reference: Signature"), as the official receivers parse it. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Ids } from '../../../core/ids.ts'

/** A new endpoint's secret, and one that takes its place. */
export const freshEndpointSecret = (ids: Ids): string => `whsec_${ids.alphanumeric(32)}`

/** Receivers refuse a signature that is older. */
export const TOLERANCE_S = 300

/**
 * `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over the timestamp, a full stop and the exact body, keyed with the whole secret, `whsec_` included.
 * Exactly two parts, `t` first, no space: published receivers read them by position. That is why a rotated secret has no second signature.
 */
export function sign(secret: string, body: string, now: Date): string {
  const timestamp = Math.floor(now.getTime() / 1000)
  return `t=${timestamp},v1=${digest(secret, timestamp, body).toString('hex')}`
}

/** What a receiver does with it; for tests and for shops that are written in this language. */
export function verify(secret: string, body: string, header: string, now: Date): boolean {
  const match = /^t=(\d{1,12}),v1=([\da-f]{64})$/.exec(header)
  if (!match) return false
  const timestamp = Number(match[1])
  if (Math.abs(now.getTime() / 1000 - timestamp) > TOLERANCE_S) return false
  return timingSafeEqual(digest(secret, timestamp, body), Buffer.from(match[2] ?? '', 'hex'))
}

const digest = (secret: string, timestamp: number, body: string): Buffer => createHmac('sha256', secret).update(`${timestamp}.${body}`).digest()
