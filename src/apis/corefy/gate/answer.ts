/** The answer of the card gate (Corefy reference: POST /payment/sale). */
import { money, toDecimalNumber } from '../../../core/money.ts'
import { openAttempt, type PaymentView } from '../../../payments/model.ts'
import { phpMap } from '../php.ts'
import { resolutionWord } from '../resolutions.ts'
import { resolutionOf } from '../statuses.ts'
import { feeFacts, storedRequest } from '../translate.ts'

/** Both public shapes at once: the flat keys that newer clients read, and the resource of the older ones, in `data`. */
export function saleAnswer(view: PaymentView): Readonly<Record<string, unknown>> {
  const { payment } = view
  const request = storedRequest(payment)
  const status = saleStatus(view)
  const attempt = openAttempt(view)
  const action = attempt?.action?.kind === 'redirect' ? attempt.action : undefined
  const resolution = action === undefined ? resolutionOf(payment) : resolutionWord('authentication_required')
  // The gate's word for a payment that waits for 3-D Secure; no invoice is ever called that.
  const active = { status: action === undefined ? status : 'authorize_required', resolution }
  const last = view.attempts.findLast(({ kind }) => kind !== 'refund')
  return {
    status,
    resolution,
    auth_mode: action === undefined ? null : '3ds',
    auth_payload: action === undefined ? null : { action: action.url, method: action.method, params: phpMap(action.fields) },
    data: {
      type: 'sale-operation',
      id: request.sid,
      attributes: {
        amount: toDecimalNumber(money(payment.payable, payment.currency)), currency: payment.currency, description: payment.description, service: request.service,
        options: phpMap(request.options), customer: request.customer?.id ?? null, repeatable: false, flow: request.flow, status, resolution,
        active_request: { status, resolution }, active_payment: active, auto_repay: false, metadata: feeFacts(payment), form_data: [],
      },
      payment: last === undefined ? null : { id: last.id, ...active },
    },
  }
}

function saleStatus({ payment }: PaymentView): 'processed' | 'process_pending' | 'process_failed' {
  if (payment.state === 'succeeded') return 'processed'
  return payment.state === 'failed' || payment.state === 'rejected' ? 'process_failed' : 'process_pending'
}
