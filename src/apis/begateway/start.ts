/**
 * From an accepted payment to the provider's answer. A payment that is accepted has to start soon: the process may die in between, and
 * when its request is never made again nobody would end it. So it is accepted with a time to start by, and the commit that starts it
 * puts the time in its place that the payer has.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { after } from '../../core/clock.ts'
import type { EndHow, PayInstruction } from '../../payments/commands.ts'
import type { Payment, PaymentView } from '../../payments/model.ts'
import type { BegatewayDeps } from './deps.ts'
import { findSettled } from './find.ts'
import { isCard } from './shown/card.ts'
import { storedPayment } from './stored.ts'
import { bodyAt, textAt, type Body } from './validation/body.ts'

/** Clients repeat a request that was not answered within seconds or minutes; after this none of them will carry it on. */
const START_WITHIN_MS = 10 * 60_000

/**
 * Clients give up after 25 seconds (beGateway reference 1), and the shop may have been asked first. A repeat begins anew, for a payment that is
 * older: it has the least.
 */
const ANSWER_MS = 20_000
const ANSWER_MS_MIN = 5_000

/** When a payment that has not started is given up. `expires_at`: when the shop wants it to be over. */
export function startBy({ clock }: Pick<BegatewayDeps, 'clock'>, expires_at?: Date): Date {
  const start_by = after(clock.now(), START_WITHIN_MS)
  return expires_at !== undefined && expires_at < start_by ? expires_at : start_by
}

/**
 * Sends an accepted payment to its provider; one that somebody else has started is waited for. Who asks is answered in time, with what is
 * known by then: the outcome is stored when it comes, and told by the notification.
 */
export async function start(deps: BegatewayDeps, view: PaymentView, instruction: PayInstruction): Promise<PaymentView> {
  const { payment } = view
  const age_ms = deps.clock.now().getTime() - payment.created_at.getTime()
  const sending = send(deps, view, { ...instruction, with: { expires_at: ownExpiry(payment) } })
  const sent = await within(sending, Math.max(ANSWER_MS_MIN, ANSWER_MS - age_ms))
  if (sent?.started === true) return sent.view
  const found = sent === undefined ? await deps.payments.find(payment.merchant_id, payment.id) : (await findSettled(deps, payment.merchant_id, payment.id))?.view
  return found ?? sent?.view ?? view
}

/** Undefined when the work takes longer. It goes on, and what breaks then is nobody's answer: the resolver finds what was left open. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const timer = new AbortController()
  work.catch(() => undefined).finally(() => timer.abort())
  return Promise.race([work, delay(ms, undefined, { signal: timer.signal }).catch(() => work)])
}

/** One try. Not started: the view is what there is now. */
export async function send(deps: BegatewayDeps, known: PaymentView, instruction: PayInstruction): Promise<{ readonly started: boolean; readonly view: PaymentView }> {
  const { merchant_id, id } = known.payment
  const merchant = await deps.merchants.byId(merchant_id)
  const paid = await deps.payments.pay(merchant_id, id, { merchant_name: merchant?.name, ...instruction }, known)
  if (paid.ok) return { started: true, view: paid.value }
  if (paid.error.kind === 'no_route') {
    const ended = await deps.payments.end(merchant_id, id, { state: 'failed', reason: 'no_route' })
    if (ended.ok) return { started: false, view: ended.value }
  }
  return { started: false, view: (await deps.payments.find(merchant_id, id)) ?? known }
}

/** `expired_at` of the request, which only APM payments heed (guide); none is without end. */
function ownExpiry(payment: Payment): Date | null {
  const stored = storedPayment(payment)
  return isCard(stored) || stored.expired_at === undefined ? null : new Date(stored.expired_at)
}

/**
 * How a payment whose time is over ends. One that never started has failed, with the code that says "try again"; the payer had no part in
 * it. Checkouts wait for their payer from the first moment, so they expire.
 */
export function lapse({ payment, attempts }: PaymentView): EndHow {
  const own = ownExpiry(payment)
  const is_over = own !== null && payment.expires_at !== null && own <= payment.expires_at
  const waits = payment.state !== 'created' || attempts.length > 0 || storedPayment(payment).checkout !== undefined
  return waits || is_over ? { state: 'expired', reason: 'expired' } : { state: 'failed', reason: 'error' }
}

/** `expected_bank_code` forces an outcome on a test transaction (reference 15). */
export function hintsOf(request: Body): Record<string, unknown> {
  const code = textAt(bodyAt(request, 'additional_data'), 'expected_bank_code')
  return code === undefined ? {} : { expected_bank_code: code }
}
