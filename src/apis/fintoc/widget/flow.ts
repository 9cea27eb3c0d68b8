/**
 * What the widget asks for: open, sign in, confirm, answer the second factor, ask how it stands, leave.
 *
 * Each is safe to repeat. Money is asked for once: the database allows a payment one open attempt, so a second press, a second tab or a
 * repeated request finds it there and is shown how it stands.
 */
import { findBank } from '../../../core/banks.ts'
import { after } from '../../../core/clock.ts'
import type { Reason } from '../../../core/reasons.ts'
import { fail, ok } from '../../../core/result.ts'
import type { Result } from '../../../core/result.ts'
import type { EndHow } from '../../../payments/commands.ts'
import { openAttempt } from '../../../payments/model.ts'
import type { PaymentView } from '../../../payments/model.ts'
import { isFinished } from '../../../payments/decisions/state.ts'
import type { BankSignIn } from '../../../providers/contract.ts'
import type { FintocDeps } from '../deps.ts'
import type { Requests, View } from './protocol.ts'
import { progressOf, requestOf } from '../translate.ts'
import type { IntentProgress } from '../translate.ts'
import { bindToken, flowSecret, keepLogin, turnedAway, visitorOf } from './session.ts'
import type { BankLogin, TurnedAway, Visitor } from './session.ts'
import { giveTryBack, loseTry, takeTry } from './tries.ts'
import { countryOf, problemOf, stepOf, summaryOf } from './view.ts'

export type WidgetAnswer = Result<View, TurnedAway>

/** A payer at work may go on for this long, also when the token's ten minutes are over meanwhile (choice). */
const WORK_MS = 10 * 60_000
const SIGN_IN_MS_MAX = 20_000

const shown = (visitor: Visitor, view: PaymentView = visitor.view, login = visitor.login): View => ({ ...stepOf(view, login), summary: summaryOf(view.payment, visitor.merchant) })

const hasStarted = ({ view }: Visitor): boolean => progressOf(view.payment).started_at !== undefined

/** Whether the token is bound to another browser; or, where each visit of a hosted page has its own, whether the bank asks the payer of another visit. */
const isElsewhere = ({ token, login, isBound, view }: Visitor): boolean =>
  login === undefined && !isFinished(view.payment.state) && ((token.used_at !== null && !isBound) || openAttempt(view)?.state === 'action')

const isOver = (deps: FintocDeps, visitor: Visitor): boolean => {
  const { view, token } = visitor
  if (isFinished(view.payment.state) || openAttempt(view) !== undefined) return false
  const until = hasStarted(visitor) ? view.payment.expires_at : token.expires_at
  return until !== null && until <= deps.clock.now()
}

/** A visitor who may be shown something: the token opens, and this is the browser that it is bound to. */
async function admitted(deps: FintocDeps, request: Requests['open']): Promise<Result<Visitor, TurnedAway>> {
  const visitor = await visitorOf(deps, request)
  if (!visitor.ok) return visitor
  if (isElsewhere(visitor.value)) return fail(turnedAway('invalid_widget_token', 'problem_used'))
  if (isOver(deps, visitor.value)) return fail(turnedAway('expired_widget_token', 'problem_expired'))
  return visitor
}

export async function open(deps: FintocDeps, request: Requests['open']): Promise<WidgetAnswer> {
  const visitor = await admitted(deps, request)
  return visitor.ok ? ok(shown(visitor.value)) : visitor
}

/** The credentials go from here to the bank and nowhere else: not into a log, a table, an error or an answer. */
export async function signIn(deps: FintocDeps, request: Requests['sign_in']): Promise<WidgetAnswer> {
  const admission = await admitted(deps, request)
  if (!admission.ok) return admission
  const visitor = admission.value
  const { payment } = visitor.view
  if (isFinished(payment.state) || openAttempt(visitor.view) !== undefined) return ok(shown(visitor))
  const bank = findBank(request.institution)
  if (bank === undefined || !bank.pays || bank.country !== countryOf(payment)) return fail(turnedAway('invalid_request', 'problem_general', true))
  await noteStart(deps, visitor, {})
  const place = await takeTry(deps, payment)
  if (place === 'none') return giveUp(deps, visitor, 'credentials_invalid')
  // So many at once are not one payer's.
  if (place === 'busy') return fail(turnedAway('invalid_widget_token', 'problem_used', true))
  const answer = await askBank(deps, visitor, request)
  const isWrong = answer?.status === 'refused' && answer.reason === 'credentials_invalid'
  await (isWrong ? loseTry(deps, place) : giveTryBack(deps, place))
  if (answer === undefined) return fail(turnedAway('unavailable_institution', 'problem_bank_down', true))
  if (answer.status === 'refused') return refused(deps, visitor, answer.reason, isWrong && place.isLast)
  return bind(deps, visitor, request, answer)
}

async function askBank(deps: FintocDeps, { view: { payment } }: Visitor, { institution, username, password, holder_type }: Requests['sign_in']): Promise<BankSignIn | undefined> {
  try {
    return await deps.banks.signIn({ institution, username, password, holder_type, mode: payment.mode, currency: payment.currency }, AbortSignal.timeout(SIGN_IN_MS_MAX))
  } catch {
    // Unreachable, or too slow. Nothing has moved, so trying again is safe; the error is not logged, it might quote what was sent.
    return undefined
  }
}

/** The first submit makes the intent `in_progress`, and every one gives the payer time to go on. */
async function noteStart(deps: FintocDeps, { view: { payment }, merchant }: Visitor, progress: IntentProgress & { refused?: Reason | null }): Promise<void> {
  const now = deps.clock.now()
  const until = after(now, WORK_MS)
  const started_at = progressOf(payment).started_at ?? now.toISOString()
  const isLater = payment.expires_at === null || payment.expires_at < until
  await deps.payments.annotate(merchant.id, payment.id, { started_at, ...progress }, isLater ? { expires_at: until } : undefined)
}

const REFUSAL_CODE: Readonly<Partial<Record<Reason, TurnedAway['code']>>> = { credentials_invalid: 'institution_credentials_invalid', credentials_locked: 'locked_credentials' }

async function refused(deps: FintocDeps, visitor: Visitor, reason: Reason, wasLastTry: boolean): Promise<WidgetAnswer> {
  await noteStart(deps, visitor, { refused: reason })
  if (wasLastTry) return giveUp(deps, visitor, reason)
  return fail(turnedAway(REFUSAL_CODE[reason] ?? 'unavailable_institution', problemOf(reason), true))
}

async function giveUp(deps: FintocDeps, visitor: Visitor, reason: Reason): Promise<WidgetAnswer> {
  await deps.payments.end(visitor.merchant.id, visitor.view.payment.id, { state: 'failed', reason })
  return fail(turnedAway('rate_limit_exceeded', 'problem_tries'))
}

/** Of two browsers that sign in with one token, the first gets the payment. */
async function bind(deps: FintocDeps, visitor: Visitor, { token, institution, flow: chosen }: Requests['sign_in'], answer: BankSignIn & { status: 'signed_in' }): Promise<WidgetAnswer> {
  const flow = flowSecret(deps, chosen)
  if (!(await bindToken(deps, visitor.merchant.id, token, flow))) return fail(turnedAway('invalid_widget_token', 'problem_used'))
  const login: BankLogin = {
    session: answer.session,
    institution,
    accounts: answer.accounts.map((account) => ({ ...account, balance: { minor: account.balance.minor.toString(), currency: account.balance.currency } })),
  }
  await keepLogin(deps, visitor.merchant.id, visitor.view.payment.id, flow, login)
  await noteStart(deps, visitor, { refused: null })
  const view = await deps.payments.find(visitor.merchant.id, visitor.view.payment.id)
  return ok({ ...shown(visitor, view, login), flow })
}

/** Sends the transfer, once. Whoever comes second is shown how it stands. */
export async function confirm(deps: FintocDeps, request: Requests['confirm'], payer: { ip: string; user_agent?: string | undefined }): Promise<WidgetAnswer> {
  const admission = await admitted(deps, request)
  if (!admission.ok) return admission
  const visitor = admission.value
  const { login, merchant, view: { payment } } = visitor
  const account = login?.accounts.find(({ id }) => id === request.account)
  if (isFinished(payment.state) || openAttempt(visitor.view) !== undefined) return ok(shown(visitor))
  if (login === undefined || account === undefined) return fail(turnedAway('invalid_request', 'problem_token'))
  const { recipient_account: to } = requestOf(payment)
  const paid = await deps.payments.pay(merchant.id, payment.id, {
    instrument: { type: 'bank_account', session: login.session, account: account.id },
    shown: { holder_id: account.holder_id, number: account.number, type: account.type, institution_id: account.institution },
    recipient: { holder_id: to.holder_id, number: to.number, account_type: to.type, institution: to.institution_id },
    initiator: 'payer', authentication: 'auto', final: true,
    merchant_name: merchant.name,
    payer: { ip: payer.ip, ...(payer.user_agent === undefined ? {} : { user_agent: payer.user_agent }) },
  })
  if (paid.ok) return ok(shown(visitor, paid.value))
  switch (paid.error.kind) {
    case 'busy':
    case 'finished':
      return ok(shown(visitor, paid.error.view))
    case 'expired':
      return fail(turnedAway('expired_widget_token', 'problem_expired'))
    case 'no_route':
    case 'no_funds':
      return fail(turnedAway('unavailable_institution', 'problem_bank_down', true))
    case 'not_found':
      return fail(turnedAway('invalid_widget_token', 'problem_token'))
  }
}

/** The second factor: what was typed goes to the bank, under the attempt's own key. */
export async function answer(deps: FintocDeps, request: Requests['answer']): Promise<WidgetAnswer> {
  const admission = await admitted(deps, request)
  if (!admission.ok) return admission
  const visitor = admission.value
  const attempt = openAttempt(visitor.view)
  if (visitor.login === undefined || attempt?.state !== 'action' || attempt.action === null) return ok(shown(visitor))
  const positions = attempt.action.kind === 'input' ? (attempt.action.positions ?? []) : []
  const input: Record<string, string> = request.decline ? { decision: 'reject' } : { code: request.code.join(' '), ...Object.fromEntries(positions.map((position, index) => [position, request.code[index] ?? ''])) }
  const resumed = await deps.payments.resume(visitor.merchant.id, visitor.view.payment.id, attempt.id, input)
  if (!resumed.ok) return fail(turnedAway('invalid_widget_token', 'problem_token'))
  // Still waiting: nothing was typed, or the bank's answer was lost on its way. It is asked, so that nobody has to type a code twice.
  const isLost = openAttempt(resumed.value)?.state === 'action'
  const view = isLost ? await deps.payments.settle(visitor.merchant.id, visitor.view.payment.id) : resumed.value
  return ok(shown(visitor, view))
}

/** How it stands, asking the bank when only the bank can know. */
export async function state(deps: FintocDeps, request: Requests['state']): Promise<WidgetAnswer> {
  const admission = await admitted(deps, request)
  if (!admission.ok) return admission
  const visitor = admission.value
  const attempt = openAttempt(visitor.view)
  const onlyTheBankKnows = attempt !== undefined && (attempt.state !== 'action' || attempt.action?.kind === 'wait')
  const view = onlyTheBankKnows ? await deps.payments.settle(visitor.merchant.id, visitor.view.payment.id) : visitor.view
  return ok(shown(visitor, view))
}

/** The payer has left. What had not begun stays open for the token's time; what had, has failed; what the bank has, ends as it says. */
export async function leave(deps: FintocDeps, request: Requests['leave']): Promise<WidgetAnswer> {
  const admission = await admitted(deps, request)
  if (!admission.ok) return admission
  const visitor = admission.value
  if (!hasStarted(visitor)) return ok(shown(visitor))
  const ended = await deps.payments.end(visitor.merchant.id, visitor.view.payment.id, lapse(visitor.view))
  if (ended.ok) return ok(shown(visitor, ended.value))
  return ok(shown(visitor, 'view' in ended.error ? ended.error.view : visitor.view))
}

/**
 * How an intent ends whose time is over, or whose payer left ("Fintoc reference: Statuses"): nobody started, it has expired; somebody
 * did, it has failed, of the last refusal of the bank if that is where they gave up.
 */
export function lapse({ payment }: PaymentView): EndHow {
  const { started_at, refused: reason } = progressOf(payment)
  if (started_at === undefined) return { state: 'expired', reason: 'expired' }
  return { state: 'failed', reason: reason ?? 'payer_left' }
}
