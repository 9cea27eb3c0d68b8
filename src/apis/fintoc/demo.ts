import type { Mode } from '../../providers/contract.ts'
import type { Merchants } from '../../merchants/service.ts'
import { keyPair } from './caller.ts'

/** The demo merchant's keys: the same on every machine, so that samples can be pasted. Good for the sandbox only. */
export const FINTOC_DEMO = {
  secret_key: 'sk_test_TenderDemo00000000000000000000A',
  public_key: 'pk_test_TenderDemo00000000000000000000A',
} as const

/** Gives a merchant a pair of keys for one mode. */
export async function openFintocAccount(merchants: Merchants, merchant_id: string, mode: Mode, keys: { readonly secret_key: string; readonly public_key: string }): Promise<void> {
  for (const row of keyPair(merchant_id, mode, keys.secret_key, keys.public_key)) await merchants.addCredential(row)
}
