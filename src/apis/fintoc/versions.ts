/**
 * Dated versions ("Fintoc reference: Versioning"). A header names one for a request; otherwise the one counts that the account was pinned to
 * by its first call (account/pinned.ts), and webhooks always speak that one. Versions before 2026-02-01 show the union of their fields, because
 * added keys are a compatible change there; what that version renamed is here.
 */
export const VERSIONS = ['2021-03-23', '2023-11-15', '2025-08-13', '2026-02-01'] as const
export type Version = (typeof VERSIONS)[number]

/** What a first call without a header pins (choice): everything of version 1, which every client understands. */
export const DEFAULT_VERSION: Version = '2023-11-15'

export function isVersion(text: string): text is Version {
  return VERSIONS.some((version) => version === text)
}

/** Paths below `/v2` need this version or a later one, and it renamed the payment methods of a checkout session. */
export const V2_SINCE: Version = '2026-02-01'

/** The transfer's name since 2026-02-01, and the one that it had before. */
const TRANSFER = 'bank_transfer'
const TRANSFER_BEFORE = 'payment_intent'

/**
 * A resource in the words of a version. Only checkout sessions differ: since 2026-02-01 their methods are `payment_method_types`, and a
 * transfer is called `bank_transfer`; before, they are `payment_methods` in the words that the shop used, with the new key beside it.
 */
export function inVersion(resource: Readonly<Record<string, unknown>>, version: Version): Record<string, unknown> {
  if (resource['object'] !== 'checkout_session') return { ...resource }
  const { payment_methods, ...rest } = resource
  const renamed = { ...rest, payment_method_types: [TRANSFER] }
  if (version >= V2_SINCE) return renamed
  const asked = Array.isArray(payment_methods) ? (payment_methods as readonly unknown[]) : [TRANSFER]
  return { ...renamed, payment_methods: asked.map((method) => (method === TRANSFER ? TRANSFER_BEFORE : method)) }
}
