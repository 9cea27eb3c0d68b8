import { createHash } from 'node:crypto'
import type { Event, EventType } from '../../events/model.ts'
import type { Payment } from '../../payments/model.ts'
import { isFinished } from '../../payments/decisions/state.ts'
import type { Notice, Notifier } from '../../webhooks/notifier.ts'
import type { Account, Accounts } from './accounts.ts'
import { payoutDocument, storedPayout } from './payouts/translate.ts'
import { payoutStatusOf, statusOf } from './statuses.ts'
import { invoiceDocument, storedRequest, type CallbackTerms } from './translate.ts'

/**
 * Which facts change the status that is shown, and so are told (Corefy reference: callbacks). `final`: also when the
 * account wants only final statuses; a refund's ending is the final status of an invoice that has one.
 */
const TOLD = {
  'payment.created': 'change', 'payment.pending': 'never', 'payment.processing': 'payout', 'payment.authorized': 'never', 'payment.captured': 'never', 'payment.released': 'never',
  'payment.succeeded': 'final', 'payment.declined': 'never', 'payment.failed': 'final', 'payment.rejected': 'final', 'payment.canceled': 'final', 'payment.expired': 'final',
  'refund.created': 'change', 'refund.processing': 'never', 'refund.succeeded': 'final', 'refund.failed': 'final', 'refund.canceled': 'never', 'refund.exceeded': 'never', 'payout.exceeded': 'never',
} as const satisfies Record<EventType, 'final' | 'change' | 'payout' | 'never'>

/** Dashboard defaults of the original: linear, 60 s, 100 tries. */
const USUAL: CallbackTerms = { only_final: false, interval_s: 60, retries_max: 100 }

/** `X-Signature`: base64 of the SHA-1 of secret, raw body, secret. */
export function callbackSignature(secret: Uint8Array, body: string): string {
  return createHash('sha1').update(secret).update(body).update(secret).digest('base64')
}

/** Only 200 counts (Corefy reference: callbacks). */
const accepted = (status: number): boolean => status === 200

/** Callbacks of one process: linear retries, n × interval after the n-th failure. */
export function createNotifier(accounts: Accounts, base_url: string): Notifier {
  return {
    api: 'corefy',
    receivers: (event, payment) => {
      const { callback_url, callbacks = USUAL } = payment.kind === 'payout' ? storedPayout(payment) : storedRequest(payment)
      return callback_url !== null && isTold(event, payment, callbacks) ? [callback_url] : []
    },
    endpointEvent: () => undefined,
    render: async (notice) => {
      const { payment, event, try_number, now } = notice
      const account = await accounts.byMerchantId(payment.merchant_id)
      if (account === undefined) throw new Error(`merchant ${payment.merchant_id} has vanished`)
      const body = JSON.stringify(payment.kind === 'payout' ? payoutBody(account, notice) : invoiceBody(account, notice, base_url))
      const secret = await accounts.signingKey(payment.merchant_id, event.mode)
      const next = now.getTime() + termsOf(payment).interval_s * 1000 * try_number
      return {
        body,
        // Written as the original writes them: HTTP does not mind, some receivers do.
        headers: { 'Content-Type': 'application/json', 'X-Signature': callbackSignature(secret, body), 'Retry-Count': String(try_number), 'Next-Retry': String(Math.floor(next / 1000)), 'User-Agent': 'Webhook-Client' },
      }
    },
    accepted,
    // A little jitter spreads what failed together; never earlier than promised.
    retryDelay_ms: (tries, random, about) => {
      const { interval_s, retries_max } = about === undefined ? USUAL : termsOf(about.payment)
      return tries > retries_max ? undefined : tries * interval_s * 1000 * (1 + random / 10)
    },
    timeouts: { connect_ms: 20_000, read_ms: 20_000, total_ms: 60_000 },
    test_timeouts: { connect_ms: 10_000, read_ms: 10_000, total_ms: 20_000 },
  }
}

const termsOf = (payment: Payment): CallbackTerms => storedRequest(payment).callbacks ?? USUAL

function isTold(event: Event, payment: Payment, { only_final }: CallbackTerms): boolean {
  const when = TOLD[event.type]
  if (when === 'payout') return payment.kind === 'payout' && !only_final
  return when === 'final' || (when === 'change' && !only_final)
}

function invoiceBody(account: Account, { payment, refund, refunds, attempts, reserve }: Notice, base_url: string): Record<string, unknown> {
  const { sid } = storedRequest(payment)
  const known = refunds ?? (refund === null ? [] : [refund])
  const hpp_url = `${base_url}/redirect/hpp/?cpi=${payment.id}`
  return invoiceDocument(payment, {
    audience: 'merchant', callback_logs: [],
    status: statusOf(payment, refund, known), refunds: known,
    reserve,
    flow_data: isFinished(payment.state) ? [] : { action: `${base_url}/hpp/${sid}`, method: 'GET', params: [], metadata: { sid } },
    hide_card: account.settings.hide_card_in_callbacks,
    attempt_id: attempts.findLast(({ kind }) => kind !== 'refund')?.id ?? null,
    hpp_url, account_id: account.id,
    internal: account.settings.expose_internal_data ? { return_url: hpp_url } : null,
  })
}

function payoutBody(account: Account, { payment, attempts }: Notice): Record<string, unknown> {
  return payoutDocument(payment, { audience: 'merchant', status: payoutStatusOf(payment), attempts, callback_logs: [], account_id: account.id, expose_internal: account.settings.expose_internal_data })
}
