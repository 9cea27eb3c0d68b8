import type { Keys } from '../apis/common/onboarding.ts'
import type { Config } from '../config.ts'
import type { Db } from '../db/db.ts'
import { APIS, baseUrlOf } from '../main.ts'
import type { Merchants } from '../merchants/service.ts'
import { findMerchant, insertMerchant } from '../merchants/store.ts'

/** The demo merchant's id. */
export const DEMO_MERCHANT = 'mer_demo'
export const DEMO_MERCHANT_3DS = 'mer_demo_3ds'

const onboardings = Object.entries(APIS).map(([api, { onboarding }]) => [api, onboarding] as const)

/** Numbers of demo merchants; those of others are higher (commands/merchants.ts). */
const NUMBERS: Readonly<Record<string, number>> = { [DEMO_MERCHANT]: 1, [DEMO_MERCHANT_3DS]: 2 }
/** Where the demo merchant's settings note, beside those of the APIs, what it has been given. */
export const DONE = 'demo'

/**
 * Makes the demo merchant, and what it lacks at APIs that are new since. Its keys are fixed and good for the sandbox only.
 * Every step may be repeated, and what is complete is marked: so a start that was killed in the middle is made up for by the next.
 */
export async function createDemo(db: Db, merchants: Merchants, now: Date): Promise<void> {
  const merchant = async (id: string, name: string): Promise<string> => {
    await insertMerchant(db, { id, number: NUMBERS[id] ?? 0, name, settings: {}, demo: true, created_at: now })
    return id
  }
  const known = await findMerchant(db, { id: DEMO_MERCHANT })
  const done = (known?.settings[DONE] ?? {}) as Readonly<Record<string, unknown>>
  await merchant(DEMO_MERCHANT, 'Demo Shop')
  for (const [api, { openDemo }] of onboardings) {
    if (done[api] === true) continue
    await openDemo(merchants, DEMO_MERCHANT, (suffix, name) => merchant(`${DEMO_MERCHANT}_${suffix}`, `Demo Shop ${name}`))
    await merchants.updateSettings(DEMO_MERCHANT, DONE, { [api]: true })
  }
}

/** Every API's base URL and keys for the demo merchant: what `tender demo --json` prints. */
export function demoKeys(config: Pick<Config, 'hosts' | 'public_url'>): Record<string, Record<string, string>> {
  const keys: Record<string, Keys> = {}
  for (const [api, { demo }] of onboardings) Object.assign(keys, demo(baseUrlOf(config, api)))
  return Object.fromEntries(Object.entries(keys).map(([name, values]) => [name, { ...values }]))
}
