import { randomIds } from '../../core/ids.ts'
import { curl, type Onboarding } from '../common/onboarding.ts'
import { BEGATEWAY_DEMO, BEGATEWAY_DEMO_3DS, openBegatewayShop } from './demo.ts'
import { settingsOf, settingsProblem } from './account/settings.ts'
import { createShop } from './account/shop.ts'

const PAYMENT = {
  request: {
    amount: 100, currency: 'USD', description: 'My first payment', tracking_id: 'ORDER-$TIME', test: true, duplicate_check: false,
    credit_card: { number: '4200000000000000', holder: 'JANE DOE', exp_month: '01', exp_year: '2031', verification_value: '123' },
    customer: { ip: '127.0.0.1', email: 'jane@shop.example' },
  },
}

/** How merchants come to beGateway's API. A shop is a merchant there, and 3-D Secure a switch of the shop: so there are two demo shops. */
export const begatewayOnboarding: Onboarding = {
  title: 'beGateway',
  openDemo: async (merchants, merchant_id, extra) => {
    await openBegatewayShop(merchants, merchant_id, BEGATEWAY_DEMO, false)
    await openBegatewayShop(merchants, await extra('3ds', 'with 3-D Secure'), BEGATEWAY_DEMO_3DS, true)
  },
  demo: (base_url) => ({ begateway: { base_url, ...BEGATEWAY_DEMO }, begateway_3ds: { base_url, ...BEGATEWAY_DEMO_3DS } }),
  samples: (base_url) => [{
    does: 'charge a test card $1',
    command: curl(`${base_url}/transactions/payments`, { user: `${BEGATEWAY_DEMO.shop_id}:${BEGATEWAY_DEMO.secret_key}`, json: PAYMENT }).replace('$TIME', `'$(date +%s)'`),
    then: 'transaction.status says that it was successful',
  }],
  chargeBackId: () => randomIds.uuid(),
  settings: {
    of: (merchant) => {
      const settings = settingsOf(merchant)
      return { ...settings, billing_descriptor: settings.billing_descriptor ?? null }
    },
    problem: settingsProblem,
  },
  open: async (merchants, merchant_id) => {
    for (;;) {
      // Shop ids are numbers below 2^32 that nobody has yet; the small ones are the demo shops'.
      const shop_id = String(10_000 + (Number.parseInt(randomIds.hex(4), 16) % 4_000_000_000))
      if ((await merchants.authenticate('begateway', 'shop', shop_id)) !== undefined) continue
      const secret_key = randomIds.hex(32)
      const { public_key } = await createShop(merchants, { merchant_id, shop_id, secret_key })
      return { shop_id, secret_key, public_key }
    }
  },
}
