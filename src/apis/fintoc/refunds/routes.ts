/** `/v1/refunds` ("Fintoc reference: Refunds"). */
import { handle, merchantNumberOf, orderedHandle } from '../../../core/ids.ts'
import type { Result } from '../../../core/result.ts'
import type { RefundError } from '../../../payments/commands.ts'
import type { Payment, Refund } from '../../../payments/model.ts'
import { findRefund, listRefunds } from '../../../payments/store.ts'
import { surplusOf } from '../../../payments/decisions/surplus.ts'
import type { SurplusRefund } from '../../../payments/decisions/surplus.ts'
import type { Call, CallAnswer, Route } from '../call.ts'
import { settingsOf } from '../account/settings.ts'
import type { Caller } from '../caller.ts'
import { API } from '../deps.ts'
import type { FintocDeps } from '../deps.ts'
import { answer, missingResource, problem, refusal } from '../errors.ts'
import type { Problem } from '../errors.ts'
import { amount, metadata, oneOf, optionalObject, optionalText, present, read, text } from '../fields.ts'
import type { Fields } from '../fields.ts'
import { holderId, institutionId } from '../banks/accounts.ts'
import { isCurrency, COUNTRY_OF } from '../banks/institutions.ts'
import { linkHeader, readPage } from '../pagination.ts'
import { findIntent } from '../intents/routes.ts'
import { nextWindow } from './window.ts'
import { REFUND_STATUS, refundObject } from '../translate.ts'
import type { RefundRequest } from '../translate.ts'

const ID_LENGTH = 16

export function refundRoutes(deps: FintocDeps): readonly Route[] {
  return [
    ['POST', '/v1/refunds', (call) => create(deps, call)],
    ['GET', '/v1/refunds', (call) => list(deps, call)],
    ['GET', '/v1/refunds/:id', (call) => retrieve(deps, call)],
    ['POST', '/v1/refunds/:id/cancel', (call) => cancel(deps, call)],
  ]
}

/** What came twice, or too late, goes back by a refund like any other. */
export const refundOfSurplus: SurplusRefund = (payment, ids) => ({
  id: handle(ids, 're_', merchantNumberOf(payment.id, 'pi_') ?? 0, ID_LENGTH), request: { metadata: {}, recipient_account: null } satisfies RefundRequest,
})

interface RefundInput {
  readonly resource_id: string
  readonly amount: bigint | undefined
  readonly request: RefundRequest
}

function readRefund(body: Fields): Result<RefundInput, Problem> {
  return read(() => ({
    resource_id: text(body, 'resource_id', { length_max: 80 }),
    // Left out by many clients, although the reference asks for it; there is only one kind of resource to refund.
    resource_type: present(body, 'resource_type') ? oneOf(body, 'resource_type', ['payment_intent']) : 'payment_intent',
    amount: present(body, 'amount') ? amount(body) : undefined,
    request: { metadata: metadata(body), recipient_account: optionalObject(body, 'recipient_account') },
  }))
}

/** Four keys and the holder's name; only kept and shown: transfers go back to where they came from. */
function readRefundRecipient(body: Fields, currency: string): Result<RefundRequest['recipient_account'], Problem> {
  return read(() => {
    const account = optionalObject(body, 'recipient_account')
    if (account === null || !isCurrency(currency)) return null
    const prefix = 'recipient_account'
    return {
      holder_id: holderId(account, COUNTRY_OF[currency], prefix), holder_name: optionalText(account, 'holder_name', { prefix }),
      number: text(account, 'number', { prefix, code: 'invalid_account_number', length_max: 20 }), type: text(account, 'type', { prefix, code: 'invalid_account_type', length_max: 30 }),
      institution_id: institutionId(account, COUNTRY_OF[currency], prefix),
    }
  })
}

async function create(deps: FintocDeps, call: Call): Promise<CallAnswer> {
  const { caller, once } = call
  const input = readRefund(call.body)
  if (!input.ok) return refusal(input.error)
  const view = await findIntent(deps, caller, input.value.resource_id)
  if (view === undefined) return refusal(missingResource('payment_intent', input.value.resource_id))
  const recipient = readRefundRecipient(call.body, view.payment.currency)
  if (!recipient.ok) return refusal(recipient.error)
  const { claim } = once
  const made = await deps.payments.refund({
    merchant_id: caller.merchant.id, payment_id: view.payment.id, id: orderedHandle(deps.ids, deps.clock.now(), 're_', caller.merchant.number, ID_LENGTH), amount: input.value.amount,
    request: { ...input.value.request, recipient_account: recipient.value }, due_at: dueAt(deps, caller, view.payment),
    ...(claim === undefined ? {} : { claim: (refund: Refund) => claim(refund.id, answer(201, refundObject(refund, caller.mode)), refund.created_at) }),
  })
  if (made.ok) return answer(201, refundObject(made.value.refund, caller.mode))
  return made.error.kind === 'duplicate' ? once.replay(made.error.claim) : refusal(refundProblem(made.error))
}

function dueAt({ clock }: FintocDeps, { merchant }: Caller, payment: Payment): Date {
  const delay_s = settingsOf(merchant).refund_delay_s
  return nextWindow(clock.now(), payment, delay_s === undefined ? undefined : delay_s * 1000)
}

function refundProblem(error: Exclude<RefundError, { kind: 'duplicate' }>): Problem {
  switch (error.kind) {
    case 'not_found':
      return missingResource('payment_intent', '')
    case 'too_much':
      // Of what came too late nothing is left, unless the bank would not take it back.
      if (error.view.payment.state !== 'succeeded') return NOT_SUCCEEDED
      return problem('invalid_amount', `At most ${error.left} can still be refunded`, 'amount')
    case 'no_funds':
      return problem('operation_not_allowed', 'The balance does not cover this refund', 'amount')
    case 'busy':
    case 'wrong_state':
      return NOT_SUCCEEDED
  }
}

const NOT_SUCCEEDED = problem('operation_not_allowed', 'Only a succeeded payment intent can be refunded')

/** A refund of the caller's, in the caller's mode. */
async function find(deps: FintocDeps, caller: Caller, id: string): Promise<Refund | undefined> {
  const refund = /^re_\w{1,60}$/.test(id) ? await findRefund(deps.db, caller.merchant.id, id) : undefined
  const view = refund === undefined ? undefined : await findIntent(deps, caller, refund.payment_id)
  return view === undefined ? undefined : refund
}

async function retrieve(deps: FintocDeps, { caller, id }: Call): Promise<CallAnswer> {
  const refund = await find(deps, caller, id)
  return refund === undefined ? refusal(missingResource('refund', id)) : answer(200, refundObject(refund, caller.mode))
}

async function list(deps: FintocDeps, { caller, query, url }: Call): Promise<CallAnswer> {
  const asked = read(() => ({ page: readPage(query), payment_id: optionalText(query, 'resource_id', { length_max: 80 }) ?? undefined }))
  if (!asked.ok) return refusal(asked.error)
  const { page, payment_id } = asked.value
  const { refunds, total } = await listRefunds(deps.db, {
    merchant_id: caller.merchant.id, api: API, mode: caller.mode, payment_id, limit: page.per_page, offset: (page.page - 1) * page.per_page,
  })
  return { ...answer(200, refunds.map((refund) => refundObject(refund, caller.mode))), headers: { link: linkHeader(url, page, total), 'x-total-count': String(total) } }
}

/** Before it is in progress only. */
async function cancel(deps: FintocDeps, { caller, id, once }: Call): Promise<CallAnswer> {
  const refund = await find(deps, caller, id)
  if (refund === undefined) return refusal(missingResource('refund', id))
  if (once.again && refund.state === 'canceled') return answer(201, refundObject(refund, caller.mode))
  if (surplusOf(refund) !== undefined) return refusal(problem('operation_not_allowed', 'This refund returns money that the payment intent does not count, and cannot be canceled'))
  const canceled = await deps.payments.cancelRefund(caller.merchant.id, id)
  if (!canceled.ok) {
    const now = canceled.error.kind === 'wrong_state' ? canceled.error.refund : refund
    return refusal(problem('operation_not_allowed', `A refund that is ${REFUND_STATUS[now.state]} cannot be canceled`))
  }
  return answer(201, refundObject(canceled.value.refund, caller.mode))
}
