/** A shop that is integrated with the Corefy API of a whole server: what its code would send, and nothing else. */
import { corefyOnboarding } from '../../src/apis/corefy/onboarding.ts'
import { settingsOf, type CorefySettings, type Service } from '../../src/apis/corefy/settings.ts'
import { insertMerchant } from '../../src/merchants/store.ts'
import { createTestServer, dig, type CallOptions, type Called, type TestServer, type TestServerOptions } from '../support/server.ts'

type Attributes = Readonly<Record<string, unknown>>

export interface Shop {
  readonly server: TestServer
  readonly base: string
  readonly auth: readonly [string, string]
  readonly keys: Readonly<Record<'account_id' | 'api_key' | 'public_key_test' | 'private_key_test', string>>
  /** A call to the private API; with a body it is a POST. */
  api(path: string, body?: unknown, options?: CallOptions & { method?: string }): Promise<Called>
  /** Creates a test invoice of 10 USD by card; `attributes` say what is different. */
  invoice(attributes?: Attributes, options?: CallOptions): Promise<Called>
  payout(attributes?: Attributes): Promise<Called>
  /** `POST /payment/sale` with the token of an invoice that was created. */
  sale(created: Called, attributes?: Attributes): Promise<Called>
  /** Creates an invoice, pays it with a card, and reads it. */
  paid(attributes?: Attributes, card?: Attributes): Promise<Called>
  settings(patch: Partial<CorefySettings>): Promise<void>
  /** Changes one service of the account. */
  service(code: string, patch: Partial<Service>): Promise<void>
  /** Another merchant on the same server, with an account as `tender merchants add` makes it. */
  another(): Promise<Neighbour>
  close(): Promise<void>
}

export interface Neighbour {
  readonly merchant_id: string
  readonly keys: Readonly<Record<string, string>>
  readonly auth: readonly [string, string]
}

/** A card that is approved without a challenge; its code stands out, so that a search for it finds it. */
export const CARD = { card_number: '4242424242424242', card_holder: 'ANN LEE', cvv: '083', exp_month: '12', exp_year: '31' }
/** The documented test cards. */
export const CARDS = { ok_3ds: '5123817234060000', ok: '5519283812030000', fail_3ds: '4412397212080000', fail: '4302912837020000' }

let count = 0
/** A reference that no other test uses. */
export const reference = (name = 'R'): string => `${name}-${process.pid}-${++count}`

export const idOf = (called: Called): string => String(called.get('data.id'))
export const statusOf = (called: Called): unknown => called.get('data.attributes.status')
export const sessionOf = (called: Called): string => String(called.get('data.attributes.flow_data.metadata.sid'))
export const tokenOf = (called: Called): string => String(called.get('data.attributes.flow_data.metadata.token'))
export const attributesOf = (called: Called): Attributes => dig(called.body, 'data.attributes') as Attributes

export async function openShop(options?: TestServerOptions): Promise<Shop> {
  const server = await createTestServer(options)
  const keys = server.demo['corefy'] as Shop['keys']
  const base = `${server.url}/corefy`
  const auth = [keys.account_id, keys.api_key] as const
  const api: Shop['api'] = (path, body, { method = body === undefined ? 'GET' : 'POST', ...rest } = {}) =>
    server.call(method, `${base}${path}`, { auth, ...(body === undefined ? {} : { json: body }), ...rest })
  const wrapped = (type: string, attributes: Attributes): unknown => ({ data: { type, attributes } })
  const shop: Shop = {
    server, base, auth, keys, api,
    invoice: (attributes = {}, options = {}) => api('/payment-invoices', wrapped('payment-invoices', { reference_id: reference(), currency: 'USD', amount: 10, service: 'payment_card_usd_hpp', test_mode: true, ...attributes }), options),
    payout: (attributes = {}) => api('/payout-invoices', wrapped('payout-invoice', { reference_id: reference('P'), currency: 'USD', amount: 10, service: 'test_usd', test_mode: true, fields: { account: '1234567890' }, ...attributes })),
    sale: (created, attributes = CARD) => server.call('POST', `${base}/payment/sale`, { bearer: tokenOf(created), json: wrapped('sale-operation', attributes) }),
    paid: async (attributes, card = {}) => {
      const created = await shop.invoice(attributes)
      if (created.status !== 201) throw new Error(`no invoice: ${created.text}`)
      const sold = await shop.sale(created, { ...CARD, ...card })
      if (sold.status !== 201) throw new Error(`no sale: ${sold.text}`)
      return api(`/payment-invoices/${idOf(created)}`)
    },
    settings: (patch) => server.tender.merchants.updateSettings('mer_demo', 'corefy', { ...patch }),
    service: async (code, patch) => {
      const merchant = await server.tender.merchants.byId('mer_demo')
      if (merchant === undefined) throw new Error('the demo merchant has vanished')
      await shop.settings({ services: settingsOf(merchant).services.map((service) => (service.code === code ? { ...service, ...patch } : service)) })
    },
    another: async () => {
      const merchant_id = `mer_${reference('other').replaceAll('-', '')}`
      await insertMerchant(server.db, { id: merchant_id, number: 1_000 + ++count, name: 'Another Shop', settings: {}, demo: false, created_at: server.clock.now() })
      const own = await corefyOnboarding.open(server.tender.merchants, merchant_id)
      return { merchant_id, keys: own, auth: [own['account_id'] ?? '', own['api_key'] ?? ''] }
    },
    close: server.close,
  }
  return shop
}

/**
 * Does what the payer's browser does between our redirect page, or the answer of the card gate, and our return address:
 * types a code at the issuer's page (1234 passes), or cancels there, and comes back. The answer is that of our return address.
 */
export async function passChallenge(shop: Shop, start: string | { action: string; params: Record<string, string> }, code = '1234', decision: 'approve' | 'cancel' = 'approve'): Promise<Called> {
  const first = typeof start === 'string' ? formIn((await shop.server.call('GET', start, { headers: { accept: 'text/html' } })).text) : { action: start.action, fields: start.params }
  const challenge = await shop.server.call('POST', first.action, { form: first.fields })
  const asked = formIn(challenge.text)
  const answered = await shop.server.call('POST', new URL(asked.action, first.action).href, { form: { ...asked.fields, code, decision } })
  const back = formIn(answered.text)
  return shop.server.call('POST', back.action, { form: back.fields })
}

/** The first form of a page with its hidden fields. */
export function formIn(html: string): { action: string; fields: Record<string, string> } {
  const attributes = (tag: string): Record<string, string> => Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, plain(value)]))
  const fields: Record<string, string> = {}
  for (const [tag] of html.matchAll(/<input\b[^>]*>/g)) {
    const { type, name = '', value = '' } = attributes(tag)
    if (type === 'hidden') fields[name] = value
  }
  return { action: attributes(/<form\b[^>]*>/.exec(html)?.[0] ?? '')['action'] ?? '', fields }
}

const plain = (text: string): string => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
