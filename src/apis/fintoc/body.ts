/**
 * What a client sent, whatever it calls it ("Fintoc reference: Lenience a drop-in server needs"): JSON under any content type or none,
 * empty bodies on any method, nested form fields. Everything becomes one object of fields.
 */
import { fail, ok } from '../../core/result.ts'
import type { Result } from '../../core/result.ts'
import { isFitJson } from '../common/body.ts'
import { problem } from './errors.ts'
import type { Problem } from './errors.ts'
import { isObject } from './fields.ts'
import type { Fields } from './fields.ts'

/** Bytes of a request body. A request with 50 metadata values of full length is about 40 KB. */
export const BODY_BYTES_MAX = 256 * 1024

/** Reads a body. Order matters: JSON first, because the guide's Ruby sample sends JSON under the content type of a form. */
export function readBody(raw: string, contentType: string | undefined): Result<Fields, Problem> {
  const body = raw.trim()
  if (body === '') return ok({})
  const json = parseJson(body)
  // Some clients write down that they have nothing to say.
  if (json === null) return ok({})
  if (json !== undefined) return isObject(json) ? ok(json) : fail(problem('invalid_params', 'The request body must be a JSON object'))
  const isForm = /^application\/x-www-form-urlencoded/i.test(contentType ?? '') && !body.startsWith('{')
  return isForm ? ok(readForm(body)) : fail(problem('invalid_json', 'The request body is not valid JSON'))
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text, (key, inside: unknown) => (key === '__proto__' ? undefined : inside))
    return isFitJson(text, value) ? value : undefined
  } catch {
    return undefined
  }
}

const DEPTH_MAX = 5

/** `recipient_account[holder_id]=1&enabled_events[]=a&enabled_events[]=b`: brackets nest, empty brackets append. */
export function readForm(body: string): Fields {
  const root: Record<string, unknown> = {}
  for (const [name, value] of [...new URLSearchParams(body)].slice(0, 500)) {
    const path = name.split(/[[\]]+/).filter((part, index, all) => part !== '' || (index === all.length - 1 && name.endsWith('[]')))
    if (path.length > 0 && path.length <= DEPTH_MAX && !path.includes('__proto__')) put(root, path, value)
  }
  return root
}

function put(target: Record<string, unknown>, path: readonly string[], value: string): void {
  const [name = '', ...rest] = path
  if (rest.length === 0) {
    target[name] = value
  } else if (rest.length === 1 && rest[0] === '') {
    const list = target[name]
    target[name] = Array.isArray(list) ? [...(list as readonly unknown[]), value] : [value]
  } else {
    const inner = target[name]
    const next: Record<string, unknown> = isObject(inner) ? { ...inner } : {}
    put(next, rest, value)
    target[name] = next
  }
}
