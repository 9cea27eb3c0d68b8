import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { Merchants } from '../../merchants/service.ts'
import type { CorefySettings, Service } from './settings.ts'

/** The demo account's keys: the same on every machine, so that samples can be pasted. Good for the sandbox only. */
export const COREFY_DEMO = {
  account_id: 'coma_TenderDemo000001',
  api_key: 'tender-demo-api-key-0000000000000000000000A',
  public_key_test: 'pk_test_tender-demo-public-key-0000000000000000000A',
  private_key_test: 'sk_test_tender-demo-private-key-000000000000000000A',
} as const

const card = (currency: string): Service => ({
  code: `payment_card_${currency.toLowerCase()}_hpp`, method: 'payment_card', currency, flow: 'hpp', direction: 'in', enabled: true, amount_min: '0', amount_max: '0', fee: null,
})
const payout = (code: string, method: string, currency: string, more: Partial<Service> = {}): Service => ({
  code, method, currency, flow: 'host_to_host', direction: 'out', enabled: true, amount_min: '0', amount_max: '0', fee: null, ...more,
})
const toCard = (currency: string): Service => payout(`payment_card_${currency.toLowerCase()}`, 'payment_card', currency, {
  fields: [{ key: 'card_number', type: 'card_number', label: { en: 'Card number', es: 'Número de tarjeta' }, example: '0000 0000 0000 0000', required: true }],
})
/** The test service, whose fields steer what becomes of a payout (payouts/test-service.ts). */
const test = payout('test_usd', 'test', 'USD', {
  provider_code: 'bogus',
  fields: [
    { key: 'account', type: 'input', label: { en: 'Account', es: 'Cuenta' }, example: '1234567890', hint: { en: '1 to 15 digits' }, regexp: '^\\d{1,15}$', required: true },
    { key: 'test_details_success_rate', type: 'input', label: { en: 'Success rate' } },
    { key: 'test_details_payout_status', type: 'input', label: { en: 'Payout status' } },
    { key: 'test_details_payout_resolution', type: 'input', label: { en: 'Payout resolution' } },
  ],
})

const SERVICES: readonly Service[] = [card('USD'), card('EUR'), card('GBP'), card('UAH'), toCard('USD'), toCard('EUR'), toCard('UAH'), test]

/** A service that is paid on its provider's own page. */
const elsewhere = (method: string, currency: string, more: Partial<Service> = {}): Service => ({ ...card(currency), code: `${method}_${currency.toLowerCase()}_hpp`, method, provider_code: method, ...more })
const blik = elsewhere('blik', 'PLN', {
  fields: [{ key: 'blik_code', type: 'input', label: { en: 'BLIK code', es: 'Código BLIK', ru: 'Код BLIK', uk: 'Код BLIK' }, example: '777123', regexp: '^\\d{6}$', required: true }],
})

/** What the sandbox can do besides, and a rate that is fixed, so that samples can be pasted; an account for real money has none until it is given its own. */
export const DEMO_SETTINGS: Partial<CorefySettings> = {
  services: [...SERVICES, elsewhere('bank_transfer', 'CLP'), elsewhere('bank_transfer', 'PEN'), blik],
  exchange_rates: { 'USD/UAH': '41.5' },
}

/** Gives a merchant its account at this API, with keys given or made, and with more settings than every account has. */
export async function openCorefyAccount(merchants: Merchants, merchant_id: string, keys: { account_id: string; api_key: string; public_key_test: string; private_key_test: string }, more: Partial<CorefySettings> = {}): Promise<void> {
  const base = { merchant_id, api: 'corefy' }
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  await merchants.updateSettings(merchant_id, 'corefy', { services: SERVICES, ...more })
  await merchants.addCredential({ ...base, id: 'corefy_account', kind: 'account', lookup: keys.account_id, secret: keys.api_key })
  await merchants.addCredential({ ...base, id: 'corefy_public_key_test', kind: 'public_key', mode: 'test', lookup: keys.public_key_test })
  await merchants.addCredential({ ...base, id: 'corefy_public_key_live', kind: 'public_key', mode: 'live', lookup: `pk_live_${randomBytes(32).toString('base64url')}` })
  await merchants.addCredential({ ...base, id: 'corefy_private_key_test', kind: 'private_key', mode: 'test', lookup: `${merchant_id}:test`, sealed_secret: Buffer.from(keys.private_key_test) })
  await merchants.addCredential({ ...base, id: 'corefy_private_key_live', kind: 'private_key', mode: 'live', lookup: `${merchant_id}:live`, sealed_secret: Buffer.from(`sk_live_${randomBytes(32).toString('base64url')}`) })
  await merchants.addCredential({ ...base, id: 'corefy_jwt_rsa', kind: 'jwt_rsa', lookup: `${merchant_id}:rsa`, sealed_secret: privateKey.export({ format: 'der', type: 'pkcs8' }) })
  await merchants.addCredential({ ...base, id: 'corefy_jwt_secret', kind: 'jwt_secret', lookup: `${merchant_id}:secret`, sealed_secret: randomBytes(32) })
}
