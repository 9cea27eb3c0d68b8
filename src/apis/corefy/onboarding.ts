import { randomBytes } from 'node:crypto'
import { randomIds } from '../../core/ids.ts'
import type { Merchants } from '../../merchants/service.ts'
import { curl, type Onboarding } from '../common/onboarding.ts'
import { COREFY_DEMO, DEMO_SETTINGS, openCorefyAccount } from './demo.ts'
import { moderate } from './moderation.ts'
import { settingsProblem } from './settings-check.ts'
import { settingsOf } from './settings.ts'

const INVOICE = {
  data: {
    type: 'payment-invoices',
    attributes: {
      test_mode: true, reference_id: 'ORDER-$TIME', description: 'My first payment', currency: 'USD', amount: 1, service: 'payment_card_usd_hpp',
      customer: { reference_id: 'my_customer_1', name: 'John Doe' }, gateway_options: { cardgate: { tokenize: true } },
    },
  },
}

/** How merchants come to Corefy's API. */
export const corefyOnboarding: Onboarding = {
  title: 'Corefy',
  openDemo: (merchants, merchant_id) => openCorefyAccount(merchants, merchant_id, COREFY_DEMO, DEMO_SETTINGS),
  demo: (base_url) => ({ corefy: { base_url, ...COREFY_DEMO } }),
  samples: (base_url) => [{
    does: 'make a card payment of $1 that also saves the card',
    // A reference of its own each time, so that the line can be pasted again.
    command: curl(`${base_url}/payment-invoices`, { user: `${COREFY_DEMO.account_id}:${COREFY_DEMO.api_key}`, json: INVOICE }).replace('$TIME', `'$(date +%s)'`),
    then: 'open the address in data.attributes.flow_data.action: that is the card page',
  }],
  page: (base_url) => `${base_url}/hpp?public_key=${COREFY_DEMO.public_key_test}&amount=1&currency=USD&service=payment_card_usd_hpp`,
  moderate,
  chargeBackId: () => `ref_${randomIds.alphanumeric(16)}`,
  settings: { of: (merchant) => ({ ...settingsOf(merchant) }), problem: settingsProblem },
  open: async (merchants, merchant_id) => {
    const key = (prefix: string): string => prefix + randomBytes(32).toString('base64url')
    const keys = { account_id: `coma_${randomIds.alphanumeric(16)}`, api_key: key(''), public_key_test: key('pk_test_'), private_key_test: key('sk_test_') }
    await openCorefyAccount(merchants, merchant_id, keys)
    return { ...keys, ...(await liveKeys(merchants, merchant_id)) }
  },
}

async function liveKeys(merchants: Merchants, merchant_id: string): Promise<Record<string, string>> {
  const credentials = await merchants.credentials(merchant_id, 'corefy')
  const find = (id: string): (typeof credentials)[number] | undefined => credentials.find((credential) => credential.id === id)
  const [public_key, private_key] = [find('corefy_public_key_live'), find('corefy_private_key_live')]
  if (public_key === undefined || private_key === undefined) return {}
  return { public_key_live: public_key.lookup, private_key_live: Buffer.from(await merchants.secretOf(private_key)).toString() }
}
