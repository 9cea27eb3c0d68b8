import { BEGATEWAY_DEMO, BEGATEWAY_DEMO_3DS, openBegatewayShop } from '../apis/begateway/demo.ts'
import { COREFY_DEMO, openCorefyAccount } from '../apis/corefy/demo.ts'
import { FINTOC_DEMO, openFintocAccount } from '../apis/fintoc/demo.ts'
import type { Db } from '../db/db.ts'
import type { Merchants } from '../merchants/service.ts'
import { findMerchant, insertMerchant } from '../merchants/store.ts'
import { baseUrlOf } from '../main.ts'
import type { Config } from '../config.ts'

/** The demo merchant's id. */
export const DEMO_MERCHANT = 'mer_demo'
export const DEMO_MERCHANT_3DS = 'mer_demo_3ds'

/** Makes the demo merchant in a database that has none; its keys are fixed and good for the sandbox only. */
export async function createDemo(db: Db, merchants: Merchants, now: Date): Promise<void> {
  if ((await findMerchant(db, { id: DEMO_MERCHANT })) !== undefined) return
  await insertMerchant(db, { id: DEMO_MERCHANT, number: 1, name: 'Demo Shop', settings: {}, demo: true, created_at: now })
  await openCorefyAccount(merchants, DEMO_MERCHANT, COREFY_DEMO)
  await openBegatewayShop(merchants, DEMO_MERCHANT, BEGATEWAY_DEMO, false)
  await openFintocAccount(merchants, DEMO_MERCHANT, 'test', FINTOC_DEMO)
  // At beGateway 3-D Secure is a switch of the shop, and a shop is a merchant.
  await insertMerchant(db, { id: DEMO_MERCHANT_3DS, number: 2, name: 'Demo Shop with 3-D Secure', settings: {}, demo: true, created_at: now })
  await openBegatewayShop(merchants, DEMO_MERCHANT_3DS, BEGATEWAY_DEMO_3DS, true)
}

/** Every API's base URL and keys for the demo merchant: what `tender demo --json` prints. */
export function demoKeys(config: Config): Record<string, Record<string, string>> {
  const begateway = { base_url: baseUrlOf(config, 'begateway') }
  return {
    corefy: { base_url: baseUrlOf(config, 'corefy'), ...COREFY_DEMO },
    fintoc: { base_url: baseUrlOf(config, 'fintoc'), ...FINTOC_DEMO },
    begateway: { ...begateway, ...BEGATEWAY_DEMO },
    begateway_3ds: { ...begateway, ...BEGATEWAY_DEMO_3DS },
  }
}
