/** `/v1/events` ("Fintoc reference: Event object"; list and retrieve are a choice in the same style). */
import { asOf } from '../../../events/model.ts'
import { findStoredEvent, listEvents } from '../../../events/store.ts'
import type { StoredEvent } from '../../../events/store.ts'
import { publishOwnEvent } from '../../../webhooks/endpoints.ts'
import type { Call, CallAnswer, Route } from '../call.ts'
import { API } from '../deps.ts'
import type { FintocDeps } from '../deps.ts'
import { answer, missingResource, refusal } from '../errors.ts'
import { eventName, ownEventObject, paymentEventObject } from './event-object.ts'
import { isObject, keptObject, optionalText, read } from '../fields.ts'
import { linkHeader, readPage } from '../pagination.ts'
import { sampleEvent } from './samples.ts'
import type { Version } from '../versions.ts'
import { readEventName } from './endpoints.ts'
import { aliasOf } from './subscriptions.ts'

export function eventRoutes(deps: FintocDeps): readonly Route[] {
  return [
    ['GET', '/v1/events', (call) => list(deps, call)],
    ['GET', '/v1/events/:id', (call) => retrieve(deps, call)],
    ['POST', '/v1/events/trigger', (call) => trigger(deps, call)],
  ]
}

async function show(deps: FintocDeps, stored: StoredEvent, version: Version): Promise<Record<string, unknown> | undefined> {
  if (stored.own) return ownEventObject(stored.event, version)
  const { event } = stored
  const view = event.payment_id === null ? undefined : await deps.payments.find(event.merchant_id, event.payment_id)
  if (view === undefined) return undefined
  const payment = asOf(view.payment, event.snapshot.payment)
  const name = eventName(event, payment)
  if (name === undefined) return undefined
  const attempts = view.attempts.filter((attempt) => attempt.sent_at <= event.created_at)
  return paymentEventObject({ event, payment, refund: event.snapshot.refund, attempts }, name, deps, version)
}

async function list(deps: FintocDeps, { caller, query, url }: Call): Promise<CallAnswer> {
  const asked = read(() => ({ page: readPage(query), type: optionalText(query, 'type', { length_max: 80 }) }))
  if (!asked.ok) return refusal(asked.error)
  const { page, type } = asked.value
  const { events, total } = await listEvents(deps.db, {
    merchant_id: caller.merchant.id, api: API, mode: caller.mode, names: type === null ? undefined : [type, aliasOf(type) ?? type], limit: page.per_page, offset: (page.page - 1) * page.per_page,
  })
  const shown = (await Promise.all(events.map((stored) => show(deps, stored, caller.pinned)))).filter((event) => event !== undefined)
  return { ...answer(200, shown), headers: { link: linkHeader(url, page, total), 'x-total-count': String(total) } }
}

async function retrieve(deps: FintocDeps, { caller, id }: Call): Promise<CallAnswer> {
  const stored = /^evt_\w{1,100}$/.test(id) ? await findStoredEvent(deps.db, caller.merchant.id, id) : undefined
  const isTheirs = stored?.event.api === API && stored.event.mode === caller.mode
  const event = isTheirs ? await show(deps, stored, caller.pinned) : undefined
  return event === undefined ? refusal(missingResource('event', id)) : answer(200, event)
}

/** A made-up event to everybody who subscribes; `overrides` replaces members of its resource. */
async function trigger(deps: FintocDeps, { caller, body }: Call): Promise<CallAnswer> {
  const asked = read(() => ({ type: readEventName(body), overrides: keptObject(body, 'overrides') ?? {} }))
  if (!asked.ok) return refusal(asked.error)
  const event = sampleEvent(deps, caller, asked.value.type, isObject(asked.value.overrides['data']) ? asked.value.overrides['data'] : asked.value.overrides)
  await publishOwnEvent(deps.db, event, { alias: aliasOf(event.type) })
  deps.deliveriesWaiting()
  return answer(201, ownEventObject(event, caller.pinned))
}
