import { systemClock } from '../../core/clock.ts'
import { randomIds } from '../../core/ids.ts'
import type { PaymentView } from '../../payments/model.ts'
import type { ModerationTools } from '../common/onboarding.ts'
import { createAccounts } from './accounts.ts'
import { ALLOWED, awaitsModerator, isModerated } from './moderated.ts'
import { processPayout } from './payouts/create.ts'
import { storedPayout } from './payouts/translate.ts'

/** Lets an invoice or payout go on that waits for a human's word (moderated.ts), and sends a payout that was to be sent by itself; or ends it. Repeating it is harmless. Answers what is in the way, as a sentence. */
export async function moderate({ db, payments, merchants, vault }: ModerationTools, { payment }: PaymentView, allowed: boolean): Promise<string | undefined> {
  const { merchant_id, id } = payment
  const waits = payment.kind === 'payout' ? payment.state === 'created' : awaitsModerator(payment)
  if (!waits || !isModerated(payment)) return `Payment ${id} does not wait for anybody's word.`
  if (!allowed) {
    const ended = await payments.end(merchant_id, id, { state: 'canceled', reason: 'merchant_refused' })
    return ended.ok ? undefined : `Payment ${id} is no longer waiting.`
  }
  const view = await payments.annotate(merchant_id, id, { [ALLOWED]: true })
  const accounts = createAccounts({ merchants })
  const account = await accounts.byMerchantId(merchant_id)
  if (view === undefined || account === undefined || payment.kind !== 'payout' || storedPayout(payment).options['auto_process'] !== true) return undefined
  const sent = await processPayout({ deps: { db, payments, vault, clock: systemClock, ids: randomIds } }, account, view)
  return sent.ok ? undefined : sent.error[0]?.detail
}
