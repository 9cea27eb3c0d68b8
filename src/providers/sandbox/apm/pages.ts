/**
 * The pages of the alternative methods: `/apm/{handle}`, for a voucher also `/apm/{handle}/kiosk` and `/apm/{handle}/status`.
 * What the payer decides is concluded in the book at once; then the browser goes back to where it came from.
 */
import type { Clock } from '../../../core/clock.ts'
import type { Ids } from '../../../core/ids.ts'
import type { Book, BookRecord } from '../book.ts'
import type { Network } from '../network.ts'
import { conclude, passTime, sessionOf } from '../records.ts'
import { nothingHere, wayBack, type PageRequest, type PageResponse, type Pages } from '../pages/page.ts'
import { chooseLanguage, words } from '../pages/words.ts'
import { bankPage, chooseBank } from './bank-page.ts'
import { billPage, payBill } from './bill-page.ts'
import { chooseEnding, emulatorPage } from './emulator-page.ts'
import { APM_LATE_MS } from './apms.ts'
import { findApmMethod, type MethodKind } from './methods.ts'
import { framing, type Step, type Visit } from './visit.ts'
import { kioskPage, voucherPage } from './voucher-page.ts'
import { confirmWallet, walletPage } from './wallet-page.ts'

interface KindPage {
  readonly show: (visit: Visit, complaint?: string) => PageResponse
  readonly take: (visit: Visit, form: PageRequest['form'], fresh: string) => Step
}

const canceled: Step = { kind: 'conclude', verdict: { status: 'declined', reason: 'payer_rejected' } }

const PAGES: Readonly<Partial<Record<MethodKind, KindPage>>> = {
  wallet: { show: walletPage, take: (visit, form) => (form.decision === 'cancel' ? canceled : confirmWallet(visit, form)) },
  bank: { show: bankPage, take: (visit, form) => (form.decision === 'cancel' ? canceled : chooseBank(visit, form)) },
  emulator: { show: emulatorPage, take: (visit, form) => (form.decision === 'cancel' ? canceled : chooseEnding(visit, form)) },
  bill: { show: billPage, take: payBill },
  voucher: { show: voucherPage, take: (visit, form) => (form.decision === 'cancel' ? canceled : { kind: 'conclude', verdict: visit.record.notes.then ?? { status: 'approved' } }) },
}

export interface ApmPagesParts {
  readonly network: Network
  readonly book: Book
  readonly clock: Clock
  readonly ids: Ids
  readonly base_url: string
  readonly late_ms?: number
}

export function createApmPages({ network, book, clock, ids, base_url, late_ms = APM_LATE_MS }: ApmPagesParts): Pages {
  return async (request) => {
    const [, section, handle = '', place, more] = request.path.split('/')
    if (section !== 'apm') return undefined
    const found = await book.findByHandle(handle)
    const language = chooseLanguage(found?.notes.language, request.accept_language)
    const method = findApmMethod(found?.notes.code ?? '')
    const pages = method && PAGES[method.kind]
    const known = (place === undefined || (method?.kind === 'voucher' && (place === 'kiosk' || place === 'status'))) && more === undefined
    if (found?.network !== network.name || !method || !pages || !known) return nothingHere(language, 'Sandbox')
    const visit: Visit = { record: passTime(found, clock.now(), 'not_completed'), language, owner: method.name, base_url, late_ms }
    if (place === 'status') return statusOf(visit.record)
    const after = request.method === 'POST' ? await take(network, visit, pages, request, ids.alphanumeric(16)) : { visit }
    return place === 'kiosk' ? kioskPage(after.visit) : show(after.visit, pages, after.complaint)
  }
}

/** Whether there is something to do for a payer: also for one who has begun, and not decided yet. */
const isOpen = (record: BookRecord): boolean => record.status === 'action_required' || sessionOf(record) !== undefined

async function take(network: Network, visit: Visit, pages: KindPage, { form }: PageRequest, fresh: string): Promise<{ visit: Visit; complaint?: string | undefined }> {
  if (!isOpen(visit.record)) return { visit }
  const step = pages.take(visit, form, fresh)
  if (step.kind === 'complain') return { visit, complaint: step.text }
  const change = step.kind === 'change' ? step.change : (record: BookRecord, now: Date) => conclude(record, step.verdict, now)
  const record = await network.carryOn(visit.record.key, (current, now) => (isOpen(current) ? change(current, now) : current))
  if (!record) return { visit }
  return step.kind === 'change' ? { visit: { ...visit, record, session: step.session }, complaint: step.complaint?.(record) } : { visit: { ...visit, record } }
}

function show(visit: Visit, pages: KindPage, complaint: string | undefined): PageResponse {
  const { record, language, owner } = visit
  if (isOpen(record)) return pages.show(visit, complaint)
  const text = words(language)
  const message = record.status === 'approved' ? text.ended_approved : record.status === 'declined' ? text.ended_declined : text.ended_processing
  return wayBack({ language, owner, title: text.ended_title, message, url: record.notes.return_url, ...framing(record) })
}

function statusOf({ status }: BookRecord): PageResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    body: JSON.stringify({ status }),
  }
}
