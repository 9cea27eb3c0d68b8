import { COREFY_DEMO, openCorefyAccount } from '../apis/corefy/demo.ts'
import type { Db } from '../db/db.ts'
import type { Merchants } from '../merchants/service.ts'
import { findMerchant, insertMerchant } from '../merchants/store.ts'
import { baseUrlOf } from '../main.ts'
import type { Config } from '../config.ts'

/** The demo merchant's id. */
export const DEMO_MERCHANT = 'mer_demo'

/** Makes the demo merchant in a database that has none; its keys are fixed and good for the sandbox only. */
export async function createDemo(db: Db, merchants: Merchants, now: Date): Promise<void> {
  if ((await findMerchant(db, { id: DEMO_MERCHANT })) !== undefined) return
  await insertMerchant(db, { id: DEMO_MERCHANT, number: 1, name: 'Demo Shop', settings: {}, demo: true, created_at: now })
  await openCorefyAccount(merchants, DEMO_MERCHANT, COREFY_DEMO)
}

/** Every API's base URL and keys for the demo merchant: what `tender demo --json` prints. */
export function demoKeys(config: Config): Record<string, Record<string, string>> {
  return { corefy: { base_url: baseUrlOf(config, 'corefy'), ...COREFY_DEMO } }
}
