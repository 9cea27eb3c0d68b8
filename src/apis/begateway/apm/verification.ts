/**
 * The merchant's last word before money moves: the answer to a request to `verification_url` (beGateway reference 8).
 * `code` 0 accepts and anything else declines. Nothing public says what a time-out, another HTTP status or a wrong echo mean: they
 * decline, because a shop that set this URL wants no payment that it has not agreed to.
 */
import { integerAt, isBody, textAt } from '../validation/body.ts'

export interface Verdict {
  readonly accepted: boolean
  readonly message?: string | undefined
  readonly friendly_message?: string | undefined
}

/** What came back: `undefined` when nothing did in time. */
export interface VerificationAnswer {
  readonly status: number
  readonly body: string
}

/** Judges an answer to the verification of one transaction. `amount`: as the shop was told it. */
export function verdictOf(answer: VerificationAnswer | undefined, uid: string, amount: bigint): Verdict {
  if (answer === undefined) return refused('Verification has failed: no answer.')
  if (answer.status !== 200) return refused(`Verification has failed: HTTP ${answer.status}.`)
  const body = parse(answer.body)
  if (!isBody(body)) return refused('Verification has failed: the answer is no JSON object.')
  const code = integerAt(body, 'code')
  if (code === undefined) return refused('Verification has failed: code is missing.')
  const words = { message: textAt(body, 'message')?.slice(0, 255), friendly_message: textAt(body, 'friendly_message')?.slice(0, 255) }
  if (code !== 0n) return { accepted: false, ...words, message: words.message ?? 'Verification is refused by the merchant.' }
  if (textAt(body, 'uid') !== uid) return refused('Verification has failed: uid does not match.')
  if (integerAt(body, 'amount') !== amount) return refused('Verification has failed: amount does not match.')
  return { accepted: true, ...words }
}

const refused = (message: string): Verdict => ({ accepted: false, message })

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
