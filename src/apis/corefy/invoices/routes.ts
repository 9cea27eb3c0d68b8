import type { FastifyInstance } from 'fastify'
import type { PaymentView } from '../../../payments/model.ts'
import { deliveriesOf } from '../../../webhooks/store.ts'
import { callbackLogs } from '../callback-logs.ts'
import { notFound, sendErrors } from '../errors.ts'
import { modeFilter, readPage, sendList } from '../lists.ts'
import { idOf, queryOf, withAccount, type Parts } from '../parts.ts'
import { readInvoice } from '../wire/invoice.ts'
import { createInvoice } from './create.ts'
import { listInvoices } from './list.ts'

/** True for what this API calls a payment invoice. */
export const isInvoice = ({ payment }: Pick<PaymentView, 'payment'>): boolean => payment.api === 'corefy' && (payment.kind === 'charge' || payment.kind === 'verify')

/** `POST /payment-invoices`, `GET /payment-invoices`, `GET /payment-invoices/{id}`. */
export function invoiceRoutes(server: FastifyInstance, parts: Parts): void {
  const { deps, shower } = parts
  server.post('/payment-invoices', withAccount(parts, async (account, request, reply) => {
    const read = readInvoice(request.body, account.settings, deps.clock.now())
    if (!read.ok) return sendErrors(reply, read.error)
    const created = await createInvoice(parts, account, read.value, 'merchant_api')
    if (!created.ok) return sendErrors(reply, created.error)
    return reply.code(201).send(await shower.document(account, created.value, 'merchant'))
  }))

  server.get('/payment-invoices/:id', withAccount(parts, async (account, request, reply) => {
    const view = await deps.payments.find(account.merchant.id, idOf(request))
    if (view === undefined || !isInvoice(view)) return sendErrors(reply, [notFound('There is no such payment invoice.')])
    const logs = callbackLogs(await deliveriesOf(deps.db, account.merchant.id, view.payment.id))
    return reply.send(await shower.document(account, view, 'merchant', { callback_logs: logs }))
  }))

  server.get('/payment-invoices', withAccount(parts, async (account, request, reply) => {
    const page = readPage(request)
    if (!page.ok) return sendErrors(reply, page.error)
    const { number, size } = page.value
    const found = await listInvoices(deps.db, {
      merchant_id: account.merchant.id, reference: queryOf(request, 'filter[reference_id]'), status: queryOf(request, 'filter[status]'),
      mode: modeFilter(request), limit: size, offset: (number - 1) * size,
    })
    const views = await Promise.all(found.ids.map((id) => deps.payments.find(account.merchant.id, id)))
    const documents = await Promise.all(views.filter((view) => view !== undefined).map((view) => shower.document(account, view, 'merchant')))
    return sendList(request, reply, '/api/payment-invoices', documents.map(({ data }) => data), found.total, page.value)
  }))
}
