import type { EndHow } from '../../../payments/commands.ts'
import type { PaymentView } from '../../../payments/model.ts'

/**
 * How an invoice ends whose time is over: a card payment that was begun and is stuck has failed, also when nobody declined it and the payer
 * only left the challenge open (release notes v1.5.2). What nobody tried to pay has expired, and so has a payer's page elsewhere.
 */
export function lapse({ payment, attempts }: PaymentView): EndHow {
  const begun = payment.kind !== 'payout' && payment.method === 'card' && attempts.length > 0
  return { state: begun ? 'failed' : 'expired', reason: 'expired' }
}
