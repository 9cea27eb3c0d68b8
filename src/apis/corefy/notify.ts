import { createHash } from 'node:crypto'
import type { Event, EventType } from '../../events/model.ts'
import type { Payment } from '../../payments/model.ts'
import type { Notifier } from '../../webhooks/notifier.ts'
import type { Accounts } from './account.ts'
import { isFinished } from '../../payments/state.ts'
import { invoiceDocument, storedRequest } from './translate.ts'

/** Which facts change an invoice's status, and so are told (Corefy reference: callbacks). */
const TOLD = {
  'payment.created': true, 'payment.pending': false, 'payment.processing': false, 'payment.authorized': false, 'payment.captured': false, 'payment.released': false,
  'payment.succeeded': true, 'payment.declined': false, 'payment.failed': true, 'payment.rejected': true, 'payment.canceled': true, 'payment.expired': true,
  'refund.created': true, 'refund.processing': false, 'refund.succeeded': true, 'refund.failed': true, 'refund.canceled': false,
} as const satisfies Record<EventType, boolean>

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
    receivers: (event: Event, payment: Payment) => {
      const url = storedRequest(payment).callback_url
      return url !== null && TOLD[event.type] && payment.kind !== 'payout' ? [url] : []
    },
    endpointEvent: () => undefined,
    render: async ({ payment, refund, attempts, event, try_number, now }) => {
      const account = await accounts.byMerchantId(payment.merchant_id)
      if (account === undefined) throw new Error(`merchant ${payment.merchant_id} has vanished`)
      const { sid } = storedRequest(payment)
      const document = invoiceDocument(payment, {
        refund, refunds: refund === null ? [] : [refund],
        flow_data: isFinished(payment.state) ? [] : { action: `${base_url}/hpp/${sid}`, method: 'GET', params: [], metadata: { sid } },
        hide_card: account.settings.hide_card_in_callbacks,
        attempt_id: attempts.findLast(({ kind }) => kind !== 'refund')?.id ?? null,
        hpp_url: `${base_url}/redirect/hpp/?cpi=${payment.id}`,
        account_id: account.id,
      })
      const body = JSON.stringify(document)
      const secret = await accounts.signingKey(payment.merchant_id, event.mode)
      const next = now.getTime() + account.settings.callback_interval_s * 1000 * try_number
      return {
        body,
        headers: { 'content-type': 'application/json', 'x-signature': callbackSignature(secret, body), 'retry-count': String(try_number), 'next-retry': String(Math.floor(next / 1000)), 'user-agent': 'Webhook-Client' },
      }
    },
    accepted,
    // A little jitter spreads what failed together; never earlier than promised.
    retryDelay_ms: (tries, random) => (tries > RETRIES_MAX ? undefined : tries * INTERVAL_MS * (1 + random / 10)),
    timeouts: { connect_ms: 10_000, read_ms: 20_000, total_ms: 60_000 },
  }
}

/** Dashboard defaults of the original: linear, 60 s, 100 tries. */
const INTERVAL_MS = 60_000
const RETRIES_MAX = 100
