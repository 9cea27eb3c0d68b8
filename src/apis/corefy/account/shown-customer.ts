import type { Customer } from '../../../customers/store.ts'
import { phpMap } from '../php.ts'

/** A customer as an invoice keeps it: as it was at creation, so that callbacks need no other read. */
export interface StoredCustomer {
  readonly id: string
  readonly reference_id: string | null
  readonly profile: Readonly<Record<string, unknown>>
  /** Unix seconds. */
  readonly created: number
}

/** A customer as JSON:API resource (Corefy reference: included). */
export function customerResource(customer: StoredCustomer, account_id: string): Record<string, unknown> {
  const profile = customer.profile
  const text = (field: string): unknown => profile[field] ?? null
  return {
    type: 'customers',
    id: customer.id,
    attributes: {
      reference_id: customer.reference_id, email: text('email'), name: text('name'), phone: text('phone'), description: text('description'), created: customer.created,
      metadata: phpMap((profile['metadata'] ?? {}) as Record<string, unknown>), avatar: null, archived: null, processing_options: { payment_enabled: true, payout_enabled: true },
      address: profile['address'] ?? null, date_of_birth: text('date_of_birth'), individual_tax_id: text('individual_tax_id'), passport_number: null, passport_series: null,
      first_name: text('first_name'), surname: text('surname'), patronymic: text('patronymic'),
    },
    relationships: { 'commerce-account': { data: { type: 'commerce-accounts', id: account_id } } },
    links: { self: `/api/customers/${customer.id}` },
  }
}

/** The customer part of a stored request. */
export function storedCustomer(customer: Customer): StoredCustomer {
  return { id: customer.id, reference_id: customer.reference, profile: customer.profile, created: Math.floor(customer.created_at.getTime() / 1000) }
}
