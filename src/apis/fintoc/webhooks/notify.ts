/** How merchants of this API are told ("Fintoc reference: Webhooks and events"): their registered endpoints, signed with each one's secret. */
import type { Db } from '../../../db/db.ts'
import type { Event, OwnEvent } from '../../../events/model.ts'
import type { Merchants } from '../../../merchants/service.ts'
import type { Payment } from '../../../payments/model.ts'
import type { Vault } from '../../../vault/seal.ts'
import { endpointContext, endpointOfDelivery } from '../../../webhooks/endpoints.ts'
import type { Endpoint } from '../../../webhooks/endpoints.ts'
import type { Notifier } from '../../../webhooks/notifier.ts'
import { checkoutObject, isCheckout } from '../checkout/object.ts'
import type { FintocUrls } from '../checkout/object.ts'
import { API } from '../deps.ts'
import { eventName, ownEventObject, paymentEventObject } from './event-object.ts'
import { versionOfMerchant } from '../account/pinned.ts'
import { accepted, retryDelay_ms, TIMEOUTS } from './retries.ts'
import { sign } from './signature.ts'
import { aliasOf, nameHeard } from './subscriptions.ts'
import { progressOf } from '../translate.ts'
import type { Version } from '../versions.ts'

export interface NotifyDeps extends FintocUrls {
  readonly db: Db
  readonly vault: Vault
  readonly merchants: Pick<Merchants, 'byId'>
}

export function createFintocNotifier(deps: NotifyDeps): Notifier {
  const signed = async (endpoint: Endpoint, now: Date, event: Readonly<Record<string, unknown>>): Promise<{ headers: Record<string, string>; body: string }> => {
    const body = JSON.stringify(event)
    const secret = await secretOf(deps, endpoint)
    return { headers: { 'content-type': 'application/json', 'user-agent': 'Fintoc/v1', 'fintoc-signature': sign(secret, body, now) }, body }
  }
  const versionOf = async (merchant_id: string): Promise<Version> => versionOfMerchant(await deps.merchants.byId(merchant_id))
  return {
    api: API,
    receivers: () => [],
    endpointEvent: eventName,
    alias: aliasOf,
    companions: (event, payment) => companions(event, payment, deps),
    render: async (notice) => {
      const name = eventName(notice.event, notice.payment)
      if (name === undefined) throw new Error(`event ${notice.event.id} is not told to anybody`)
      const { merchant_id } = notice.event
      return signed(await endpointOf(deps, merchant_id, notice.endpoint_id), notice.now, paymentEventObject(notice, name, deps, await versionOf(merchant_id)))
    },
    renderOwn: async ({ event, endpoint_id, now }) => {
      const endpoint = await endpointOf(deps, event.merchant_id, endpoint_id)
      return signed(endpoint, now, ownEventObject({ ...event, type: nameHeard(endpoint.event_types, event.type) }, await versionOf(event.merchant_id)))
    },
    accepted,
    retryDelay_ms: (tries, random) => retryDelay_ms(tries, random),
    timeouts: TIMEOUTS,
  }
}

/** The endpoint as it is at this try. */
async function endpointOf({ db }: NotifyDeps, merchant_id: string, id: string | null): Promise<Endpoint> {
  const endpoint = id === null ? undefined : await endpointOfDelivery(db, merchant_id, id)
  if (endpoint === undefined) throw new Error(`there is no endpoint ${id ?? ''}`)
  return endpoint
}

/** The secret as it is at this try: a retry after a rotation is signed with the new one. */
async function secretOf({ vault }: NotifyDeps, endpoint: Endpoint): Promise<string> {
  if (endpoint.sealed === null) throw new Error(`endpoint ${endpoint.id} has no secret`)
  const opened = await vault.open(endpoint.sealed, endpointContext(endpoint))
  if (!opened.ok) throw new Error(`the vault cannot open the secret of endpoint ${endpoint.id}: ${opened.error}`)
  return Buffer.from(opened.value).toString()
}

/** The end of a checkout's payment is also the end of the checkout. */
function companions(event: Event, payment: Payment, urls: FintocUrls): readonly OwnEvent[] {
  if (!isCheckout(payment)) return []
  const type = CHECKOUT_EVENT[eventName(event, payment) ?? '']
  if (type === undefined || (type === 'checkout_session.expired' && progressOf(payment).started_at === undefined)) return []
  const { merchant_id, mode, created_at } = event
  return [{ merchant_id, id: `${event.id}_cs`, api: API, mode, type, data: { object: checkoutObject({ payment, attempts: [] }, urls) }, created_at }]
}

const CHECKOUT_EVENT: Readonly<Record<string, string>> = {
  'payment_intent.succeeded': 'checkout_session.finished', 'payment_intent.failed': 'checkout_session.finished', 'payment_intent.rejected': 'checkout_session.finished',
  'payment_intent.expired': 'checkout_session.expired',
}
