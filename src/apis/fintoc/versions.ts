/**
 * Dated versions ("Fintoc reference: Versioning"). A header names one for a request; otherwise the account's own counts.
 * All versions show the union of their fields (added keys are a compatible change there); what differs is kept here.
 */
export const VERSIONS = ['2021-03-23', '2023-11-15', '2025-08-13', '2026-02-01'] as const
export type Version = (typeof VERSIONS)[number]

/** What an account that was never asked speaks (choice): everything of version 1, which every client understands. */
export const DEFAULT_VERSION: Version = '2023-11-15'

export function isVersion(text: string): text is Version {
  return VERSIONS.some((version) => version === text)
}

/** Paths below `/v2` need this version or a later one. */
export const V2_SINCE: Version = '2026-02-01'

/** From 2026-02-01 the option key is `bank_transfer` and the list is called `payment_method_types`. */
export function isRenamed(version: Version): boolean {
  return version >= V2_SINCE
}
