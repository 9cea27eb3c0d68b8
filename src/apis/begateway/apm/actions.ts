/** What a merchant does with a transaction that exists: confirm, delete, renotify (beGateway reference 7 and 14). */
import { deliveriesOf, replay } from '../../../webhooks/store.ts'
import type { BegatewayDeps } from '../deps.ts'
import { invalid, notFound, type Answer } from '../errors.ts'
import { foundIn, type Found } from '../find.ts'
import { okay, type Call } from '../http.ts'
import { DUPLICATE } from '../idempotency.ts'
import { apmStatus, apmTransaction } from '../shown/apm.ts'
import { iso } from '../shown/time.ts'
import { CODES } from '../codes.ts'
import { firstWithin } from '../store.ts'
import { onWire } from '../stored.ts'
import { flagAt, textAt, type Body } from '../validation/body.ts'
import { findApm } from './queries.ts'
import { apmProblems, requestOf, type ApmRequestKind } from './wire.ts'

export const REPEAT_MS = 30_000

/** The transaction and the checked request of an action, or the refusal. */
export async function prepared(deps: BegatewayDeps, call: Call, kind: ApmRequestKind, missing: Answer): Promise<{ found: Found; request: Body } | Answer> {
  const found = await findApm(deps, call, call.params['uid'] ?? '')
  if (found === undefined || found.transaction.parent_uid !== undefined) return missing
  const request = requestOf(call.body) ?? {}
  const problems = apmProblems(kind, request)
  return problems.length > 0 ? invalid('beyag', problems) : { found, request }
}

export const isAnswer = (value: object): value is Answer => 'status' in value && 'body' in value

/**
 * The customer says that they have paid. Only the provider knows: it is asked now, and what it says is the result. So a confirmation
 * never makes money, however often it comes.
 */
export async function confirm(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const ready = await prepared(deps, call, 'confirm', { status: 404, body: { response: { message: 'Record not found' } } })
  if (isAnswer(ready)) return ready
  const { found: { view }, request } = ready
  const { merchant_id, id, kind } = view.payment
  if (kind !== 'charge') return invalid('beyag', [{ path: 'base', phrase: 'Only a payment can be confirmed' }])
  const now = deps.clock.now()
  const repeat = flagAt(request, 'skip_duplicate_check') !== true && !(await firstWithin(deps.db, merchant_id, 'begateway.confirm', id, deps.ids.uuid(), now, REPEAT_MS))
  if (textAt(request, 'confirm_type') === 'cancel') {
    const ended = repeat ? undefined : await deps.payments.end(merchant_id, id, { state: 'rejected', reason: 'payer_rejected' })
    const after = ended?.ok === true ? ended.value : view
    return okay({ transaction: apmTransaction(foundIn(after, id)?.transaction ?? ready.found.transaction, call.links) })
  }
  const after = (repeat ? undefined : await deps.payments.settle(merchant_id, id)) ?? view
  const paid = after.payment.state === 'succeeded' && !repeat
  return okay({
    // The newer variant says what it wants, and is answered like everything else.
    [textAt(request, 'confirm_type') === undefined ? 'response' : 'transaction']: {
      parent_uid: id, type: 'confirm', status: paid ? 'successful' : 'failed',
      message: repeat ? DUPLICATE : paid ? 'Successfully processed' : CODES['F.0131'].message,
      transaction_reference: textAt(request, 'transaction_reference') ?? null,
      created_at: iso(now), amount: onWire(after.payment, after.payment.amount), currency: after.payment.currency,
    },
  })
}

/** Only what nobody has paid, or is about to, can be deleted: a pending, permanent or expired transaction (reference 14). */
export async function remove(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const found = await findApm(deps, call, call.params['uid'] ?? '')
  if (found === undefined || found.transaction.parent_uid !== undefined) return notFound('beyag')
  const { merchant_id, id } = found.view.payment
  if (apmStatus(found.transaction) === 'auto_created') return undeletable
  if (found.transaction.standing === 'deleted') return okay({ message: 'Successfully deleted' })
  const ended = found.view.payment.state === 'expired' ? undefined : await deps.payments.end(merchant_id, id, { state: 'canceled', reason: 'canceled_by_merchant' })
  if (ended?.ok === true) return okay({ message: 'Successfully deleted' })
  const now = ended === undefined ? found.view : await deps.payments.find(merchant_id, id)
  if (now?.payment.state !== 'expired') return undeletable
  await deps.payments.annotate(merchant_id, id, { deleted: true })
  return okay({ message: 'Successfully deleted' })
}

const undeletable = invalid('beyag', [{ path: 'base', phrase: 'Transaction can\'t be deleted' }])

/** Sends the newest notification again (reference 7.1). */
export async function renotify(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const found = await findApm(deps, call, call.params['uid'] ?? '')
  if (found === undefined) return notFound('beyag')
  const { merchant_id, id } = found.view.payment
  if (!(await sendLastAgain(deps, merchant_id, id))) return invalid('beyag', [{ path: 'base', phrase: 'There is no notification to send' }])
  return okay({ response: { message: 'Notification has been sent' } })
}

export async function sendLastAgain(deps: BegatewayDeps, merchant_id: string, payment_id: string): Promise<boolean> {
  const last = (await deliveriesOf(deps.db, merchant_id, payment_id)).at(-1)
  return last !== undefined && (await replay(deps.db, merchant_id, { id: last.id }, deps.clock.now())) > 0
}
