/** Paying a hosted checkout: by a typed card, or by a method that the payer chose. */
import type { PayInstruction } from '../../../payments/commands.ts'
import type { Payment, PaymentView } from '../../../payments/model.ts'
import type { CardData } from '../../../providers/contract.ts'
import type { CardEntry } from '../../../pages/index.ts'
import { keepInstrument } from '../apm/payments.ts'
import { payerOf } from '../apm/stored.ts'
import { verified } from '../apm/verify.ts'
import type { BegatewayDeps } from '../deps.ts'
import { summaryOf } from '../gateway/card-data.ts'
import { apmMethod } from '../methods.ts'
import { hintsOf, send } from '../start.ts'
import { laterOf, membersOf, storedPayment, withoutCardNumbers, type Later } from '../stored.ts'
import type { Body } from '../validation/body.ts'
import type { OpenCheckout } from './open.ts'
import { CREDIT_CARD } from './methods.ts'

/** Whoever opens the page, as far as the request tells. */
export interface Visitor {
  readonly ip: string
  readonly user_agent: string | undefined
}

/** What the payer has chosen, and typed for it. */
type Choice = { readonly chosen: string } & Pick<Later, 'fields'>

/** One try by card. */
export async function payByCard(deps: BegatewayDeps, open: OpenCheckout, entry: Extract<CardEntry, { kind: 'new' }>, visitor: Visitor): Promise<PaymentView> {
  const asked = await ready(deps, open, { chosen: CREDIT_CARD })
  if (!asked.accepted) return asked.view
  const { payment } = asked.view
  const card: CardData = { type: 'card', number: entry.card_number, exp_month: entry.exp_month, exp_year: entry.exp_year, holder: entry.card_holder, cvv: entry.cvv }
  return start(deps, asked.view, { chosen: CREDIT_CARD }, {
    instrument: card, shown: summaryOf(card), store: { id: deps.ids.hex(32), remembered: false }, initiator: 'payer',
    authentication: open.shop.settings.three_d_secure ? 'auto' : 'off',
    return_url: (attempt) => `${deps.base_url}/process/${payment.id}/return?shop_id=${open.shop.id}&attempt=${attempt}`,
    payer: payer(asked.view, visitor), hints: hints(asked.view),
  })
}

/** One try by another method. `fields`: what the method asked for. */
export async function payByMethod(deps: BegatewayDeps, open: OpenCheckout, type: string, fields: Readonly<Record<string, string>>, visitor: Visitor): Promise<PaymentView> {
  const method = apmMethod(type)
  if (method === undefined) return open.view
  const choice: Choice = { chosen: method.type, fields: withoutCardNumbers(fields) as Body }
  const asked = await ready(deps, open, choice)
  if (!asked.accepted) return asked.view
  const { payment } = asked.view
  const stored = storedPayment(payment)
  const store = stored.recurring === true ? { id: deps.ids.hex(32), remembered: false } : undefined
  if (store !== undefined) await keepInstrument(deps, payment, store.id, method)
  return start(deps, asked.view, choice, {
    instrument: { type: 'apm', code: method.type, token: undefined, fields: { ...membersOf(stored, method.type), ...fields, iframe: stored.iframe === true, recurring: stored.recurring === true } },
    store, initiator: 'payer', authentication: 'off',
    return_url: (attempt) => `${deps.base_url}/beyag/return/${open.shop.id}/${payment.id}/${attempt}`,
    payer: payer(asked.view, visitor), hints: { ...hints(asked.view), iframe: stored.iframe === true, recurring: stored.recurring === true },
  })
}

/**
 * The payment with the chosen method, which is written by the commit that starts it: whoever else chooses at the same moment does not start,
 * and so leaves no trace. The merchant is asked before the first try, and shown that choice.
 */
async function ready(deps: BegatewayDeps, { view }: OpenCheckout, choice: Choice): Promise<{ accepted: boolean; view: PaymentView }> {
  const { payment } = view
  const noted = isChosen(payment, choice.chosen) ? view : { ...view, payment: { ...payment, result: { ...payment.result, api: { ...payment.result.api, ...choice } } } }
  return payment.tries === 0 && view.attempts.length === 0 ? verified(deps, noted) : { accepted: true, view: noted }
}

/** Nothing chosen yet means the card, which most payers never choose. */
const isChosen = (payment: Payment, chosen: string): boolean => (laterOf(payment).chosen ?? CREDIT_CARD) === chosen

const payer = ({ payment }: PaymentView, { ip, user_agent }: Visitor): ReturnType<typeof payerOf> => ({ ip, ...(user_agent === undefined ? {} : { user_agent }), ...payerOf(storedPayment(payment)) })

const hints = ({ payment }: PaymentView): Record<string, unknown> => hintsOf({ additional_data: storedPayment(payment).additional_data })

async function start(deps: BegatewayDeps, known: PaymentView, choice: Choice, instruction: PayInstruction): Promise<PaymentView> {
  return (await send(deps, known, { ...instruction, with: { api: choice } })).view
}
