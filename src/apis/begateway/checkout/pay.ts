/** Paying a hosted checkout: by a typed card, or by a method that the payer chose. */
import type { PaymentView } from '../../../payments/model.ts'
import type { CardData } from '../../../providers/contract.ts'
import type { CardEntry } from '../../../pages/index.ts'
import { keepInstrument } from '../apm/payments.ts'
import { payerOf } from '../apm/stored.ts'
import { verified } from '../apm/verify.ts'
import type { BegatewayDeps } from '../deps.ts'
import { summaryOf } from '../gateway/card-data.ts'
import { apmMethod } from '../methods.ts'
import { hintsOf } from '../start.ts'
import { laterOf, storedPayment } from '../stored.ts'
import type { OpenCheckout } from './open.ts'
import { CREDIT_CARD } from './methods.ts'

/** Whoever opens the page, as far as the request tells. */
export interface Visitor {
  readonly ip: string
  readonly user_agent: string | undefined
}

/** One try by card. */
export async function payByCard(deps: BegatewayDeps, open: OpenCheckout, entry: Extract<CardEntry, { kind: 'new' }>, visitor: Visitor): Promise<PaymentView> {
  const asked = await ready(deps, open, CREDIT_CARD)
  if (!asked.accepted) return asked.view
  const { payment } = asked.view
  const card: CardData = { type: 'card', number: entry.card_number, exp_month: entry.exp_month, exp_year: entry.exp_year, holder: entry.card_holder, cvv: entry.cvv }
  const paid = await deps.payments.pay(payment.merchant_id, payment.id, {
    instrument: card, shown: summaryOf(card), store: { id: deps.ids.hex(32), remembered: false }, initiator: 'payer',
    authentication: open.shop.settings.three_d_secure ? 'auto' : 'off',
    return_url: (attempt) => `${deps.base_url}/process/${payment.id}/return?shop_id=${open.shop.id}&attempt=${attempt}`,
    payer: payer(asked.view, visitor), hints: hints(asked.view),
  })
  return after(deps, asked.view, paid)
}

/** One try by another method. `fields`: what the method asked for. */
export async function payByMethod(deps: BegatewayDeps, open: OpenCheckout, type: string, fields: Readonly<Record<string, string>>, visitor: Visitor): Promise<PaymentView> {
  const method = apmMethod(type)
  if (method === undefined) return open.view
  const asked = await ready(deps, open, method.type)
  if (!asked.accepted) return asked.view
  const { payment } = asked.view
  const stored = storedPayment(payment)
  const store = stored.recurring === true ? { id: deps.ids.hex(32), remembered: false } : undefined
  if (store !== undefined) await keepInstrument(deps, payment, store.id, method)
  const paid = await deps.payments.pay(payment.merchant_id, payment.id, {
    instrument: { type: 'apm', code: method.type, token: undefined, fields: { ...fields, iframe: stored.iframe === true, recurring: stored.recurring === true } },
    store, initiator: 'payer', authentication: 'off',
    return_url: (attempt) => `${deps.base_url}/beyag/return/${open.shop.id}/${payment.id}/${attempt}`,
    payer: payer(asked.view, visitor), hints: { ...hints(asked.view), iframe: stored.iframe === true, recurring: stored.recurring === true },
  })
  return after(deps, asked.view, paid)
}

/** The chosen method is written down, and the merchant is asked before the first try. */
async function ready(deps: BegatewayDeps, { view }: OpenCheckout, chosen: string): Promise<{ accepted: boolean; view: PaymentView }> {
  const { merchant_id, id } = view.payment
  // Nothing chosen yet means the card: most payers never choose, and a hundred submits at once should not queue to write it down.
  const noted = (laterOf(view.payment).chosen ?? CREDIT_CARD) === chosen ? view : ((await deps.payments.annotate(merchant_id, id, { chosen })) ?? view)
  return noted.payment.tries === 0 && noted.attempts.length === 0 ? verified(deps, noted) : { accepted: true, view: noted }
}

const payer = ({ payment }: PaymentView, { ip, user_agent }: Visitor): ReturnType<typeof payerOf> => ({ ip, ...(user_agent === undefined ? {} : { user_agent }), ...payerOf(storedPayment(payment)) })

const hints = ({ payment }: PaymentView): Record<string, unknown> => hintsOf({ additional_data: storedPayment(payment).additional_data })

async function after(deps: BegatewayDeps, view: PaymentView, paid: Awaited<ReturnType<BegatewayDeps['payments']['pay']>>): Promise<PaymentView> {
  if (paid.ok) return paid.value
  const { merchant_id, id } = view.payment
  if (paid.error.kind === 'no_route') {
    const ended = await deps.payments.end(merchant_id, id, { state: 'failed', reason: 'no_route' })
    if (ended.ok) return ended.value
  }
  return (await deps.payments.find(merchant_id, id)) ?? view
}
