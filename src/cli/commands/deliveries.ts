import type { Db } from '../../db/db.ts'
import { deliveriesOf, replay, type Delivery, type DeliveryTry } from '../../webhooks/store.ts'
import { Problem } from '../problem.ts'
import type { DataCommand } from './command.ts'

export const replayCommand: DataCommand = {
  name: 'replay', needs: ['payment id, delivery id or event id'], json: false,
  does: 'sends its notifications again, whatever became of them',
  run: async ({ db, now, deliveriesWaiting, say }, { values: [id = ''] }) => {
    const found = await findDeliveries(db, id)
    if (found.length === 0) throw new Problem(`There is no delivery for "${id}": it must be the id of a payment, of a delivery or of an event.`)
    for (const delivery of found) await replay(db, delivery.merchant_id, { id: delivery.id }, now)
    deliveriesWaiting()
    say(`${found.length} ${found.length === 1 ? 'delivery is' : 'deliveries are'} due again.`)
    return 0
  },
}

/** Among all merchants: the operator knows an id, and ids are random. What went to an endpoint that was removed since stays where it is. */
async function findDeliveries(db: Db, id: string): Promise<Array<Pick<Delivery, 'merchant_id' | 'id'>>> {
  return db.query<Pick<Delivery, 'merchant_id' | 'id'>>(
    `SELECT d.merchant_id, d.id FROM deliveries d WHERE (d.payment_id = $1 OR d.event_id = $1 OR d.id = $1)
     AND NOT EXISTS (SELECT FROM webhook_endpoints e WHERE e.merchant_id = d.merchant_id AND e.id = d.endpoint_id AND e.deleted_at IS NOT NULL)
     ORDER BY d.position`,
    [id],
  )
}

export const deliveriesCommand: DataCommand = {
  name: 'deliveries', needs: ['payment id'], json: true,
  does: 'every try to notify: when, with what status, and the first bytes of the answer',
  run: async ({ db, say }, { values: [payment_id = ''], json }) => {
    const owners = await db.query<{ merchant_id: string }>('SELECT merchant_id FROM payments WHERE id = $1', [payment_id])
    if (owners.length === 0) throw new Problem(`There is no payment "${payment_id}".`)
    const found = (await Promise.all(owners.map(({ merchant_id }) => deliveriesOf(db, merchant_id, payment_id)))).flat()
    if (json) say(JSON.stringify(found.map(asJson), null, 2))
    else say(found.length === 0 ? 'Nobody is notified about this payment.' : found.map(asText).join('\n'))
    return 0
  },
}

type Logged = Delivery & { readonly log: readonly DeliveryTry[] | null }

function asJson({ id, event_id, api, url, state, tries, due_at, log }: Logged): Record<string, unknown> {
  return { id, event_id, api, url, state, tries, due_at: state === 'due' ? due_at : null, log: log ?? [] }
}

function asText({ id, url, state, due_at, log }: Logged): string {
  const tries = (log ?? []).map(({ at, duration_ms, status, error, answer }) => {
    const result = status === null ? (error ?? 'no answer') : String(status)
    return `    ${new Date(at).toISOString()}  ${result}  ${duration_ms} ms${answer === null || answer === '' ? '' : `  ${JSON.stringify(answer.slice(0, 80))}`}`
  })
  return [`${id}  ${state}${state === 'due' ? ` since ${due_at.toISOString()}` : ''}  ${url}`, ...tries].join('\n')
}
