/** Lists of payment intents: `GET /v1/payment_intents` by pages, `GET /v2/payment_intents` by cursors ("Fintoc reference: Retrieve and list"). */
import type { Payment, PaymentState } from '../../../payments/model.ts'
import { listPayments } from '../../../payments/store.ts'
import type { Call, CallAnswer, Route } from '../call.ts'
import type { Caller } from '../caller.ts'
import { API } from '../deps.ts'
import type { FintocDeps } from '../deps.ts'
import { answer, missingResource, refusal } from '../errors.ts'
import { invalid, optionalText, optionalTime, read } from '../fields.ts'
import { cursorHeader, linkHeader, readPage } from '../pagination.ts'
import type { Page } from '../pagination.ts'
import { findIntent } from './routes.ts'
import { allShown, cursorOf, cursorPage, readCursor } from './pages.ts'
import type { Wanted } from './pages.ts'
import { intentObject, intentStatus } from '../translate.ts'
import type { IntentStatus } from '../translate.ts'

export function intentListRoutes(deps: FintocDeps): readonly Route[] {
  return [
    ['GET', '/v1/payment_intents', (call) => list(deps, call)],
    ['GET', '/v2/payment_intents', (call) => listByCursor(deps, call)],
  ]
}

/** What one may ask for. `requires_action` is a status of later payment types: a transfer never has it. */
type AskedStatus = IntentStatus | 'requires_action'

/** Which states may show as a status. */
const STATES: Readonly<Record<AskedStatus, readonly PaymentState[]>> = {
  created: ['created'], in_progress: ['created', 'pending', 'processing', 'authorized'], pending: ['processing'],
  succeeded: ['succeeded'], failed: ['failed'], rejected: ['rejected'], expired: ['expired', 'canceled'], requires_action: [],
}

/** Statuses that share a state with another one: only the payment itself tells them apart. */
const SHARED: ReadonlySet<AskedStatus> = new Set(['created', 'in_progress', 'pending'])

const isStatus = (text: string): text is AskedStatus => Object.hasOwn(STATES, text)

interface Filter {
  readonly status: AskedStatus | undefined
  readonly since: Date | undefined
  readonly until: Date | undefined
}

function readFilter(query: Call['query']): Filter {
  const word = optionalText(query, 'status', { code: 'invalid_enum' }) ?? undefined
  const status = word === undefined || isStatus(word) ? word : invalid('invalid_enum', `status must be one of ${Object.keys(STATES).join(', ')}`, 'status')
  return { status, since: optionalTime(query, 'since') ?? undefined, until: optionalTime(query, 'until', 'end') ?? undefined }
}

const wantedBy = ({ merchant, mode }: Caller, { status, since, until }: Filter): Wanted => ({
  merchant_id: merchant.id, api: API, kinds: ['charge'], mode, states: status === undefined ? undefined : STATES[status], since, until,
})

/** Each as it is shown alone; those of another status are left out. */
function showing(deps: FintocDeps, status: AskedStatus | undefined): (payments: readonly Payment[]) => Promise<Record<string, unknown>[]> {
  return async (payments) => {
    const intents = await Promise.all(payments.map(async (payment) => (await deps.payments.find(payment.merchant_id, payment.id)) ?? { payment, attempts: [] }))
    return intents.filter((intent) => status === undefined || intentStatus(intent) === status).map((intent) => intentObject(intent))
  }
}

async function list(deps: FintocDeps, { caller, query, url }: Call): Promise<CallAnswer> {
  const asked = read(() => ({ page: readPage(query), filter: readFilter(query) }))
  if (!asked.ok) return refusal(asked.error)
  const { page, filter } = asked.value
  const { rows, total } = await pageOf(deps, wantedBy(caller, filter), filter.status, page)
  return { ...answer(200, rows), headers: { link: linkHeader(url, page, total), 'x-total-count': String(total) } }
}

async function pageOf(deps: FintocDeps, wanted: Wanted, status: AskedStatus | undefined, { page, per_page }: Page): Promise<{ rows: Record<string, unknown>[]; total: number }> {
  const shown = showing(deps, status)
  const offset = (page - 1) * per_page
  if (status !== undefined && SHARED.has(status)) {
    const all = await allShown(deps.db, wanted, shown)
    return { rows: all.slice(offset, offset + per_page), total: all.length }
  }
  const { payments, total } = await listPayments(deps.db, { ...wanted, limit: per_page, offset })
  return { rows: await shown(payments), total }
}

async function listByCursor(deps: FintocDeps, { caller, query, url }: Call): Promise<CallAnswer> {
  const asked = read(() => ({ cursor: readCursor(query), filter: readFilter(query) }))
  if (!asked.ok) return refusal(asked.error)
  const { cursor, filter } = asked.value
  const page = await cursorPage(deps.db, wantedBy(caller, filter), cursor, (id) => findIntent(deps, caller, id), showing(deps, filter.status))
  if (page === undefined) return refusal(missingResource('payment_intent', cursorOf(cursor)))
  return { ...answer(200, page.rows), headers: { link: cursorHeader(url, page.more ? String(page.rows.at(-1)?.['id']) : undefined) } }
}
