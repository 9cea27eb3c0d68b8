import type { Delivery, DeliveryTry } from '../../webhooks/store.ts'

/** What of a payment's callbacks its resource shows. The members are ours: the samples only show an empty list. */
export function callbackLogs(deliveries: ReadonlyArray<Delivery & { log: DeliveryTry[] | null }>): unknown[] {
  return deliveries.map(({ url, state, tries, created_at, log }) => ({
    url, status: state, tries, created: seconds(created_at),
    log: (log ?? []).map((tried) => ({ at: seconds(tried.at), http_code: tried.status, error: tried.error, duration_ms: tried.duration_ms })),
  }))
}

/** Times inside the log come as JSON text. */
const seconds = (at: Date | string): number => Math.floor(new Date(at).getTime() / 1000)
