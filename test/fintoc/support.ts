/** A Fintoc shop against a whole server: its keys, its calls, and a payer who uses the widget's requests as the frame does. */
import { openFintocAccount } from '../../src/apis/fintoc/demo.ts'
import { DEMO_MERCHANT } from '../../src/cli/demo.ts'
import { insertMerchant } from '../../src/merchants/store.ts'
import { createTestServer, type Called, type TestServer, type TestServerOptions } from '../support/server.ts'

export const RECIPIENT = { holder_id: '111111111', number: '123123123', type: 'checking_account', institution_id: 'cl_banco_de_chile' }
export const INTENT = { amount: 1000, currency: 'CLP', recipient_account: RECIPIENT }
export const MEXICAN = { holder_id: 'mfiu593501oe4', number: '646180000000000001', type: 'checking_account', institution_id: 'mx_stp' }

/** Accounts of the sandbox's ordinary users, by what they ask for. */
export const ACCOUNTS = { device: 'acc_1', app: 'acc_2', sms: 'acc_4', coordinates: 'acc_5', pending: 'acc_7' } as const

export interface Keys {
  readonly secret_key: string
  readonly public_key: string
}

export interface Shop {
  readonly server: TestServer
  readonly keys: Keys
  /** The same merchant's live keys. */
  readonly live: Keys
  /** Another merchant's test keys. */
  readonly other: Keys
  readonly base: string
  api(method: string, path: string, json?: unknown, headers?: Readonly<Record<string, string>>): Promise<Called>
  widget(name: string, body: Readonly<Record<string, unknown>>): Promise<Called>
  create(more?: Readonly<Record<string, unknown>>): Promise<{ id: string; token: string }>
  get(id: string): Promise<Called>
  signIn(token: string, username?: string, password?: string): Promise<Called>
  /** Signs in, confirms with that account and, for an SMS, types the code. Returns the last answer. */
  pay(token: string, account?: string, username?: string): Promise<Called>
  /** A webhook endpoint at the receiver, for all events. */
  listen(path?: string, events?: readonly string[]): Promise<{ id: string; secret: string }>
  /** Types of the events that the receiver got at a path. */
  told(path?: string): string[]
  close(): Promise<void>
}

export async function createShop(options: TestServerOptions = {}): Promise<Shop> {
  const server = await createTestServer(options)
  const { base_url = '', secret_key = '', public_key = '' } = server.demo['fintoc'] ?? {}
  const live = { secret_key: 'sk_live_TestShop000000000000000000000001', public_key: 'pk_live_TestShop000000000000000000000001' }
  const other = { secret_key: 'sk_test_OtherShop00000000000000000000001', public_key: 'pk_test_OtherShop00000000000000000000001' }
  await insertMerchant(server.db, { id: 'mer_other', number: 77, name: 'Other shop', settings: {}, demo: true, created_at: server.clock.now() })
  await openFintocAccount(server.tender.merchants, DEMO_MERCHANT, 'live', live)
  await openFintocAccount(server.tender.merchants, 'mer_other', 'test', other)
  const api: Shop['api'] = (method, path, json, headers = {}) => server.call(method, `${base_url}${path}`, { headers: { authorization: secret_key, ...headers }, ...(json === undefined ? {} : { json }) })
  const widget: Shop['widget'] = (name, body) => server.call('POST', `${base_url}/v1/widget/${name}`, { json: { public_key, flow: '', ...body } })
  const signIn: Shop['signIn'] = (token, username = '41614850-3', password = 'jonsnow') => widget('sign_in', { token, institution: 'cl_banco_estado', username, password, holder_type: 'individual' })
  return {
    server, live, other, api, widget, signIn, base: base_url, keys: { secret_key, public_key },
    create: async (more = {}) => {
      const made = await api('POST', '/v1/payment_intents', { ...INTENT, ...more })
      if (made.status !== 201) throw new Error(made.text)
      return { id: String(made.get('id')), token: String(made.get('widget_token')) }
    },
    get: (id) => api('GET', `/v1/payment_intents/${id}`),
    pay: async (token, account = ACCOUNTS.sms, username) => {
      const flow = (await signIn(token, username)).get('flow')
      const sent = await widget('confirm', { token, flow, account })
      return sent.get('step') === 'code' ? widget('answer', { token, flow, code: ['0000'], decline: false }) : sent
    },
    listen: async (path = '/hooks', events = ['*']) => {
      const made = await api('POST', '/v1/webhook_endpoints', { url: `${server.receiver.url}${path}`, enabled_events: events })
      if (made.status !== 201) throw new Error(made.text)
      return { id: String(made.get('id')), secret: String(made.get('secret')) }
    },
    told: (path = '/hooks') => server.receiver.at(path).map(({ body }) => (body as { type: string }).type),
    close: server.close,
  }
}
