/**
 * What chooses the outcome of an alternative payment, besides `hints.expected_bank_code`. Amounts are minor units.
 * The rules of `bogus` below 20,000, of ERIP and of BLIK are the ones that their services document; the rest is chosen here.
 */
import type { Verdict } from '../book.ts'

const APPROVED: Verdict = { status: 'approved' }
const DECLINED: Verdict = { status: 'declined', reason: 'declined' }
/** Payouts, credits and ERIP bills of exactly this amount fail. */
export const FAILING_AMOUNT = 999n

/**
 * The emulator, by amount: below 10,000 successful; exactly 10,000 pending, then successful; above, below 20,000 failed.
 * From 20,000 on it shows a page on which the payer chooses ('page').
 */
export function emulatorVerdict(minor: bigint, late_ms: number): Verdict | 'page' {
  if (minor < 10_000n) return APPROVED
  if (minor === 10_000n) return { status: 'processing', after_ms: late_ms, then: APPROVED }
  return minor < 20_000n ? DECLINED : 'page'
}

/** A bill is paid by somebody, somewhere, a little later. */
export function billVerdict(minor: bigint, late_ms: number): Verdict {
  return minor === FAILING_AMOUNT ? DECLINED : { status: 'processing', after_ms: late_ms, then: APPROVED }
}

/** Codes of the bank's app: 777000 to 777999 are good. */
export function codeVerdict(code: unknown): Verdict {
  return typeof code === 'string' && /^777\d{3}$/.test(code.replace(/[\s-]/g, '')) ? APPROVED : { status: 'declined', reason: 'invalid_otp' }
}

/** Every wallet opens with this PIN; the third wrong one ends the payment. */
export const WALLET_PIN = '1234'
export const WALLET_TRIES_MAX = 3

/** Wallet accounts that begin with one of these words; all others pay. `late_ms`: when a slow one has paid. */
export function walletVerdict(account: string, late_ms: number): Verdict {
  const word = /^(poor|blocked|limit|slow)/i.exec(account.trim())?.[1]?.toLowerCase()
  switch (word) {
    case 'poor':
      return { status: 'declined', reason: 'insufficient_funds' }
    case 'blocked':
      return { status: 'declined', reason: 'account_locked' }
    case 'limit':
      return { status: 'declined', reason: 'limit_exceeded' }
    case 'slow':
      return { status: 'processing', after_ms: late_ms, then: APPROVED }
    default:
      return APPROVED
  }
}

/** The banks that the payer can choose from on the bank page: what each does with a confirmed payment. */
export const APM_BANKS = ['ready', 'slow', 'empty', 'closed'] as const
export type ApmBank = (typeof APM_BANKS)[number]

export function isApmBank(text: string): text is ApmBank {
  return APM_BANKS.some((bank) => bank === text)
}

export function bankVerdict(bank: ApmBank, late_ms: number): Verdict {
  switch (bank) {
    case 'ready':
      return APPROVED
    case 'slow':
      return { status: 'processing', after_ms: late_ms, then: APPROVED }
    case 'empty':
      return { status: 'declined', reason: 'insufficient_funds' }
    case 'closed':
      return { status: 'declined', reason: 'provider_unavailable' }
  }
}
