/** `/v1/payment_intents` ("Fintoc reference: Payment Intent"). */
import { after } from '../../../core/clock.ts'
import { orderedHandle } from '../../../core/ids.ts'
import { openAttempt } from '../../../payments/model.ts'
import type { Payment, PaymentView } from '../../../payments/model.ts'
import { hashOf } from '../../../sessions/store.ts'
import type { SessionRow } from '../../../sessions/model.ts'
import { senderAccount } from '../banks/accounts.ts'
import type { Call, CallAnswer, Route } from '../call.ts'
import { settingsOf } from '../account/settings.ts'
import type { Caller } from '../caller.ts'
import { API } from '../deps.ts'
import type { FintocDeps } from '../deps.ts'
import { eligibility } from './eligibility.ts'
import { answer, missingResource, problem, refusal } from '../errors.ts'
import { amount, invalid, read } from '../fields.ts'
import { readCurrency, readIntent } from './input.ts'
import type { IntentInput } from './input.ts'
import { intentObject, intentStatus } from '../translate.ts'
import type { IntentRequest } from '../translate.ts'

/** How long a widget token opens the widget, from its creation ("Fintoc reference: widget_token"). */
export const TOKEN_MS = 10 * 60_000
const ID_LENGTH = 16
const TOKEN_LENGTH = 24
/** Kind of the session behind a widget token. */
export const WIDGET = 'widget'

export function paymentIntentRoutes(deps: FintocDeps): readonly Route[] {
  return [
    ['POST', '/v1/payment_intents', (call) => create(deps, call)],
    ['GET', '/v1/payment_intents/:id', (call) => retrieve(deps, call)],
    ['POST', '/v1/payment_intents/check_eligibility', (call) => check(call)],
    ['POST', '/v1/payment_intents/:id/expire', (call) => expire(deps, call)],
    ['POST', '/v2/payment_intents', (call) => create(deps, call)],
    ['GET', '/v2/payment_intents/:id', (call) => retrieve(deps, call)],
  ]
}

async function create(deps: FintocDeps, call: Call): Promise<CallAnswer> {
  const now = deps.clock.now()
  const input = readIntent(call.body, settingsOf(call.caller.merchant), now)
  if (!input.ok) return refusal(input.error)
  const refused = input.value.sender_account === null ? undefined : eligibility(input.value.amount, input.value.currency, input.value.sender_account)
  if (refused !== undefined) return { status: 400, body: { error: { ...refused, param: 'amount', doc_url: null } } }
  const until = after(now, TOKEN_MS)
  const id = orderedHandle(deps.ids, deps.clock.now(), 'pi_', call.caller.merchant.number, ID_LENGTH)
  const token = `${id}_sec_${deps.ids.alphanumeric(TOKEN_LENGTH)}`
  const made = await acceptIntent(deps, call, { id, input: input.value, token, until, render: (payment) => intentObject({ payment, attempts: [] }, token) })
  return made
}

export interface NewIntent {
  readonly id: string
  readonly input: IntentInput
  readonly token: string
  /** When the token, and a payment that nobody started, is over. */
  readonly until: Date
  readonly parent?: IntentRequest['parent']
  readonly more?: Readonly<Record<string, unknown>>
  /** What the token's session knows beside the payment. */
  readonly session?: Readonly<Record<string, unknown>>
  render(payment: Payment): Readonly<Record<string, unknown>>
}

/** Payment, token and stored answer in one commit. */
export async function acceptIntent(deps: FintocDeps, { caller, once }: { readonly caller: Pick<Caller, 'merchant' | 'mode'>; readonly once: Call['once'] }, intent: NewIntent): Promise<CallAnswer> {
  const { id, input, until, render } = intent
  const expires_at = input.expires_at !== null && input.expires_at < until ? input.expires_at : until
  const { claim } = once
  const made = await deps.payments.accept(
    {
      merchant_id: caller.merchant.id, id, api: API, kind: 'charge', mode: caller.mode, method: 'bank_transfer',
      currency: input.currency, amount: input.amount, tries_max: 1, reference: intent.parent?.kind, request: { ...requestOfInput(intent), ...intent.more }, expires_at,
    },
    {
      sessions: [tokenSession(caller.merchant.id, id, intent.token, deps.clock.now(), expires_at, intent.session)],
      ...(claim === undefined ? {} : { claim: (payment) => claim(id, answer(201, render(payment)), payment.created_at) }),
    },
  )
  return made.ok ? answer(201, render(made.value.payment)) : once.replay(made.error.claim)
}

export function tokenSession(merchant_id: string, payment_id: string, token: string, now: Date, expires_at: Date, data: Readonly<Record<string, unknown>> = {}): SessionRow {
  return { merchant_id, hash: hashOf(token), api: API, kind: WIDGET, payment_id, data, created_at: now, expires_at, used_at: null }
}

function requestOfInput({ input, until, parent }: NewIntent): IntentRequest & Record<string, unknown> {
  return {
    recipient_account: input.recipient_account, customer_email: input.customer_email, metadata: input.metadata, business_profile: input.business_profile,
    payment_type: input.payment_type, payment_type_options: input.payment_type_options, expires_at: input.expires_at?.toISOString() ?? null,
    reference_number: input.reference_number, token_until: until.toISOString(), ...(parent === undefined ? {} : { parent }),
  }
}

/** A payment of the caller's, in the caller's mode; another's is as unknown as one that is not there. */
export async function findIntent(deps: FintocDeps, { merchant, mode }: Pick<Caller, 'merchant' | 'mode'>, id: string): Promise<PaymentView | undefined> {
  if (!/^pi_\w{1,60}$/.test(id)) return undefined
  const view = await deps.payments.find(merchant.id, id)
  return view?.payment.api === API && view.payment.mode === mode ? view : undefined
}

async function retrieve(deps: FintocDeps, { caller, id }: Call): Promise<CallAnswer> {
  const view = await findIntent(deps, caller, id)
  return view === undefined ? refusal(missingResource('payment_intent', id)) : answer(200, intentObject(view))
}

/** Whether an expire call has ended it: what a repeated one finds. */
export const isExpiredByShop = ({ state, reason }: Payment): boolean => state === 'expired' && reason === 'canceled_by_merchant'

/** Only the payer's part can be cut short: what the bank has begun, ends as the bank says. */
async function expire(deps: FintocDeps, { caller, id, once }: Call): Promise<CallAnswer> {
  const view = await findIntent(deps, caller, id)
  if (view === undefined) return refusal(missingResource('payment_intent', id))
  const status = intentStatus(view)
  const isOpen = (status === 'created' || status === 'in_progress') && (openAttempt(view)?.state ?? 'action') === 'action'
  const ended = isOpen ? await deps.payments.end(caller.merchant.id, id, { state: 'expired', reason: 'canceled_by_merchant' }) : undefined
  if (ended?.ok !== true && once.again && isExpiredByShop(view.payment)) return answer(201, intentObject(view))
  if (ended?.ok !== true) return refusal(problem('operation_not_allowed', `A payment intent that is ${status} cannot be expired`))
  return answer(201, intentObject(ended.value))
}

/** A negative answer is an answer: 200 (choice). */
async function check({ body }: Call): Promise<CallAnswer> {
  const asked = read(() => {
    const wanted = { minor: amount(body), currency: readCurrency(body), sender: senderAccount(body) ?? { holder_id: null, institution_id: null } }
    // Senders are Chilean ("sender_account": Chile only), and their banks transfer pesos of that country.
    return wanted.currency === 'CLP' || wanted.sender.institution_id === null ? wanted : invalid('currency_mismatch', 'A bank of Chile transfers CLP', 'currency')
  })
  if (!asked.ok) return refusal(asked.error)
  const { minor, currency, sender } = asked.value
  const error = eligibility(minor, currency, sender)
  return answer(200, { eligible_payment: error === undefined, error: error === undefined ? null : { ...error, param: 'amount', doc_url: null } })
}
