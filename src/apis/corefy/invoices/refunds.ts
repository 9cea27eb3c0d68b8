import type { FastifyInstance } from 'fastify'
import { fromDecimal, money, toDecimalString } from '../../../core/money.ts'
import { isChargeBack } from '../../../payments/decisions/charge-back.ts'
import { findRefund } from '../../../payments/store.ts'
import { conflict, invalid, notFound, sendErrors } from '../errors.ts'
import { idOf, withAccount, type Parts } from '../parts.ts'
import { overdraftOf } from '../settings.ts'
import { statusOf } from '../statuses.ts'
import { attributesOf, createReader, LONG_TEXT_MAX, type Reader } from '../wire/reader.ts'
import { refundResource } from './refund-resource.ts'
import { isInvoice } from './routes.ts'

/**
 * `POST /payment-invoices/{id}/refund` in both generations: the newer one (`type` "refunds", or an `invoiceId`) answers
 * with the refund and needs a reference; the legacy one answers with the whole invoice (Corefy reference: refunds).
 */
export function refundRoutes(server: FastifyInstance, parts: Parts): void {
  const { deps, shower } = parts
  server.post('/payment-invoices/:id/refund', withAccount(parts, async (account, request, reply) => {
    const view = await deps.payments.find(account.merchant.id, idOf(request))
    if (view === undefined || !isInvoice(view)) return sendErrors(reply, [notFound('There is no such payment invoice.')])
    const { currency } = view.payment
    const found = attributesOf(request.body ?? { data: { type: 'refund', attributes: {} } }, ['refund', 'refunds', 'payment-invoices', 'payment-invoice'])
    if (!found.ok) return sendErrors(reply, found.error)
    const fields = createReader(found.value.attributes, '/data/attributes')
    const isNew = found.value.data['type'] === 'refunds' || fields.has('invoiceId')
    const reference = isNew ? fields.required('reference_id') : fields.text('reference_id')
    // Money for one invoice is not given back on another. Older clients name it beside the attributes.
    const named = found.value.data['id']
    if (typeof named === 'string' && named.startsWith('cpi_') && named !== view.payment.id) fields.errors.push(invalid('/data/id', 'id must be the invoice of the address.'))
    if (fields.has('invoiceId') && fields.raw('invoiceId') !== view.payment.id) fields.refuse('invoiceId', 'invoiceId must be the invoice of the address.')
    const description = fields.text('description', LONG_TEXT_MAX)
    const amount = readRefundAmount(fields, currency)
    if (fields.errors.length > 0) return sendErrors(reply, fields.errors)
    const id = `ref_${deps.ids.alphanumeric(16)}`
    const refunded = await deps.payments.refund({
      merchant_id: account.merchant.id, payment_id: view.payment.id, id, amount, reference: reference ?? undefined, request: { description },
      with_fee: account.settings.return_fee_on_refund, overdraft: overdraftOf(account.settings, currency),
      // A reference is good for one refund of the payment; without one, equal requests are different refunds.
      ...(reference === null || reference === ''
        ? {}
        : { claim: (refund) => ({ merchant_id: account.merchant.id, scope: `corefy.refund.${view.payment.id}`, key: reference, owner: refund.id, request_hash: null, status: null, answer: null, created_at: refund.created_at, expires_at: null }) }),
    })
    if (refunded.ok) {
      const after = refunded.value.view
      if (isNew) return reply.code(200).send({ data: refundResource(refunded.value.refund) })
      return reply.code(200).send(await shower.document(account, after, 'merchant', { status: statusOf(after.payment, after.refunds.at(-1) ?? null, after.refunds) }))
    }
    switch (refunded.error.kind) {
      case 'not_found':
        return sendErrors(reply, [notFound('There is no such payment invoice.')])
      case 'duplicate':
        return sendErrors(reply, [invalid('/data/attributes/reference_id', `The reference_id ${reference} has been used before.`)])
      case 'too_much':
        return sendErrors(reply, [invalid('/data/attributes/amount', `At most ${toDecimalString(money(refunded.error.left, currency))} ${currency} can be refunded.`)])
      case 'no_funds':
        return sendErrors(reply, [invalid('/data/attributes/amount', `The ${currency} account does not hold enough.`)])
      case 'busy':
      case 'wrong_state':
        return sendErrors(reply, [conflict(`A payment invoice that is ${statusOf(refunded.error.view.payment, null, refunded.error.view.refunds)} cannot be refunded.`)])
    }
  }))

  server.get('/refunds/:id', withAccount(parts, async (account, request, reply) => {
    const refund = await findCorefyRefund(deps, account.merchant.id, idOf(request))
    return refund === undefined ? sendErrors(reply, [notFound('There is no such refund.')]) : reply.send({ data: refundResource(refund) })
  }))
}

async function findCorefyRefund(deps: Parts['deps'], merchant_id: string, id: string): ReturnType<typeof findRefund> {
  const refund = await findRefund(deps.db, merchant_id, id)
  const view = refund === undefined ? undefined : await deps.payments.find(merchant_id, refund.payment_id)
  return refund !== undefined && view?.payment.api === 'corefy' && !isChargeBack(refund) ? refund : undefined
}

function readRefundAmount(fields: Reader, currency: string): bigint | undefined {
  const value = fields.raw('amount')
  if (value === undefined) return undefined
  const amount = typeof value === 'number' || typeof value === 'string' ? fromDecimal(value, currency) : undefined
  if (amount === undefined || amount.minor <= 0n) return fields.refuse('amount', `amount must be a decimal number greater than 0, with no more decimals than ${currency} has.`)
  return amount.minor
}
