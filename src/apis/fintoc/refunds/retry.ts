/** When a refund is tried again ("Fintoc reference: Refunds"): without balance at every window of five business days, then it has failed. Pure. */
import type { DeclinedRefund } from '../../../payments/decisions/policy.ts'
import { nextWindow, WINDOWS_A_DAY } from './window.ts'

const DAYS = 5
const TRIES_MAX = 1 + DAYS * WINDOWS_A_DAY

/** Of the merchant's own account only its bank knows what it covers: transfers went straight there. */
export function retryRefund({ payment, reason, tries }: DeclinedRefund, now: Date): Date | undefined {
  return reason === 'insufficient_funds' && tries < TRIES_MAX ? nextWindow(now, payment) : undefined
}
