/**
 * The transaction object of the APM API: the answer, the notification and the verification request are the same thing
 * (beGateway reference 4). Keys that official clients read unguarded (`message`, `tracking_id`) are always there.
 */
import type { Action } from '../../../providers/contract.ts'
import { CODES } from '../codes.ts'
import { laterOf, type Correction } from '../stored.ts'
import { eripSection } from './erip.ts'
import type { Links } from './links.ts'
import { testBankApps, type BankApp } from './qpay.ts'
import { identity, order, times } from './shared.ts'
import { iso } from './time.ts'
import { present } from '../validation/body.ts'
import { APM_STATUS, type Standing, type Transaction } from './transaction.ts'

/** Words of `message` where the provider has none of its own. "Waiting" stands in the platform's examples. */
const WORDS: Readonly<Record<Exclude<Standing, 'failed'>, string>> = {
  accepted: 'Accepted', waiting: 'Waiting', running: 'In progress', successful: 'Successfully processed', expired: 'Order is expired.', deleted: 'Deleted',
}

/** `transaction`, without its envelope. */
export function apmTransaction(of: Transaction, links: Links): Record<string, unknown> {
  const { stored } = of
  const erip = stored.resource === 'erip'
  const status = apmStatus(of)
  const message = apmMessage(of)
  return {
    ...identity(of),
    status,
    code: of.code,
    friendly_message: laterOf(of.payment).friendly_message ?? CODES[of.code].friendly_message,
    ...order(of),
    ...times(of),
    ...paidAt(of),
    method_type: stored.method_type,
    payment_method_type: stored.method_type,
    receipt_url: links.receipt(of.uid),
    [of.type]: {
      status, gateway_id: stored.gateway_id, ref_id: of.facts.provider_ref ?? null, message,
      ...(of.facts.rrn === undefined ? {} : { rrn: of.facts.rrn }),
    },
    [stored.method_type]: { ...(stored.method_type === 'erip' && of.parent_uid === undefined ? eripSection(of, links) : {}), ...methodSection(of) },
    customer: stored.customer,
    billing_address: stored.billing_address,
    message,
    ...(stored.order_id === undefined ? {} : { order_id: stored.order_id }),
    // The ERIP manual: left out when the bill is without limit.
    ...(erip && stored.expired_at === undefined ? {} : { expired_at: stored.expired_at ?? null }),
    ...(laterOf(of.payment).manually_corrected_at === undefined ? {} : { manually_corrected_at: laterOf(of.payment).manually_corrected_at }),
    additional_data: { ...of.additional_data, payment_method: { type: 'alternative' } },
    ...present({ form: formOf(of) }),
  }
}

/**
 * The status, with the words that ERIP adds (beGateway reference 5): a bill that many may pay is `permanent`, a payment of it, which the shop did
 * not ask for, `auto_created` until it is paid, and a bill that somebody is paying `start`.
 */
export function apmStatus({ type, standing, stored, facts, parent_uid }: Transaction): string {
  if (type === 'refund' && standing === 'accepted') return 'pending'
  if (parent_uid === undefined && (standing === 'accepted' || standing === 'waiting' || standing === 'running')) {
    if (stored.permanent === true) return 'permanent'
    if (stored.bill_uid !== undefined) return 'auto_created'
    if (standing === 'running' && facts.begun_at !== undefined) return 'start'
  }
  return APM_STATUS[standing]
}

/** What an operator has said of a transaction that has the status which they gave it (beGateway reference 14). */
function correctionOf({ parent_uid, payment, standing, attempts }: Transaction): Correction | undefined {
  const made = attempts.findLast(({ state, request }) => state === 'approved' && request['by'] === 'recover')?.request as Correction | undefined
  return parent_uid === undefined ? [laterOf(payment).corrected, made].find((said) => said?.status === APM_STATUS[standing]) : undefined
}

/** When it was paid, where an operator knows better than the provider. */
function paidAt(of: Transaction): Record<string, unknown> {
  const paid_at = of.standing === 'successful' ? correctionOf(of)?.paid_at : undefined
  return paid_at === undefined ? {} : { paid_at: iso(new Date(paid_at)) }
}

/** Words of an operator, else of the merchant's refusal, else the provider's, else ours. */
function apmMessage(of: Transaction): string {
  const later = laterOf(of.payment)
  const corrected = correctionOf(of)?.message
  if (corrected !== undefined) return corrected
  if (of.parent_uid === undefined && of.standing === 'failed' && later.message !== undefined) return later.message
  if (of.standing === 'failed') return of.facts.message ?? CODES[of.code].message
  return WORDS[of.standing]
}

/** The section named after the method: what was sent, and the token for later charges (reference 4, rule 5). */
function methodSection(of: Transaction): Record<string, unknown> {
  const { stored, payment } = of
  const { token: sent, type, ...members } = stored.method
  // Its `type` is the provider's word for the method, which names the section.
  const { type: _, ...account } = payment.result.account ?? {}
  const token = payment.result.token ?? (stored.recurring === true ? undefined : sent)
  return {
    ...members,
    ...account,
    // A brand name is kept here when it is answered by another method (reference 3.2).
    ...(type === stored.method_type ? {} : { type }),
    ...(typeof members['service_no'] === 'string' && /^\d{1,15}$/.test(members['service_no']) ? { service_no: Number(members['service_no']) } : {}),
    ...(of.standing === 'successful' && token !== undefined && token !== '' ? { token } : {}),
  }
}

/** The way to the payer, while there is one to go (reference 4.1). No submit input: the shop's page adds its own (guide). */
export function formOf(of: Transaction): { action: string; method: 'GET' | 'POST'; fields: readonly { type: 'hidden'; name: string; value: string }[]; urls?: readonly BankApp[] } | undefined {
  if (of.standing !== 'waiting' && of.standing !== 'running') return undefined
  const action = waitingAction(of)
  if (action?.kind !== 'redirect') return undefined
  const fields = Object.entries(action.fields).map(([name, value]) => ({ type: 'hidden' as const, name, value }))
  const apps = of.stored.method_type === 'q_pay' && of.payment.mode === 'test' ? { urls: testBankApps(action.url) } : {}
  return { action: action.url, method: action.method, fields, ...apps }
}

/** What the payer must do now, if anything. */
export function waitingAction(of: Transaction): Action | undefined {
  return of.attempts.findLast((attempt) => attempt.state === 'action')?.action ?? undefined
}
