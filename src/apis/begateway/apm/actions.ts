/** What a merchant does with a transaction that exists: confirm, proof, delete, recover, renotify (beGateway reference 7 and 14). */
import { createHash } from 'node:crypto'
import { openAttempt, type PaymentView } from '../../../payments/model.ts'
import { deliveriesOf, replay } from '../../../webhooks/store.ts'
import type { BegatewayDeps } from '../deps.ts'
import { invalid, notFound, type Answer } from '../errors.ts'
import { foundIn, type Found } from '../find.ts'
import { okay, type Call } from '../http.ts'
import { DUPLICATE } from '../idempotency.ts'
import { apmTransaction } from '../shown/apm.ts'
import { iso } from '../shown/time.ts'
import { CODES } from '../codes.ts'
import { firstWithin, insertProof } from '../store.ts'
import { bodyAt, flagAt, integerAt, textAt, type Body } from '../validation/body.ts'
import { findApm } from './queries.ts'
import { apmProblems, requestOf, type ApmRequestKind } from './wire.ts'

const REPEAT_MS = 30_000

/** The transaction and the checked request of an action, or the refusal. */
async function prepared(deps: BegatewayDeps, call: Call, kind: ApmRequestKind, missing: Answer): Promise<{ found: Found; request: Body } | Answer> {
  const found = await findApm(deps, call, call.params['uid'] ?? '')
  if (found === undefined || found.transaction.parent_uid !== undefined) return missing
  const request = requestOf(call.body) ?? {}
  const problems = apmProblems(kind, request)
  return problems.length > 0 ? invalid('beyag', problems) : { found, request }
}

const isAnswer = (value: object): value is Answer => 'status' in value && 'body' in value

/**
 * The customer says that they have paid. Only the provider knows: it is asked now, and what it says is the result. So a confirmation
 * never makes money, however often it comes.
 */
export async function confirm(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const ready = await prepared(deps, call, 'confirm', { status: 404, body: { response: { message: 'Record not found' } } })
  if (isAnswer(ready)) return ready
  const { found: { view }, request } = ready
  const { merchant_id, id } = view.payment
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
    response: {
      parent_uid: id, type: 'confirm', status: paid ? 'successful' : 'failed',
      message: repeat ? DUPLICATE : paid ? 'Successfully processed' : CODES['F.0131'].message,
      transaction_reference: textAt(request, 'transaction_reference') ?? null,
      created_at: iso(now), amount: Number(after.payment.amount), currency: after.payment.currency,
    },
  })
}

/** Evidence for a failed payment. It is kept for whoever decides on it; the payment changes only when the provider says so. */
export async function prove(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const ready = await prepared(deps, call, 'proof', notFound('beyag'))
  if (isAnswer(ready)) return ready
  const { found: { view, transaction }, request } = ready
  if (view.payment.state !== 'failed' && view.payment.state !== 'rejected') return invalid('beyag', [{ path: 'base', phrase: 'Only a failed transaction can be proved' }], '')
  const document = Buffer.from(textAt(request, 'document.content') ?? '', 'base64')
  if (BigInt(document.length) !== integerAt(request, 'document.file_size')) return invalid('beyag', [{ path: 'document.file_size', phrase: 'does not match the content' }])
  const now = deps.clock.now()
  const { merchant_id, id } = view.payment
  const repeat = flagAt(request, 'skip_duplicate_check') !== true && !(await firstWithin(deps.db, merchant_id, 'begateway.proof', id, deps.ids.uuid(), now, REPEAT_MS))
  const uid = deps.ids.uuid()
  const reference = textAt(request, 'transaction_reference') ?? ''
  if (!repeat) {
    const { content: _, ...facts } = bodyAt(request, 'document')
    const sha256 = createHash('sha256').update(document).digest('hex')
    await insertProof(deps.db, { merchant_id, id: uid, payment_id: id, facts: { ...facts, sha256, reference, amount: Number(integerAt(request, 'amount')), currency: textAt(request, 'currency') }, document, created_at: now })
  }
  const status = repeat ? 'failed' : 'pending'
  const message = repeat ? DUPLICATE : 'Waiting'
  return okay({
    transaction: {
      uid, parent_uid: id, type: 'proof', status, message, amount: Number(integerAt(request, 'amount')), currency: textAt(request, 'currency'),
      created_at: iso(now), proof: { status, message, ref_id: reference, gateway_id: transaction.stored.gateway_id },
    },
  })
}

/** Only what nobody has paid can be deleted: a pending or expired transaction (reference 14). */
export async function remove(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const found = await findApm(deps, call, call.params['uid'] ?? '')
  if (found === undefined || found.transaction.parent_uid !== undefined) return notFound('beyag')
  const { merchant_id, id } = found.view.payment
  if (found.transaction.standing === 'deleted') return okay({ message: 'Successfully deleted' })
  const ended = found.view.payment.state === 'expired' ? undefined : await deps.payments.end(merchant_id, id, { state: 'canceled', reason: 'canceled_by_merchant' })
  if (ended?.ok === true) return okay({ message: 'Successfully deleted' })
  const now = ended === undefined ? found.view : await deps.payments.find(merchant_id, id)
  if (now?.payment.state !== 'expired') return invalid('beyag', [{ path: 'base', phrase: 'Transaction can\'t be deleted' }], '')
  await deps.payments.annotate(merchant_id, id, { deleted: true })
  return okay({ message: 'Successfully deleted' })
}

/**
 * An operator corrects a status. What the provider says now is taken over; a transaction that nobody has paid can be ended as failed or
 * expired. Money is never declared paid against the provider's word, whoever asks: that would put a lie into the ledger.
 */
export async function recover(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const ready = await prepared(deps, call, 'recover', notFound('beyag'))
  if (isAnswer(ready)) return ready
  const { found: { view }, request } = ready
  const { merchant_id, id } = view.payment
  const wanted = textAt(request, 'transaction.status') ?? ''
  let after = (await deps.payments.settle(merchant_id, id)) ?? view
  if ((wanted === 'failed' || wanted === 'expired') && !hasEnded(after)) {
    const ended = await deps.payments.end(merchant_id, id, wanted === 'failed' ? { state: 'failed', reason: 'unresolved' } : { state: 'expired', reason: 'expired' })
    if (ended.ok) after = ended.value
  }
  const shown = foundIn(after, id)
  const status = shown === undefined ? undefined : apmTransaction(shown.transaction, call.links)['status']
  if (status !== wanted) return invalid('beyag', [{ path: 'transaction.status', phrase: 'is not what the provider says' }])
  const message = textAt(request, 'transaction.message')
  await deps.payments.annotate(merchant_id, id, { manually_corrected_at: deps.clock.now().toISOString(), ...(message === undefined ? {} : { message }) })
  if (flagAt(request, 'notify_merchant') === true) await sendLastAgain(deps, merchant_id, id)
  return okay({ response: { message: `Transaction ${id} was updated` } })
}

const hasEnded = (view: PaymentView): boolean => view.payment.finished_at !== null || openAttempt(view)?.state === 'sent'

/** Sends the newest notification again (reference 7.1). */
export async function renotify(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const found = await findApm(deps, call, call.params['uid'] ?? '')
  if (found === undefined) return notFound('beyag')
  const { merchant_id, id } = found.view.payment
  if (!(await sendLastAgain(deps, merchant_id, id))) return invalid('beyag', [{ path: 'base', phrase: 'There is no notification to send' }], '')
  return okay({ response: { message: 'Notification has been sent' } })
}

async function sendLastAgain(deps: BegatewayDeps, merchant_id: string, payment_id: string): Promise<boolean> {
  const last = (await deliveriesOf(deps.db, merchant_id, payment_id)).at(-1)
  return last !== undefined && (await replay(deps.db, merchant_id, { id: last.id }, deps.clock.now())) > 0
}
