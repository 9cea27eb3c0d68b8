/**
 * The sandbox card network: acquirer, directory server and issuer in one. Its outcomes come from the magic table; its 3-D Secure
 * challenge is a real page (acs.ts), to which the outcome `action_required` sends the payer's browser.
 */
import type { Ids } from '../../../core/ids.ts'
import type { Facts, Mode, Operation } from '../../contract.ts'
import type { BookRecord } from '../book.ts'
import { createNetwork, type Network, type NetworkParts, type NetworkTerms, type Rules } from '../network.ts'
import { ask, conclude } from '../records.ts'
import { lookUpBin } from './bins.ts'
import { answerFor, APPROVED } from './codes.ts'
import { decide, proof } from './decide.ts'
import { challengeFields, readCres } from './three-ds.ts'

export interface SandboxCardsParts extends NetworkParts {
  /** How long the payer may take for the challenge. */
  readonly challenge_ms?: number
  /** Whose payments the network takes. A demo shop that should treat live payments like test ones adds `live`. */
  readonly modes?: readonly Mode[]
}

export const SANDBOX_CARDS = 'sandbox-cards'
const CHALLENGE_MS = 15 * 60_000
const KINDS: ReadonlySet<string> = new Set(['authorize', 'sale', 'capture', 'void', 'refund', 'verify', 'credit', 'payout'])

/** What can be known of the network without asking it. */
export function cardTerms(modes: readonly Mode[]): NetworkTerms {
  return { name: SANDBOX_CARDS, settlement: 'platform', supports: ({ kind, method, mode }) => method === 'card' && modes.includes(mode) && KINDS.has(kind) }
}

export function createSandboxCards({ challenge_ms = CHALLENGE_MS, modes = ['test'], ...parts }: SandboxCardsParts): Network {
  const rules: Rules = {
    ...cardTerms(modes),
    late: 'authentication_timeout',
    open: (operation, record, now) => openCard(operation, record, now, { base_url: parts.base_url, ids: parts.ids, challenge_ms }),
    answer: answerChallenge,
    concluded: (record) => ({ ...record, facts: { ...record.facts, ...resultFacts(record, parts.ids) } }),
  }
  return createNetwork(rules, parts)
}

interface Terms {
  readonly base_url: string
  readonly ids: Ids
  readonly challenge_ms: number
}

function openCard(operation: Operation, blank: BookRecord, now: Date, { base_url, ids, challenge_ms }: Terms): BookRecord {
  const { instrument, return_url, description, merchant_name, payer } = operation
  if (instrument?.type !== 'card') return conclude(blank, { status: 'declined', reason: 'invalid_request' }, now)
  const { verdict, challenge, authentication } = decide(operation, instrument, now)
  const record = { ...blank, facts: { ...blank.facts, ...cardFacts(instrument.number), ...(authentication && { authentication }) } }
  if (!challenge) return conclude(record, verdict, now)
  const handle = ids.uuid()
  const fields = challengeFields({ handle, transaction: record.facts.provider_ref ?? handle, return_url })
  return ask(record, {
    action: { kind: 'redirect', url: `${base_url}/acs/challenge`, method: 'POST', fields },
    expires_after_ms: challenge_ms,
    notes: { then: verdict, tries: 0, return_url, description, merchant_name, language: payer.language },
    handle,
  }, now)
}

/**
 * The payer came back. The message that the browser carried only says that they did: whether the challenge was passed is in the
 * book, where the page wrote it. A message about another challenge, or before this one ended, changes nothing.
 */
function answerChallenge(record: BookRecord, input: Readonly<Record<string, string>>, now: Date): BookRecord {
  const { answer, then } = record.notes
  if (answer === undefined || !then) return record
  if (input.cres !== undefined && readCres(input.cres)?.acsTransID !== record.handle) return record
  const first6 = record.card?.first6 ?? ''
  const proven = (status: 'Y' | 'N' | 'U'): BookRecord => ({ ...record, facts: { ...record.facts, authentication: proof(first6, status) } })
  switch (answer) {
    case 'passed':
      return conclude(proven('Y'), then, now)
    case 'unavailable':
      return conclude(proven('U'), { status: 'declined', reason: 'authentication_unavailable' }, now)
    case 'canceled':
      return conclude(proven('N'), { status: 'declined', reason: 'payer_rejected' }, now)
    case 'failed':
      return conclude(proven('N'), { status: 'declined', reason: 'authentication_failed' }, now)
  }
}

function cardFacts(number: string): Facts {
  const { brand, type, issuer, country } = lookUpBin(number)
  return { card: { brand, type, issuer, country } }
}

/** The facts that exist from the result on: the issuer's answer, and the references of money that moved. */
function resultFacts(record: BookRecord, ids: Ids): Facts {
  if (record.status === 'declined') return answerFor(record.reason ?? 'declined')
  // One draw for both references: this is on the way of every payment.
  const random = ids.hex(12)
  const references = { ...APPROVED, rrn: digits(random.slice(0, 12), 12), approval_code: digits(random.slice(12), 6) }
  return record.kind === 'refund' ? { ...references, arn: digits(ids.hex(6), 12) + digits(ids.hex(6), 11) } : references
}

/** The last digits of a hexadecimal number of at most twelve characters: more would not be exact. */
function digits(hex: string, length: number): string {
  return String(Number.parseInt(hex, 16) % 10 ** length).padStart(length, '0')
}
