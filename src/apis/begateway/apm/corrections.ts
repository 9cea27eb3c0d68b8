/**
 * Payments that turn out to be paid after all: proof and recover (beGateway reference 5 and 14). About play money the merchant's word is
 * enough. About real money it takes an operator's (`tender payments paid`): a shop's key does not put money into the ledger.
 */
import { createHash } from 'node:crypto'
import { openAttempt, type PaymentView } from '../../../payments/model.ts'
import type { Facts } from '../../../providers/contract.ts'
import { amountAt, amountProblem } from '../amounts.ts'
import type { BegatewayDeps } from '../deps.ts'
import { invalid, notFound, type Answer } from '../errors.ts'
import { foundIn } from '../find.ts'
import { okay, type Call } from '../http.ts'
import { DUPLICATE } from '../idempotency.ts'
import { apmTransaction } from '../shown/apm.ts'
import { iso } from '../shown/time.ts'
import { firstWithin, insertProof } from '../store.ts'
import { decimalsIn, type Correction } from '../stored.ts'
import { bodyAt, flagAt, integerAt, textAt, type Body } from '../validation/body.ts'
import { isAnswer, prepared, REPEAT_MS, sendLastAgain } from './actions.ts'

/** Begins the reference of a proof that a test shop wants to be turned down. */
const TURNED_DOWN = /^decline/i

/** What became of a proof. */
const VERDICTS = {
  pending: { status: 'pending', message: 'Waiting' },
  accepted: { status: 'successful', message: 'Successfully processed' },
  turned_down: { status: 'failed', message: 'Proof is declined' },
  repeated: { status: 'failed', message: DUPLICATE },
} as const

/** Evidence for a failed payment. It is kept for whoever decides on it: the operator, or for play money this code. */
export async function prove(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const ready = await prepared(deps, call, 'proof', notFound('beyag'))
  if (isAnswer(ready)) return ready
  const { found: { view, transaction }, request } = ready
  const { payment } = view
  if (payment.kind !== 'charge' || (payment.state !== 'failed' && payment.state !== 'rejected')) return invalid('beyag', [{ path: 'base', phrase: 'Only a failed payment can be proved' }])
  if (textAt(request, 'currency') !== payment.currency) return invalid('beyag', [{ path: 'currency', phrase: `must be ${payment.currency}` }])
  const amount = integerAt(request, 'amount') ?? 0n
  const wrong = amountProblem(amount, payment.currency, decimalsIn(payment))
  if (wrong !== undefined) return invalid('beyag', [{ path: 'amount', phrase: wrong }])
  const document = Buffer.from(textAt(request, 'document.content') ?? '', 'base64')
  if (BigInt(document.length) !== integerAt(request, 'document.file_size')) return invalid('beyag', [{ path: 'document.file_size', phrase: 'does not match the content' }])
  const now = deps.clock.now()
  const uid = deps.ids.uuid()
  const verdict = VERDICTS[await judged(deps, view, { uid, request, document, now })]
  const reference = textAt(request, 'transaction_reference') ?? ''
  return okay({
    transaction: {
      uid, parent_uid: payment.id, type: 'proof', ...verdict, amount: Number(amount), currency: payment.currency,
      created_at: iso(now), proof: { ...verdict, ref_id: reference, gateway_id: transaction.stored.gateway_id },
    },
  })
}

interface Proof {
  readonly uid: string
  readonly request: Body
  readonly document: Buffer
  readonly now: Date
}

/** Keeps a proof, and decides where it is ours to decide. */
async function judged(deps: BegatewayDeps, { payment }: PaymentView, { uid, request, document, now }: Proof): Promise<keyof typeof VERDICTS> {
  const { merchant_id, id, mode, currency } = payment
  const repeat = flagAt(request, 'skip_duplicate_check') !== true && !(await firstWithin(deps.db, merchant_id, 'begateway.proof', id, deps.ids.uuid(), now, REPEAT_MS))
  if (repeat) return 'repeated'
  const reference = textAt(request, 'transaction_reference') ?? ''
  const { content: _, ...facts } = bodyAt(request, 'document')
  const sha256 = createHash('sha256').update(document).digest('hex')
  // The amount as the shop counts it, like all that it says there.
  await insertProof(deps.db, { merchant_id, id: uid, payment_id: id, facts: { ...facts, sha256, reference, amount: Number(integerAt(request, 'amount')), currency }, document, created_at: now })
  if (mode !== 'test') return 'pending'
  if (TURNED_DOWN.test(reference)) return 'turned_down'
  const amount = amountAt(request, 'amount', currency, decimalsIn(payment))
  const corrected = await deps.payments.correct(merchant_id, id, { id: uid, amount, facts: { provider_ref: reference }, request: { by: 'proof' } })
  return corrected.ok || corrected.error.kind === 'finished' ? 'accepted' : 'pending'
}

/**
 * An operator corrects a status. What the provider says now is taken over; a transaction that nobody has paid can be ended as failed or
 * expired, and one of play money be paid. What is paid stays paid: money goes back by a refund, which the ledger knows.
 */
export async function recover(deps: BegatewayDeps, call: Call): Promise<Answer> {
  const ready = await prepared(deps, call, 'recover', notFound('beyag'))
  if (isAnswer(ready)) return ready
  const { found: { view, transaction }, request } = ready
  if (transaction.stored.permanent === true && textAt(request, 'transaction.status') === 'successful') return invalid('beyag', [{ path: 'base', phrase: 'A permanent bill is paid by transactions of their own' }])
  if (transaction.standing === 'deleted') return invalid('beyag', [{ path: 'base', phrase: 'Transaction is deleted' }])
  const { merchant_id, id } = view.payment
  const wanted = textAt(request, 'transaction.status') ?? ''
  const after = await moved(deps, (await deps.payments.settle(merchant_id, id)) ?? view, wanted, request)
  const shown = foundIn(after, id)
  const status = shown === undefined ? undefined : apmTransaction(shown.transaction, call.links)['status']
  if (status !== wanted) return invalid('beyag', [{ path: 'transaction.status', phrase: 'is not what the provider says' }])
  const corrected = correctionIn(request)
  await deps.payments.annotate(merchant_id, id, { manually_corrected_at: deps.clock.now().toISOString(), corrected })
  if (flagAt(request, 'notify_merchant') === true) await sendLastAgain(deps, merchant_id, id)
  return okay({ response: { message: `Transaction ${id} was updated` } })
}

/** The payment with the wanted status, where that may be given; else as it is. */
async function moved(deps: BegatewayDeps, view: PaymentView, wanted: string, request: Body): Promise<PaymentView> {
  const { merchant_id, id, mode, amount, state } = view.payment
  if (wanted === 'successful' && mode === 'test' && state !== 'succeeded') {
    const corrected = await deps.payments.correct(merchant_id, id, { id: deps.ids.uuid(), amount, facts: factsOf(request), request: { by: 'recover', ...correctionIn(request) } })
    return corrected.ok ? corrected.value : 'view' in corrected.error ? corrected.error.view : view
  }
  if ((wanted === 'failed' || wanted === 'expired') && !hasEnded(view)) {
    const ended = await deps.payments.end(merchant_id, id, wanted === 'failed' ? { state: 'failed', reason: 'unresolved' } : { state: 'expired', reason: 'expired' })
    return ended.ok ? ended.value : view
  }
  return view
}

/** What the operator says of it. It goes into the correction, whose notification says it as well, and beside a payment that is as it should be already. */
const correctionIn = (request: Body): Correction => ({ status: textAt(request, 'transaction.status') ?? '', message: textAt(request, 'transaction.message'), paid_at: textAt(request, 'transaction.paid_at') })

function factsOf(request: Body): Facts {
  const rrn = textAt(request, 'action.rrn')
  return rrn === undefined ? {} : { rrn }
}

const hasEnded = (view: PaymentView): boolean => view.payment.finished_at !== null || openAttempt(view)?.state === 'sent'
