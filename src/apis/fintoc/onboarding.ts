import { randomIds } from '../../core/ids.ts'
import { curl, type Onboarding } from '../common/onboarding.ts'
import { versionOfMerchant } from './account/pinned.ts'
import { settingsProblem } from './account/settings-check.ts'
import { settingsOf, type FintocSettings } from './account/settings.ts'
import { FINTOC_DEMO, openFintocAccount } from './demo.ts'
import { freshEndpointSecret } from './webhooks/signature.ts'

const INTENT = {
  amount: 1000, currency: 'CLP',
  recipient_account: { holder_id: '111111111', number: '123123123', type: 'checking_account', institution_id: 'cl_banco_de_chile' },
}

/** What may be left as it is. */
const UNSET = ['recipient_account', 'origins', 'refund_delay_s'] as const satisfies readonly (keyof FintocSettings)[]

/** How merchants come to Fintoc's API. */
export const fintocOnboarding: Onboarding = {
  title: 'Fintoc',
  freshEndpointSecret: () => freshEndpointSecret(randomIds),
  openDemo: (merchants, merchant_id) => openFintocAccount(merchants, merchant_id, 'test', FINTOC_DEMO),
  demo: (base_url) => ({ fintoc: { base_url, ...FINTOC_DEMO } }),
  samples: (base_url) => [{
    does: 'start a bank transfer of 1,000 Chilean pesos',
    command: curl(`${base_url}/v1/payment_intents`, { headers: { authorization: FINTOC_DEMO.secret_key }, json: INTENT }),
    then: 'the widget takes widget_token',
  }],
  settings: {
    of: (merchant) => ({ version: versionOfMerchant(merchant), ...Object.fromEntries(UNSET.map((name) => [name, null])), ...settingsOf(merchant) }),
    problem: settingsProblem,
  },
  open: async (merchants, merchant_id) => {
    const keys: Record<string, string> = {}
    for (const mode of ['test', 'live'] as const) {
      const pair = { secret_key: `sk_${mode}_${randomIds.alphanumeric(40)}`, public_key: `pk_${mode}_${randomIds.alphanumeric(40)}` }
      await openFintocAccount(merchants, merchant_id, mode, pair)
      for (const [name, value] of Object.entries(pair)) keys[`${name}_${mode}`] = value
    }
    return keys
  },
}
