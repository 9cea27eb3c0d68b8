/** `/v1/webhook_endpoints` ("Fintoc reference: Webhook endpoint object"). */
import type { Result } from '../../../core/result.ts'
import { handle } from '../../../core/ids.ts'
import { versionOf } from '../../../vault/seal.ts'
import { deleteEndpoint, endpointContext, findEndpoint, insertEndpoint, listEndpoints, publishOwnEvent, updateEndpoint } from '../../../webhooks/endpoints.ts'
import type { Endpoint, EndpointScope } from '../../../webhooks/endpoints.ts'
import type { Call, CallAnswer, Route } from '../call.ts'
import type { Caller } from '../caller.ts'
import { API } from '../deps.ts'
import type { FintocDeps } from '../deps.ts'
import { answer, missingResource, problem, refusal } from '../errors.ts'
import type { Problem } from '../errors.ts'
import { EVENT_NAMES, isEventName, isSubscribable } from './event-types.ts'
import type { EventName } from './event-types.ts'
import { ownEventObject } from './event-object.ts'
import { invalid, optionalBoolean, optionalText, present, read, required, text } from '../fields.ts'
import type { Fields } from '../fields.ts'
import { linkHeader, readPage } from '../pagination.ts'
import { sampleEvent } from './samples.ts'
import { freshEndpointSecret } from './signature.ts'
import { nameHeard } from './subscriptions.ts'

const ENDPOINTS_MAX = 100
const EVENTS_MAX = 200

export function webhookEndpointRoutes(deps: FintocDeps): readonly Route[] {
  return [
    ['POST', '/v1/webhook_endpoints', (call) => create(deps, call)],
    ['GET', '/v1/webhook_endpoints', (call) => list(deps, call)],
    ['GET', '/v1/webhook_endpoints/:id', (call) => retrieve(deps, call)],
    ['PATCH', '/v1/webhook_endpoints/:id', (call) => update(deps, call)],
    // A published module updates with PUT.
    ['PUT', '/v1/webhook_endpoints/:id', (call) => update(deps, call)],
    ['DELETE', '/v1/webhook_endpoints/:id', (call) => remove(deps, call)],
    ['POST', '/v1/webhook_endpoints/:id/test', (call) => test(deps, call)],
  ]
}

const scopeOf = ({ merchant, mode }: Caller): EndpointScope => ({ merchant_id: merchant.id, api: API, mode })

/** Both `status` and `disabled`, and always a `secret`: one client or the other insists on each. */
function endpointObject(endpoint: Endpoint, secret: string | null = null): Record<string, unknown> {
  return {
    id: endpoint.id, object: 'webhook_endpoint', url: endpoint.url, description: endpoint.description, enabled_events: endpoint.event_types, mode: endpoint.mode,
    status: endpoint.enabled ? 'enabled' : 'disabled', disabled: !endpoint.enabled, secret, created_at: endpoint.created_at.toISOString(),
  }
}

/** HTTPS, with a valid certificate; plain HTTP for tests and for receivers on the same machine. Where nothing would be delivered is refused at once. */
function readUrl({ refusesReceiver }: FintocDeps, body: Fields, { merchant, mode }: Pick<Caller, 'merchant' | 'mode'>): string {
  const url = text(body, 'url', { length_max: 2000 })
  const parsed = /^https?:\/\//i.test(url) && URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || parsed.username !== '' || parsed.password !== '' || parsed.hash !== '') return invalid('invalid_params', 'url must be an https address', 'url')
  const isLoopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(parsed.hostname)
  if (parsed.protocol === 'http:' && mode === 'live' && !isLoopback) return invalid('invalid_params', 'url must be https in live mode', 'url')
  if (refusesReceiver(merchant, url)) return invalid('invalid_params', 'url leads to a private address or network, where webhooks are not sent', 'url')
  return url
}

function readEvents(body: Fields): readonly string[] {
  const names = required(body, 'enabled_events')
  if (!Array.isArray(names) || names.length === 0 || names.length > EVENTS_MAX) return invalid('invalid_array', 'enabled_events must be a list of event names', 'enabled_events')
  const wrong = names.find((name) => typeof name !== 'string' || !isSubscribable(name)) as unknown
  if (wrong !== undefined) return invalid('invalid_webhook_subscription', `Unknown event ${JSON.stringify(wrong).slice(0, 60)}`, 'enabled_events')
  const given = names as readonly string[]
  return given.includes('*') ? EVENT_NAMES : [...new Set(given)]
}

async function create(deps: FintocDeps, { caller, body }: Call): Promise<CallAnswer> {
  const input = read(() => ({ url: readUrl(deps, body, caller), event_types: readEvents(body), description: optionalText(body, 'description') }))
  if (!input.ok) return refusal(input.error)
  const scope = scopeOf(caller)
  const { total } = await listEndpoints(deps.db, scope, 1, 0)
  if (total >= ENDPOINTS_MAX) return refusal(problem('operation_not_allowed', `There are ${total} endpoints already`))
  const id = handle(deps.ids, 'we_', caller.merchant.number, 16)
  const secret = freshEndpointSecret(deps.ids)
  const sealed = deps.vault.seal(Buffer.from(secret), endpointContext({ ...scope, id }))
  const endpoint: Endpoint = { ...scope, ...input.value, id, enabled: true, sealed, key_version: versionOf(sealed) ?? null, created_at: deps.clock.now(), deleted_at: null }
  await insertEndpoint(deps.db, endpoint)
  return answer(201, endpointObject(endpoint, secret))
}

async function list(deps: FintocDeps, { caller, query, url }: Call): Promise<CallAnswer> {
  const page = read(() => readPage(query))
  if (!page.ok) return refusal(page.error)
  const { endpoints, total } = await listEndpoints(deps.db, scopeOf(caller), page.value.per_page, (page.value.page - 1) * page.value.per_page)
  return { ...answer(200, endpoints.map((endpoint) => endpointObject(endpoint))), headers: { link: linkHeader(url, page.value, total), 'x-total-count': String(total) } }
}

/** An endpoint of the caller's, in the caller's mode. */
async function find(deps: FintocDeps, caller: Caller, id: string): Promise<Endpoint | undefined> {
  return /^we_\w{1,60}$/.test(id) ? findEndpoint(deps.db, scopeOf(caller), id) : undefined
}

async function retrieve(deps: FintocDeps, { caller, id }: Call): Promise<CallAnswer> {
  const endpoint = await find(deps, caller, id)
  return endpoint === undefined ? refusal(missingResource('webhook_endpoint', id)) : answer(200, endpointObject(endpoint))
}

/** What is not named stays. `status` and `disabled` say the same; both are in use. */
function readChange(deps: FintocDeps, caller: Caller, body: Fields, old: Endpoint): Result<Pick<Endpoint, 'url' | 'description' | 'enabled' | 'event_types'>, Problem> {
  return read(() => {
    const disabled = optionalBoolean(body, 'disabled')
    const status = optionalText(body, 'status', { code: 'invalid_enum', check: (word) => word === 'enabled' || word === 'disabled', hint: 'status must be enabled or disabled' })
    return {
      url: present(body, 'url') ? readUrl(deps, body, caller) : old.url,
      description: 'description' in body ? optionalText(body, 'description') : old.description,
      enabled: disabled !== null ? !disabled : status !== null ? status === 'enabled' : old.enabled,
      event_types: present(body, 'enabled_events') ? readEvents(body) : old.event_types,
    }
  })
}

async function update(deps: FintocDeps, { caller, id, body }: Call): Promise<CallAnswer> {
  const old = await find(deps, caller, id)
  if (old === undefined) return refusal(missingResource('webhook_endpoint', id))
  const change = readChange(deps, caller, body, old)
  if (!change.ok) return refusal(change.error)
  const endpoint = await updateEndpoint(deps.db, scopeOf(caller), id, change.value)
  return endpoint === undefined ? refusal(missingResource('webhook_endpoint', id)) : answer(200, endpointObject(endpoint))
}

/** 200 with an object: one official client parses the body, the others do not mind. */
async function remove(deps: FintocDeps, { caller, id }: Call): Promise<CallAnswer> {
  const isTheirs = (await find(deps, caller, id)) !== undefined
  const endpoint = isTheirs ? await deleteEndpoint(deps.db, scopeOf(caller), id, deps.clock.now()) : undefined
  return endpoint === undefined ? refusal(missingResource('webhook_endpoint', id)) : answer(200, { ...endpointObject(endpoint), deleted: true })
}

/** A sample to this endpoint, whatever it subscribes to, and also while it is disabled: that is how one tries it out. */
async function test(deps: FintocDeps, { caller, id, body }: Call): Promise<CallAnswer> {
  const endpoint = await find(deps, caller, id)
  if (endpoint === undefined) return refusal(missingResource('webhook_endpoint', id))
  const type = read(() => readEventName(body))
  if (!type.ok) return refusal(type.error)
  const event = { ...sampleEvent(deps, caller, type.value, {}), type: nameHeard(endpoint.event_types, type.value) }
  await publishOwnEvent(deps.db, event, { endpoint_id: id })
  deps.deliveriesWaiting()
  return answer(201, ownEventObject(event, caller.pinned))
}

/** The `type` of a sample that is asked for. */
export function readEventName(body: Fields): EventName {
  const type = required(body, 'type')
  return typeof type === 'string' && isEventName(type) ? type : invalid('invalid_webhook_subscription', `type must be one of ${EVENT_NAMES.join(', ')}`, 'type')
}
