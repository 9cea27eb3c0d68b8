import type { FastifyInstance } from 'fastify'
import { fromDecimal, money, toDecimalString } from '../../core/money.ts'
import { findRefund } from '../../payments/store.ts'
import { BROKEN_JSON } from '../shared/body.ts'
import { badRequest, conflict, invalid, notFound, sendErrors } from './errors.ts'
import type { Parts } from './invoices.ts'
import { refundResource, statusOf } from './translate.ts'
import { attributesOf, Reader } from './wire.ts'

/**
 * `POST /payment-invoices/{id}/refund` in both generations: the newer one (`type` "refunds", or an `invoiceId`) answers
 * with the refund and needs a reference; the legacy one answers with the whole invoice (Corefy reference: refunds).
 */
export function refundRoutes(server: FastifyInstance, { deps, accounts, shower }: Parts): void {
  server.post<{ Params: { id: string } }>('/payment-invoices/:id/refund', async (request, reply) => {
    const account = await accounts.authenticate(request, reply)
    if (account === undefined) return reply
    if (request.body === BROKEN_JSON) return sendErrors(reply, [badRequest('The body is not valid JSON.')])
    const view = await deps.payments.find(account.merchant.id, request.params.id)
    if (view === undefined || view.payment.api !== 'corefy' || view.payment.kind === 'payout') return sendErrors(reply, [notFound('There is no such payment invoice.')])
    const { currency } = view.payment
    const found = attributesOf(request.body ?? { data: { type: 'refund', attributes: {} } }, ['refund', 'refunds', 'payment-invoices', 'payment-invoice'])
    if (!found.ok) return sendErrors(reply, found.error)
    const fields = new Reader(found.value.attributes, '/data/attributes')
    const isNew = found.value.data['type'] === 'refunds' || fields.has('invoiceId')
    const reference = isNew ? fields.required('reference_id') : fields.text('reference_id')
    const description = fields.text('description', 2_048)
    const amount = readRefundAmount(fields, currency)
    if (fields.errors.length > 0) return sendErrors(reply, fields.errors)
    const id = `ref_${deps.ids.alphanumeric(16)}`
    const refunded = await deps.payments.refund({
      merchant_id: account.merchant.id, payment_id: view.payment.id, id, amount, reference: reference ?? undefined, request: { description },
      with_fee: account.settings.return_fee_on_refund,
      // A reference is good for one refund of the payment; without one, equal requests are different refunds.
      ...(reference === null || reference === ''
        ? {}
        : { claim: (refund) => ({ merchant_id: account.merchant.id, scope: `corefy.refund.${view.payment.id}`, key: reference, owner: refund.id, request_hash: null, status: null, answer: null, created_at: refund.created_at, expires_at: null }) }),
    })
    if (refunded.ok) {
      const after = refunded.value.view
      if (isNew) return reply.code(200).send({ data: refundResource(refunded.value.refund) })
      return reply.code(200).send(await shower.document(account, after, 'merchant'))
    }
    switch (refunded.error.kind) {
      case 'not_found':
        return sendErrors(reply, [notFound('There is no such payment invoice.')])
      case 'duplicate':
        return sendErrors(reply, [invalid('/data/attributes/reference_id', `The reference_id ${reference} has been used before.`)])
      case 'too_much':
        return sendErrors(reply, [invalid('/data/attributes/amount', `At most ${toDecimalString(money(refunded.error.left, currency))} ${currency} can be refunded.`)])
      case 'busy':
      case 'wrong_state':
        return sendErrors(reply, [conflict(`A payment invoice that is ${statusOf(refunded.error.view.payment, null)} cannot be refunded.`)])
    }
  })

  server.get<{ Params: { id: string } }>('/refunds/:id', async (request, reply) => {
    const account = await accounts.authenticate(request, reply)
    if (account === undefined) return reply
    const refund = await findCorefyRefund(deps, account.merchant.id, request.params.id)
    return refund === undefined ? sendErrors(reply, [notFound('There is no such refund.')]) : reply.send({ data: refundResource(refund) })
  })
}

async function findCorefyRefund(deps: Parts['deps'], merchant_id: string, id: string): ReturnType<typeof findRefund> {
  const refund = await findRefund(deps.db, merchant_id, id)
  const view = refund === undefined ? undefined : await deps.payments.find(merchant_id, refund.payment_id)
  return view?.payment.api === 'corefy' ? refund : undefined
}

function readRefundAmount(fields: Reader, currency: string): bigint | undefined {
  const value = fields.raw('amount')
  if (value === undefined || value === null) return undefined
  const amount = typeof value === 'number' || typeof value === 'string' ? fromDecimal(value, currency) : undefined
  if (amount === undefined || amount.minor <= 0n) return fields.refuse('amount', `amount must be a decimal number greater than 0, with no more decimals than ${currency} has.`)
  return amount.minor
}
