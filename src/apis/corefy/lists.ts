import type { FastifyReply, FastifyRequest } from 'fastify'
import { fail, ok, type Result } from '../../core/result.ts'
import type { Mode } from '../../providers/contract.ts'
import { badRequest, type WireError } from './errors.ts'
import { queryOf } from './parts.ts'

/** Page size of lists, when none is asked for, and at most (ours: the original's is not published). */
const PAGE_SIZE = 20
const PAGE_SIZE_MAX = 100

export interface PageOf {
  readonly number: number
  readonly size: number
}

/** `page[number]` from 1, `page[size]` up to the limit, as JSON:API suggests (Corefy reference: reading and listing). */
export function readPage(request: FastifyRequest): Result<PageOf, WireError[]> {
  const whole = (name: string, fallback: number, max: number): number => {
    const text = queryOf(request, name)
    if (text === undefined) return fallback
    const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
    return value >= 1 && value <= max ? value : Number.NaN
  }
  const number = whole('page[number]', 1, 1_000_000)
  const size = whole('page[size]', PAGE_SIZE, PAGE_SIZE_MAX)
  if (Number.isNaN(number) || Number.isNaN(size)) return fail([badRequest(`page[number] must be a whole number from 1, page[size] one from 1 to ${PAGE_SIZE_MAX}.`)])
  return ok({ number, size })
}

/** `filter[test_mode]`: test or live objects alone; undefined for both. */
export function modeFilter(request: FastifyRequest): Mode | undefined {
  const asked = queryOf(request, 'filter[test_mode]')
  return asked === undefined ? undefined : asked === 'true' || asked === '1' ? 'test' : 'live'
}

/** A list with what JSON:API adds to it; clients that only read `data` are not disturbed. */
export function sendList(request: FastifyRequest, reply: FastifyReply, path: string, data: readonly unknown[], total: number, { number, size }: PageOf): FastifyReply {
  const pages = Math.max(1, Math.ceil(total / size))
  // The filters go along: a page of a filtered list leads to the next one of the same.
  const filters = Object.keys(request.query as object).flatMap((name) => (name.startsWith('filter[') ? [`${name}=${encodeURIComponent(queryOf(request, name) ?? '')}`] : []))
  const linkTo = (page: number): string => `${path}?${[...filters, `page[number]=${page}`, `page[size]=${size}`].join('&')}`
  return reply.send({
    data,
    meta: { total, page: { number, size, pages } },
    links: { self: path, ...(number > 1 ? { prev: linkTo(number - 1) } : {}), ...(number < pages ? { next: linkTo(number + 1) } : {}) },
  })
}
