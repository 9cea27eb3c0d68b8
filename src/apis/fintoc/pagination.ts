/** Pages of lists ("Fintoc reference: Pagination"): `page` and `per_page` with a `Link` header for v1, cursors for v2. */
import { invalid } from './fields.ts'
import type { Fields } from './fields.ts'

export const PER_PAGE = { default: 30, max: 300 } as const

export interface Page {
  readonly page: number
  readonly per_page: number
}

/** Out of range is refused (choice), so that a client notices instead of missing rows. */
export function readPage(query: Fields): Page {
  return { page: positive(query, 'page', 1, 1_000_000), per_page: positive(query, 'per_page', PER_PAGE.default, PER_PAGE.max) }
}

export function positive(query: Fields, name: string, fallback: number, max: number): number {
  const value = query[name]
  if (value === undefined || value === '') return fallback
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0
  return number >= 1 && number <= max ? number : invalid('invalid_positive_integer', `${name} must be an integer from 1 to ${max}`, name)
}

/**
 * `Link` in the order first, prev, next, last. Clients follow `next` as it stands, so it is absolute, names the host that they reached and
 * repeats every filter; they split at every comma, so URLs carry none.
 */
export function linkHeader(url: URL, { page, per_page }: Page, total: number): string {
  const last = Math.max(1, Math.ceil(total / per_page))
  const to = (number: number, rel: string): string => `<${addressOf(url, { page: String(number) })}>; rel="${rel}"`
  return [
    to(1, 'first'),
    ...(page > 1 ? [to(Math.min(page - 1, last), 'prev')] : []),
    ...(page < last ? [to(page + 1, 'next'), to(last, 'last')] : page === 1 ? [to(last, 'last')] : []),
  ].join(', ')
}

/** The header of a v2 list: only `next`, by the id of the last row; empty on the last page. */
export function cursorHeader(url: URL, last_id: string | undefined): string {
  if (last_id === undefined) return ''
  const next = new URL(url)
  next.searchParams.delete('ending_before')
  return `<${addressOf(next, { starting_after: last_id })}>; rel="next"`
}

function addressOf(url: URL, change: Readonly<Record<string, string>>): string {
  const copy = new URL(url)
  for (const [name, value] of Object.entries(change)) copy.searchParams.set(name, value)
  return copy.href.replaceAll(',', '%2C').replaceAll('>', '%3E')
}
