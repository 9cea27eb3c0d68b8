import type { Reader } from './reader.ts'

/** A payer as the merchant describes them (Corefy reference: customer). */
export interface CustomerRequest {
  readonly reference_id: string | null
  readonly profile: Readonly<Record<string, unknown>>
}

const PROFILE_TEXTS = ['name', 'first_name', 'surname', 'patronymic', 'email', 'phone', 'date_of_birth', 'individual_tax_id', 'description'] as const
const ADDRESS_TEXTS = ['full_address', 'country', 'region', 'city', 'street', 'post_code'] as const

/** The customer block of a request, or null without one. */
export function readCustomer(fields: Reader): CustomerRequest | null {
  return fields.has('customer') ? readCustomerFields(fields.inside('customer')) : null
}

/** The fields of a customer, wherever they stand. */
export function readCustomerFields(customer: Reader): CustomerRequest {
  const profile: Record<string, unknown> = {}
  for (const field of PROFILE_TEXTS) {
    const text = customer.text(field)
    if (text !== null) profile[field] = text
  }
  const { date_of_birth: birth, individual_tax_id: tax_id } = profile
  if (typeof birth === 'string' && !isDate(birth)) customer.refuse('date_of_birth', 'date_of_birth must look like 1990-12-31.')
  if (typeof tax_id === 'string' && (tax_id.length < 2 || tax_id.length > 100)) customer.refuse('individual_tax_id', 'individual_tax_id must have 2 to 100 characters.')
  if (customer.has('address')) profile['address'] = readAddress(customer.inside('address'))
  // The samples write `metadata`, the prose `meta_data`.
  const metadata = customer.has('metadata') ? customer.map('metadata') : customer.map('meta_data')
  if (Object.keys(metadata).length > 0) profile['metadata'] = metadata
  return { reference_id: customer.text('reference_id'), profile }
}

function readAddress(address: Reader): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const field of ADDRESS_TEXTS) {
    const text = address.text(field)
    if (text !== null) texts[field] = text
  }
  if (texts['country'] !== undefined && !/^[A-Za-z]{2}$/.test(texts['country'])) address.refuse('country', 'country must be a code of two letters (ISO 3166-1).')
  return texts
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)
}
