import type { Refund } from '../../../payments/model.ts'
import { decimal, seconds } from '../php.ts'

/** A refund as an object of its own (Corefy reference: refunds, the newer form). */
export function refundResource(refund: Refund): Record<string, unknown> {
  const status = { pending: 'created', processing: 'process_pending', succeeded: 'processed', failed: 'process_failed', canceled: 'terminated' } as const satisfies Record<Refund['state'], string>
  return {
    type: 'refunds',
    id: refund.id,
    attributes: {
      reference_id: refund.reference,
      original_id: null,
      description: refund.request['description'] ?? null,
      status: status[refund.state],
      amount: decimal(refund.amount, refund.currency),
      fee: decimal(refund.fee, refund.currency),
      currency: refund.currency,
      created: seconds(refund.created_at),
    },
    links: { self: `/refunds/${refund.id}` },
  }
}
