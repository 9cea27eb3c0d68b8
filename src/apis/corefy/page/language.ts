import type { FastifyRequest } from 'fastify'
import { languageFromHeader } from '../../../pages/index.ts'
import { queryOf } from '../parts.ts'

/** The language that an address asks for: `locale`, which used to be called `language`, and which the widget also calls `lang`. */
export function localeOf(request: FastifyRequest): string | undefined {
  const locale = queryOf(request, 'locale') ?? queryOf(request, 'language') ?? queryOf(request, 'lang')
  return locale !== undefined && /^[\w-]{2,20}$/.test(locale) ? locale : undefined
}

/** The language to answer a browser in: what the address asks for, else what was asked for before, else what the browser prefers. */
export function languageOf(request: FastifyRequest, before?: string): string {
  return localeOf(request) ?? before ?? languageFromHeader(request.headers['accept-language'])
}

/** An address of ours with the language that was asked for at another one. */
export function withLocale(url: string, request: FastifyRequest): string {
  const locale = localeOf(request)
  return locale === undefined ? url : `${url}?locale=${locale}`
}
