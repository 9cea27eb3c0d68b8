import type { FastifyInstance } from 'fastify'
import type { PaymentView } from '../../../payments/model.ts'
import { listPayments } from '../../../payments/store.ts'
import { deliveriesOf } from '../../../webhooks/store.ts'
import type { Account } from '../accounts.ts'
import { callbackLogs } from '../callback-logs.ts'
import { notFound, sendErrors, unwrapped } from '../errors.ts'
import { modeFilter, readPage, sendList } from '../lists.ts'
import { idOf, queryOf, withAccount, type Parts } from '../parts.ts'
import { isFlat, readPayout } from '../wire/payout.ts'
import { payoutStatusOf } from '../statuses.ts'
import { createPayout, processPayout } from './create.ts'

export const isPayout = ({ payment }: PaymentView): boolean => payment.api === 'corefy' && payment.kind === 'payout'

/** `POST /payout-invoices`, `POST /payout-invoices/{id}/process`, `GET /payout-invoices/{id}`, and the list in the style of invoices. */
export function payoutRoutes(server: FastifyInstance, parts: Parts): void {
  const { deps, shower } = parts
  const sent = (account: Account, view: PaymentView): ReturnType<typeof shower.payout> => {
    const then = asSent(view)
    return shower.payout(account, then, 'merchant', { status: payoutStatusOf(then.payment) })
  }
  server.post('/payout-invoices', withAccount(parts, async (account, request, reply) => {
    const read = readPayout(request.body, account.settings, deps.clock.now())
    if (!read.ok) return sendErrors(reply, read.error)
    const created = await createPayout(parts, account, read.value)
    if (!created.ok) return sendErrors(reply, isFlat(request.body) ? unwrapped(created.error) : created.error)
    if (!read.value.auto_process) return reply.code(201).send(shower.payout(account, created.value, 'merchant'))
    const processed = await processPayout(parts, account, created.value)
    return reply.code(201).send(processed.ok ? sent(account, processed.value) : shower.payout(account, created.value, 'merchant'))
  }))

  server.post('/payout-invoices/:id/process', withAccount(parts, async (account, request, reply) => {
    const view = await deps.payments.find(account.merchant.id, idOf(request))
    if (view === undefined || !isPayout(view)) return sendErrors(reply, [notFound('There is no such payout invoice.')])
    const processed = await processPayout(parts, account, view)
    return processed.ok ? reply.code(201).send(sent(account, processed.value)) : sendErrors(reply, processed.error)
  }))

  server.get('/payout-invoices/:id', withAccount(parts, async (account, request, reply) => {
    const view = await deps.payments.find(account.merchant.id, idOf(request))
    if (view === undefined || !isPayout(view)) return sendErrors(reply, [notFound('There is no such payout invoice.')])
    const logs = callbackLogs(await deliveriesOf(deps.db, account.merchant.id, view.payment.id))
    return reply.send(shower.payout(account, view, 'merchant', { callback_logs: logs }))
  }))

  server.get('/payout-invoices', withAccount(parts, async (account, request, reply) => {
    const page = readPage(request)
    if (!page.ok) return sendErrors(reply, page.error)
    const { payments, total } = await listPayments(deps.db, { merchant_id: account.merchant.id, api: 'corefy', kinds: ['payout'], mode: modeFilter(request), reference: queryOf(request, 'filter[reference_id]'), limit: page.value.size, offset: (page.value.number - 1) * page.value.size })
    const views = await Promise.all(payments.map(({ id }) => deps.payments.find(account.merchant.id, id)))
    const documents = views.filter((view) => view !== undefined).map((view) => shower.payout(account, view, 'merchant'))
    return sendList(request, reply, '/api/payout-invoices', documents.map(({ data }) => data), total, page.value)
  }))
}

/**
 * The answer to the command that sends a payout is `process_pending`, also when the provider knew at once: clients of the
 * original never see an ending there. What became of it is in the callback and in every later read.
 */
function asSent(view: PaymentView): PaymentView {
  const { payment } = view
  const attempt = view.attempts.at(-1)
  if (attempt === undefined) return view
  return { ...view, payment: { ...payment, state: 'processing', reason: null, captured: 0n, fee: 0n, finished_at: null, updated_at: attempt.sent_at } }
}

