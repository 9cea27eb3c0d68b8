/** What becomes of a card operation: pure decisions from the magic table. */
import type { CardData, Facts, Operation } from '../../contract.ts'
import { forced } from '../bank-codes.ts'
import type { Verdict } from '../book.ts'
import { lookUpBin } from './bins.ts'
import { ANY_OTHER_CARD, ANY_OTHER_EXPIRY, FAILING_EXPIRIES, MAGIC_CARDS, PENDING_EXPIRY, type Authentication, type MagicCard } from './magic.ts'

/** The protocol version that the directory server speaks. */
export const THREE_DS_VERSION = '2.2.0'

export interface Decision {
  /** What comes of it when nothing is in the way, or after a passed challenge. */
  readonly verdict: Verdict
  /** The payer has to pass a challenge first. */
  readonly challenge: boolean
  /** The proof of identity so far; undefined without one. */
  readonly authentication: Facts['authentication']
}

/** Decides a sale, authorization, verification, credit or payout of this card. `now` only to see whether its month is over. */
export function decide(operation: Operation, card: CardData, now: Date): Decision {
  const rule = Object.hasOwn(MAGIC_CARDS, card.number) ? MAGIC_CARDS[card.number] : undefined
  const plain = rule ?? ANY_OTHER_CARD
  const verdict = forced(operation) ?? (rule ? resultOf(rule, card, operation) : ordinary(card, now))
  const step = authenticate(plain.authentication, operation, card.number)
  return step.refusal ? { ...step, verdict: step.refusal } : { ...step, verdict }
}

/** True when the number passes the Luhn check and has 12 to 19 digits. */
export function isLuhnValid(number: string): boolean {
  if (!/^\d{12,19}$/.test(number)) return false
  let sum = 0
  for (let i = 0; i < number.length; i++) {
    const digit = Number(number[number.length - 1 - i])
    const doubled = i % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

function ordinary(card: CardData, now: Date): Verdict {
  if (!isLuhnValid(card.number)) return { status: 'declined', reason: 'invalid_number' }
  // Good to the end of its month, everywhere on earth: the last time zone is 12 hours behind UTC.
  const end_ms = Date.UTC(card.exp_year, card.exp_month, 1, 12)
  return end_ms <= now.getTime() ? { status: 'declined', reason: 'card_expired' } : { status: 'approved' }
}

function resultOf({ result }: MagicCard, card: CardData, { initiator }: Operation): Verdict {
  const expiry = String(card.exp_month).padStart(2, '0') + String(card.exp_year % 100).padStart(2, '0')
  const approved: Verdict = { status: 'approved' }
  if (result === 'approved') return approved
  if (result === 'approved_or_pending') return expiry === PENDING_EXPIRY ? { status: 'processing' } : approved
  if (result === 'by_expiry') return { status: 'declined', reason: FAILING_EXPIRIES[expiry] ?? ANY_OTHER_EXPIRY }
  if (result === 'first_only') return initiator === 'payer' ? approved : { status: 'declined', reason: 'do_not_honor' }
  return { status: 'declined', reason: result }
}

interface Step {
  readonly challenge: boolean
  readonly authentication: Facts['authentication']
  readonly refusal?: Verdict
}

const NO_STEP: Step = { challenge: false, authentication: undefined }
const REQUIRED: Step = { ...NO_STEP, refusal: { status: 'declined', reason: 'authentication_required' } }

function authenticate(authentication: Authentication, { kind, initiator, authentication: wanted }: Operation, number: string): Step {
  if (kind === 'credit' || kind === 'payout') return NO_STEP
  if (initiator === 'merchant' || wanted === 'off') return authentication === 'always' ? REQUIRED : NO_STEP
  switch (authentication) {
    case 'none':
      return wanted === 'required' ? REQUIRED : NO_STEP
    case 'if_required':
      return wanted === 'required' ? { challenge: false, authentication: proof(number, 'Y') } : NO_STEP
    case 'frictionless':
      return { challenge: false, authentication: proof(number, 'Y') }
    case 'attempted':
      return { challenge: false, authentication: proof(number, 'A') }
    case 'challenge':
    case 'always':
      return { challenge: true, authentication: undefined }
    case 'unavailable':
      return { challenge: false, authentication: proof(number, 'U'), refusal: { status: 'declined', reason: 'authentication_unavailable' } }
    case 'rejected':
      return { challenge: false, authentication: proof(number, 'R'), refusal: { status: 'declined', reason: 'authentication_failed' } }
    case 'failed':
      return { challenge: false, authentication: proof(number, 'N'), refusal: { status: 'declined', reason: 'authentication_failed' } }
    case 'error':
      return { ...NO_STEP, refusal: { status: 'declined', reason: 'authentication_error' } }
  }
}

/** The proof of identity in the network's terms. `number`: its first digits are enough. */
export function proof(number: string, status: 'Y' | 'A' | 'U' | 'R' | 'N'): { version: string; eci: string; status: string } {
  const mastercard = lookUpBin(number).brand === 'mastercard'
  const eci = status === 'Y' ? (mastercard ? '02' : '05') : status === 'A' ? (mastercard ? '01' : '06') : mastercard ? '00' : '07'
  return { version: THREE_DS_VERSION, eci, status }
}
