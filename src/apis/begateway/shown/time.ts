/** ISO 8601 in UTC with milliseconds; both spellings appear in the platform's own examples (beGateway reference 4). */
export function iso(date: Date | null | undefined): string | null {
  return date === null || date === undefined ? null : date.toISOString()
}
