import { findCustomerByReference, saysNothingNew, upsertCustomer, type Customer } from '../../../customers/store.ts'
import { findClaim } from '../../../idempotency/store.ts'
import { findWithOwner, type SealedInstrument } from '../../../instruments/store.ts'
import type { ApiDeps } from '../../common/deps.ts'
import type { CustomerRequest } from '../wire/customer.ts'

/** The card behind a token, when it belongs to the customer that the request names (Corefy reference: tokens). */
export async function ownedInstrument(deps: ApiDeps, merchant_id: string, token: string, wanted: CustomerRequest | null): Promise<{ instrument: SealedInstrument; owner: Customer } | undefined> {
  const found = await findWithOwner(deps.db, merchant_id, token)
  return found !== undefined && found.owner.reference !== null && found.owner.reference === wanted?.reference_id ? found : undefined
}

export interface CustomerTerms {
  readonly claim: { readonly scope: string; readonly key: string }
  /** The customer of that reference, when the caller has just read them. */
  readonly found?: Customer | undefined
  /** Not by somebody who has the public key only: what such a one says of a customer changes nothing that is known of them. */
  readonly by_merchant: boolean
}

/**
 * The customer of a request: the same reference is the same customer, with what is new about them (ours: the original's rule
 * is not published). Before anything is written the request's own reference is looked up: one that will be refused writes
 * nothing. The claim in the payment's commit still decides; this only keeps a plain repetition from leaving traces.
 */
export async function customerOf(deps: ApiDeps, merchant_id: string, wanted: CustomerRequest | null, { claim, found, by_merchant }: CustomerTerms): Promise<Customer | 'used' | undefined> {
  if (wanted === null || (wanted.reference_id === null && Object.keys(wanted.profile).length === 0)) return undefined
  const known = found ?? (wanted.reference_id === null ? undefined : await findCustomerByReference(deps.db, merchant_id, wanted.reference_id))
  if (known !== undefined && (!by_merchant || saysNothingNew(known.profile, wanted.profile))) return known
  if ((await findClaim(deps.db, merchant_id, claim.scope, claim.key)) !== undefined) return 'used'
  return upsertCustomer(deps.db, deps.clock, { merchant_id, id: `cus_${deps.ids.alphanumeric(16)}`, reference: wanted.reference_id, profile: wanted.profile })
}
