/** Sample objects for test deliveries and `events/trigger`: shaped like the real ones, with ids of zeros. */
import type { OwnEvent } from '../../../events/model.ts'
import type { Caller } from '../caller.ts'
import { API } from '../deps.ts'
import type { FintocDeps } from '../deps.ts'
import type { EventName } from './event-types.ts'
import { isObject } from '../fields.ts'
import type { Fields } from '../fields.ts'

const ZEROS = '0000000000000000'

export function sampleEvent({ clock, ids }: FintocDeps, { merchant, mode }: Caller, type: EventName, overrides: Fields): OwnEvent {
  const now = clock.now()
  const object = { ...sampleObject(type, mode, now.toISOString()), ...(isObject(overrides) ? overrides : {}) }
  return { merchant_id: merchant.id, id: `evt_${ids.alphanumeric(20)}`, api: API, mode, type, data: { object }, created_at: now }
}

function sampleObject(type: EventName, mode: string, at: string): Fields {
  const [family = '', word = ''] = type.split('.')
  // One guide's name for it.
  const status = word === 'completed' ? 'finished' : word
  const account = { holder_id: '111111111', number: '123123123', type: 'checking_account', institution_id: 'cl_banco_de_chile' }
  const intent = {
    id: `pi_${ZEROS}`, object: 'payment_intent', amount: 1000, currency: 'CLP', widget_token: null, status, metadata: {}, reference_id: status === 'succeeded' ? '000000000000' : null,
    recipient_account: account, sender_account: { ...account, holder_id: '416148503', number: '813990168', institution_id: 'cl_banco_estado' }, created_at: at, mode, customer_email: null,
    transaction_date: status === 'succeeded' ? at : null, error_reason: REASONS[status] ?? null, business_profile: null, expires_at: null, payment_type: 'bank_transfer', payment_type_options: {},
  }
  switch (family) {
    case 'payment_intent':
      return intent
    case 'refund':
      return {
        id: `re_${ZEROS}`, object: 'refund', amount: 1000, currency: 'CLP', status, resource_id: `pi_${ZEROS}`, resource_type: 'payment_intent', mode, metadata: {},
        failure_code: status === 'failed' ? 'insufficient_funds' : null, recipient_account: null, created_at: at, updated_at: at,
      }
    case 'checkout_session':
      return {
        id: `cs_${ZEROS}`, object: 'checkout_session', amount: 1000, currency: 'CLP', status, flow: 'payment', mode, redirect_url: null, session_token: null, success_url: null, cancel_url: null,
        metadata: {}, customer: null, customer_email: null, business_profile: null, payment_methods: ['payment_intent'], ui_mode: null, created_at: at, expires_at: at,
        payment_resource: status === 'finished' ? { payment_intent: { ...intent, status: 'succeeded' } } : null,
      }
    default:
      return { id: `po_${ZEROS}`, object: family, amount: 1000, currency: 'CLP', status, mode, created_at: at }
  }
}

const REASONS: Readonly<Record<string, string>> = { failed: 'bank_connection_error', rejected: 'mfa_invalid_authorization', expired: 'manually_expired' }
